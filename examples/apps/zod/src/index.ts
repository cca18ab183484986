// Orders that are checked before anything is done with them, on Zod.
import * as z from "zod";
import { Order, Query } from "./orders";

const orders = new Map<string, Order>();

async function place(request: Request): Promise<Response> {
  const body: unknown = await request.json().catch(() => undefined);
  const result = await Order.safeParseAsync(body);
  if (!result.success) {
    return Response.json(
      { errors: z.flattenError(result.error), text: z.prettifyError(result.error) },
      { status: 422 });
  }
  const { coupons, ...order } = result.data;
  orders.set(order.id, result.data);
  return Response.json({ ...order, coupons: [...(coupons ?? [])] }, { status: 201 });
}

function list(url: URL): Response {
  const query = Query.safeParse(Object.fromEntries(url.searchParams));
  if (!query.success) return Response.json(z.treeifyError(query.error), { status: 400 });
  const { page, size } = query.data;
  const found = [...orders.values()].slice((page - 1) * size, page * size);
  return Response.json({ ...query.data, orders: found.map(({ id, email }) => ({ id, email })) });
}

export default {
  async fetch(request: Request): Promise<Response> {
    const url = new URL(request.url);
    if (url.pathname === "/schema") {
      return Response.json(z.toJSONSchema(Order, { io: "input", unrepresentable: "any" }));
    }
    if (url.pathname !== "/orders") return new Response(null, { status: 404 });
    if (request.method === "POST") return place(request);
    if (request.method === "GET") return list(url);
    return new Response(null, { status: 405, headers: { Allow: "GET, POST" } });
  },
};
