"""Ten hops: workers that pass on and one that answers, as a chain in flamesim, as service bindings
in workerd, as proxies in NGINX: a process each, and all of them in one process."""
import contextlib

import harness

HOPS = 10
ANSWER = "the end of the chain"
LAST = f"export default {{ fetch() {{ return new Response({ANSWER!r}); }} }};\n"
PASS_ON = "export default { fetch(request) { return fetch(request); } };\n"
PASS_TO_BINDING = "export default { fetch(request, env) { return env.NEXT.fetch(request); } };\n"
CONNECTIONS = (1, 16)
NGINXES = ("NGINX, 11 processes", "NGINX, 1 process")
NGINX_TARGET = harness.at_least(1, "ratio")
# A single connection waits for wake-ups, whose cost is the system's: no target beside workerd.
WORKERD_TARGETS = {16: harness.at_least(15, "ratio")}


def flamesim(folder, port):
    workers = {f"hop{n}": PASS_ON for n in range(HOPS)}
    return harness.flamesim_dev(
        harness.flamesim_project(folder / "flamesim", {**workers, "last": LAST}), port)


def workerd(release, folder, port):
    home = folder / release
    home.mkdir()
    names = [f"hop{n}" for n in range(HOPS)] + ["last"]
    workers = {name: (PASS_TO_BINDING, following) for name, following in zip(names, names[1:])}
    return harness.workerd_server(release, home, {**workers, "last": (LAST, None)}, port)


def nginx_blocks():
    """-> [(port, block)], from the one that answers to the one that clients talk to."""
    ports = harness.free_ports(HOPS + 1)
    return [(ports[0], harness.nginx_answers(ports[0], ANSWER)),
            *((port, harness.nginx_passes_on(port, to_port))
              for port, to_port in zip(ports[1:], ports))]


def start_nginxes(folder, running):
    processes, process = NGINXES
    for port, block in nginx_blocks():
        first = running.enter_context(
            harness.nginx_server(processes, folder / f"nginx-{port}", port, [block]))
    yield first
    blocks = nginx_blocks()
    yield running.enter_context(harness.nginx_server(
        process, folder / "nginx", blocks[-1][0], [block for _, block in blocks]))


def targets(figures, connections):
    """Name of a peer -> target: the faster of its kind counts."""
    def fastest(names):
        return max(names, key=lambda name: figures[name].median)
    return {fastest(NGINXES): NGINX_TARGET,
            fastest(harness.WORKERDS): WORKERD_TARGETS.get(connections)}


def measure():
    rows = []
    with harness.working_folder() as folder, contextlib.ExitStack() as running:
        ports = harness.free_ports(1 + len(harness.WORKERDS))
        servers = [running.enter_context(flamesim(folder, ports[0]))]
        for release, port in zip(harness.WORKERDS, ports[1:]):
            servers.append(running.enter_context(workerd(release, folder, port)))
        servers += start_nginxes(folder, running)
        harness.warm_up(servers)
        for connections in CONNECTIONS:
            ours, figures = harness.loads(servers, connections)
            target = targets(figures, connections)
            for name, peer in figures.items():
                rows.append(harness.Row(
                    f"{HOPS} hops, {harness.connections_text(connections)}",
                    "requests/s", ours, name, peer, target.get(name)))
    return rows
