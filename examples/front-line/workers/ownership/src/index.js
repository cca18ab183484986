// The first worker of the chain: whose hostname is it? RRDNS knows, and its answers are kept for
// 30 seconds. It also stops requests that have been through the front line before, and logs every
// request.
const kOwnerLifetime = 30_000;

function page(request, status, title, text) {
  const body = "<!DOCTYPE html>\n<html>\n<head><title>" + title + "</title></head>\n<body>\n<h1>" +
    title + "</h1>\n<p>" + text + "</p>\n</body>\n</html>\n";
  return new Response(request.method === "HEAD" ? null : body, {
    status,
    headers: {
      "Content-Type": "text/html",
      "Cache-Control": "no-store",
      "Server": "frontline",
      "CF-Ray": request.headers.get("cf-ray") ?? "",
      "Date": new Date().toUTCString(),
    },
  });
}

function lookUp(env, control) {
  return async (host) => {
    const rrdns = env.RRDNS.getCapability();
    const { response } = await rrdns.lookupOwnership({
      request: { queryName: host, connectViaAddr: control.connect_via_addr },
    });
    rrdns.close();
    return { value: response, expiration: new Date(Date.now() + kOwnerLifetime) };
  };
}

async function answer(request, owner, control) {
  if (!owner.accountId) {
    // Difference 1: the front line says "DNS resolution error".
    return page(request, 409, "Error 1001", "This hostname is not configured");
  }
  if (request.headers.get("cdn-loop")?.includes("frontline")) {
    return page(request, 403, "Error 1019", "The request came back to where it had been");
  }
  const next = new Request(request);
  next.headers.set("cf-control", JSON.stringify({ ...control, zone: owner.zoneName }));
  return fetch(next);
}

export default {
  async fetch(request, env) {
    const url = new URL(request.url);
    const control = JSON.parse(request.headers.get("cf-control") ?? "{}");
    const owner = await env.OWNERSHIP_CACHE.read(url.hostname, lookUp(env, control));
    const response = await answer(request, owner, control);
    env.HTTPLOGS.log({
      rayId: request.headers.get("cf-ray") ?? "",
      accountId: owner.accountId,
      zoneName: owner.zoneName,
      clientIp: request.headers.get("cf-connecting-ip") ?? "",
      country: request.headers.get("cf-ipcountry") ?? "",
      clientRequestMethod: request.method,
      clientRequestHost: url.hostname,
      clientRequestUri: url.pathname + url.search,
      edgeResponseStatus: response.status,
    });
    return response;
  },
};
