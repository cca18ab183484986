#!/usr/bin/env bash
# Starts the front line's stand-in, NGINX with its Lua module, in the foreground: the caller ends it
# with SIGTERM or SIGQUIT to this process. Writes under --prefix alone.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
fixtures=$here/../../../fixtures/front-line
listen=127.0.0.1:9080
origin=127.0.0.1:9000
prefix=
nginx=${NGINX:-/usr/sbin/nginx}
modules=${NGINX_MODULES:-/usr/lib/nginx/modules}

usage() {
  echo "usage: start.sh --prefix DIR [--listen HOST:PORT] [--origin HOST:PORT] [--fixtures DIR]" >&2
  exit 2
}

while [ $# -gt 0 ]; do
  [ $# -ge 2 ] || usage
  case $1 in
    --prefix) prefix=$2 ;;
    --listen) listen=$2 ;;
    --origin) origin=$2 ;;
    --fixtures) fixtures=$2 ;;
    *) usage ;;
  esac
  shift 2
done
[ -n "$prefix" ] || usage
for needed in "$nginx" "$modules/ndk_http_module.so" "$modules/ngx_http_lua_module.so"; do
  if [ ! -e "$needed" ]; then
    echo "start.sh: $needed is missing; Debian has it in nginx and libnginx-mod-http-lua" >&2
    exit 3
  fi
done

mkdir -p "$prefix/lua/frontline"
prefix=$(cd "$prefix" && pwd)
python3 "$here/make_data.py" "$fixtures/zones.json" "$fixtures/quicksilver.json" \
  > "$prefix/lua/frontline/data.lua"

# Started as root NGINX would become another user, who may not read the prefix.
user=
[ "$(id -u)" -ne 0 ] || user="user root;"
sed -e "s|@MODULES@|$modules|g" -e "s|@USER@|$user|g" -e "s|@PREFIX@|$prefix|g" \
  -e "s|@LUA@|$here/lua|g" -e "s|@LISTEN@|$listen|g" -e "s|@ORIGIN@|$origin|g" \
  "$here/nginx.conf.template" > "$prefix/nginx.conf"
exec "$nginx" -p "$prefix" -e "$prefix/error.log" -c "$prefix/nginx.conf"
