#!/usr/bin/env python3
"""Sends the bulk of the recorded traffic with Python's http.client: the same requests in the same
order each time, over one connection per hostname, each with the status that the front line owes it.

    client.py HOST:PORT      prints how many exchanges there were; exit 1 at the first wrong status
"""
import http.client
import json
import sys
import time

SITES = ["lamp.example", "www.lamp.example", "static.lamp.example", "north.shops.lamp.example",
         "shop.partner.example", "old.partner.example", "tools.example", "api.tools.example",
         "acme.brands.example"]
BROWSER = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64) front-line-traffic/1.0",
           "Accept": "text/html,application/xhtml+xml,*/*;q=0.8",
           "Accept-Language": "de-CH,de;q=0.9,en;q=0.7"}
ROBOT = {"User-Agent": "lamp-checker/3.2 (+http://checker.example/)"}
LAMPS = ["lamp", "lantern", "candle", "torch", "bulb", "chandelier", "beacon", "flare"]


# A server may close a connection that is idle for longer, just as the next request is on its way.
MAX_IDLE_SECONDS = 1.0


class Clients:
    """One persistent connection per hostname."""

    def __init__(self, address):
        host, _, port = address.rpartition(":")
        self.address = (host, int(port))
        self.connections = {}
        self.sent = 0

    def send(self, method, host, target, expected=200, headers=None, body=None):
        connection, last_used = self.connections.get(host, (None, 0))
        if connection is None or time.monotonic() - last_used > MAX_IDLE_SECONDS:
            if connection is not None:
                connection.close()
            connection = http.client.HTTPConnection(*self.address, timeout=30)
        all_headers = {"Host": host, **(headers or {})}
        connection.request(method, target, body=body, headers=all_headers)
        response = connection.getresponse()
        content = response.read()
        self.connections[host] = (connection, time.monotonic())
        self.sent += 1
        if response.status != expected:
            sys.exit(f"client.py: {method} http://{host}{target}: status {response.status}, "
                     f"expected {expected}\n{content[:500].decode(errors='replace')}")
        return response


def browse(clients, host, visit):
    """What a person's browser asks for; the second visit finds some of it in its cache."""
    coding = {**BROWSER, "Accept-Encoding": "gzip, deflate"}
    clients.send("GET", host, "/", headers=coding)
    for path in ("/assets/site.css", "/assets/app.js", "/images/logo.png"):
        etag = clients.send("GET", host, path, headers=coding).getheader("ETag")
        if visit > 0:
            clients.send("GET", host, path, 304, {**coding, "If-None-Match": etag})
    clients.send("GET", host, "/products", headers={**coding, "Referer": f"http://{host}/"})
    clients.send("GET", host, "/api/items?page=1", headers={**coding, "Cookie": "theme=dark"})
    for number in range(visit * 7 + 1, visit * 7 + 8):
        clients.send("GET", host, f"/products/{number}", headers=coding)
        clients.send("GET", host, f"/images/{LAMPS[number % len(LAMPS)]}.svg", headers=coding)
    clients.send("POST", host, "/api/seen", 204, {**coding, "Content-Type": "application/json"},
                 json.dumps({"path": "/products"}))
    clients.send("GET", host, "/about", headers=coding)
    clients.send("GET", host, "/contact", headers=coding)
    clients.send("POST", host, "/contact", 303,
                 {**coding, "Content-Type": "application/x-www-form-urlencoded"},
                 "name=Ada&message=More+light%21")


def use_api(clients, host, visit):
    """What a program asks for."""
    for item in range(visit * 3 + 1, visit * 3 + 4):
        path = f"/api/items/{item}"
        clients.send("GET", host, path, headers=ROBOT)
        clients.send("HEAD", host, path, headers=ROBOT)
        clients.send("PUT", host, path, 201, {**ROBOT, "Content-Type": "application/json"},
                     json.dumps({"name": LAMPS[item % len(LAMPS)]}))
        clients.send("PATCH", host, path, headers=ROBOT, body=b"x" * item)
        clients.send("DELETE", host, path, 204, ROBOT)
        clients.send("OPTIONS", host, path, 204, {**ROBOT, "Origin": "http://app.example"})
    clients.send("GET", host, "/api/echo?visit=" + str(visit), headers={**ROBOT, "X-Trace": "1"})
    clients.send("POST", host, "/api/echo", headers=ROBOT,
                 body=iter([b"in ", b"three ", b"chunks"]))
    clients.send("GET", host, "/api/private", 401, ROBOT)
    clients.send("GET", host, "/api/private", headers={
        **ROBOT, "Authorization": "Basic bGFtcDpvaWw="})


