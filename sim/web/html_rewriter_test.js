import { assert, assertEquals, assertRejects, assertThrows, test } from "./testing.js";

const kInvalid = "This content token is no longer valid. Content tokens are only valid during the "
  + "execution of the relevant content handler.";

const page = (text, init) => new Response(text, init);
const rewritten = (text, selector, handlers) =>
  new HTMLRewriter().on(selector, handlers).transform(page(text)).text();

/** A stream of those chunks, one each time that more is asked for. */
function chunks(list) {
  const encoder = new TextEncoder();
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      if (at === list.length) controller.close();
      else controller.enqueue(encoder.encode(list[at++]));
    },
  });
}

test("HTMLRewriter gives a response of its own, with status and headers of the given one", async () => {
  const given = page("<p>x</p>", { status: 404, statusText: "Gone Fishing", headers: { a: "b" } });
  const result = new HTMLRewriter().transform(given);
  assert(result !== given);
  assertEquals([result.status, result.statusText, result.headers.get("a")], [404, "Gone Fishing", "b"]);
  assert(given.bodyUsed);
  assertEquals(await result.text(), "<p>x</p>");
  result.headers.set("a", "c");
  assertEquals(given.headers.get("a"), "b");
});

test("HTMLRewriter leaves a response without a body as it is", () => {
  const given = new Response(null);
  assert(new HTMLRewriter().on("p", {}).transform(given) === given);
});

const ofGlobalScope = new HTMLRewriter().on("p", { element: (e) => e.append("!") });

test("HTMLRewriter may be made in global scope", async () => {
  assertEquals(await ofGlobalScope.transform(page("<p></p>")).text(), "<p>!</p>");
});

test("HTMLRewriter is a class of the platform", () => {
  assertEquals(HTMLRewriter.name, "HTMLRewriter");
  assertEquals(`${new HTMLRewriter()}`, "[object HTMLRewriter]");
  const rewriter = new HTMLRewriter();
  assert(rewriter.on("p", {}) === rewriter && rewriter.onDocument({}) === rewriter);
});

test("Element reads and changes its tag and its attributes", async () => {
  const seen = [];
  const text = await rewritten("<a HREF=/x Target=\"_top\" empty>l</a>", "a[href]", {
    element(e) {
      seen.push(e.tagName, [...e.attributes], e.namespaceURI, e.removed);
      seen.push(e.getAttribute("HREF"), e.getAttribute("empty"), e.getAttribute("none"));
      seen.push(e.hasAttribute("target"), e.hasAttribute("none"));
      assert(e.setAttribute("href", "/\"y\"") === e && e.removeAttribute("empty") === e);
      e.setAttribute("new", "é");
      e.tagName = "b";
      seen.push(e.tagName);
    },
  });
  assertEquals(text, "<b HREF=\"/&quot;y&quot;\" Target=\"_top\" new=\"é\">l</b>");
  assertEquals(seen, ["a", [["href", "/x"], ["target", "_top"], ["empty", ""]],
    "http://www.w3.org/1999/xhtml", false, "/x", "", null, true, false, "b"]);
});

test("Element puts content in as text, or as HTML", async () => {
  const text = await rewritten("<p>x</p>", "p", {
    element(e) {
      e.before("<1>").before("<2>", { html: false }).before("<i>", { html: true }).before("3", null);
      e.prepend("b&").prepend("<a>", { html: true });
      e.append("y", {}).append("<z>", { html: true });
      e.after("two").after("one ");
    },
  });
  assertEquals(text, "&lt;1&gt;&lt;2&gt;<i>3<p><a>b&amp;xy<z></p>one two");
});

test("Element is replaced, emptied, and removed with and without its content", async () => {
  const each = (change) => rewritten("<div>a<p>b</p>c</div>", "p", { element: change });
  assertEquals(await each((e) => e.replace("<r>", { html: true })), "<div>a<r>c</div>");
  assertEquals(await each((e) => e.setInnerContent("<r>")), "<div>a<p>&lt;r&gt;</p>c</div>");
  assertEquals(await each((e) => e.remove()), "<div>ac</div>");
  assertEquals(await each((e) => {
    assert(e.removeAndKeepContent() === e);
    assertEquals(e.removed, true);
  }), "<div>abc</div>");
});

