#!/usr/bin/env bash
# Sends a part of the recorded traffic with curl.
#   curl.sh HOST:PORT        prints how many exchanges there were; exit 1 at the first wrong status
set -euo pipefail
[ $# -eq 1 ] || { echo "usage: curl.sh HOST:PORT" >&2; exit 2; }
address=$1
sent=0

# send STATUS URL [curl's options...]
send() {
  local expected=$1 url=$2 status
  shift 2
  status=$(curl --silent --show-error --max-time 30 --output /dev/null --write-out '%{http_code}' \
    --connect-to "::$address" --user-agent curl-traffic "$@" "$url")
  sent=$((sent + 1))
  if [ "$status" != "$expected" ]; then
    echo "curl.sh: $url: status $status, expected $expected" >&2
    exit 1
  fi
}

for host in www.lamp.example api.tools.example old.partner.example; do
  send 200 "http://$host/"
  send 200 "http://$host/about" --compressed
  send 200 "http://$host/assets/app.js" --header 'Accept-Encoding: br'
  send 200 "http://$host/assets/app.js" --header 'Accept-Encoding: gzip;q=0.5'
  send 200 "http://$host/assets/app.js" --header 'Accept-Encoding: identity'
  send 200 "http://$host/products" --head
  send 200 "http://$host/products?" --header 'Accept:'
  send 200 "http://$host/api/echo?list=1&list=2&empty=&flag" --user-agent ''
  send 200 "http://$host/api/echo" --data 'a=1&b=2'
  send 200 "http://$host/api/echo" --form 'field=value' \
    --form 'file=@-;filename=lamp.txt;type=text/plain' \
    --header 'Content-Type: multipart/form-data; boundary=lampshade' <<< 'a lamp'
  send 200 "http://$host/api/echo" --json '{"light": true}'
  send 200 "http://$host/api/echo" --data-binary @- \
    --header 'Transfer-Encoding: chunked' <<< 'in chunks'
  send 200 "http://$host/api/echo" --request REPORT --header 'Depth: 1'
  send 404 "http://$host/dav/" --request PROPFIND --header 'Depth: 0'
  send 204 "http://$host/api/items/7" --request OPTIONS --header 'Origin: http://app.example' \
    --header 'Access-Control-Request-Method: PUT'
  send 201 "http://$host/api/items/7" --upload-file - --header 'Transfer-Encoding:' \
    --header 'Content-Length: 5' <<< 'lamp'
  send 206 "http://$host/range.bin" --range 10-19
  send 206 "http://$host/range.bin" --range -1
  send 200 "http://$host/range.bin" --range 0-1,5-6
  send 206 "http://$host/large.txt" --range 100000-100099
  send 304 "http://$host/feed.xml" --header 'If-None-Match: *'
  send 304 "http://$host/feed.xml" --header 'If-Modified-Since: Tue, 21 Oct 1879 20:00:00 GMT'
  send 200 "http://$host/feed.xml" --header 'If-Modified-Since: Mon, 20 Oct 1879 20:00:00 GMT'
  send 200 "http://$host/cookies" --cookie 'session=abc123; theme=dark'
  send 200 "http://$host/api/private" --user lamp:oil
  send 302 "http://$host/redirect/chain/3"
  send 200 "http://$host/api/echo" --referer "http://$host/products?x=1#top"
  send 200 "http://$host/api/echo" --header 'X-Empty;' --header 'x-lower: 1' --header 'X-Twice: 1' \
    --header 'X-Twice: 2'
done
for n in 1 2 3 4 5; do
  send 409 "http://unknown-$n.example/"
  send 409 "http://unknown-$n.example/" --head
  send 301 "http://secure.example/about?"
  send 301 "http://secure.example/curl/$n"
  send 301 "http://secure.example/curl/$n" --head
  send 301 "http://secure.example/curl/$n" --data 'lost=1'
  send 403 "http://export.example/curl/$n"
  send 403 "http://www.lamp.example/" --user-agent 'Mozilla/5.0 Nikto/2.5'
  send 403 "http://www.lamp.example/x?q=UNION%20SELECT" --head
  send 200 "http://www.lamp.example/headers/accel-debug"
  send 520 "http://tools.example/reset"
done
# curl follows these by itself; each step is an exchange.
send 200 "http://www.lamp.example/redirect/chain/3" --location
sent=$((sent + 3))
send 200 "http://www.lamp.example/redirect/absolute/301" --location
sent=$((sent + 1))
echo "curl.sh: $sent exchanges"
