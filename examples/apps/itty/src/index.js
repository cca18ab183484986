// Short links, on itty-router.
import { AutoRouter, StatusError, cors, html, status, withContent, withCookies } from "itty-router";

const links = new Map([["docs", { to: "https://docs.example/start", visits: 0 }]]);
const { preflight, corsify } = cors({ origin: ["https://admin.example"], allowMethods: "GET,PUT" });

const find = ({ name }) => {
  const link = links.get(name);
  if (!link) throw new StatusError(404, { error: "no such link", name });
  return link;
};

const onlyStaff = ({ cookies }) => {
  if (cookies.staff !== "yes") throw new StatusError(403, "for staff");
};

const router = AutoRouter({ before: [preflight, withCookies], finally: [corsify] });

router
  .get("/", () => html("<h1>Links</h1>"))
  .get("/links", ({ query }) =>
    [...links].filter(([name]) => name.startsWith(query.prefix ?? "")).map(([name, link]) =>
      ({ name, ...link })))
  .get("/links/:name", find)
  .put("/links/:name", onlyStaff, withContent, ({ name, content }) => {
    const to = URL.canParse(content?.to ?? "") ? content.to : undefined;
    if (!to) throw new StatusError(422, "to: a URL");
    links.set(name, { to, visits: 0 });
    return status(204);
  })
  .get("/go/:name/:rest+?", (request) => {
    const link = find(request);
    ++link.visits;
    const { rest } = request.params;
    return Response.redirect(rest ? `${link.to}/${rest}` : link.to, 302);
  });

export default router;