test("onEndTag gives the end tag, once", async () => {
  let tag;
  const text = await rewritten("<p>x</p><p>y</p>", "p", {
    element(e) {
      e.onEndTag(() => assert(false, "a later handler takes the place of the first"));
      e.onEndTag((end) => {
        tag ??= end;
        assertEquals(end.name, "p");
        end.before("<!>").after("<hr>", { html: true });
        end.name = "q";
      });
    },
  });
  assertEquals(text, "<p>x&lt;!&gt;</q><hr><p>y&lt;!&gt;</q><hr>");
  assertThrows(() => tag.name, "TypeError", kInvalid);
  assertEquals(await rewritten("<p>x</p>", "p", {
    element: (e) => e.onEndTag(async (end) => {
      await scheduler.wait(1);
      end.remove();
    }),
  }), "<p>x");
});

test("an element without an end tag has none to wait for", async () => {
  await assertRejects(rewritten("<br>", "br", { element: (e) => e.onEndTag(() => {}) }),
    "TypeError", "Parser error: No end tag.");
});

test("Comment and Text: content, place, removal", async () => {
  const seen = [];
  const text = await rewritten("<p><!-- a --><!--b-->one<i>two</i></p>", "p", {
    comments(comment) {
      if (comment.text === "b") {
        comment.remove();
        seen.push(comment.removed);
        return;
      }
      comment.text = "c";
      comment.before("<").after("<u>", { html: true });
      seen.push(comment.text, comment.removed);
    },
    text(chunk) {
      seen.push([chunk.text, chunk.lastInTextNode]);
      if (chunk.text === "one") chunk.before("0 ").replace("1").after(" ");
      if (chunk.text === "two") chunk.remove();
    },
  });
  assertEquals(text, "<p>&lt;<!--c--><u>0 1 <i></i></p>");
  assertEquals(seen, ["c", false, true, ["one", false], ["", true], ["two", false], ["", true]]);
});

test("onDocument: doctype, comments, text and the end", async () => {
  const seen = [];
  const text = await new HTMLRewriter().onDocument({
    doctype: (d) => seen.push(d.name, d.publicId, d.systemId),
    comments: (c) => seen.push(c.text),
    text: (t) => seen.push(t.text),
    end(end) {
      assert(end.append("<e>") === end);
      end.append("<e>", { html: true });
    },
  }).transform(page("<!DOCTYPE html PUBLIC \"-//W3C//DTD HTML 4.01//EN\"><!--x-->t")).text();
  assertEquals(text, "<!DOCTYPE html PUBLIC \"-//W3C//DTD HTML 4.01//EN\"><!--x-->t&lt;e&gt;<e>");
  assertEquals(seen, ["html", "-//W3C//DTD HTML 4.01//EN", null, "x", "t", ""]);
});

test("handlers are called on their object, in the order in which they were given", async () => {
  const calls = [];
  class Handlers {
    constructor(name) {
      this.name = name;
    }
    element(e) {
      calls.push(this.name, e.hidden);
      e.hidden = true;
    }
  }
  await new HTMLRewriter().on("p", new Handlers("a")).on("*", new Handlers("b"))
    .transform(page("<p>")).text();
  assertEquals(calls, ["a", undefined, "b", undefined]);
});

test("handlers may promise: the parser waits, and other rewriters go on", async () => {
  let release;
  const both = new Promise((resolve) => (release = resolve));
  let waiting = 0;
  const wait = async (e, text) => {
    if (++waiting === 2) release();
    await both;
    await scheduler.wait(10);
    e.setInnerContent(text);
  };
  const results = await Promise.all(["one", "two"].map((text) =>
    rewritten("<body>x<p>y</p></body>", "body", { element: (e) => wait(e, text) })));
  assertEquals(results, ["<body>one</body>", "<body>two</body>"]);
  assertEquals(await rewritten("<p>a</p><p>b</p>", "p", {
    async element(e) {
      await scheduler.wait(1);
      e.before(">");
    },
    async text(t) {
      await scheduler.wait(1);
      if (t.text !== "") t.replace(`${t.text}${t.text}`);
    },
  }), "&gt;<p>aa</p>&gt;<p>bb</p>");
});

test("a handler may itself rewrite", async () => {
  const text = await rewritten("<p>x</p>", "p", {
    async element(e) {
      e.setInnerContent(await rewritten("<b>y</b>", "b", {
        async element(inner) {
          await scheduler.wait(1);
          inner.append("!");
        },
      }), { html: true });
    },
  });
  assertEquals(text, "<p><b>y!</b></p>");
});