def be_odd(clients, host):
    """Answers that proxies find hard."""
    for path in ("/cookies", "/headers/odd", "/headers/accel", "/headers/reason", "/headers/none",
                 "/empty", "/stream", "/coded/gzip", "/coded/br", "/coded/deflate", "/slow/5"):
        clients.send("GET", host, path, headers=BROWSER)
        clients.send("HEAD", host, path, headers=BROWSER)
    clients.send("GET", host, "/no-content", 204, BROWSER)
    clients.send("GET", host, "/no/such/page", 404, BROWSER)
    for status in (301, 302, 303, 307, 308):
        clients.send("GET", host, f"/redirect/{status}", status, BROWSER)
        clients.send("GET", host, f"/redirect/absolute/{status}", status, BROWSER)
    for status in (201, 400, 404, 410, 418, 429, 500, 502, 503, 504):
        clients.send("GET", host, f"/status/{status}", status, BROWSER)
    for first, last in (("0", "99"), ("4000", ""), ("", "64")):
        clients.send("GET", host, "/range.bin", 206, {**ROBOT, "Range": f"bytes={first}-{last}"})
    clients.send("GET", host, "/range.bin", 416, {**ROBOT, "Range": "bytes=9000-"})


def be_refused(clients, times):
    """What the front line answers by itself."""
    for n in range(times):
        for host in ("nobody.example", "deep.lamp.example", "mail.tools.example", "brands.example"):
            clients.send("GET", host, f"/page/{n}", 409, BROWSER)
        for target in (f"/products/{n}?a=b", "/", f"/contact?from={n}&x=%20"):
            clients.send("GET", "secure.example", target, 301, BROWSER)
            clients.send("GET", "www.secure.example", target, 301, BROWSER)
            clients.send("GET", "export.example", target, 403, BROWSER)
        clients.send("GET", "secure.example", "/about?", 301, BROWSER)
        clients.send("GET", "secure.example", f"/products/{n}", headers={
            **BROWSER, "X-Forwarded-Proto": "https"})
        clients.send("GET", "www.secure.example", f"/products/{n}", headers={
            **BROWSER, "CF-Visitor": '{"scheme":"https"}'})
        for target in ("/search?q=%3Cscript%3Ealert(1)%3C/script%3E", "/a/b/..%2f..%2fetc/passwd",
                       "/show?file=../../etc/passwd", "/search?q=1+union+select+2"):
            clients.send("GET", "www.lamp.example", target, 403, BROWSER)
            # This zone has no settings at all, and so no firewall.
            clients.send("GET", "tools.example", target, 404, BROWSER)
        clients.send("GET", "lamp.example", "/", 403, {"User-Agent": "sqlmap/1.7"})
        clients.send("GET", "lamp.example", "/", 403, {**BROWSER, "CDN-Loop": "other, frontline"})
        clients.send("GET", "lamp.example", "/about", headers={**BROWSER, "CDN-Loop": "other"})


def be_told_apart(clients, times):
    """The two differences that take a request of their own."""
    for _ in range(times):
        for host in ("lamp.example", "www.lamp.example", "tools.example"):
            clients.send("GET", host, "/headers/accel-debug", headers=ROBOT)
            clients.send("GET", host, "/robots.txt", headers={
                **ROBOT, "X-Forwarded-For": "198.51.100.7"})


def be_large(clients):
    """Few times: these bodies make up a good part of the capture."""
    clients.send("GET", "static.lamp.example", "/large.txt", headers=ROBOT)
    clients.send("GET", "static.lamp.example", "/large.txt", headers={
        **ROBOT, "Accept-Encoding": "gzip"})
    clients.send("GET", "static.lamp.example", "/large.txt", headers={
        **ROBOT, "Accept-Encoding": "gzip, br"})
    clients.send("HEAD", "static.lamp.example", "/large.txt", headers=ROBOT)
    clients.send("POST", "api.tools.example", "/api/echo", headers=ROBOT, body=b"0123456789" * 6000)


def main():
    if len(sys.argv) != 2 or ":" not in sys.argv[1]:
        sys.exit(__doc__)
    clients = Clients(sys.argv[1])
    for visit in range(4):
        for host in SITES:
            browse(clients, host, visit)
            use_api(clients, host, visit)
    for host in SITES:
        be_odd(clients, host)
    be_refused(clients, 12)
    be_told_apart(clients, 6)
    be_large(clients)
    print(f"client.py: {clients.sent} exchanges")


if __name__ == "__main__":
    main()
