// The snapshot's modules that lazy scripts may import, under the names that they use.
import * as native from "./native.js";
import * as primordials from "./primordials.js";
import * as webidl from "./webidl.js";

export const sharedModules = {
  __proto__: null,
  "runtime:native": native,
  "runtime:primordials": primordials,
  "runtime:webidl": webidl,
};
