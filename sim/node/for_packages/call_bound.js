// The package "call-bind/callBound" makes a function of a method that is named by its path.
module.exports = (path) => {
  const method = path.split(".").reduce((holder, name) => holder[name], globalThis);
  return Function.prototype.call.bind(method);
};
