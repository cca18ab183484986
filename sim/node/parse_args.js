// util.parseArgs: Node's code, by @pkgjs/parseargs.
export { parseArgs } from "@pkgjs/parseargs";
