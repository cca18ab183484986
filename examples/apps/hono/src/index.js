// Notes with an account each, on Hono and its middleware.
import { Hono } from "hono";
import { basicAuth } from "hono/basic-auth";
import { cors } from "hono/cors";
import { etag } from "hono/etag";
import { HTTPException } from "hono/http-exception";
import { jwt, sign } from "hono/jwt";
import { logger } from "hono/logger";
import { secureHeaders } from "hono/secure-headers";
import { stream, streamSSE, streamText } from "hono/streaming";

const notes = new Map([["1", { owner: "ada", text: "The engine weaves patterns." }]]);
const app = new Hono();

app.use(logger());
app.use(secureHeaders());
app.use("/notes/*", cors({ origin: "https://notes.example", allowMethods: ["GET", "PUT"] }));
app.use("/notes/*", etag());

app.get("/", (c) => c.html("<h1>Notes</h1>"));
app.get("/notes/:id", (c) => {
  const note = notes.get(c.req.param("id"));
  return note ? c.json(note) : c.notFound();
});

// The operator hands out tokens; whoever has one writes.
app.use("/tokens/*", (c, next) =>
  basicAuth({ username: c.env.OPERATOR, password: c.env.PASSWORD, realm: "operator" })(c, next));
app.post("/tokens/:name", async (c) => {
  const expires = Math.floor(Date.now() / 1000) + 3600;
  const token = await sign({ sub: c.req.param("name"), exp: expires }, c.env.TOKEN_SECRET, "HS256");
  return c.json({ token }, 201);
});

app.put("/notes/:id", (c, next) => jwt({ secret: c.env.TOKEN_SECRET, alg: "HS256" })(c, next));
app.put("/notes/:id", async (c) => {
  const owner = c.get("jwtPayload").sub;
  const earlier = notes.get(c.req.param("id"));
  if (earlier && earlier.owner !== owner) throw new HTTPException(403, { message: "not yours" });
  const { text } = await c.req.json();
  notes.set(c.req.param("id"), { owner, text });
  return c.body(null, 204);
});

app.get("/export", (c) => streamText(c, async (out) => {
  for (const [id, { text }] of notes) {
    await out.writeln(`${id}: ${text}`);
    await out.sleep(5);
  }
}));
app.get("/events", (c) => streamSSE(c, async (out) => {
  for (const [id, note] of notes) {
    await out.writeSSE({ id, event: "note", data: JSON.stringify(note) });
  }
}));
app.post("/echo", (c) => stream(c, (out) => out.pipe(c.req.raw.body)));

app.notFound((c) => c.json({ error: `nothing at ${c.req.path}` }, 404));
app.onError((error, c) => error instanceof HTTPException ? error.getResponse()
  : c.json({ error: error.message }, 500));

export default app;
