import type { Command } from "commander";
import { REMOVALS_BY, RemovalsReport } from "../../../src/core/report/removals.ts";
import { Refusal } from "../../start/arguments.ts";
import type { Start } from "../action.ts";
import { read } from "../answers.ts";
import { csvLine } from "../people/csv.ts";
import type { Desk } from "../desk.ts";
import type { ExitCode } from "../exit.ts";
import { counted } from "../layout.ts";
import { dayOf } from "../times.ts";

const NUMBERS = ["count", "gone"] as const;

export function addReport(program: Command, start: Start): void {
  program
    .command("report")
    .description("sum what was removed, and what was planned and left")
    .option("--since <when>", "the first day: 7d, or a date", "7d")
    .option("--until <when>", "the last day; today without it")
    .option("--by <names>", `some of ${REMOVALS_BY.join(",")}, with commas`, "policy,clause")
    .option("--csv", "CSV instead of words")
    .action(start(report));
}

interface Options {
  readonly since: string;
  readonly until?: string;
  readonly by: string;
  readonly csv?: boolean;
}

async function report({ api, output, world }: Desk, options: Options): Promise<ExitCode> {
  const { since, until, by, csv } = options;
  if (csv === true && output.is_json) {
    throw new Refusal("--csv and --json are two forms: leave one out");
  }
  const now = world.now();
  const query = new URLSearchParams({
    since: dayOf(since, "--since", now),
    ...(until !== undefined && { until: dayOf(until, "--until", now) }),
    by,
  });
  const answer = await (await api()).get(`/v1/removals?${query.toString()}`);
  output.record(answer);
  const sums = read(RemovalsReport, answer, "sums of removals");
  const asked = new Set(by.split(","));
  const names = REMOVALS_BY.filter((name) => asked.has(name));
  const titles = [...names, ...NUMBERS];
  const rows = sums.rows.map((row) => [
    // Null is what erasures have no policy and no clause for.
    ...names.map((name) => row[name] ?? "erasures"),
    ...NUMBERS.map((name) => row[name]),
  ]);
  if (csv === true) {
    [titles, ...rows].map((cells) => output.line(csvLine(cells)));
    return 0;
  }
  const what = sums.counted === "sweeps" ? " (sweeps alone)" : "";
  output.line(`${sums.since} to ${sums.until}${what}`);
  if (rows.length === 0) {
    output.line("nothing was planned");
    return 0;
  }
  output.table(titles, rows);
  const gone = sums.rows.reduce((sum, row) => sum + row.gone, 0);
  output.line(`${counted(gone, "session")} gone`);
  return 0;
}
