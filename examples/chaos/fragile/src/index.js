// Whose hostname is it, and what does the origin say? Whatever fails behind it fails the request.
export default {
  async fetch(request, env) {
    const rrdns = env.RRDNS.getCapability();
    const { response: owner } = await rrdns.lookupOwnership({
      request: { queryName: new URL(request.url).hostname },
    });
    rrdns.close();
    const page = await env.ORIGIN.fetch(request.url);
    return new Response(`account ${owner.accountId}: ${await page.text()}`);
  },
};
