import * as z from "zod";
import { holder, withPlaces } from "./keys.ts";

/** The value of ACCESS: whose tokens of Cloudflare Access are taken, and who may do what by them. */
export const Access = z.strictObject({
  team: z
    .string()
    .regex(
      /^[a-z0-9-]+\.cloudflareaccess\.com$/,
      'the host, such as "example.cloudflareaccess.com"',
    )
    .describe("The host of your team at Cloudflare Access."),
  audience: z
    .string()
    .regex(/^[0-9a-f]{64}$/, "the AUD tag of the application, 64 hex digits")
    .describe("The AUD tag of the Access application in front of this deployment."),
  people: z
    .array(
      z
        .strictObject({
          email: z.string().min(3).optional().describe("Whose entry it is, by e-mail address."),
          group: z
            .string()
            .min(1)
            .optional()
            .describe("Or by a group of the identity provider, in the claim `groups`."),
          ...holder,
        })
        .refine(
          ({ email, group }) => (email === undefined) !== (group === undefined),
          "name an email or a group, and not both",
        )
        .transform(withPlaces),
    )
    .min(1)
    .describe("Who may do what. The first entry that fits counts; `name` stands in reports."),
});
export type Access = Readonly<z.output<typeof Access>>;
