import { createHash } from "node:crypto";
import type { Past, Stored } from "./registrar.ts";
import { startRuntime, type BenchRuntime } from "./runtime.ts";
import { printTable } from "./table.ts";

const KEY = "seam_lethe_a_key_for_the_benchmark_of_pages";
const POLICIES = Array.from({ length: 30 }, (_, place) => `policy-${place}`);
const POLICY = {
  source: "client_sessions",
  expire: [{ clock: "expires_at", after: "PT15M" }],
  mode: "observe",
};

/** A page of the desk: by name, its path, and what a form sends to it. */
type PageToAsk = readonly [name: string, path: string, form?: Readonly<Record<string, string>>];

/** CPU of each main page, over an empty record and over a full one, less that of an answer without a page. */
export async function benchPages(script: string, times: number): Promise<void> {
  const empty = await measure(script, times, { sweeps: 100, erasures: 10 });
  const full = await measure(script, times, { sweeps: 10_000, erasures: 1000 });
  printTable(
    "pages: CPU of a page, workerd as a whole (goal: under 50 ms)",
    ["page", "100 sweeps, 10 erasures", "10,000 sweeps, 1,000 erasures", "size"],
    full.map(({ name, ms, bytes }, place) => [
      name,
      `${empty[place]?.ms.toFixed(1) ?? ""} ms`,
      `${ms.toFixed(1)} ms`,
      `${Math.ceil(bytes / 1024)} KiB`,
    ]),
  );
}

interface Measured {
  readonly name: string;
  /** CPU time of one, in milliseconds. */
  readonly ms: number;
  readonly bytes: number;
}

async function measure(
  script: string,
  times: number,
  size: Pick<Past, "sweeps" | "erasures">,
): Promise<readonly Measured[]> {
  const sha256 = createHash("sha256").update(KEY).digest("hex");
  const keys = [{ name: "bench", sha256, scopes: ["*"] }];
  const runtime = await startRuntime(script, { API_KEYS: JSON.stringify(keys) });
  try {
    const past = { ...size, now: Date.now(), policies: POLICIES, holds: 200, activity: 10_000 };
    const stored = await runtime.ask<Stored>("remember", { past, policy: POLICY });
    const seat = await signIn(runtime);
    const pages: readonly PageToAsk[] = [
      ["overview", "/"],
      ["policies", "/policies"],
      ["one policy", "/policies/policy-7"],
      ["sweeps", "/sweeps"],
      ["sweeps of a status", "/sweeps?status=braked"],
      ["one sweep", `/sweeps/${stored.sweep}`],
      ["erasures", "/erasures"],
      ["one erasure", `/erasures/${stored.erasure}`],
      ["holds", "/holds"],
      ["activity", "/activity"],
      ["explain", "/explain", { id: "no_such_session", form_token: seat.token }],
    ];
    const idle = await cpuOf(runtime, times, () => seat.ask("/nothing"));
    const measured: Measured[] = [];
    for (const [name, path, form] of pages) {
      const ask = () => seat.ask(path, form);
      const { bytes, ms } = await cpuOf(runtime, times, ask);
      measured.push({ name, ms: ms - idle.ms, bytes });
    }
    return measured;
  } finally {
    await runtime.close();
  }
}

/** The CPU of one of so many answers, after some that warm the code up. */
async function cpuOf(
  runtime: BenchRuntime,
  times: number,
  ask: () => Promise<string>,
): Promise<{ readonly ms: number; readonly bytes: number }> {
  let text = "";
  for (let warm = 0; warm < 10; warm++) {
    text = await ask();
  }
  const before = runtime.cpuMs();
  for (let n = 0; n < times; n++) {
    await ask();
  }
  return { ms: (runtime.cpuMs() - before) / times, bytes: Buffer.byteLength(text) };
}

/** Somebody who has signed in: what a page answers them, and the token of their forms. */
interface Seat {
  readonly token: string;
  ask(path: string, form?: Readonly<Record<string, string>>): Promise<string>;
}

async function signIn({ url }: BenchRuntime): Promise<Seat> {
  const post = (form: Readonly<Record<string, string>>): RequestInit => ({
    method: "POST",
    body: new URLSearchParams(form),
    redirect: "manual",
  });
  const origin = url.origin;
  const signed = await fetch(new URL("/sign-in", url), {
    ...post({ key: KEY, to: "/" }),
    headers: { origin },
  });
  const cookie = signed.headers.get("set-cookie")?.split(";")[0] ?? "";
  const ask: Seat["ask"] = async (path, form) => {
    const answer = await fetch(new URL(path, url), {
      ...(form === undefined ? {} : post(form)),
      headers: { cookie, origin },
    });
    const text = await answer.text();
    if (answer.status !== 200) {
      throw new Error(`${path} answered ${answer.status}: ${text}`);
    }
    return text;
  };
  const [, token = ""] = /name="form_token" value="([^"]+)"/.exec(await ask("/")) ?? [];
  return { token, ask };
}
