// The package "object.assign/polyfill" gives a function that gives the engine's.
module.exports = () => Object.assign;
