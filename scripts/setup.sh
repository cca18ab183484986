#!/usr/bin/env bash
# Installs what flamesim is built and tested with: Debian packages, and V8. Says what it will do; does
# nothing where everything is there. --with-browser also installs Chromium, for recording the example
# and for tests of the HTML report; --with-bench what `make bench` loads flamesim with (wrk) and
# compares it with (workerd).
set -euo pipefail
cd "$(dirname "$0")/.."

packages=(
  build-essential cmake ninja-build ccache pkg-config mold clang-format clang-tidy
  libcapnp-dev capnproto catch2 libcpp-httplib-dev libcli11-dev nlohmann-json3-dev
  libtomlplusplus-dev libjemalloc-dev libcurl4-openssl-dev liblmdb-dev libssl-dev zlib1g-dev libbrotli-dev
  libzstd-dev libicu-dev libsqlite3-dev esbuild nginx libnginx-mod-http-lua curl python3
)
case ${1:-} in
  --with-browser) packages+=(chromium) ;;
  --with-bench) packages+=(wrk) ;;
esac

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

is_installed() {
  [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

updated=
update_lists() {
  [ -n "$updated" ] || as_root apt-get update -qq
  updated=yes
}

# NGINX's package would start a server of its own.
install() {
  update_lists
  as_root env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 \
    apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

missing=()
for package in "${packages[@]}"; do is_installed "$package" || missing+=("$package"); done
# Any Node.js with npm will do: it fetches the pinned packages, and runs the example's origin.
command -v npm >/dev/null 2>&1 || missing+=(npm)
command -v node >/dev/null 2>&1 || missing+=(nodejs)
if [ ${#missing[@]} -gt 0 ]; then
  echo "set-up: installing ${missing[*]}"
  install "${missing[@]}"
fi

# V8 is Debian's libnode. Where apt refuses the package because another Node.js is installed, its
# files are unpacked under .deps/ and nothing of the system's changes.
if ! is_installed libnode-dev && [ ! -e .deps/libnode/usr/include/nodejs/deps/v8/include/v8.h ]; then
  update_lists
  if apt-get install -s -qq libnode-dev >/dev/null 2>&1; then
    echo "set-up: installing libnode-dev"
    install libnode-dev
  else
    echo "set-up: unpacking libnode (V8) under .deps/"
    library=$(apt-cache depends libnode-dev | sed -n 's/^ *Depends: \(libnode[0-9]*\)$/\1/p' | head -1)
    needed=()
    for package in libuv1 libc-ares2 libnghttp2-14 libbrotli1; do
      is_installed "$package" || needed+=("$package")
    done
    [ ${#needed[@]} -eq 0 ] || install "${needed[@]}"
    mkdir -p .deps/packages
    (cd .deps/packages && apt-get download -qq "$library" libnode-dev 2>/dev/null)
    for package in .deps/packages/*.deb; do dpkg -x "$package" .deps/libnode; done
  fi
fi

# pinned FOLDER COMMAND...: runs npm's command where what package-lock.json pins is not there yet.
pinned() {
  local folder=$1 installed=$1/node_modules/.package-lock.json
  shift
  if [ ! -e "$installed" ] || [ "$folder/package-lock.json" -nt "$installed" ]; then
    echo "set-up: npm $1 in $folder"
    (cd "$folder" && npm "$@" --silent --ignore-scripts)
  fi
}

pinned . ci --omit=dev  # JavaScript of the startup snapshot; scripts/lint.sh adds the linter
pinned examples/apps ci  # what the applications there are made of
# `npm ci` finds fault with a lock that holds two releases of one package with optional parts.
[ "${1:-}" != --with-bench ] || pinned tests/bench install --no-save
