#!/usr/bin/env bash
# Sends all of the traffic, always in the same order, to the front at HOST:PORT; ends with the first
# part that fails. The browser's part alone is not the same each time.
#   send_all.sh HOST:PORT [--no-browser]
set -euo pipefail
usage() {
  echo "usage: send_all.sh HOST:PORT [--no-browser]" >&2
  exit 2
}
case $# in 1 | 2) ;; *) usage ;; esac
[ $# -eq 1 ] || [ "$2" = --no-browser ] || usage
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

if [ $# -eq 1 ] && ! command -v "${CHROMIUM:-chromium}" > /dev/null; then
  echo "send_all.sh: there is no Chromium: install Debian's, set CHROMIUM, or give --no-browser" >&2
  exit 2
fi
python3 "$here/client.py" "$1"
node "$here/fetch.mjs" "$1"
"$here/curl.sh" "$1"
python3 "$here/send_raw.py" "$1"
[ $# -eq 2 ] || node "$here/browse.mjs" "$1"
