// Asks DoS protection what to do with a request, and addressing where it came in.
async function using(service, callback) {
  const capability = service.getCapability();
  try {
    return await callback(capability);
  } finally {
    capability.close();
  }
}

async function refusal(request, env) {
  const url = new URL(request.url);
  const { verdict } = await using(env.DDOS, (ddos) => ddos.check({
    request: {
      clientIp: request.headers.get("cf-connecting-ip") ?? "",
      host: url.host,
      path: url.pathname,
    },
  }));
  if (verdict.action === "pass") return undefined;
  const status = verdict.action === "drop" ? 429 : 403;
  return new Response(`${verdict.action} after ${verdict.requests} requests\n`, {
    status,
    headers: { "retry-after": String(verdict.retryAfterSeconds) },
  });
}

async function poolOf(request, env) {
  const address = request.headers.get("x-connected-to") ?? "198.51.100.7";
  try {
    const { info } = await using(env.ADDRESSING, (service) => service.describe({ address }));
    return `${info.pool} ${info.address}`;
  } catch (error) {
    return `unknown (${error.message})`;
  }
}

export default {
  async fetch(request, env) {
    const refused = await refusal(request, env);
    if (refused !== undefined) return refused;
    const pool = await poolOf(request, env);
    const response = await fetch(request);
    const changed = new Response(response.body, response);
    changed.headers.set("x-pool", pool);
    return changed;
  },
};
