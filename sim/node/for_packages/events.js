// The package "events" is node:events.
module.exports = require("../core.js").EventEmitter;
