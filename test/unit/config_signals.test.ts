import { expect, test } from "vitest";
import { parseConfig } from "../../src/config.ts";

const SECRET = "a secret for tests, of more than 32 characters";

function read(env: Readonly<Record<string, unknown>>) {
  const { problems, ...config } = parseConfig({ LETHE_SECRET: SECRET, ...env });
  return { ...config, problems: problems.map(({ field, message }) => `${field}: ${message}`) };
}

test("reports are kept 90 days unless it is said otherwise", () => {
  expect(read({})).toMatchObject({ reports_kept: { months: 0, days: 90, ms: 0 }, problems: [] });
  expect(read({ REPORTS_KEPT: "P1Y" })).toMatchObject({
    reports_kept: { months: 12 },
    problems: [],
  });
});

test.each([
  ["90", /^REPORTS_KEPT: a number without a unit.*no report is removed$/],
  ["PT23H", /^REPORTS_KEPT: too short: at least a day; until then no report is removed$/],
  ["for ever", /^REPORTS_KEPT: not a duration/],
])("a lifetime %j removes no report and is a problem by name", (value, problem) => {
  const { reports_kept: kept, problems } = read({ REPORTS_KEPT: value });
  expect(kept).toBeNull();
  expect(problems).toEqual([expect.stringMatching(problem)]);
});
