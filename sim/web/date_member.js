// Members of dictionaries that are dates.
import { uncurryThis } from "runtime:primordials";
import { memberNotOfType } from "runtime:webidl";

const getTime = uncurryThis(Date.prototype.getTime);

/** The time of a Date or a number, in milliseconds. */
export function dateMember(value, member, dictionary) {
  let millis = value;
  if (typeof value !== "number") {
    try {
      millis = getTime(value);
    } catch {
      throw memberNotOfType(member, dictionary, "date");
    }
  }
  if (millis !== millis) {
    throw new TypeError("The value cannot be converted because it is not a valid Date.");
  }
  return millis;
}
