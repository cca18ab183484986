// ArrayBuffer.prototype.transfer and its kin (ES2024), which V8 10.2 lacks and streams use for
// every chunk: the memory moves, it is not copied. No buffer can be resized; those that ask are told.
import { native } from "./native.js";
import { bufferByteLength, defineProperty, getOwnPropertyDescriptor, uncurryThis } from "./primordials.js";

const Buffer = ArrayBuffer;
const Bytes = Uint8Array;

function transfer(buffer, newLength) {
  const length = bufferByteLength(buffer);
  const wanted = newLength === undefined ? length : Math.trunc(Number(newLength)) || 0;
  if (wanted === length) return native.arrayBuffer.transfer(buffer);
  if (native.arrayBuffer.detached(buffer)) {
    throw new TypeError("Cannot perform ArrayBuffer.prototype.transfer on a detached ArrayBuffer");
  }
  const result = new Buffer(wanted);
  const kept = wanted < length ? wanted : length;
  native.arrayBuffer.copy(new Bytes(result, 0, kept), new Bytes(buffer, 0, kept));
  native.arrayBuffer.transfer(buffer);
  return result;
}

const members = {
  transfer(newLength = undefined) {
    return transfer(this, newLength);
  },
  transferToFixedLength(newLength = undefined) {
    return transfer(this, newLength);
  },
  get detached() {
    bufferByteLength(this);
    return native.arrayBuffer.detached(this);
  },
  get resizable() {
    bufferByteLength(this);
    return false;
  },
  get maxByteLength() {
    return bufferByteLength(this);
  },
};
function defineMembers(prototype, members) {
  for (const name of Object.keys(members)) {
    defineProperty(prototype, name, { ...getOwnPropertyDescriptor(members, name), enumerable: false });
  }
}
defineMembers(ArrayBuffer.prototype, members);

/** SharedArrayBuffer is not there while the snapshot is made. */
export function completeSharedArrayBuffer() {
  const { prototype } = SharedArrayBuffer;
  const byteLength = uncurryThis(getOwnPropertyDescriptor(prototype, "byteLength").get);
  defineMembers(prototype, {
    get growable() {
      byteLength(this);
      return false;
    },
    get maxByteLength() {
      return byteLength(this);
    },
  });
}
