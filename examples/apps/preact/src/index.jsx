// A shop's pages rendered on Preact: as one string, or streamed with what is late last.
import { Fragment, createContext, h } from "preact";
import { Suspense, lazy } from "preact/compat";
import { useContext, useMemo, useState } from "preact/hooks";
import { renderToString } from "preact-render-to-string";
import { renderToReadableStream } from "preact-render-to-string/stream";

const GOODS = [
  { id: "lamp", name: "Lamp & shade", cents: 4900 },
  { id: "desk", name: "Desk <oak>", cents: 32050 },
];

const Currency = createContext("USD");

function Price({ cents }) {
  const currency = useContext(Currency);
  const text = useMemo(() => (cents / 100).toFixed(2), [cents]);
  return <b class="price">{text} {currency}</b>;
}

function Goods({ query }) {
  const [open] = useState(() => query !== "");
  const found = GOODS.filter(({ name }) => name.toLowerCase().includes(query.toLowerCase()));
  if (found.length === 0) return <p>Nothing is called “{query}”.</p>;
  return (
    <ul data-open={open}>
      {found.map(({ id, name, cents }) => (
        <li key={id}><a href={`/goods/${id}`}>{name}</a> <Price cents={cents} /></li>
      ))}
    </ul>
  );
}

// What takes its time: the page is sent before it is there.
const reviews = () => lazy(async () => {
  await new Promise((resolve) => setTimeout(resolve, 20));
  return { default: () => <p id="reviews">Five stars.</p> };
});

function Page({ title, children }) {
  return (
    <html lang="en">
      <head><title>{title}</title></head>
      <body><h1 style={{ color: "teal" }}>{title}</h1>{children}</body>
    </html>
  );
}

const headers = { "Content-Type": "text/html; charset=utf-8" };

export default {
  fetch(request) {
    const { pathname, searchParams } = new URL(request.url);
    const currency = searchParams.get("currency") ?? "USD";
    if (pathname === "/") {
      const page = <Currency.Provider value={currency}>
        <Page title="Goods"><Goods query={searchParams.get("q") ?? ""} /></Page>
      </Currency.Provider>;
      return new Response(`<!doctype html>${renderToString(page)}`, { headers });
    }
    const goods = GOODS.find(({ id }) => pathname === `/goods/${id}`);
    if (!goods) {
      const page = <Page title="Not found"><><p>No goods here.</p></></Page>;
      return new Response(renderToString(page), { status: 404, headers });
    }
    const Reviews = reviews();
    const page = <Page title={goods.name}>
      <Price cents={goods.cents} />
      <Suspense fallback={<p>Reviews come …</p>}><Reviews /></Suspense>
    </Page>;
    return new Response(renderToReadableStream(page), { headers });
  },
};