test("what a handler throws or rejects with ends the body behind what came before", async () => {
  for (const fail of [() => { throw new Error("boom"); }, async () => { throw new Error("boom"); },
    async () => {
      await scheduler.wait(1);
      throw new Error("boom");
    }]) {
    const response = new HTMLRewriter().on("b", { element: fail })
      .transform(page(chunks(["<p>first</p>", "<i>x</i><b>"])));
    const reader = response.body.getReader();
    let text = "";
    let error;
    try {
      for (;;) text += new TextDecoder().decode((await reader.read()).value);
    } catch (caught) {
      error = caught;
    }
    assertEquals([error.message, text], ["boom", "<p>first</p><i>x</i>"]);
    // Others are not concerned.
    assertEquals(await rewritten("<b>", "b", { element: (e) => e.before("!") }), "!<b>");
  }
});

test("a thrown value that is no object becomes an error", async () => {
  for (const value of ["text", 5, undefined, null, Symbol("s")]) {
    await assertRejects(rewritten("<b>", "b", { element() { throw value; } }), "Error", String(value));
  }
  let caught;
  await rewritten("<b>", "b", { element() { throw { a: 1 }; } }).catch((e) => (caught = e));
  assertEquals(caught, { a: 1 });
});

test("a failing handler cancels the source", async () => {
  let reason;
  const source = new ReadableStream({
    pull: (controller) => controller.enqueue(new TextEncoder().encode("<b>")),
    cancel: (given) => (reason = given),
  });
  await assertRejects(new HTMLRewriter().on("b", { element() { throw new RangeError("boom"); } })
    .transform(page(source)).text(), "RangeError", "boom");
  await scheduler.wait(10);
  assert(reason instanceof RangeError && reason.message === "boom");
});

test("cancelling the body cancels the source, and handlers are called no more", async () => {
  let reason;
  let calls = 0;
  const source = new ReadableStream({
    pull: (controller) => controller.enqueue(new TextEncoder().encode("<b></b><b></b>")),
    cancel: (given) => (reason = given),
  });
  const response = new HTMLRewriter().on("b", {
    async element() {
      ++calls;
      await scheduler.wait(1);
    },
  }).transform(page(source));
  await response.body.cancel("enough");
  await scheduler.wait(20);
  assert(reason instanceof Error && reason.message === "enough");
  assert(calls <= 2, `${calls} calls`);
});

test("an error of the source is an error of the body", async () => {
  const source = new ReadableStream({
    async pull(controller) {
      await scheduler.wait(1);
      controller.error(new RangeError("lost"));
    },
  });
  await assertRejects(new HTMLRewriter().transform(page(source)).text(), "RangeError", "lost");
});

test("tokens are of no use behind their handler", async () => {
  const kept = {};
  await new HTMLRewriter().on("*", {
    element(e) {
      kept.element ??= e;
      kept.attributes ??= e.attributes;
    },
    comments: (c) => (kept.comment = c),
    async text(t) {
      kept.text = t;
      await scheduler.wait(1);
      assertEquals(typeof t.text, "string");
    },
  }).onDocument({ doctype: (d) => (kept.doctype = d), end: (e) => (kept.end = e) })
    .transform(page("<!doctype html><p a=b><!--c-->t</p>")).text();
  assertThrows(() => kept.element.getAttribute("a"), "TypeError", kInvalid);
  assertThrows(() => (kept.element.tagName = "x"), "TypeError", kInvalid);
  assertThrows(() => kept.element.before("x"), "TypeError", kInvalid);
  assertThrows(() => kept.element.onEndTag(() => {}), "TypeError", kInvalid);
  assertThrows(() => kept.attributes.next(), "TypeError", kInvalid);
  assertThrows(() => kept.comment.text, "TypeError", kInvalid);
  assertThrows(() => kept.text.text, "TypeError", kInvalid);
  assertThrows(() => kept.doctype.name, "TypeError", kInvalid);
  assertThrows(() => kept.end.append("x"), "TypeError", kInvalid);
  assertThrows(() => new kept.element.constructor(), "TypeError", "Illegal constructor");
});

test("the iterator of attributes is an iterator of its own, and stays at its end", async () => {
  await rewritten("<p a=1 b>", "p", {
    element(e) {
      const iterator = e.attributes;
      assertEquals(Object.prototype.toString.call(iterator), "[object AttributesIterator]");
      assertEquals([...iterator], [["a", "1"], ["b", ""]]);
      assertEquals(iterator.next(), { done: true, value: undefined });
    },
  });
});

