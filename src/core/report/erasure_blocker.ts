import * as z from "zod";
import { wholeNumber } from "../values/schema.ts";
import { named, says } from "../values/doc.ts";

/** What may stand against an erasure. docs/GLOSSARY.md is made from this. */
export const BLOCKER_MEANINGS = {
  conflict:
    "The identifiers contradict each other, or an id names two sessions, or may do so: nothing would be removed.",
  too_many: "It matches more than `ERASURE_MAX_SESSIONS`: a person would have to approve it.",
  half_of_source: "It matches more than half of a source: a person would have to approve it.",
  held: "A hold binds these sessions, or what made them: they would stay.",
  shared: "These sessions are also another person's, or may be: they would stay.",
  unreadable:
    "Only the ids of these sessions can be read: they may be the person's, and would stay.",
  unsearched: "The key may not list some agents: nobody knows what is there.",
  not_searched: "This source was not searched. Its `status` and `error` say why.",
} as const;
export type BlockerCode = keyof typeof BLOCKER_MEANINGS;

const CODES = Object.keys(BLOCKER_MEANINGS) as [BlockerCode, ...BlockerCode[]];

/** One thing that stands against an erasure. */
export const Blocker = z
  .strictObject({
    code: z.enum(CODES),
    source: z.string().nullable().meta(says("null: it is about all of them")),
    sessions: wholeNumber.nullable().meta(says("How many it is about; null: that is not known")),
  })
  .meta(named("ErasureBlocker"));
export type Blocker = Readonly<z.infer<typeof Blocker>>;
