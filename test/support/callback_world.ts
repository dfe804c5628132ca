import { runInDurableObject } from "cloudflare:test";
import { inject, vi } from "vitest";
import type { Delivery, ReceiverAnswer } from "../fakes/receiver.ts";
import { emptyStore } from "./d1.ts";
import { openEngine } from "./engine.ts";

export const SECRET = `whsec_${btoa("a secret of the callback")}`;
export const NEXT = `whsec_${btoa("the secret after that one")}`;
export const POLICY = {
  source: "client_sessions",
  expire: [{ clock: "expires_at", after: "PT15M" }],
};
export const DAY = 86_400_000;

const started = await fetch(`${inject("fakes").factory}/receiver`, { method: "POST" });
export const receiver = await started.text();
/** Of the test that is under way: a file begins with objects of its own, and this module is loaded once. */
export let engine = await openEngine();
export let { registrar } = engine;
export const VARS = {
  CALLBACK_URL: `${receiver}/lethe?to=me`,
  CALLBACK_SECRET: `${SECRET} ${NEXT}`,
  CALLBACK_HOSTS: "alerts.example.com, 127.0.0.1",
  PUBLIC_URL: "https://lethe.example.com",
};

export const answerWith = async (answer: ReceiverAnswer): Promise<unknown> =>
  fetch(`${receiver}/_answer`, { method: "POST", body: JSON.stringify(answer) });
export const arrived = async (): Promise<Delivery[]> =>
  (await fetch(`${receiver}/_deliveries`)).json();
export const firstBody = async (): Promise<string> => (await arrived())[0]?.body ?? "";

export async function run<T>(use: (sql: SqlStorage) => T): Promise<T> {
  return runInDurableObject(registrar, (_instance, { storage }) => use(storage.sql));
}

interface Waiting extends Record<string, SqlStorageValue> {
  id: string;
  type: string;
  due_at: number | null;
  tries: number;
}

export const table = async (): Promise<Waiting[]> =>
  run((sql) => sql.exec<Waiting>("SELECT id, type, due_at, tries FROM callbacks").toArray());

/** Waits until a first try of everything in line has been entered. */
export async function tried(): Promise<Waiting[]> {
  return vi.waitUntil(
    async () => {
      const rows = await table();
      return rows.length > 0 && rows.every(({ tries, due_at: due }) => tries > 0 || due === null)
        ? rows
        : false;
    },
    { timeout: 20_000, interval: 20 },
  );
}

/** The engine as each test begins: its callback configured, nothing in line, a receiver that takes all. */
export async function beginAnew(): Promise<void> {
  engine = await openEngine(VARS);
  ({ registrar } = engine);
  await emptyStore();
  await run((sql) => {
    for (const name of ["sweeps", "erasures", "erasure_parts", "callbacks", "counters", "gauges"]) {
      sql.exec(`DELETE FROM ${name}`);
    }
  });
  await answerWith({ status: 204 });
  await arrived();
}
