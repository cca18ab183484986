// The package "abort-controller" is the runtime's class.
import { AbortController, AbortSignal } from "runtime:abort";

export { AbortController, AbortSignal };
