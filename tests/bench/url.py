"""URL and URLSearchParams beside whatwg-url, the reference implementation in JavaScript: both in a
worker of flamesim, so on the same V8, with the same URLs."""
import harness

PEER = "whatwg-url"
TARGET_RATIO = 20
ROUNDS = 5
# Each runs for about half a second.
PASSES = {"ours": 50_000, PEER: 400}
WORK = {
    "URL: parse and serialize": """
      for (const text of texts) sum += new URL(text).href.length;""",
    "URLSearchParams: parse, get, serialize": """
      for (const text of texts) {
        const search = new URLSearchParams(text.slice(text.indexOf("?") + 1));
        sum += (search.get("page") ?? "").length + search.toString().length;
      }""",
}
TEXTS = [
    "https://www.example.com/",
    "https://www.example.com/articles/2026/11/index.html?page=2&sort=date#comments",
    "http://static.example.com:8080/a/b/../c/./logo.png?v=1234567890",
    "https://api.example.com/v1/items?filter=a%20b&page=17&fields=id,name",
    "https://user:secret@example.net/login?next=%2Fhome",
    "http://192.0.2.17/admin?page=1",
    "http://[2001:db8::1]:443/x?y=z",
    "https://example.org/search?q=hello+world&utm_source=mail&utm_medium=link",
]


def module(which, work, passes):
    load = f'import {{ URL, URLSearchParams }} from "{PEER}";\n' if which == PEER else ""
    return load + f"""const texts = {TEXTS};
export const run = {{
  test() {{
    let sum = 0;
    for (let pass = 0; pass < {passes}; pass++) {{{work}
    }}
    if (sum === 0) throw new Error("nothing was parsed");
  }},
}};
"""


def texts_a_second(folder, which, work):
    """By what more passes take, so that loading does not count."""
    seconds = []
    for passes in (PASSES[which] // 10, PASSES[which]):
        (folder / "main.js").write_text(module(which, work, passes))
        seconds.append(harness.run([harness.FLAMESIM, "test", folder / "main.js"])[0])
    return (PASSES[which] - PASSES[which] // 10) * len(TEXTS) / (seconds[1] - seconds[0])


def measure():
    rows = []
    with harness.working_folder() as folder:
        (folder / "node_modules").symlink_to(harness.ROOT / "tests/bench/node_modules")
        for name, work in WORK.items():
            figures = harness.alternate(
                {which: lambda which=which: texts_a_second(folder, which, work) for which in PASSES},
                ROUNDS)
            rows.append(harness.Row(name, "texts/s", figures["ours"], PEER, figures[PEER],
                                    harness.at_least(TARGET_RATIO, "ratio")))
    return rows
