// The snapshot's modules that lazy scripts may import, under the names that they use.
import * as encoding from "./encoding.js";
import * as native from "./native.js";
import * as primordials from "./primordials.js";
import * as response from "./response.js";
import * as streams from "./streams.js";
import * as webidl from "./webidl.js";

export const sharedModules = {
  __proto__: null,
  "runtime:encoding": encoding,
  "runtime:native": native,
  "runtime:primordials": primordials,
  "runtime:response": response,
  "runtime:streams": streams,
  "runtime:webidl": webidl,
};
