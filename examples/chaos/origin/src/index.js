// Answers with what it was asked for, and /news with the time.
export default {
  fetch(request) {
    const { hostname, pathname } = new URL(request.url);
    const text = pathname === "/news" ? `news as of ${new Date().toISOString()}` : "a page";
    return new Response(`${text} of ${hostname}\n`);
  },
};
