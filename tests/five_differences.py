"""What a replay of the example must find, and nothing else: examples/front-line/DIFFERENCES.md."""

# (field, what the front line does, what the workers do, whose code)
DIFFERENCES = [
    ("body", "<p>DNS resolution error</p>", "<p>This hostname is not configured</p>", "ownership"),
    ("effect:subrequest internet GET /robots.txt header:x-forwarded-for",
     "198.51.100.7, 127.0.0.1", "198.51.100.7,127.0.0.1", "finish"),
    ("header:content-type", "text/html", "text/html; charset=utf-8", "rules"),
    ("header:location", "https://secure.example/about?", "https://secure.example/about", "rules"),
    ("header:x-accel-debug", "", "on", "finish"),
]


def found(report):
    """The same of a report.json; differences of mere framing do not count."""
    return sorted((cluster["field"], cluster["expected"], cluster["got"], cluster["worker"])
                  for cluster in report["clusters"] if cluster["weight"] == "behaviour")
