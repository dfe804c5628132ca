import { expect, test } from "vitest";
import { parseConfig } from "../../src/config/config.ts";

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

const KEY = `whsec_${Buffer.from("a secret of the callback").toString("base64")}`;
const CALLBACK = {
  CALLBACK_URL: "https://alerts.example.com:8443/lethe",
  CALLBACK_SECRET: KEY,
  CALLBACK_HOSTS: "alerts.example.com",
};

test("a callback goes to a host that is named for it, by https", () => {
  expect(read({})).toMatchObject({ callback: null, problems: [] });
  expect(read(CALLBACK)).toMatchObject({
    callback: { url: CALLBACK.CALLBACK_URL, keys: [expect.any(Uint8Array)] },
    problems: [],
  });
  const hosts = { ...CALLBACK, CALLBACK_HOSTS: "one.example, alerts.example.com:8443" };
  expect(read(hosts).callback).not.toBeNull();
  const local = { CALLBACK_URL: "http://127.0.0.1:9/x", CALLBACK_HOSTS: "127.0.0.1" };
  expect(read({ ...CALLBACK, ...local }).callback).not.toBeNull();
  expect(read({ ...CALLBACK, CALLBACK_SECRET: `${KEY} ${KEY}` }).callback?.keys).toHaveLength(2);
});

test.each([
  [{ CALLBACK_HOSTS: "" }, "CALLBACK_URL: its host is not in CALLBACK_HOSTS"],
  [{ CALLBACK_HOSTS: "example.com" }, "CALLBACK_URL: its host is not"],
  [{ CALLBACK_HOSTS: "*.example.com" }, "CALLBACK_URL: its host is not"],
  [{ CALLBACK_HOSTS: "alerts.example.com:443" }, "CALLBACK_URL: its host is not"],
  [{ CALLBACK_URL: "http://alerts.example.com/" }, "CALLBACK_URL: only https"],
  [{ CALLBACK_URL: "ftp://127.0.0.1/", CALLBACK_HOSTS: "127.0.0.1" }, "CALLBACK_URL: only https"],
  [{ CALLBACK_URL: "https://me:x@alerts.example.com/" }, "CALLBACK_URL: neither a user"],
  [{ CALLBACK_URL: "https://alerts.example.com/#x" }, "CALLBACK_URL: neither a user"],
  [{ CALLBACK_URL: "alerts.example.com" }, "CALLBACK_URL: not a URL"],
  [{ CALLBACK_SECRET: "" }, "CALLBACK_SECRET: set it"],
  [{ CALLBACK_SECRET: "hunter2" }, "CALLBACK_SECRET: write whsec_"],
  [{ CALLBACK_SECRET: "whsec_c2hvcnQ=" }, "CALLBACK_SECRET: write whsec_"],
  [{ CALLBACK_SECRET: `${KEY} x` }, "CALLBACK_SECRET: write whsec_"],
  [{ CALLBACK_SECRET: `${KEY} `.repeat(4) }, "CALLBACK_SECRET: write whsec_"],
])("%j is no callback, and a problem that repeats no secret", (change, problem) => {
  const { callback, problems } = read({ ...CALLBACK, ...change });
  expect(callback).toBeNull();
  expect(problems).toEqual([expect.stringContaining(problem)]);
  expect(problems.join()).not.toContain("hunter2");
  expect(problems.join()).not.toContain("me:x");
});

test("sessions are overdue after a day, or after what is said", () => {
  expect(read({}).overdue_after).toEqual({ months: 0, days: 1, ms: 0 });
  expect(read({ OVERDUE_AFTER: "PT6H" }).overdue_after).toMatchObject({ ms: 6 * 3_600_000 });
  expect(read({ OVERDUE_AFTER: "6" })).toMatchObject({
    overdue_after: { days: 1 },
    problems: [expect.stringMatching(/^OVERDUE_AFTER: .*until then P1D counts$/)],
  });
});
