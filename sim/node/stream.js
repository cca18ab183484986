// node:stream: the npm package "readable-stream", which is Node's code.
import Stream from "readable-stream/lib/stream.js";

export const {
  Duplex,
  PassThrough,
  Readable,
  Transform,
  Writable,
  _isUint8Array,
  _uint8ArrayToBuffer,
  addAbortSignal,
  compose,
  destroy,
  finished,
  getDefaultHighWaterMark,
  isDisturbed,
  isErrored,
  isReadable,
  pipeline,
  promises,
  setDefaultHighWaterMark,
} = Stream;
export { Stream };
export default Stream;