test("errors of the parser are TypeErrors that say so", async () => {
  const messages = [];
  await rewritten("<p>", "p", {
    element(e) {
      for (const change of [() => (e.tagName = "a b"), () => (e.tagName = ""),
        () => e.setAttribute("a b", "c"), () => e.setAttribute("", "c")]) {
        messages.push(assertThrows(change, "TypeError").message);
      }
      // The stack of the machine is where it was.
      for (let i = 0; i < 20_000; i++) {
        try {
          e.tagName = "";
        } catch {
          continue;
        }
      }
      e.tagName = "q";
    },
    comments(c) {
      messages.push(assertThrows(() => (c.text = "-->"), "TypeError").message);
    },
  });
  assertEquals(messages.slice(0, 4), ["Parser error: ` ` character is forbidden in the tag name",
    "Parser error: Tag name can't be empty.",
    "Parser error: ` ` character is forbidden in the attribute name",
    "Parser error: Attribute name can't be empty."]);
});

test("selectors are read when they are given", () => {
  const messages = [];
  for (const selector of ["p[", "p:hover", "", "p > > b", "p + b"]) {
    messages.push(assertThrows(() => new HTMLRewriter().on(selector, {}), "TypeError").message);
  }
  assert(messages.every((text) => text.startsWith("Parser error: ")), messages.join("\n"));
});

test("wrong arguments are TypeErrors", () => {
  const rewriter = new HTMLRewriter();
  assertThrows(() => rewriter.on("p"), "TypeError",
    "Failed to execute 'on' on 'HTMLRewriter': parameter 2 is not of type 'ElementContentHandlers'.");
  assertThrows(() => rewriter.on("p", 5), "TypeError",
    "Failed to execute 'on' on 'HTMLRewriter': parameter 2 is not of type 'ElementContentHandlers'.");
  assertThrows(() => rewriter.onDocument("x"), "TypeError",
    "Failed to execute 'onDocument' on 'HTMLRewriter': parameter 1 is not of type "
      + "'DocumentContentHandlers'.");
  for (const none of [undefined, null]) {
    assert(rewriter.on("p", none) === rewriter && rewriter.onDocument(none) === rewriter);
  }
  assertThrows(() => rewriter.on("p", { element: 5 }), "TypeError",
    "Incorrect type for the 'element' field on 'ElementContentHandlers': the provided value is not of "
      + "type 'function'.");
  assertThrows(() => rewriter.onDocument({ end: "x" }), "TypeError",
    "Incorrect type for the 'end' field on 'DocumentContentHandlers': the provided value is not of "
      + "type 'function'.");
  assertThrows(() => rewriter.transform("<p>"), "TypeError",
    "Failed to execute 'transform' on 'HTMLRewriter': parameter 1 is not of type 'Response'.");
});

test("a used or locked body cannot be transformed", async () => {
  const used = page("x");
  await used.text();
  assertThrows(() => new HTMLRewriter().transform(used), "TypeError");
  const locked = page("x");
  locked.body.getReader();
  assertThrows(() => new HTMLRewriter().transform(locked), "TypeError",
    "The ReadableStream has been locked to a reader.");
});

test("content may be a stream or a Response", async () => {
  const text = await rewritten("<p>x</p>", "p", {
    element(e) {
      e.before("1").before(chunks(["<", "2>"])).before("3");
      e.setInnerContent(new Response("<i>é</i>"), { html: true });
      e.after(new Response(null));
    },
  });
  assertEquals(text, "1&lt;2&gt;3<p><i>é</i></p>");
  const used = new Response("x");
  await used.text();
  await assertRejects(rewritten("<p>", "p", { element: (e) => e.before(used) }), "TypeError");
});

test("documents come in any pieces", async () => {
  const text = "<html><body class=\"é\">añb<!-- c --><p id=x>y</p></body></html>";
  const bytes = new TextEncoder().encode(text);
  for (const size of [1, 2, 3, 7]) {
    const source = new ReadableStream({
      start(controller) {
        for (let i = 0; i < bytes.length; i += size) controller.enqueue(bytes.slice(i, i + size));
        controller.close();
      },
    });
    let words = "";
    const result = await new HTMLRewriter().on("body", {
      element: (e) => assertEquals(e.getAttribute("class"), "é"),
      text: (t) => (words += t.text),
    }).on("#x", { element: (e) => e.append("!") }).transform(page(source)).text();
    assertEquals(result, text.replace(">y<", ">y!<"));
    assertEquals(words, "añby");
  }
});

