#!/usr/bin/env python3
"""Gives the errors of web-streams-polyfill the production runtime's words.

    stream_messages.py ponyfill.mjs out.mjs

The ponyfill cannot be told what to say, and wrapping its methods would cost each read a turn of the
microtask queue. Its release is pinned; another one in which an error reads otherwise fails here.
"""
import sys

READER_LOCKED = '"This ReadableStream is currently locked to a reader."'
WRITER_LOCKED = '"This WritableStream is currently locked to a writer."'
READER_RELEASED = '"This ReadableStream reader has been released."'
WRITER_RELEASED = '"This WritableStream writer has been released."'
WRITABLE_CLOSED = '"This WritableStream has been closed."'
REQUEST_INVALID = '"This ReadableStreamBYOBRequest has been invalidated."'
NOT_BYTES = '"You must call read() on a \\"byob\\" reader with a positive-sized TypedArray object."'

# What the ponyfill says, and what is said instead: expressions of JavaScript.
MESSAGES = [
    ('"This stream has already been locked for exclusive reading by another reader"', READER_LOCKED),
    ('"Cannot cancel a stream that already has a reader"', READER_LOCKED),
    ('"ReadableStream.prototype.pipeTo cannot be used on a locked ReadableStream"', READER_LOCKED),
    ('"ReadableStream.prototype.pipeThrough cannot be used on a locked ReadableStream"',
     READER_LOCKED),
    ('"This stream has already been locked for exclusive writing by another writer"', WRITER_LOCKED),
    ('"Cannot abort a stream that already has a writer"', WRITER_LOCKED),
    ('"Cannot close a stream that already has a writer"', WRITER_LOCKED),
    # Without a full stop, and with a comma: as production has them.
    ('"ReadableStream.prototype.pipeTo cannot be used on a locked WritableStream"',
     '"This WritableStream is currently locked to a writer"'),
    ('throw Qr("tee");return ',
     'throw Qr("tee");if(this._reader!==void 0)throw new '
     'TypeError("This ReadableStream is currently locked to a reader,");return '),
    ('"ReadableStream.prototype.pipeThrough cannot be used on a locked WritableStream"',
     WRITER_LOCKED),
    ('"Cannot "+e+" a stream using a released reader"', READER_RELEASED),
    ('"Reader was released and can no longer be used to monitor the stream\'s closedness"',
     READER_RELEASED),
    ('"Reader was released"', READER_RELEASED),
    ('"Cannot "+e+" a stream using a released writer"', WRITER_RELEASED),
    ('"Writer was released and can no longer be used to monitor the stream\'s closedness"',
     WRITER_RELEASED),
    ('"The stream is closing or closed and cannot be written to"', WRITABLE_CLOSED),
    ('"Cannot close an already-closing stream"', WRITABLE_CLOSED),
    ('`The stream (in ${t} state) is not in the writable state and cannot be closed`',
     WRITABLE_CLOSED),
    ('"the destination writable stream closed before all data could be piped to it"',
     '"This destination writable stream is closed."'),
    ('"The stream is not in a state that permits close"', '"This ReadableStream is closed."'),
    ('"The stream is not in a state that permits enqueue"', '"Unable to enqueue"'),
    ('"stream is closed or draining"', '"This ReadableByteStreamController is closed."'),
    ('"chunk must be an array buffer view"',
     '"Failed to execute \'enqueue\' on \'ReadableByteStreamController\': parameter 1 is not of '
     'type \'BufferSource\'."'),
    ('"chunk must have non-zero byteLength"', '"Cannot enqueue a zero-length ArrayBuffer."'),
    ('"Cannot construct a ReadableStreamBYOBReader for a stream not constructed with a byte source"',
     '"This ReadableStream does not support BYOB reads."'),
    ('"autoAllocateChunkSize must be greater than 0"',
     '"The autoAllocateChunkSize option cannot be zero."'),
    ('"This BYOB request has been invalidated"', REQUEST_INVALID),
    ('"bytesWritten must be greater than 0 when calling respond() on a readable stream"',
     '"The bytesWritten must be more than zero while the stream is open."'),
    ('RangeError("bytesWritten out of range")',
     'RangeError(`Too many bytes [${t}] in response to a BYOB read request.`)'),
    ('"view must be an array buffer view"',
     '"Failed to execute \'read\' on \'ReadableStreamBYOBReader\': parameter 1 is not of type '
     '\'ArrayBufferView\'."'),
    ('"view must have non-zero byteLength"', NOT_BYTES),
    ('"ReadableStream.prototype.pipeTo\'s first argument must be a WritableStream"',
     '"Failed to execute \'pipeTo\' on \'ReadableStream\': parameter 1 is not of type '
     '\'WritableStream\'."'),
    ('d("Parameter 1 is required in \'pipeTo\'.")',
     'd(new TypeError("Failed to execute \'pipeTo\' on \'ReadableStream\': parameter 1 is not of '
     'type \'WritableStream\'."))'),
    ('`${t} is not an AbortSignal.`',
     '"Incorrect type for the \'signal\' field on \'PipeToOptions\': the provided value is not of '
     'type \'AbortSignal\'."'),
    ('`${t} \'${e}\' is not a valid enumeration value for ReadableStreamReaderMode`',
     '"mode must be undefined or \'byob\' in call to getReader()."'),
    ('`${t} \'${e}\' is not a valid enumeration value for ReadableStreamType`',
     '`"${e}" is not a valid type of ReadableStream.`'),
    ('"The object is not iterable"',
     '"Failed to execute \'from\' on \'ReadableStream\': parameter 1 is not of type '
     '\'AsyncGenerator\'."'),
]


def main():
    source, target = sys.argv[1:]
    with open(source, encoding="utf-8") as file:
        text = file.read()
    for said, instead in MESSAGES:
        if said not in text:
            sys.exit(f"{source}: no error reads {said}: stream_messages.py is for another release")
        text = text.replace(said, instead)
    with open(target, "w", encoding="utf-8") as file:
        file.write(text)


main()
