"""Writes the Lua module frontline.data from the zones and the configuration data that the workers'
services are served from, so that both sides of the comparison know the same.

    make_data.py zones.json quicksilver.json > data.lua
"""
import json
import sys


def lua(value, indent=""):
    """`value`, of JSON, as a Lua expression."""
    if value is None:
        return "nil"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return repr(value)
    if isinstance(value, str):
        # Lua 5.1 knows decimal escapes only.
        return '"' + "".join(
            chr(byte) if 32 <= byte < 127 and byte not in b'"\\' else f"\\{byte:03d}"
            for byte in value.encode()) + '"'
    inner = indent + "  "
    if isinstance(value, list):
        return "{ " + ", ".join(lua(item, inner) for item in value) + " }"
    lines = [f"{inner}[{lua(key)}] = {lua(item, inner)},\n" for key, item in sorted(value.items())]
    return "{\n" + "".join(lines) + indent + "}"


def owners(zones):
    """({exact name: zone}, {parent of a wildcard: zone}). Exact names: custom hostname, then legacy
    custom hostname, then DNS zone; wildcards: DNS zone, then custom hostname."""
    dns = [(record["name"], zone["name"])
           for zone in zones["zones"] for record in zone["records"] if record["proxied"]]
    custom = [(entry["hostname"], entry["zone"])
              for entry in zones["customHostnames"] if entry["kind"] == "new"]
    legacy = [(entry["hostname"], entry["zone"])
              for entry in zones["customHostnames"] if entry["kind"] == "legacy"]
    # The strongest source comes last and overwrites the others.
    exact = {name.lower(): zone for name, zone in dns + legacy + custom
             if not name.startswith("*.")}
    wildcard = {name[2:].lower(): zone for name, zone in legacy + custom + dns
                if name.startswith("*.")}
    return exact, wildcard


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    with open(sys.argv[1], encoding="utf-8") as file:
        zones = json.load(file)
    with open(sys.argv[2], encoding="utf-8") as file:
        pairs = json.load(file)
    exact, wildcard = owners(zones)
    settings = {key.split(":")[1]: value for key, value in pairs.items()
                if key.startswith("zone:") and key.endswith(":settings")}
    countries = pairs["geo:addresses"]
    print("-- Written by make_data.py.")
    print("return " + lua({"exact": exact, "wildcard": wildcard, "settings": settings,
                           "countries": countries}))


if __name__ == "__main__":
    main()
