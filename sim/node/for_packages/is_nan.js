// The package "is-nan" is the engine's Number.isNaN.
module.exports = Number.isNaN;
