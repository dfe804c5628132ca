import type { Command } from "commander";
import { ARTICLES } from "../../../src/core/hold/hold.ts";
import { spelled } from "../../../src/core/values/words.ts";
import { Hold, read, readAll } from "../answers.ts";
import { Refusal } from "../../start/arguments.ts";
import type { World } from "../world.ts";
import type { Desk } from "../desk.ts";
import { Declined, type ExitCode } from "../exit.ts";
import { counted, when } from "../layout.ts";
import { readPerson } from "../people/people.ts";
import { gather, type Start } from "../action.ts";
import { timeOf } from "../times.ts";

export function addHold(program: Command, start: Start): void {
  const hold = program.command("hold").description("hold sessions back from every removal");
  hold
    .command("add")
    .description("place a hold on a person, a session, scopes, or metadata")
    .option("--person <type=value>", "a person; may be repeated; - reads the input", gather)
    .option("--exact", "the values of --person and --metadata are meant as they are")
    .option("--source <source>", "the source of a session, of scopes or of metadata")
    .option("--scope <scope>", "the scope of a session, or scopes with *; may be repeated", gather)
    .option("--id <session>", "one session, in --source and --scope")
    .option("--metadata <path=value>", "sessions with this metadata; may be repeated", gather)
    .requiredOption(
      "--ground <ground>",
      `why: ${ARTICLES[0]} to ${ARTICLES.at(-1)?.slice(-3)}, or a text`,
    )
    .requiredOption("--owner <owner>", "who answers for it")
    .requiredOption("--review <when>", "when it is looked at again: 90d, or a time")
    .option("--ends <when>", "when it ends by itself")
    .option("--reference <text>", "your own name for it, not a person's")
    .option("--clear-own-expiry", "clear the session's own expiry at its provider")
    .option("--public-reason <text>", "what callers are told whose removal is refused")
    .addHelpText(
      "after",
      "\nOther users of this machine can read a command line, and a shell may keep it:\n" +
        "use --person - and write the person to the input; name nobody by --metadata.",
    )
    .action(start(add));
  hold
    .command("ls")
    .description("list the holds that bind; nobody is named")
    .option("--all", "also those that have ended")
    .action(start(list));
  hold
    .command("rm")
    .description("release a hold, and forget whom it named: shows it, then asks")
    .argument("<id>", "the hold")
    .option("--yes", "do not ask")
    .action(start(release));
}

interface Adding {
  readonly person?: readonly string[];
  readonly exact?: boolean;
  readonly source?: string;
  readonly scope?: readonly string[];
  readonly id?: string;
  readonly metadata?: readonly string[];
  readonly ground: string;
  readonly owner: string;
  readonly review: string;
  readonly ends?: string;
  readonly reference?: string;
  readonly clearOwnExpiry?: boolean;
  readonly publicReason?: string;
}

async function add(desk: Desk, options: Adding): Promise<ExitCode> {
  const { output, world } = desk;
  const { ground, ends } = options;
  const selector = await selectorOf(options, world);
  const isArticle = ARTICLES.some((article) => article === ground);
  const body = {
    selector,
    ground: isArticle ? { article: ground } : { text: ground },
    owner: options.owner,
    review_at: timeOf(options.review, "--review", world.now()),
    ends_at: ends === undefined ? ends : timeOf(ends, "--ends", world.now()),
    reference: options.reference,
    clear_own_expiry: options.clearOwnExpiry,
    public_reason: options.publicReason,
  };
  const answer = await (await desk.api()).post("/v1/holds", body);
  output.record(answer);
  const { id, warnings } = read(Hold, answer, "hold");
  output.line(`${id}  in force in every source`);
  for (const { message, source } of warnings) {
    output.say(`${source}: ${message}`, "  ");
  }
  return 0;
}

