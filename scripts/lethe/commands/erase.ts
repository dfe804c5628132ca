import { Option, type Command } from "commander";
import { REGULATIONS } from "../../../src/core/report/erasure.ts";
import { Refusal } from "../../start/arguments.ts";
import type { Erasure } from "../answers.ts";
import type { Desk } from "../desk.ts";
import type { ExitCode } from "../exit.ts";
import { counted } from "../layout.ts";
import type { Output } from "../output.ts";
import { readPerson } from "../people/people.ts";
import { gather, type Start } from "../action.ts";
import { readPeopleFile, type Row } from "../people/people_file.ts";
import { askFor, RUN, waitFor } from "../people/erasures.ts";
import { endsBy, endsLine, errorLine, foundBy } from "../words.ts";

/** How an erasure may end when all is well. */
const WELL: ReadonlySet<string> = new Set(["completed", "no_match", "observed"]);

export function addErase(program: Command, start: Start): void {
  program
    .command("erase")
    .description("ask that one person, or each person of a CSV file, be forgotten everywhere")
    .option("--person <type=value>", "the person; may be repeated; - reads the input", gather)
    .option("--csv <file>", "one person a line; - reads the input")
    .option("--column <title>", "the column of the CSV file that names the person")
    .option("--type <type>", "what the column holds, such as user_identifier_key")
    .option("--reference-column <title>", "the column with your own name for the request")
    .option("--exact", "the values are meant as they are, whatever they look like")
    .option("--whole-customer", "needed with a customer_key, which names a whole business")
    .option("--source <source>", "look in this source alone; may be repeated", gather)
    .option("--scope <scope>", "look in this scope alone; may be repeated", gather)
    .addOption(new Option("--regulation <name>", "the regulation").choices([...REGULATIONS]))
    .option("--reference <text>", "your own name for the request, not the person's")
    .option("--requested-at <time>", "when the person asked")
    .option("--dry-run", "only look: what would go, and what stands against it")
    .option("--run <run>", "go on with a run that was stopped: nothing is asked twice")
    .option("--wait", "wait until each has ended or waits for a person")
    .option("--yes", "do not ask")
    .addHelpText(
      "after",
      "\nOther users of this machine can read a command line, and a shell may keep it:\n" +
        "use --person - or --csv, and write the person to the input or into a file.",
    )
    .action(start.inLines(erase));
}

interface Erasing {
  readonly person?: readonly string[];
  readonly csv?: string;
  readonly column?: string;
  readonly type?: string;
  readonly referenceColumn?: string;
  readonly exact?: boolean;
  readonly wholeCustomer?: boolean;
  readonly source?: readonly string[];
  readonly scope?: readonly string[];
  readonly regulation?: string;
  readonly reference?: string;
  readonly requestedAt?: string;
  readonly dryRun?: boolean;
  readonly run?: string;
  readonly wait?: boolean;
  readonly yes?: boolean;
}

async function erase(desk: Desk, options: Erasing): Promise<ExitCode> {
  const { output, world } = desk;
  const { run = newRun(world.random(8)) } = options;
  if (!RUN.test(run)) {
    throw new Refusal("--run is a name that an earlier run gave");
  }
  const rows = await rowsOf(options, desk);
  const client = await desk.api();
  const more = requestOf(options);
  const people = rows.length === 1 ? "one person" : counted(rows.length, "line");
  // To look removes nothing, so nobody is asked.
  const isAgreed = options.yes === true || options.dryRun === true;
  await desk.consent(`Erase ${people} everywhere that ${client.url} reaches?`, isAgreed);
  desk.onStop(() => `to go on, add --run ${run} to the same command: nothing is asked twice`, true);
  const { asked, lines, refused } = await askFor(rows, { run, more }, client, desk);
  for (const { line, why } of refused) {
    output.complain(`${line === null ? "" : `line ${line} `}was refused: ${why}`);
  }
  const isWaiting = options.wait === true || options.dryRun === true;
  const ended = isWaiting ? await waitFor(asked, client, desk) : asked;
  for (const erasure of ended) {
    showErasure(erasure, lines.get(erasure.id) ?? null, output);
  }
  output.say(lastLine(ended, options, run));
  const isDone = !isWaiting || ended.every(isWell);
  return isDone && refused.length === 0 ? 0 : 1;
}

function lastLine(ended: readonly Erasure[], { wait, dryRun }: Erasing, run: string): string {
  const all = counted(ended.length, dryRun === true ? "dry run" : "erasure");
  if (dryRun === true) {
    return `${all}: nothing was removed`;
  }
  if (wait !== true) {
    return `${all} asked for; to wait, add: --wait --run ${run}`;
  }
  const open = ended.filter((one) => !isWell(one)).length;
  return open === 0
    ? `${all} complete: no session is visible any more`
    : `${all}, ${open} not complete: see above`;
}

function isWell({ status }: Erasure): boolean {
  return WELL.has(status);
}

/** What an erasure came to so far. */
function showErasure(erasure: Erasure, of: number | null, { say, line }: Output): void {
  const { id, status, error, waits_since: since, reference, blockers } = erasure;
  const name = reference === null ? "" : `  reference ${reference}`;
  const found = foundBy(erasure) === 0 ? "" : `  found ${foundBy(erasure)}`;
  const row = of === null ? "" : `line ${of}  `;
  say(`${row}${id}  ${status}${found}${name}`);
  say(endsLine(endsBy(erasure)), "  ");
  say(errorLine(error), "  ");
  for (const { code, source, sessions } of blockers ?? []) {
    const many = sessions === null ? null : counted(sessions, "session");
    say(`stands against it: ${[code, source, many].filter(Boolean).join(", ")}`, "  ");
  }
  if (since !== null) {
    line(`  > npx lethe approve ${id}`);
  }
}

async function rowsOf(options: Erasing, { world }: Desk): Promise<readonly Row[]> {
  const { person = [], csv, column, type, referenceColumn, exact = false } = options;
  if (csv === undefined) {
    if (column !== undefined || type !== undefined || referenceColumn !== undefined) {
      throw new Refusal("--column, --type and --reference-column go with --csv");
    }
    if (person.length === 0) {
      throw new Refusal("say who: --person TYPE=VALUE, --person -, or --csv FILE");
    }
    return [{ line: null, identifiers: await readPerson(person, exact, world), reference: null }];
  }
  if (person.length > 0) {
    throw new Refusal("--person and --csv both name people: leave one out");
  }
  if (column === undefined || type === undefined) {
    throw new Refusal("--csv needs --column and --type");
  }
  return readPeopleFile(csv, { column, type, exact, reference: referenceColumn ?? null }, world);
}

/** The part of the request that is the same for each person; what was not given stays out of it. */
function requestOf(options: Erasing): Readonly<Record<string, unknown>> {
  const { source, scope, regulation, reference, requestedAt, wholeCustomer, dryRun } = options;
  return {
    sources: source,
    scopes: scope,
    regulation,
    reference,
    requested_at: requestedAt,
    whole_customer: wholeCustomer,
    dry_run: dryRun,
  };
}

function newRun(random: Uint8Array): string {
  return Buffer.from(random).toString("hex");
}
