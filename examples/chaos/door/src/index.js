// /fragile/HOST/PATH and /robust/HOST/PATH: asks that worker for http://HOST/PATH. What it throws,
// or breaks off, is a 500 that says why.
export default {
  async fetch(request, env) {
    const [, worker, host, ...path] = new URL(request.url).pathname.split("/");
    const target = { fragile: env.FRAGILE, robust: env.ROBUST }[worker];
    if (target === undefined || !host) return new Response("no such door\n", { status: 404 });
    try {
      const answer = await target.fetch(`http://${host}/${path.join("/")}`);
      return new Response(await answer.text(), answer);
    } catch (error) {
      return new Response(`${error.message}\n`, { status: 500 });
    }
  },
};
