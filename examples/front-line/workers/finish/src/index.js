// The last worker of the chain: makes the request that the origin sees, and the answer that the
// client sees. What NGINX does by itself is done by hand here, and named.

// What NGINX's proxy module never passes on, and what is meant for the services of the edge alone.
const kRequestOnly = ["connection", "keep-alive", "te", "upgrade", "expect", "cf-control"];

// NGINX drops a request header whose name holds anything else (ignore_invalid_headers,
// underscores_in_headers).
const kOtherCharacter = /[^a-z0-9-]/;

// NGINX hides Date, Server, X-Pad and these five; Date and Server are set anew.
// Difference 4: the front line takes out every X-Accel-* header, not just the ones NGINX knows.
const kOriginOnly = ["x-powered-by", "x-pad", "x-accel-redirect", "x-accel-expires",
  "x-accel-limit-rate", "x-accel-buffering", "x-accel-charset"];

const kOriginErrors = {
  520: "Web server is returning an unknown error",
  521: "Web server is down",
  522: "Connection timed out",
};

function forOrigin(request) {
  const next = new Request(request);
  const headers = next.headers;
  for (const name of request.headers.keys()) {
    if (kOtherCharacter.test(name)) headers.delete(name);
  }
  for (const name of kRequestOnly) headers.delete(name);

  const secure = headers.get("x-forwarded-proto") === "https" ||
    (headers.get("cf-visitor") ?? "").includes('"scheme":"https"');
  const scheme = secure ? "https" : "http";
  headers.set("X-Forwarded-Proto", scheme);
  headers.set("CF-Visitor", `{"scheme":"${scheme}"}`);

  const client = headers.get("cf-connecting-ip") ?? "";
  const forwarded = headers.get("x-forwarded-for");
  // Difference 5: the front line joins with a comma and a space.
  headers.set("X-Forwarded-For", forwarded === null ? client : `${forwarded},${client}`);

  const loop = headers.get("cdn-loop");
  headers.set("CDN-Loop", loop ? `${loop}, frontline` : "frontline");
  return next;
}

function originFailed(request, error) {
  const reason = String(error);
  const code = /refused/i.test(reason) ? 521 : /timed out/i.test(reason) ? 522 : 520;
  const title = `Error ${code}`;
  const body = "<!DOCTYPE html>\n<html>\n<head><title>" + title + "</title></head>\n<body>\n<h1>" +
    title + "</h1>\n<p>" + kOriginErrors[code] + "</p>\n</body>\n</html>\n";
  return new Response(request.method === "HEAD" ? null : body, {
    status: code,
    headers: { "Content-Type": "text/html", "Cache-Control": "no-store" },
  });
}

function forClient(response, ray) {
  const headers = response.headers;
  for (const name of kOriginOnly) headers.delete(name);
  headers.set("Server", "frontline");
  headers.set("CF-Ray", ray);
  headers.set("Date", new Date().toUTCString());
  return response;
}

export default {
  async fetch(request) {
    const ray = request.headers.get("cf-ray") ?? "";
    let fromOrigin;
    try {
      fromOrigin = await fetch(forOrigin(request));
    } catch (error) {
      return forClient(originFailed(request, error), ray);
    }
    return forClient(new Response(fromOrigin.body, fromOrigin), ray);
  },
};
