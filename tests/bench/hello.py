"""Hello world over kept-alive connections: flamesim beside both releases of workerd."""
import contextlib

import harness

SOURCE = """export default { fetch() { return new Response("Hello World\\n"); } };\n"""
CONNECTIONS = (1, 16, 64)
TARGET = {16: harness.at_least(2.5, "ratio")}


def measure():
    rows = []
    with harness.working_folder() as folder, contextlib.ExitStack() as running:
        ports = harness.free_ports(1 + len(harness.WORKERDS))
        project = harness.flamesim_project(folder / "flamesim", {"hello": SOURCE})
        servers = [running.enter_context(harness.flamesim_dev(project, ports[0]))]
        for release, port in zip(harness.WORKERDS, ports[1:]):
            home = folder / release
            home.mkdir()
            servers.append(running.enter_context(
                harness.workerd_server(release, home, {"hello": (SOURCE, None)}, port)))
        idle = {server.name: server.memory() for server in servers}
        harness.warm_up(servers)
        for connections in CONNECTIONS:
            ours, figures = harness.loads(servers, connections)
            faster = max(figures, key=lambda name: figures[name].median)
            for name in sorted(figures, key=lambda name: name != faster):
                rows.append(harness.Row(
                    f"hello world, {harness.connections_text(connections)}",
                    "requests/s", ours, name, figures[name],
                    TARGET.get(connections) if name == faster else None))
        peaks = {server.name: server.memory("VmHWM") for server in servers}
    for name in harness.WORKERDS:
        rows.append(harness.Row("hello world, memory when idle", "MB",
                                harness.Figures([idle["flamesim"]]), name,
                                harness.Figures([idle[name]])))
        rows.append(harness.Row("hello world, memory at its peak", "MB",
                                harness.Figures([peaks["flamesim"]]), name,
                                harness.Figures([peaks[name]])))
    return rows
