// The snapshot's modules that lazy scripts may import, under the names that they use.
import * as abort from "./abort.js";
import * as asyncHooks from "../js/async_local_storage.js";
import * as blob from "./blob.js";
import * as byteStream from "./byte_stream.js";
import * as console from "./console.js";
import * as crypto from "./crypto.js";
import * as dispatch from "./dispatch.js";
import * as encoding from "./encoding.js";
import * as eventTarget from "./event_target.js";
import * as headers from "./headers.js";
import * as native from "./native.js";
import * as node from "../node/builtins.js";
import * as nodeTimers from "./node_timers.js";
import * as performance from "./performance.js";
import * as primordials from "./primordials.js";
import * as reportError from "./report_error.js";
import * as response from "./response.js";
import * as streams from "./streams.js";
import * as textStream from "./text_stream.js";
import * as timers from "./timers.js";
import * as url from "./url.js";
import * as webidl from "./webidl.js";

export const sharedModules = {
  __proto__: null,
  "runtime:abort": abort,
  "runtime:async_hooks": asyncHooks,
  "runtime:blob": blob,
  "runtime:byte_stream": byteStream,
  "runtime:console": console,
  "runtime:crypto": crypto,
  "runtime:dispatch": dispatch,
  "runtime:encoding": encoding,
  "runtime:event_target": eventTarget,
  "runtime:headers": headers,
  "runtime:native": native,
  "runtime:node": node,
  "runtime:node_timers": nodeTimers,
  "runtime:performance": performance,
  "runtime:primordials": primordials,
  "runtime:report_error": reportError,
  "runtime:response": response,
  "runtime:streams": streams,
  "runtime:text_stream": textStream,
  "runtime:timers": timers,
  "runtime:url": url,
  "runtime:webidl": webidl,
};
