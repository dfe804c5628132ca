import * as z from "zod";
import { timestamp } from "../values/schema.ts";
import { named, says } from "../values/doc.ts";

/** One version of a policy, as the API shows it. */
export const VersionReport = z
  .strictObject({
    no: z.int().min(1),
    digest: z.string().nullable().meta(says("null: the policy was removed")),
    policy: z
      .record(z.string(), z.unknown())
      .nullable()
      .meta(says("The stored form as it was written")),
    writer: z.string().nullable().meta(says("The key that wrote it; null: it came from KV")),
    via: z.enum(["api", "kv"]),
    at: timestamp,
    trusted_at: timestamp
      .nullable()
      .meta(says("When its first plan was approved, or began without; null: it has not run live")),
    trusted_by: z
      .string()
      .nullable()
      .meta(says("The key that approved; null: it needed no approval")),
  })
  .meta(named("PolicyVersion"));
export type VersionReport = Readonly<z.infer<typeof VersionReport>>;
