// The customer's site behind the front line: pages, scripts, images, redirects, an API, large and
// compressed bodies, and answers that proxies find hard. Only what the request says decides the
// answer (the Date header apart), so two recordings of the same traffic can be compared.
//
//   node server.mjs [--host 127.0.0.1] [--port 9000]   prints "listening on HOST:PORT" when ready
import { createHash } from "node:crypto";
import http from "node:http";
import zlib from "node:zlib";

const options = { host: "127.0.0.1", port: "9000" };
for (let i = 2; i < process.argv.length; i += 2) {
  const name = process.argv[i].replace(/^--/, "");
  if (!(name in options) || process.argv[i + 1] === undefined) {
    console.error(`usage: server.mjs [--host ADDRESS] [--port PORT]; unknown: ${process.argv[i]}`);
    process.exit(2);
  }
  options[name] = process.argv[i + 1];
}

// ---------------------------------------------------------------------------- content

const kProducts = ["lamp", "lantern", "candle", "torch", "bulb", "chandelier", "beacon", "flare"];
const kHtml = "text/html; charset=utf-8";
const kJson = "application/json";

function page(host, title, body, scripts = true) {
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>${title} | ${host}</title>
<link rel="stylesheet" href="/assets/site.css">
<link rel="icon" href="/favicon.ico">
${scripts ? '<script src="/assets/app.js" defer></script>\n' : ""}</head>
<body>
<header><a href="/"><img src="/images/logo.png" alt="${host}" width="64" height="32"></a></header>
<nav><a href="/about">About</a> <a href="/products">Products</a>
<a href="/contact">Contact</a></nav>
<main>
<h1>${title}</h1>
${body}
</main>
<footer>${host}, since 1879</footer>
</body>
</html>
`;
}

function productPage(host, number) {
  const name = kProducts[number % kProducts.length];
  const price = (number * 37) % 90 + 9;
  return page(host, `${name} no. ${number}`, `<img src="/images/${name}.svg" alt="${name}">
<p>A ${name} of our own making, number ${number} of the catalogue.</p>
<p class="price">${price}.00</p>
<p><a href="/products/${number + 1}">The next one</a></p>`);
}

function productList(host) {
  const items = [];
  for (let n = 1; n <= 40; n++) {
    items.push(`<li><a href="/products/${n}">${kProducts[n % kProducts.length]} no. ${n}</a></li>`);
  }
  return page(host, "Products", `<ul>\n${items.join("\n")}\n</ul>\n<div id="live"></div>`);
}

const kSiteCss = "body { font: 16px/1.5 serif; max-width: 60rem; margin: auto }\n" +
  kProducts.map((name) => `.${name} { background: url(/images/${name}.svg) no-repeat }\n`).join("");

const kAppJs = `// Loads what is in stock and shows it, and tells the site that the page was seen.
addEventListener("DOMContentLoaded", async () => {
  const live = document.getElementById("live");
  if (live) {
    const items = await (await fetch("/api/items?page=1")).json();
    live.textContent = items.items.map((item) => item.name).join(", ");
  }
  await fetch("/api/seen", { method: "POST", headers: { "content-type": "application/json" },
    body: JSON.stringify({ path: location.pathname }) });
});
${"// This line stands for the rest of the bundle.\n".repeat(120)}`;

// About 300 KB that compress well.
const kLargeText = Array.from({ length: 4000 }, (_, n) =>
  `${String(n).padStart(5, "0")} the quick brown fox jumps over the lazy dog, again and again.\n`,
).join("");

const kRangeBytes = Buffer.from(Array.from({ length: 4096 }, (_, n) => n & 0xff));

function crc32(bytes) {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return (crc ^ 0xffffffff) >>> 0;
}

function png(width, height, colorAt) {
  const chunk = (type, data) => {
    const typed = Buffer.concat([Buffer.from(type, "latin1"), data]);
    const framed = Buffer.alloc(typed.length + 8);
    framed.writeUInt32BE(data.length, 0);
    typed.copy(framed, 4);
    framed.writeUInt32BE(crc32(typed), typed.length + 4);
    return framed;
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  const rows = [];
  for (let y = 0; y < height; y++) {
    rows.push(0);
    for (let x = 0; x < width; x++) rows.push(...colorAt(x, y));
  }
  return Buffer.concat([Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk("IHDR", header), chunk("IDAT", zlib.deflateSync(Buffer.from(rows))),
    chunk("IEND", Buffer.alloc(0))]);
}

const kLogo = png(64, 32, (x, y) => [x * 4, y * 8, (x * y) & 0xff]);

function svg(name) {
  const hue = createHash("sha256").update(name).digest()[0];
  return `<svg xmlns="http://www.w3.org/2000/svg" width="120" height="120" viewBox="0 0 120 120">
<circle cx="60" cy="60" r="50" fill="hsl(${hue}, 70%, 60%)"/>
<text x="60" y="66" text-anchor="middle">${name}</text>
</svg>
`;
}

// ---------------------------------------------------------------------------- answering

class Exchange {
  constructor(request, response, body) {
    this.request = request;
    this.response = response;
    this.body = body;
    const target = request.url.replace(/^https?:\/\/[^/]*/, "");
    const mark = target.indexOf("?");
    this.path = mark < 0 ? target : target.slice(0, mark);
    this.query = new URLSearchParams(mark < 0 ? "" : target.slice(mark + 1));
    this.host = request.headers.host ?? "";
  }

  // `headers`: a flat list of names and values, in the order and casing that go on the wire.
  send(status, headers, body = "", reason = undefined) {
    const bytes = Buffer.from(body);
    const list = ["Server", "lamp-origin/2.1", "X-Powered-By", "handmade", ...headers];
    const bodiless = status === 204 || status === 304;
    if (!bodiless) list.push("Content-Length", String(bytes.length));
    const head = reason === undefined ? [status, list] : [status, reason, list];
    this.response.writeHead(...head);
    this.response.end(bodiless || this.request.method === "HEAD" ? undefined : bytes);
  }

  html(body, status = 200, headers = []) {
    this.send(status, ["Content-Type", kHtml, ...headers], body);
  }

  json(value, status = 200, headers = []) {
    this.send(status, ["Content-Type", kJson, ...headers], JSON.stringify(value, null, 1) + "\n");
  }

  // A file that does not change: validators, long life, content coding as the client likes it.
  asset(type, body, compressible = true) {
    const etag = `"${createHash("sha256").update(body).digest("hex").slice(0, 16)}"`;
    const headers = ["ETag", etag, "Last-Modified", "Tue, 21 Oct 1879 20:00:00 GMT",
      "Cache-Control", "public, max-age=86400", "Accept-Ranges", "bytes"];
    if (compressible) headers.push("Vary", "Accept-Encoding");
    const known = this.request.headers["if-none-match"];
    if (known === etag || known === "*") return this.send(304, headers);
    if (!known && this.request.headers["if-modified-since"] === "Tue, 21 Oct 1879 20:00:00 GMT") {
      return this.send(304, headers);
    }
    headers.unshift("Content-Type", type);
    const range = this.rangeOf(Buffer.byteLength(body), etag);
    if (range === "unsatisfiable") {
      headers.push("Content-Range", `bytes */${Buffer.byteLength(body)}`);
      return this.send(416, headers);
    }
    if (range) {
      headers.push("Content-Range", `bytes ${range[0]}-${range[1]}/${Buffer.byteLength(body)}`);
      return this.send(206, headers, Buffer.from(body).subarray(range[0], range[1] + 1));
    }
    const accepted = (this.request.headers["accept-encoding"] ?? "").toLowerCase();
    if (compressible && /\bbr\b/.test(accepted)) {
      return this.send(200, [...headers, "Content-Encoding", "br"], brotli(body));
    }
    if (compressible && /\bgzip\b/.test(accepted)) {
      return this.send(200, [...headers, "Content-Encoding", "gzip"], zlib.gzipSync(body));
    }
    this.send(200, headers, body);
  }

  // [first, last] for a single range, "unsatisfiable", or nothing where the whole is to be sent.
  rangeOf(size, etag) {
    const match = /^bytes=(\d*)-(\d*)$/.exec(this.request.headers.range ?? "");
    if (!match || (!match[1] && !match[2])) return undefined;
    const condition = this.request.headers["if-range"];
    if (condition !== undefined && condition !== etag) return undefined;
    if (!match[1]) return [Math.max(0, size - Number(match[2])), size - 1];
    const first = Number(match[1]);
    const last = match[2] ? Math.min(Number(match[2]), size - 1) : size - 1;
    return first > last ? "unsatisfiable" : [first, last];
  }

  notFound() {
    this.html(page(this.host, "Not found", "<p>There is nothing here.</p>", false), 404);
  }
}

function brotli(body) {
  return zlib.brotliCompressSync(body, { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 5 } });
}

// What arrived, with its headers sorted. The ray id is another one each time, and is left out.
function echo(x) {
  const headers = [];
  for (let i = 0; i < x.request.rawHeaders.length; i += 2) {
    const name = x.request.rawHeaders[i].toLowerCase();
    if (name !== "cf-ray") headers.push(`${name}: ${x.request.rawHeaders[i + 1]}`);
  }
  const hash = createHash("sha256").update(x.body).digest("hex").slice(0, 16);
  x.json({ method: x.request.method, target: x.request.url, headers: headers.sort(),
    bodyBytes: x.body.length, bodyHash: hash });
}

const kExact = {
  "/": (x) => x.html(page(x.host, "Welcome", "<p>Light, by the yard.</p>")),
  "/about": (x) => x.html(page(x.host, "About us", "<p>We make light.</p>"), 200,
    ["Cache-Control", "max-age=60"]),
  "/contact": (x) => x.html(page(x.host, "Contact", `<form method="post" action="/contact">
<input name="name"><textarea name="message"></textarea><button>Send</button></form>`)),
  "/products": (x) => x.html(productList(x.host)),
  "/assets/site.css": (x) => x.asset("text/css", kSiteCss),
  "/assets/app.js": (x) => x.asset("text/javascript", kAppJs),
  "/images/logo.png": (x) => x.asset("image/png", kLogo, false),
  "/favicon.ico": (x) => x.asset("image/png", kLogo, false),
  "/feed.xml": (x) => x.asset("application/rss+xml", `<?xml version="1.0"?>
<rss version="2.0"><channel><title>${x.host}</title>
<item><title>Let there be</title></item></channel></rss>
`),
  "/robots.txt": (x) => x.asset("text/plain", "User-agent: *\nDisallow: /admin\n"),
  "/large.txt": (x) => x.asset("text/plain; charset=utf-8", kLargeText),
  "/range.bin": (x) => x.asset("application/octet-stream", kRangeBytes, false),
  "/coded/gzip": (x) => x.send(200, ["Content-Type", "text/plain", "Content-Encoding", "gzip"],
    zlib.gzipSync("always gzip\n".repeat(50))),
  "/coded/br": (x) => x.send(200, ["Content-Type", "text/plain", "Content-Encoding", "br"],
    brotli("always brotli\n".repeat(50))),
  "/coded/deflate": (x) => x.send(200, ["Content-Type", "text/plain", "Content-Encoding",
    "deflate"], zlib.deflateSync("always deflate\n".repeat(50))),
  "/api/echo": echo,
  "/api/seen": (x) => x.send(x.request.method === "POST" ? 204 : 405,
    ["Cache-Control", "no-store"]),
  "/api/items": (x) => {
    const number = Math.max(1, Math.min(99, Number(x.query.get("page")) || 1));
    const items = Array.from({ length: 10 }, (_, i) => {
      const id = (number - 1) * 10 + i + 1;
      return { id, name: `${kProducts[id % kProducts.length]} no. ${id}`, inStock: id % 3 !== 0 };
    });
    x.json({ page: number, items }, 200, ["Cache-Control", "no-cache"]);
  },
  "/api/private": (x) => x.request.headers.authorization
    ? x.json({ secret: "watt" })
    : x.json({ error: "who are you?" }, 401, ["WWW-Authenticate", 'Basic realm="lamps"']),
  "/cookies": (x) => x.html(page(x.host, "Cookies", "<p>Three of them.</p>", false), 200, [
    "Set-Cookie", "session=abc123; Path=/; HttpOnly",
    "Set-Cookie", "theme=dark; Path=/; Expires=Wed, 21 Oct 2099 07:28:00 GMT",
    "Set-Cookie", "empty=; Path=/; Max-Age=0"]),
  "/headers/odd": (x) => x.send(200, ["Content-Type", "text/plain", "x-lOWER-uPPER", "Kept As Is",
    "X-Twice", "one", "X-Twice", "two", "X-Empty", "", "X-Pad", "avoid browser bug",
    "Link", "</assets/site.css>; rel=preload", "Link", "</assets/app.js>; rel=preload",
    "Warning", '199 - "odd; but=legal, here"'], "odd headers\n"),
  "/headers/accel": (x) => x.send(200, ["Content-Type", "text/plain", "X-Accel-Redirect", "/about",
    "X-Accel-Buffering", "no", "X-Accel-Expires", "60", "X-Accel-Charset", "koi8-r",
    "X-Accel-Limit-Rate", "100000"], "not to be steered by these\n"),
  "/headers/accel-debug": (x) => x.send(200, ["Content-Type", "text/plain", "X-Accel-Debug", "on"],
    "one more of them\n"),
  "/headers/reason": (x) => x.send(200, ["Content-Type", "text/plain"], "fine\n", "Fine By Me"),
  "/headers/none": (x) => x.send(200, [], "no content type\n"),
  "/empty": (x) => x.send(200, ["Content-Type", "text/plain"]),
  "/no-content": (x) => x.send(204, []),
  "/stream": (x) => {
    x.response.writeHead(200, ["Server", "lamp-origin/2.1", "Content-Type", "text/plain"]);
    for (let n = 1; n <= 5 && x.request.method !== "HEAD"; n++) x.response.write(`piece ${n}\n`);
    x.response.end();
  },
  "/reset": (x) => x.request.socket.destroy(),
};

const kPatterns = [
  [/^\/products\/(\d{1,4})$/, (x, number) => x.html(productPage(x.host, Number(number)))],
  [/^\/images\/([a-z]+)\.svg$/, (x, name) => kProducts.includes(name)
    ? x.asset("image/svg+xml", svg(name)) : x.notFound()],
  [/^\/api\/items\/(\d{1,4})$/, (x, id) => ({
    GET: () => x.json({ id: Number(id), name: `${kProducts[id % kProducts.length]} no. ${id}` }),
    HEAD: () => x.json({ id: Number(id), name: `${kProducts[id % kProducts.length]} no. ${id}` }),
    PUT: () => x.json({ id: Number(id), stored: x.body.length }, 201, ["Location", x.path]),
    PATCH: () => x.json({ id: Number(id), patched: x.body.length }),
    DELETE: () => x.send(204, []),
    OPTIONS: () => x.send(204, ["Allow", "GET, HEAD, PUT, PATCH, DELETE, OPTIONS",
      "Access-Control-Allow-Origin", "*",
      "Access-Control-Allow-Methods", "GET, PUT, PATCH, DELETE"]),
  }[x.request.method] ?? (() => x.json({ error: "method" }, 405, ["Allow", "GET, HEAD, PUT"])))()],
  [/^\/redirect\/(30[12378])$/, (x, status) => x.send(Number(status), ["Location", "/about"])],
  [/^\/redirect\/absolute\/(30[12378])$/, (x, status) => x.send(Number(status),
    ["Location", `http://${x.host}/about?from=redirect`])],
  [/^\/redirect\/chain\/(\d)$/, (x, left) => x.send(302, ["Location",
    Number(left) > 1 ? `/redirect/chain/${Number(left) - 1}` : "/about"])],
  [/^\/status\/([2-5]\d\d)$/, (x, status) => x.send(Number(status), ["Content-Type", "text/plain"],
    `status ${status}\n`)],
  [/^\/slow\/(\d{1,4})$/, (x, milliseconds) => setTimeout(
    () => x.send(200, ["Content-Type", "text/plain"], "at last\n"),
    Math.min(2000, Number(milliseconds)))],
];

function answer(x) {
  if (x.request.method === "POST" && x.path === "/contact") {
    return x.send(303, ["Location", "/contact?sent=1"]);
  }
  const exact = Object.hasOwn(kExact, x.path) ? kExact[x.path] : undefined;
  if (exact) return exact(x);
  for (const [pattern, handler] of kPatterns) {
    const match = pattern.exec(x.path);
    if (match) return handler(x, ...match.slice(1));
  }
  x.notFound();
}

const server = http.createServer((request, response) => {
  const chunks = [];
  request.on("data", (chunk) => chunks.push(chunk));
  request.on("end", () => answer(new Exchange(request, response, Buffer.concat(chunks))));
});
server.on("error", (error) => {
  console.error(`origin: cannot listen on ${options.host}:${options.port}: ${error.message}`);
  process.exit(1);
});
server.listen(Number(options.port), options.host, () =>
  console.log(`listening on ${options.host}:${server.address().port}`));
for (const signal of ["SIGINT", "SIGTERM"]) {
  process.on(signal, () => {
    server.closeAllConnections();
    server.close(() => process.exit(0));
  });
}
