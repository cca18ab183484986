// What an order is, in one schema that checks it, types it and documents it.
import * as z from "zod";

const Payment = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("card"), last4: z.string().regex(/^\d{4}$/) }),
  z.object({ kind: z.literal("invoice"), vat: z.string().min(8) }),
]);

export const Order = z.strictObject({
  id: z.uuid(),
  email: z.email().toLowerCase(),
  placed: z.iso.datetime(),
  items: z.array(z.object({ sku: z.string().min(1), count: z.int().positive() })).min(1),
  payment: Payment,
  note: z.string().trim().max(200).default(""),
  coupons: z.set(z.string()).or(z.array(z.string()).transform((all) => new Set(all))).optional(),
}).refine(({ items }) => new Set(items.map(({ sku }) => sku)).size === items.length, {
  path: ["items"],
  error: "an article comes once",
});

export type Order = z.infer<typeof Order>;

export const Query = z.object({
  page: z.coerce.number().int().min(1).default(1),
  size: z.coerce.number().int().max(100).default(20),
  state: z.enum(["open", "sent"]).catch("open"),
});
