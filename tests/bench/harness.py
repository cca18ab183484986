"""What every subject of `make bench` needs: servers that are started and ended, load by wrk, rounds
that alternate between the compared, and figures with their spread."""
import contextlib
import json
import os
import pathlib
import re
import socket
import statistics
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BUILD = ROOT / "build"
FLAMESIM = pathlib.Path(os.environ.get("FLAMESIM", BUILD / "flamesim")).absolute()
ROUNDS = 5
ROUND_SECONDS = 2
MB_PER_KIB = 1024 / 1e6  # the kernel counts in the latter
START_SECONDS = 30
# Between looks whether a server answers: asked more often, the asking takes the core that it starts on.
POLL_SECONDS = 0.002
WORKERDS = {"workerd 1.20260426.1": "workerd-2026-04", "workerd 1.20261117.1": "workerd-2026-11"}


class CannotRun(Exception):
    """A subject could not be measured; the message says why."""


def note(text):
    print(text, flush=True)


# ------------------------------------------------------------------------------------- figures

class Figures:
    """The same thing measured several times."""

    def __init__(self, values):
        self.values = list(values)

    @property
    def median(self):
        return statistics.median(self.values)

    def spread(self):
        return f"{number(min(self.values))}..{number(max(self.values))}"


def number(value):
    """Three digits that mean something, thousands set apart."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def alternate(measures, count=ROUNDS):
    """`measures`: name -> function that measures once. One round after the other, each measure once
    a round, so that what the machine does meanwhile meets all of them. -> name -> Figures"""
    values = {name: [] for name in measures}
    for _ in range(count):
        for name, measure in measures.items():
            values[name].append(measure())
    return {name: Figures(each) for name, each in values.items()}


def loads(servers, connections):
    """Requests a second of servers that are warm. -> (flamesim's Figures, peer's name -> Figures)"""
    figures = alternate({
        server.name: lambda server=server: server.load(connections) for server in servers})
    return figures.pop("flamesim"), figures


def warm_up(servers):
    for server in servers:
        server.load(16, seconds=1)


def connections_text(count):
    return f"{count} connection{'s' * (count > 1)}"


def ratio(figures, peer):
    """Of what was measured in the same round; the median of all rounds."""
    return statistics.median(a / b for a, b in zip(figures.values, peer.values))


class Row:
    """A line of the table. `target`: (at_least | at_most, limit, of what), where `of what` is
    "figure" or "ratio"; nothing where there is no target."""

    def __init__(self, what, unit, figures, peer=None, peer_figures=None, target=None):
        self.what = what
        self.unit = unit
        self.figures = figures
        self.peer = peer
        self.peer_figures = peer_figures
        self.target = target

    @property
    def ratio(self):
        return ratio(self.figures, self.peer_figures) if self.peer else None

    @property
    def is_met(self):
        if self.target is None:
            return None
        direction, limit, of_what = self.target
        value = self.ratio if of_what == "ratio" else self.figures.median
        return value >= limit if direction == "at_least" else value <= limit

    def cells(self):
        target = ""
        if self.target:
            direction, limit, of_what = self.target
            unit = "x" if of_what == "ratio" else " " + self.unit
            target = f"{'>=' if direction == 'at_least' else '<='} {limit:,g}{unit}"
        return [self.what, f"{number(self.figures.median)} {self.unit}", self.figures.spread(),
                self.peer or "", number(self.peer_figures.median) if self.peer else "",
                self.peer_figures.spread() if self.peer else "",
                f"{self.ratio:.2f}x" if self.peer else "", target,
                {None: "", True: "met", False: "MISSED"}[self.is_met]]

    def as_json(self):
        return {"what": self.what, "unit": self.unit, "values": self.figures.values,
                "median": self.figures.median, "peer": self.peer,
                "peerValues": self.peer_figures.values if self.peer else None,
                "peerMedian": self.peer_figures.median if self.peer else None,
                "ratio": self.ratio,
                "target": dict(zip(("direction", "limit", "of"), self.target))
                if self.target else None,
                "met": self.is_met}


def at_least(limit, of_what="figure"):
    return ("at_least", limit, of_what)


def at_most(limit, of_what="figure"):
    return ("at_most", limit, of_what)


# ------------------------------------------------------------------------------------- servers

def free_ports(count):
    with contextlib.ExitStack() as probes:
        sockets = [probes.enter_context(socket.create_server(("127.0.0.1", 0)))
                   for _ in range(count)]
        return [each.getsockname()[1] for each in sockets]


def answers_200(port, host, path):
    """One request on a connection of its own."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=START_SECONDS) as connection:
            connection.sendall(f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
                               .encode())
            return connection.makefile("rb").readline().split(b" ")[1:2] == [b"200"]
    except OSError:
        return False


