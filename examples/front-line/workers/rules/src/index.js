// The second worker of the chain: what the zone's settings ask for, in the order of the front line:
// https, country, firewall. The settings stand in Quicksilver under "zone:<name>:settings".
const kSettingsLifetime = 30_000;
const kBadAgents = ["sqlmap", "nikto", "masscan"];

// Substrings of the lower-cased target; each names the rule that it belongs to.
const kBadTargets = [
  ["../", "traversal"], ["..%2f", "traversal"], ["..%5c", "traversal"],
  ["<script", "script"], ["%3cscript", "script"],
  ["union+select", "sql"], ["union%20select", "sql"],
];

const decoder = new TextDecoder();

function readSettings(env) {
  return async (zone) => {
    const quicksilver = env.QUICKSILVER.getCapability();
    const { found, value } = await quicksilver.get({ key: `zone:${zone}:settings` });
    quicksilver.close();
    return {
      value: found ? JSON.parse(decoder.decode(value)) : {},
      expiration: new Date(Date.now() + kSettingsLifetime),
    };
  };
}

function isSecure(headers) {
  return headers.get("x-forwarded-proto") === "https" ||
    (headers.get("cf-visitor") ?? "").includes('"scheme":"https"');
}

// The rule that the request breaks, or nothing.
function firewall(request, url) {
  const agent = (request.headers.get("user-agent") ?? "").toLowerCase();
  if (kBadAgents.some((bad) => agent.includes(bad))) return "agent";
  const target = (url.pathname + url.search).toLowerCase();
  return kBadTargets.find(([bad]) => target.includes(bad))?.[1];
}

function respond(request, status, body, headers) {
  return new Response(request.method === "HEAD" ? null : body, {
    status,
    headers: {
      "Server": "frontline",
      "CF-Ray": request.headers.get("cf-ray") ?? "",
      "Date": new Date().toUTCString(),
      ...headers,
    },
  });
}

function denied(request, text, type) {
  const body = "<!DOCTYPE html>\n<html>\n<head><title>Access denied</title></head>\n<body>\n" +
    "<h1>Access denied</h1>\n<p>" + text + "</p>\n</body>\n</html>\n";
  return respond(request, 403, body, { "Content-Type": type, "Cache-Control": "no-store" });
}

// The page is the one that NGINX makes by itself, line ends and all.
function toHttps(request, url) {
  const body = "<html>\r\n<head><title>301 Moved Permanently</title></head>\r\n<body>\r\n" +
    "<center><h1>301 Moved Permanently</h1></center>\r\n<hr><center>nginx</center>\r\n" +
    "</body>\r\n</html>\r\n";
  return respond(request, 301, body, {
    "Content-Type": "text/html",
    // Difference 2: of a target that ends in a bare "?" the front line keeps the "?". URL.search is
    // empty there, so that it is lost here.
    "Location": `https://${url.hostname}${url.pathname}${url.search}`,
  });
}

export default {
  async fetch(request, env) {
    const url = new URL(request.url);
    const { zone } = JSON.parse(request.headers.get("cf-control") ?? "{}");
    const settings = await env.SETTINGS_CACHE.read(zone, readSettings(env));
    if (settings.always_use_https && !isSecure(request.headers)) return toHttps(request, url);

    const country = request.headers.get("cf-ipcountry") ?? "XX";
    if (settings.blocked_countries?.includes(country)) {
      return denied(request, `This site is not available in ${country}`, "text/html");
    }
    const rule = settings.waf ? firewall(request, url) : undefined;
    if (rule !== undefined) {
      const ray = request.headers.get("cf-ray") ?? "";
      // Difference 3: the front line's page has the type "text/html", without a charset.
      return denied(request, `Rule ${rule} stopped this request. Ray ID: ${ray}`,
        "text/html; charset=utf-8");
    }
    return fetch(request);
  },
};