async function selectorOf(options: Adding, world: World): Promise<object> {
  const { person = [], source, scope = [], id, metadata = [], exact } = options;
  if (person.length > 0) {
    if (source !== undefined || scope.length > 0 || id !== undefined || metadata.length > 0) {
      throw new Refusal(
        "a hold on a person binds everywhere: name no source, scope, id or metadata",
      );
    }
    return { kind: "subject", identifiers: await readPerson(person, exact === true, world) };
  }
  if (metadata.length > 0) {
    if (id !== undefined || scope.length > 0) {
      throw new Refusal("--metadata goes with --source alone");
    }
    return { kind: "metadata", source, fields: fieldsOf(metadata), exact };
  }
  if (source === undefined || scope.length === 0) {
    throw new Refusal("say what is held: --person, --metadata, or --source with --scope and --id");
  }
  if (id === undefined) {
    return { kind: "scope", source, globs: scope };
  }
  const [only, ...others] = scope;
  if (others.length > 0) {
    throw new Refusal("one session has one --scope");
  }
  return { kind: "session", source, scope: only, id };
}

/** Values stay texts: what a flag says has no type. */
function fieldsOf(metadata: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    metadata.map((text) => {
      const at = text.indexOf("=");
      if (at < 1) {
        throw new Refusal("--metadata needs PATH=VALUE");
      }
      return [text.slice(0, at), text.slice(at + 1)];
    }),
  );
}

async function list(
  { api, output, world }: Desk,
  { all }: { readonly all?: boolean },
): Promise<ExitCode> {
  const holds = await readAll(await api(), "/v1/holds", Hold, "list of holds");
  const shown = holds.filter(({ status }) => all === true || status === "in_force");
  shown.map(output.record);
  if (shown.length === 0) {
    output.line("no holds");
    return 0;
  }
  const rows = shown.map((hold) => [
    hold.id,
    spelled(hold.status),
    targetWords(hold.selector),
    hold.owner,
    reviewOf(hold, world),
  ]);
  output.table(["id", "status", "what", "owner", "review"], rows);
  return 0;
}

function targetWords(target: Hold["selector"]): string {
  switch (target.kind) {
    case "session":
      return `session ${target.id ?? "(forgotten)"}`;
    case "subject":
      return `person by ${target.identifier_types.join(", ")}`;
    case "scope":
      return `${target.source} ${target.globs.join(", ")}`;
    case "metadata":
      return `metadata ${target.paths.join(", ")}`;
  }
}

/** What may go once it is released. */
function matchLines({ matches }: Hold): string[] {
  if (matches === null) {
    return ["how many sessions it matches now was not counted"];
  }
  return Object.entries(matches.sources).map(([source, n]) =>
    n === null
      ? `how many sessions of ${source} it matches now is not known`
      : `matches ${counted(n, "session")} of ${source} now`,
  );
}

function reviewOf({ review_at: at, review_due: isDue }: Hold, { now }: Pick<World, "now">): string {
  return `${when(at, now())}${isDue ? ", due" : ""}`;
}

async function release(
  { api, output, world, consent }: Desk,
  id: string,
  { yes }: { readonly yes?: boolean },
): Promise<ExitCode> {
  if (!/^hld_[0-9a-z]+$/.test(id)) {
    throw new Refusal("give the id of a hold (hld_…)");
  }
  const client = await api();
  const answer = await client.get(`/v1/holds/${id}`);
  if (answer === null) {
    throw new Refusal(`there is no hold ${id}`);
  }
  const hold = read(Hold, answer, "hold");
  if (hold.status !== "in_force") {
    throw new Declined(`${id} binds nothing any more: it is ${hold.status}`);
  }
  output.say(`${id}  ${targetWords(hold.selector)}`);
  const facts = `${spelled(hold.status)}, owner ${hold.owner}, review ${reviewOf(hold, world)}`;
  [facts, ...matchLines(hold)].map((text) => output.say(text, "  "));
  await consent(`Release it at ${client.url}? What it named is then forgotten`, yes);
  output.record(await client.post(`/v1/holds/${id}/release`, {}));
  output.line(`released ${id}`);
  return 0;
}
