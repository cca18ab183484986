// The customer's site as tests see it: it answers with the request that reached it.
export default {
  async fetch(request) {
    return Response.json(
      { method: request.method, url: request.url, headers: Object.fromEntries(request.headers) },
      { headers: { "X-Powered-By": "tests", "X-Accel-Limit-Rate": "1", "X-Kept": "yes" } },
    );
  },
};
