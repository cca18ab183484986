// The package "object-is" is the engine's Object.is.
module.exports = Object.is;
