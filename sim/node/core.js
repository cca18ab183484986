// What the modules of other scripts use of those in the script "node".
import { load } from "runtime:lazy/node";

export const { Buffer, kMaxLength } = load("buffer");
export const { EventEmitter } = load("events");
export const errors = load("errors");
export const path = load("path");
export const process = load("process").default;
export const types = load("util/types");