class Server:
    """A process that answers on 127.0.0.1:`port`; entered, it has answered a first 200."""

    def __init__(self, name, command, port, host="localhost", path="/"):
        self.name = name
        self.command = [str(part) for part in command]
        self.port = port
        self.host = host
        self.path = path
        self.first_answer = None  # seconds from exec

    def __enter__(self):
        self.log = tempfile.TemporaryFile()
        started = time.perf_counter()
        try:
            self.process = subprocess.Popen(self.command, stdout=self.log, stderr=self.log)
        except OSError as error:
            raise CannotRun(f"{self.name}: {error}") from error
        while not answers_200(self.port, self.host, self.path):
            late = time.perf_counter() - started > START_SECONDS
            if late or self.process.poll() is not None:
                self.__exit__()
                raise CannotRun(f"{self.name} {'gives no 200' if late else 'ended early'}: "
                                f"{' '.join(self.command)}\n{self.output()}")
            time.sleep(POLL_SECONDS)
        self.first_answer = time.perf_counter() - started
        return self

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(START_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def output(self):
        self.log.seek(0)
        return self.log.read().decode(errors="replace")[-2000:]

    def memory(self, field="VmRSS"):
        """MB. VmRSS: now; VmHWM: at its peak."""
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(rf"{field}:\s+(\d+)", status)[1]) * MB_PER_KIB

    def load(self, connections, seconds=ROUND_SECONDS):
        """Requests a second over kept-alive connections."""
        command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s",
                   f"http://127.0.0.1:{self.port}{self.path}"]
        try:
            result = subprocess.run(command, capture_output=True, text=True, check=False)
        except OSError as error:
            raise CannotRun(f"wrk: {error}; scripts/setup.sh --with-bench installs it") from error
        rate = re.search(r"Requests/sec:\s*([\d.]+)", result.stdout)
        # Answers that are late are not wrong: on a busy machine they come about.
        errors = re.search(r"Socket errors: (?!connect 0, read 0, write 0,)", result.stdout)
        if result.returncode != 0 or not rate or errors or "Non-2xx" in result.stdout:
            raise CannotRun(f"{self.name} under load: {result.stdout}{result.stderr}"
                            f"{self.output()}")
        return float(rate[1])


def flamesim_project(folder, workers, **settings):
    """A simulation in `folder`; `workers`: name -> source, in the order of the chain."""
    for name, source in workers.items():
        home = folder / name
        home.mkdir(parents=True)
        (home / "index.js").write_text(source)
        (home / "wrangler.jsonc").write_text(json.dumps(
            {"name": name, "main": "index.js", "compatibility_date": "2025-01-01"}))
    (folder / "flamesim.jsonc").write_text(json.dumps(
        {"workers": {name: name for name in workers}, "chain": list(workers),
         "egress": "internet", **settings}))
    return folder


def flamesim_dev(project, port, host="localhost"):
    return Server("flamesim", [FLAMESIM, "dev", project, "--listen", f"127.0.0.1:{port}"], port,
                  host)


def workerd_binary(release):
    """The program itself, without the script that npm puts before it."""
    modules = ROOT / "tests/bench/node_modules"
    wanted = release.split()[1]
    for folder in (modules / WORKERDS[release] / "node_modules", modules):
        for path in folder.glob("@cloudflare/workerd-*/bin/workerd"):
            package = json.loads((path.parent.parent / "package.json").read_text())
            if package["version"] == wanted:
                return path
    raise CannotRun(f"{release} is not installed: scripts/setup.sh --with-bench does it")