test("output comes before the input has ended, and input is asked for as output is taken", async () => {
  let given = 0;
  const source = new ReadableStream({
    pull: (controller) => controller.enqueue(new TextEncoder().encode(`<p>${given++}</p>`)),
  }, { highWaterMark: 0 });
  const reader = new HTMLRewriter().on("p", { element: (e) => e.append(".") })
    .transform(page(source)).body.getReader();
  let first = "";
  while (!first.endsWith("</p>")) first += new TextDecoder().decode((await reader.read()).value);
  assertEquals(first, "<p>0.</p>");
  await scheduler.wait(10);
  assert(given <= 3, `${given} pieces were read ahead`);
  await reader.cancel();
});

test("a tag without an end is refused before it takes all memory", async () => {
  const piece = new TextEncoder().encode("a".repeat(64 * 1024));
  let given = 0;
  const source = new ReadableStream({
    pull(controller) {
      controller.enqueue(given++ === 0 ? new TextEncoder().encode("<p class='") : piece);
    },
  });
  await assertRejects(new HTMLRewriter().on("p", { element() {} }).transform(page(source)).text(),
    "TypeError", "Parser error: The memory limit has been exceeded.");
  assert(given < 1000, `${given} pieces`);
});

test("a large document passes", async () => {
  const one = "<p class=a>0123456789</p>".repeat(4000);
  let given = 0;
  const source = new ReadableStream({
    pull(controller) {
      if (given++ === 10) controller.close();
      else controller.enqueue(new TextEncoder().encode(one));
    },
  });
  let count = 0;
  const text = await new HTMLRewriter().on("p.a", { element: () => void ++count })
    .transform(page(source)).text();
  assertEquals([count, text.length], [40_000, one.length * 10]);
});

test("other character sets keep their bytes", async () => {
  const rewrite = async (charset, bytes) => new Uint8Array(await new HTMLRewriter().on("p", {
    text: (t) => void (t.text !== "" && t.replace(`${t.text}é☃`)),
  }).transform(page(new Uint8Array([...new TextEncoder().encode("<p>"), ...bytes]), {
    headers: { "content-type": `text/html; charset=${charset}` },
  })).arrayBuffer());
  const ascii = (text) => [...new TextEncoder().encode(text)];
  assertEquals([...await rewrite("\"iso-8859-1\"", [0xe4])],
    [...ascii("<p>"), 0xe4, 0xe9, ...ascii("&#9731;")]);
  assertEquals([...await rewrite("Shift_JIS", [0x93, 0xfa, 0x96, 0x7b])],
    [...ascii("<p>"), 0x93, 0xfa, 0x96, 0x7b, ...ascii("&#233;&#9731;")]);
  assertEquals([...await rewrite("gbk", [0xc4, 0xe3])].slice(0, 7), [...ascii("<p>"), 0xc4, 0xe3, 0xa8, 0xa6]);
});

test("character sets that cannot be parsed are refused at once", () => {
  const transform = (type) => () =>
    new HTMLRewriter().transform(page("x", { headers: { "content-type": type } }));
  assertThrows(transform("text/html; charset=invalid"), "TypeError",
    "Parser error: Unknown character encoding has been provided.");
  assertThrows(transform("text/html;charset=utf-16"), "TypeError",
    "Parser error: Expected ASCII-compatible encoding.");
});

test("handlers see the async context in which transform() was called", async () => {
  const { AsyncLocalStorage } = await import("node:async_hooks");
  const storage = new AsyncLocalStorage();
  const seen = [];
  const rewriter = storage.run("on", () => new HTMLRewriter().on("p", {
    async element() {
      seen.push(storage.getStore());
      await scheduler.wait(1);
      seen.push(storage.getStore());
    },
  }));
  const response = storage.run("transform", () => rewriter.transform(page("<p>")));
  await storage.run("read", () => response.text());
  assertEquals(seen, ["transform", "transform"]);
});

test("one rewriter serves many responses", async () => {
  const rewriter = new HTMLRewriter().on("p", { element: (e) => e.before(";") });
  const texts = await Promise.all(["a", "b", "c"].map((id) =>
    rewriter.transform(page(`<p id=${id}>`)).text()));
  assertEquals(texts, [";<p id=a>", ";<p id=b>", ";<p id=c>"]);
});

test("elements of SVG say so", async () => {
  let uri;
  await rewritten("<svg><a/></svg>", "a", { element: (e) => (uri = e.namespaceURI) });
  assertEquals(uri, "http://www.w3.org/2000/svg");
});
