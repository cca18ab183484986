#!/usr/bin/env python3
"""Sends the requests of edge_cases.txt as they stand there, each case on a connection of its own.

    send_raw.py HOST:PORT [NAME...]     prints how many exchanges there were; exit 1 at the first
                                        wrong status. NAME: only these cases
"""
import http.client
import pathlib
import re
import socket
import sys

CASES = pathlib.Path(__file__).with_name("edge_cases.txt")


def read_cases():
    """[(name, [status], bytes)]. {TEXT*N} in the bytes stands for TEXT N times."""
    cases = []
    for number, line in enumerate(CASES.read_text(encoding="utf-8").splitlines(), 1):
        if not line or line.startswith("#"):
            continue
        fields = line.split("\t")
        if len(fields) != 3:
            sys.exit(f"{CASES}:{number}: expected three fields with tabs between them")
        text = re.sub(r"\{(.+?)\*(\d+)\}", lambda m: m[1] * int(m[2]), fields[2])
        data = text.encode("latin-1").decode("unicode_escape").encode("latin-1")
        cases.append((fields[0], [int(status) for status in fields[1].split()], data))
    return cases


class Wire:
    """What http.client takes for a socket, so that several responses are read from one stream."""

    def __init__(self, connection):
        self.stream = connection.makefile("rb")

    def makefile(self, _mode):
        return self

    def close(self):
        pass

    def flush(self):
        pass

    def __getattr__(self, name):
        return getattr(self.stream, name)


def methods_of(data, count):
    """The methods of pipelined requests; those after the first must come without bodies."""
    if count == 1:
        return [data.split(b" ", 1)[0].decode()]
    return [part.split(b" ", 1)[0].decode() for part in data.split(b"\r\n\r\n")[:count]]


def send(address, name, statuses, data):
    host, _, port = address.rpartition(":")
    with socket.create_connection((host, int(port)), timeout=30) as connection:
        connection.sendall(data)
        wire = Wire(connection)
        for method, expected in zip(methods_of(data, len(statuses)), statuses):
            response = http.client.HTTPResponse(wire, method=method)
            response.begin()
            response.read()
            if response.status != expected:
                sys.exit(f"send_raw.py: {name}: status {response.status}, expected {expected}")


def main():
    if len(sys.argv) < 2 or ":" not in sys.argv[1]:
        sys.exit(__doc__)
    cases = read_cases()
    wanted = sys.argv[2:]
    unknown = set(wanted) - {name for name, _, _ in cases}
    if unknown:
        sys.exit(f"send_raw.py: no such case: {', '.join(sorted(unknown))}")
    sent = 0
    for name, statuses, data in cases:
        if wanted and name not in wanted:
            continue
        try:
            send(sys.argv[1], name, statuses, data)
        except (OSError, http.client.HTTPException) as error:
            sys.exit(f"send_raw.py: {name}: {type(error).__name__}: {error}")
        sent += len(statuses)
    print(f"send_raw.py: {sent} exchanges")


if __name__ == "__main__":
    main()