def workerd_server(release, folder, workers, port):
    """`workers`: name -> (source, name of the service that it knows as NEXT, or nothing); the first
    is the one that answers clients."""
    services, definitions = [], []
    for index, (name, (source, next_name)) in enumerate(workers.items()):
        (folder / f"{name}.js").write_text(source)
        bindings = f'bindings = [(name = "NEXT", service = "{next_name}")],' if next_name else ""
        services.append(f'(name = "{name}", worker = .worker{index})')
        definitions.append(
            f'const worker{index} :Workerd.Worker = (modules = [(name = "worker", '
            f'esModule = embed "{name}.js")], {bindings} compatibilityDate = "2025-01-01");')
    first = next(iter(workers))
    (folder / "config.capnp").write_text(
        'using Workerd = import "/workerd/workerd.capnp";\n'
        f"const config :Workerd.Config = (services = [{', '.join(services)}],\n"
        f'  sockets = [(name = "http", address = "127.0.0.1:{port}", http = (), '
        f'service = "{first}")]);\n' + "\n".join(definitions) + "\n")
    return Server(release, [workerd_binary(release), "serve", folder / "config.capnp"], port)


def nginx_answers(port, text):
    """A server block of NGINX that answers by itself."""
    return f"server {{ listen 127.0.0.1:{port}; location / {{ return 200 '{text}'; }} }}"


def nginx_passes_on(port, to_port):
    """A server block of NGINX that is a proxy, with kept-alive connections to what it asks."""
    return f"""upstream to{to_port} {{
    server 127.0.0.1:{to_port}; keepalive 64; keepalive_requests 1000000000;
  }}
  server {{ listen 127.0.0.1:{port}; location / {{
    proxy_pass http://to{to_port}; proxy_http_version 1.1; proxy_set_header Connection "";
  }} }}"""


def nginx_server(name, folder, port, blocks):
    """One NGINX with one worker process; `port`: of the block that clients talk to."""
    folder.mkdir()
    temporary = "".join(f"{kind}_temp_path {folder}/{kind}; " for kind in
                        ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    # Started as root NGINX would become another user, who may not read the folder.
    user = "user root;" if os.getuid() == 0 else ""
    blocks = "\n  ".join(blocks)
    (folder / "nginx.conf").write_text(f"""{user} daemon off; worker_processes 1;
pid {folder}/pid; error_log {folder}/error.log;
events {{ worker_connections 4096; }}
http {{
  access_log off; keepalive_requests 1000000000; default_type text/plain; {temporary}
  {blocks}
}}
""")
    return Server(name, [os.environ.get("NGINX", "/usr/sbin/nginx"), "-p", folder, "-e",
                         folder / "error.log", "-c", folder / "nginx.conf"], port)


# ------------------------------------------------------------------------------------ programs

def built(target):
    """A program that only measurements need, up to date."""
    result = subprocess.run(["cmake", "--build", BUILD, "--target", target], capture_output=True,
                            text=True, check=False)
    if result.returncode != 0:
        raise CannotRun(f"{target} does not build:\n{result.stdout[-2000:]}{result.stderr}")
    return BUILD / target


def run(command, allowed=(0,)):
    """-> (seconds, peak memory in MB, what it printed)"""
    with tempfile.TemporaryFile() as output:
        started = time.perf_counter()
        process = subprocess.Popen([str(part) for part in command], stdout=output,
                                   stderr=subprocess.STDOUT)
        _, status, usage = os.wait4(process.pid, 0)
        took = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        text = output.read().decode(errors="replace")
    if process.returncode not in allowed:
        raise CannotRun(f"{' '.join(map(str, command))} ended with {process.returncode}:\n"
                        f"{text[-2000:]}")
    return took, usage.ru_maxrss * MB_PER_KIB, text


@contextlib.contextmanager
def working_folder():
    with tempfile.TemporaryDirectory(prefix="flamesim-bench-") as folder:
        yield pathlib.Path(folder)
