// Entry of the lazy script "node_inspect": Node's own code, by node-inspect-extracted.
import * as extracted from "node-inspect-extracted";

export const { format, formatWithOptions, inspect, stripVTControlCharacters } =
  extracted.default ?? extracted;
