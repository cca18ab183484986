"""Hits of the HTTP cache behind a worker that passes on: beside the same without a cache, and beside
NGINX's cache, which runs no worker."""
import contextlib

import harness

PASS_ON = "export default { fetch(request) { return fetch(request); } };\n"
PATH = "/style.css"
CONNECTIONS = 16
BODIES = {"1 KB": 1_000, "100 KB": 100_000}
UNCACHED = "flamesim without its cache"
NGINX = "NGINX's cache"


def origin_block(port, size, folder):
    """Answers with `size` bytes that may be cached."""
    home = folder / f"origin-{size}"
    home.mkdir()
    (home / "body").write_text("x" * size)
    return (f"server {{ listen 127.0.0.1:{port}; root {home}; location / {{ "
            f'try_files /body =404; add_header Cache-Control "max-age=3600"; }} }}')


def cache_block(port, to_port, folder):
    """NGINX's cache, warm after the first answer; its files are in the page cache then."""
    home = folder / f"cache-{port}"
    return (f"proxy_cache_path {home} keys_zone=zone{port}:10m; "
            f"server {{ listen 127.0.0.1:{port}; location / {{ proxy_pass http://127.0.0.1:{to_port}; "
            f"proxy_cache zone{port}; }} }}")


def flamesim(folder, port, origin, egress):
    server = harness.flamesim_dev(harness.flamesim_project(
        folder, {"pass-on": PASS_ON}, egress=egress, fl={"url": f"http://127.0.0.1:{origin}"},
        cache={"origin": "fl"}), port)
    server.path = PATH
    return server


def measure():
    rows = []
    with harness.working_folder() as folder, contextlib.ExitStack() as running:
        for text, size in BODIES.items():
            origin, nginx, ours, uncached = harness.free_ports(4)
            running.enter_context(harness.nginx_server(
                "origin", folder / f"nginx-origin-{size}", origin,
                [origin_block(origin, size, folder)]))
            servers = [
                running.enter_context(flamesim(folder / f"cached-{size}", ours, origin, "cache")),
                running.enter_context(flamesim(folder / f"uncached-{size}", uncached, origin, "fl")),
                running.enter_context(harness.nginx_server(
                    NGINX, folder / f"nginx-{size}", nginx, [cache_block(nginx, origin, folder)])),
            ]
            servers[1].name = UNCACHED
            servers[2].path = PATH
            harness.warm_up(servers)
            own, figures = harness.loads(servers, CONNECTIONS)
            for name, peer in figures.items():
                rows.append(harness.Row(f"cache hits, {text}, {CONNECTIONS} connections",
                                        "requests/s", own, name, peer))
    return rows
