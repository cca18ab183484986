"""Replay of the example, three workers with RPC, cache and log, its diff included; and whether its
memory stays where it is when the capture is ten times as long."""
import shutil

import harness

CAPTURE = harness.ROOT / "fixtures/front-line/traffic.cap"
EXAMPLE = harness.ROOT / "examples/front-line"
SHORT = 100_000
LONG = 1_000_000
TARGET_RATE = 50_000
TARGET_MEMORY = 300
# Peaks differ a little from run to run: by when the collectors of garbage ran.
TARGET_GROWTH = 1.1
# 0 and 1: without and with differences, of which the example has five.
ALLOWED = (0, 1)


def replay(capture, *more):
    """-> (exchanges a second, peak memory in MB)"""
    command = [harness.FLAMESIM, "replay", EXAMPLE, "--from", capture, "--threads", 2, *more]
    seconds, peak, printed = harness.run(command, ALLOWED)
    exchanges = int(capture.stem)
    if f"{exchanges:,} exchanges" not in printed:
        raise harness.CannotRun(f"replay did not report {exchanges:,} exchanges:\n"
                                f"{printed[-2000:]}")
    return exchanges / seconds, peak


def measure():
    lengthen = harness.built("bench_lengthen")
    with harness.working_folder() as folder:
        captures = {n: folder / f"{n}.cap" for n in (SHORT, LONG)}
        for n, path in captures.items():
            harness.run([lengthen, CAPTURE, path, n])
        kept = folder / "kept"
        short = harness.alternate({
            "replay": lambda: replay(captures[SHORT]),
            "kept": lambda: replay(captures[SHORT], "--report", kept)})
        shutil.rmtree(kept)
        long = harness.Figures([replay(captures[LONG], "--report", kept)])
    rates = {name: harness.Figures(rate for rate, _ in each.values) for name, each in short.items()}
    short_peak = harness.Figures(peak for _, peak in short["kept"].values)
    long_rate, long_peak = (harness.Figures([value]) for value in long.values[0])
    name = f"replay, {SHORT:,} exchanges"
    return [
        harness.Row(name, "exchanges/s", rates["replay"], target=harness.at_least(TARGET_RATE)),
        harness.Row(f"{name}, --report", "exchanges/s", rates["kept"]),
        harness.Row(f"replay, {LONG:,} exchanges, --report", "exchanges/s", long_rate),
        harness.Row(f"{name}, --report, peak memory", "MB", short_peak,
                    target=harness.at_most(TARGET_MEMORY)),
        harness.Row(f"replay, {LONG:,} exchanges, --report, peak memory", "MB", long_peak,
                    target=harness.at_most(TARGET_MEMORY)),
        harness.Row(f"peak memory, {LONG:,} beside {SHORT:,} exchanges", "MB", long_peak,
                    f"{SHORT:,} exchanges", harness.Figures([short_peak.median]),
                    harness.at_most(TARGET_GROWTH, "ratio")),
    ]
