// The package "object-is/polyfill" gives a function that gives the engine's.
module.exports = () => Object.is;
