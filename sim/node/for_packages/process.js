// The package "process" is node:process.
module.exports = require("../core.js").process;
