import { parseArgs } from "node:util";
import { benchEmbedded } from "./embedded.ts";
import { benchContention } from "./contention.ts";
import { benchGrowth } from "./growth.ts";
import { benchIdle } from "./idle.ts";
import { benchMemory } from "./memory.ts";
import { benchPeers, missingPeers } from "./peers.ts";
import { benchRecovery } from "./recovery.ts";
import { bundle, startRuntime } from "./runtime.ts";
import { benchSwitch } from "./switch.ts";
import { benchPages } from "./pages.ts";
import { benchPacing } from "./pacing.ts";
import { benchUpstream } from "./upstream.ts";

const HELP = `npm run bench [-- PART ...] [--quick]

Prints ratios, side by side in one run. Parts: embedded, upstream, pacing,
memory, switch, growth, contention, idle, recovery, pages (default: these), and
peers, which needs an install of its own:
npm ci --prefix bench/peers --ignore-scripts
  --quick     smaller sizes, one run
  --runs N    so many runs of each comparison (default: embedded 5, upstream 3)
  --help      this text
`;

const PARTS = [
  "embedded",
  "upstream",
  "pacing",
  "memory",
  "switch",
  "growth",
  "contention",
  "idle",
  "recovery",
  "pages",
];
const ALL_PARTS = [...PARTS, "peers"];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { quick: { type: "boolean" }, runs: { type: "string" }, help: { type: "boolean" } },
});
if (values.help === true) {
  console.log(HELP);
} else {
  const unknown = positionals.find((part) => !ALL_PARTS.includes(part));
  if (unknown !== undefined) {
    console.error(`no such part: ${unknown}. There are ${ALL_PARTS.join(", ")}`);
    process.exit(1);
  }
  await run(
    positionals.length === 0 ? PARTS : positionals,
    values.quick === true,
    values.runs === undefined ? null : Number(values.runs),
  );
}

async function run(parts: readonly string[], quick: boolean, runs: number | null): Promise<void> {
  const missing = parts.includes("peers") ? missingPeers() : null;
  if (missing !== null) {
    console.error(missing);
    process.exit(1);
  }
  const script = bundle();
  if (parts.includes("embedded")) {
    const runtime = await startRuntime(script, {});
    try {
      await benchEmbedded(runtime, quick ? 20_000 : 200_000, runs ?? (quick ? 1 : 5));
    } finally {
      await runtime.close();
    }
  }
  if (parts.includes("peers")) {
    const runtime = await startRuntime(script, {});
    try {
      await benchPeers(runtime, quick ? 20_000 : 200_000, runs ?? (quick ? 1 : 3));
    } finally {
      await runtime.close();
    }
  }
  if (parts.includes("upstream")) {
    await benchUpstream(script, quick ? 120 : 900, runs ?? (quick ? 1 : 3));
  }
  if (parts.includes("switch")) {
    await benchSwitch(script, runs ?? (quick ? 1 : 3));
  }
  if (parts.includes("pacing")) {
    await benchPacing(script, quick ? 10 : 60);
  }
  if (parts.includes("growth")) {
    await benchGrowth(script, quick ? [1000, 10_000] : [1000, 10_000, 100_000, 1_000_000]);
  }
  if (parts.includes("contention")) {
    const runtime = await startRuntime(script, {});
    try {
      await benchContention(runtime, quick ? 20_000 : 200_000);
    } finally {
      await runtime.close();
    }
  }
  if (parts.includes("idle")) {
    await benchIdle(script, quick ? [1000, 10_000] : [1000, 10_000, 100_000, 1_000_000]);
  }
  if (parts.includes("recovery")) {
    await benchRecovery(script, quick ? 50_000 : 200_000, runs ?? (quick ? 1 : 3));
  }
  if (parts.includes("pages")) {
    await benchPages(script, quick ? 20 : 200);
  }
  if (parts.includes("memory")) {
    await benchMemory(
      script,
      quick ? [10_000, 50_000] : [10_000, 1_000_000],
      quick ? 30_000 : 300_000,
    );
  }
}
