#!/usr/bin/env bash
# Records what the front line answers to real clients, as a capture:
#
#   clients -> flamesim record -> NGINX (fl/) -> flamesim record -> origin/
#
# All of it on 127.0.0.1, on free ports, under a temporary folder that is removed in the end. Exit
# codes: 2 usage, 3 something did not start, did not answer as it should or did not end well.
#
#   record.sh [-o FILE] [--no-browser]      FILE: fixtures/front-line/traffic.cap unless given
# FLAMESIM: the binary, build/flamesim unless given. CHROMIUM, NGINX, NGINX_MODULES: likewise.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
flamesim=${FLAMESIM:-$root/build/flamesim}
output=$root/fixtures/front-line/traffic.cap
browser=()
while [ $# -gt 0 ]; do
  case $1 in
    -o) [ $# -ge 2 ] || { echo "record.sh: -o needs a file" >&2; exit 2; }; output=$2; shift 2 ;;
    --no-browser) browser=(--no-browser); shift ;;
    *) echo "usage: record.sh [-o FILE] [--no-browser]" >&2; exit 2 ;;
  esac
done
[ -x "$flamesim" ] || { echo "record.sh: $flamesim is missing: run make build" >&2; exit 2; }

work=$(mktemp -d "${TMPDIR:-/tmp}/flamesim-record.XXXXXX")
started=()   # process ids, in the order of starting
names=()

clean_up() {
  local status=$? i
  trap - EXIT
  for ((i = ${#started[@]} - 1; i >= 0; i--)); do
    kill -TERM "${started[i]}" 2> /dev/null || true
    wait "${started[i]}" 2> /dev/null || true
  done
  rm -rf "$work"
  exit "$status"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

fail() {
  echo "record.sh: $1" >&2
  local log
  for log in "$work"/*.log "$work"/nginx/error.log; do
    [ -s "$log" ] || continue
    echo "--- end of ${log#"$work"/}" >&2
    tail -n 20 "$log" >&2
  done
  exit 3
}

# start NAME PORT COMMAND...: runs it in the background and waits until something listens on PORT.
start() {
  local name=$1 port=$2 try
  shift 2
  "$@" > "$work/$name.log" 2>&1 &
  started+=($!)
  names+=("$name")
  for ((try = 0; try < 1200; try++)); do
    kill -0 "${started[-1]}" 2> /dev/null || fail "$name ended before it listened"
    if (exec 3<> "/dev/tcp/127.0.0.1/$port") 2> /dev/null; then return; fi
    sleep 0.05
  done
  fail "$name does not listen on port $port after 60 s"
}

# Free ports that the kernel gives to nobody else who asks for any: until the servers are up, another
# program could take them.
read -r front fl upstream origin < <(python3 - << 'END'
import random
import socket
sockets = []
while len(sockets) < 4:
    try:
        sockets.append(socket.create_server(("127.0.0.1", random.randrange(10_000, 32_000))))
    except OSError:
        pass
ports = [s.getsockname()[1] for s in sockets]
# Before it is known which they are: start() takes whoever listens there for its own.
for each in sockets:
    each.close()
print(*ports)
END
)

capture=$work/traffic.cap
start origin "$origin" node "$here/origin/server.mjs" --port "$origin"
start nginx "$fl" "$here/fl/start.sh" --prefix "$work/nginx" --listen "127.0.0.1:$fl" \
  --origin "127.0.0.1:$upstream"
start recorder "$front" "$flamesim" record \
  --listen "127.0.0.1:$front" --to "http://127.0.0.1:$fl" \
  --upstream-listen "127.0.0.1:$upstream" --upstream-to "http://127.0.0.1:$origin" -o "$capture"

"$here/traffic/send_all.sh" "127.0.0.1:$front" "${browser[@]}" ||
  fail "the traffic did not go through"

# The recorder writes what it still holds when it is told to end; the others must have lived so far.
for i in "${!started[@]}"; do
  kill -0 "${started[i]}" 2> /dev/null || fail "${names[i]} ended early"
done
kill -TERM "${started[-1]}"
status=0
wait "${started[-1]}" || status=$?
unset 'started[-1]'
[ "$status" -eq 0 ] || fail "the recorder ended with exit code $status"
[ -s "$capture" ] || fail "the recorder wrote nothing"

mkdir -p "$(dirname "$output")"
mv "$capture" "$output"
echo "$output: $(stat -c %s "$output") bytes"
