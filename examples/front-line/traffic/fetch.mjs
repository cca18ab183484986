// Sends a part of the recorded traffic with Node.js: its fetch (undici), whose way of writing
// requests is another one than Python's or curl's, with several requests under way at once.
//
//   node fetch.mjs HOST:PORT        prints how many exchanges there were; exit 1 at a wrong status
import net from "node:net";

const address = process.argv[2];
if (process.argv.length !== 3 || !/:\d+$/.test(address)) {
  console.error("usage: fetch.mjs HOST:PORT");
  process.exit(2);
}
let sent = 0;

// Node.js hands out neither undici's Agent nor a way to connect elsewhere than the URL says; but
// the dispatcher that its first fetch leaves behind is an Agent.
await fetch("data:,");
const Agent = globalThis[Symbol.for("undici.globalDispatcher.1")].constructor;
const [host, port] = [address.replace(/:\d+$/, ""), Number(/\d+$/.exec(address)[0])];
const dispatcher = new Agent({
  connect(_, callback) {
    const socket = net.connect(port, host, () => callback(null, socket));
    socket.on("error", callback);
  },
});

async function send(host, target, expected, init = {}) {
  const response = await fetch(`http://${host}${target}`, {
    redirect: "manual", dispatcher, ...init });
  await response.arrayBuffer();
  sent++;
  if (response.status !== expected) {
    throw new Error(`${init.method ?? "GET"} http://${host}${target}: ` +
      `status ${response.status}, expected ${expected}`);
  }
}

function form(fields) {
  return { method: "POST", body: new URLSearchParams(fields) };
}

async function visit(host, round) {
  await send(host, "/", 200);
  await Promise.all(["/assets/site.css", "/assets/app.js", "/feed.xml", "/favicon.ico"]
    .map((path) => send(host, path, 200)));
  await send(host, `/products/${round}?ref=node&tag=caf%C3%A9`, 200);
  await Promise.all([1, 2, 3]
    .map((number) => send(host, `/api/items?page=${number + round}`, 200)));
  await send(host, "/api/echo?q=a+b%2Bc", 200, { headers: { accept: "application/json" } });
  await send(host, "/api/echo", 200, { method: "POST", body: JSON.stringify({ round, host }),
    headers: { "content-type": "application/json" } });
  await send(host, "/contact", 303, form({ name: "Grace", message: "A & B = C, 100%" }));
  await send(host, `/redirect/chain/${round + 1}`, 302);
  await send(host, "/status/404", 404, { method: "HEAD" });
  await send(host, `/api/items/${round}`, 204, { method: "DELETE" });
}

async function main() {
  for (let round = 0; round < 5; round++) {
    for (const host of ["www.lamp.example", "tools.example", "shop.partner.example",
      "north.shops.lamp.example", "acme.brands.example"]) {
      await visit(host, round);
    }
    await send("nobody.example", "/", 409);
    await send("export.example", `/products/${round}`, 403);
    await send("secure.example", `/products/${round}?x=1`, 301);
    await send("www.lamp.example", "/search?q=%3Cscript%3E", 403);
  }
  await dispatcher.close();
  console.log(`fetch.mjs: ${sent} exchanges`);
}

main().catch((error) => {
  console.error(`fetch.mjs: ${error.stack}${error.cause ? `\n  because of ${error.cause}` : ""}`);
  process.exit(1);
});
