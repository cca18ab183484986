"""Parts by themselves, measured by programs of their own: comparison, configuration store, calls of
services. They have neither peer nor target; they show where time went when a whole got slower."""
import re

import harness

# Target, arguments, and how its output is cut into texts of one name and one figure.
PROGRAMS = [
    ("diff_bench", (), r"\n"),
    ("mocks_test", ("[.bench]",), r"\n"),
    ("bindings_test", ("[.speed]",), r"\n|, "),
]
FIGURE = re.compile(r"^\s*(\S.*?)[: ]\s*([\d.]+(?:e[+-]?\d+)?) (pairs/s|gets/s|us|ns)\b")


def figures_of(output, cut):
    matches = (FIGURE.match(text) for text in re.split(cut, output))
    return [(match[1].strip(": "), float(match[2]), match[3]) for match in matches if match]


def measure():
    rows = []
    for target, arguments, cut in PROGRAMS:
        program = harness.built(target)
        # A failed check is not what is asked for here; that no figure is printed is noticed below.
        outputs = [figures_of(harness.run([program, *arguments], range(256))[2], cut)
                   for _ in range(3)]
        if not outputs[0] or len({len(output) for output in outputs}) != 1:
            raise harness.CannotRun(f"{target} {' '.join(arguments)} printed no figures")
        for same in zip(*outputs):
            name, _, unit = same[0]
            rows.append(harness.Row(f"{target.partition('_')[0]}: {name}", unit,
                                    harness.Figures(value for _, value, _ in same)))
    return rows
