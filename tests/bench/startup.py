"""From exec to the first 200: `flamesim dev examples/front-line`, with its mocks in the process and
an origin that is there already, beside hello world in workerd."""
import contextlib
import shutil

import harness
import hello

RUNS = 15
TARGET_MILLISECONDS = 80


def example(folder, origin_port):
    """The example as it stands but for the port of its origin."""
    fixtures = harness.ROOT / "fixtures/front-line"
    shutil.copytree(harness.ROOT / "examples/front-line", folder / "examples/front-line")
    shutil.copytree(fixtures, folder / "fixtures/front-line",
                    ignore=shutil.ignore_patterns("*.cap"))
    (folder / "docs").symlink_to(harness.ROOT / "docs")
    (folder / "schemas").symlink_to(harness.ROOT / "schemas")
    settings = folder / "examples/front-line/flamesim.jsonc"
    before = settings.read_text()
    after = before.replace('"127.0.0.1:9000"', f'"127.0.0.1:{origin_port}"')
    if after == before:
        raise harness.CannotRun(f"{settings} does not name the origin 127.0.0.1:9000 any more")
    settings.write_text(after)
    return settings.parent


def milliseconds(server):
    with server:
        return server.first_answer * 1000


def measure():
    with harness.working_folder() as folder, contextlib.ExitStack() as running:
        origin_port, *ports = harness.free_ports(2 + len(harness.WORKERDS))
        running.enter_context(harness.nginx_server(
            "origin", folder / "origin", origin_port,
            [harness.nginx_answers(origin_port, "origin")]))
        project = example(folder, origin_port)
        servers = [harness.flamesim_dev(project, ports[0], host="www.lamp.example")]
        for release, port in zip(harness.WORKERDS, ports[1:]):
            home = folder / release
            home.mkdir()
            servers.append(harness.workerd_server(release, home, {"hello": (hello.SOURCE, None)},
                                                  port))
        figures = harness.alternate({server.name: lambda server=server: milliseconds(server)
                                     for server in servers}, RUNS)
    ours = figures.pop("flamesim")
    faster = min(figures, key=lambda name: figures[name].median)
    return [harness.Row("exec to the first 200, the example", "ms", ours, name, figures[name],
                        harness.at_most(TARGET_MILLISECONDS) if name == faster else None)
            for name in sorted(figures, key=lambda name: name != faster)]
