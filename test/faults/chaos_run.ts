import { ENDED_SWEEPS, type ErasureReport, type SweepReport } from "../../src/core/job.ts";
import { Policy } from "../../src/core/policy.ts";
import { freeze, judge } from "../../src/core/due.ts";
import type { Identifier } from "../../src/core/subject.ts";
import { Dice } from "./chaos_dice.ts";
import { Judge } from "./chaos_judge.ts";
import { fill, isOdd, PEOPLE, policyOf } from "./chaos_seed.ts";
import { nameOf, openChaos, type ChaosWorld, type Found, type KeyName } from "./chaos_world.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** What a run came to: nothing wrong, or what; `log` tells how it went. */
export interface Outcome {
  readonly wrongs: readonly string[];
  readonly log: readonly string[];
}

/** Plays one run, all of it decided by its seed, and judges it from outside. */
export async function playChaos(seed: number): Promise<Outcome> {
  const dice = new Dice(seed);
  const world = await openChaos(dice, seed % 3 === 0 ? "embedded" : "upstream");
  const run = new Run(world, dice);
  await run.play();
  return { wrongs: run.judge.wrongs, log: run.log };
}

class Run {
  readonly judge = new Judge();
  readonly log: string[] = [];
  readonly #world: ChaosWorld;
  readonly #dice: Dice;
  readonly #policies = new Map<string, Policy>();
  readonly #open: string[] = [];
  #crowded = false;

  constructor(world: ChaosWorld, dice: Dice) {
    this.#world = world;
    this.#dice = dice;
  }

  async play(): Promise<void> {
    const { crowded } = await fill(this.#world, this.#dice);
    this.#crowded = crowded;
    this.judge.see(await this.#world.sessions());
    this.#world.watch = (step) => {
      for (const one of step.gone) {
        this.log.push(`  ${step.object} removed ${nameOf(one)}`);
      }
      this.judge.step(step);
    };
    for (const source of this.#world.sources) {
      await this.#edit(source);
    }
    // What the property asks for: a first sweep in which nothing went wrong.
    await this.#tick();
    await this.#pass(10 * MINUTE);
    const turns = 5 + this.#dice.below(9);
    for (let turn = 0; turn < turns; turn++) {
      await this.#act();
      await this.#look();
    }
    await this.#calm();
  }

  async #act(): Promise<void> {
    const dice = this.#dice;
    const acts: readonly (readonly [number, () => Promise<void>])[] = [
      [4, () => this.#tick()],
      [4, () => this.#pass(dice.pick([MINUTE, 20 * MINUTE, 2 * HOUR]))],
      [2, () => this.#pass(dice.pick([DAY, 5 * DAY]))],
      [2, () => this.#touch("use")],
      [3, () => this.#touch("lose")],
      [5, () => this.#erase()],
      [2, () => this.#hold()],
      [1, () => this.#release()],
      [1, () => this.#turn(true)],
      [2, () => this.#turn(false)],
      [3, () => this.#mood()],
      [2, () => this.#clockAhead()],
      [1, () => this.#crash()],
      [1, () => this.#edit(dice.pick(this.#world.sources))],
      [1, () => this.#preview()],
      [2, () => this.#approve()],
      [2, () => this.#faceDelete()],
    ];
    let at = dice.below(acts.reduce((sum, [weight]) => sum + weight, 0));
    for (const [weight, act] of acts) {
      if (at < weight) {
        return act();
      }
      at -= weight;
    }
  }

  async #tick(): Promise<void> {
    this.log.push(`tick at ${this.#world.now}`);
    await this.#world.tick();
    await this.#world.pump();
  }

  async #pass(ms: number): Promise<void> {
    this.log.push(`pass ${ms / MINUTE} min`);
    await this.#world.pass(ms);
  }

  async #touch(how: "use" | "lose"): Promise<void> {
    const there = await this.#world.sessions();
    if (there.length > 0) {
      const one = this.#dice.pick(there);
      this.log.push(`${how} ${nameOf(one)}`);
      await this.#world[how](one);
    }
  }

  async #erase(): Promise<void> {
    const dice = this.#dice;
    const there = await this.#world.sessions();
    const one = dice.chance(0.25) && there.length > 0 ? dice.pick(there) : null;
    const identifier: Identifier =
      one === null
        ? { type: "user_identifier_key", value: dice.pick(PEOPLE) }
        : one.source === "client_sessions"
          ? { type: "client_session_id", value: one.id }
          : { type: "agent_session_id", value: `${one.scope}/${one.id}` };
    const limited = one !== null && dice.chance(0.5);
    const isEmbedded = this.#world.seam === null;
    const key: KeyName = isEmbedded && dice.chance(0.3) ? "of_a" : "author";
    const limits = limited ? { sources: [one.source], scopes: [one.scope] } : {};
    const { status, body } = await this.#world.ask("POST", "/v1/erasures", key, {
      subject: { identifiers: [identifier] },
      ...limits,
    });
    const what = `${JSON.stringify(identifier)} ${JSON.stringify(limits)}`;
    this.log.push(`erase ${what} by ${key}: ${status} ${String(body["id"])}`);
    if (status !== 202) {
      return;
    }
    const report = body as unknown as ErasureReport;
    const asked = {
      id: report.id,
      identifiers: [identifier],
      sources: report.limited_to.sources,
      scopes: report.limited_to.scopes,
    };
    this.judge.asked.push({ ...asked, hers: this.judge.hers(asked, there), isOpen: true });
    this.#open.push(report.id);
    await this.#world.pump(dice.below(8));
  }

  async #hold(): Promise<void> {
    const value = this.#dice.pick(PEOPLE);
    const { status, body } = await this.#world.ask("POST", "/v1/holds", "author", {
      selector: { subject: { identifiers: [{ type: "user_identifier_key", value }] } },
      ground: { article: "17(3)(e)" },
      owner: "legal",
      review_at: new Date(this.#world.now + 30 * DAY).toISOString(),
    });
    this.log.push(`hold ${value}: ${status}`);
    if (status === 201) {
      this.judge.holds.push({ id: String(body["id"]), value });
    }
  }

  async #release(): Promise<void> {
    const held = this.judge.holds.shift();
    if (held !== undefined) {
      const { status } = await this.#world.ask("POST", `/v1/holds/${held.id}/release`, "author");
      this.log.push(`release ${String(held.value)}: ${status}`);
    }
  }

  async #turn(paused: boolean): Promise<void> {
    const reason = paused ? { reason: "chaos" } : {};
    const { status } = await this.#world.ask("PUT", "/v1/switch", "author", { paused, ...reason });
    this.log.push(`switch ${paused ? "on" : "off"}: ${status}`);
    this.judge.isPaused = paused && status === 200;
  }

  async #mood(): Promise<void> {
    if (this.#world.accounts.length > 0) {
      const account = this.#dice.pick(this.#world.accounts);
      // What is believed to be empty is a large account's: a small one may well have been emptied.
      account.mood = this.#dice.pick(
        this.#crowded
          ? (["down", "flaky", "mute", "empty", "well"] as const)
          : (["down", "flaky", "mute", "well"] as const),
      );
      this.log.push(`${account.source} is ${account.mood}`);
    }
  }

  /** The clock runs ahead, a tick comes, some of what it starts begins, and the clock is set right. */
  async #clockAhead(): Promise<void> {
    const ahead = this.#dice.pick([HOUR, DAY, 40 * DAY]);
    this.log.push(`the clock runs ${ahead / HOUR} h ahead`);
    this.#world.now += ahead;
    await this.#world.tick();
    await this.#world.pump(this.#dice.below(6));
    this.#world.now -= ahead;
    this.log.push("the clock is set right");
  }

  async #crash(): Promise<void> {
    this.log.push("crash");
    await this.#world.crash();
  }

  async #edit(source: string): Promise<void> {
    const text = policyOf(this.#dice, source);
    const { status } = await this.#world.ask("PUT", `/v1/policies/${idOf(source)}`, "author", text);
    this.log.push(`put ${source} ${JSON.stringify(text)}: ${status}`);
    if (status !== 200 && status !== 201) {
      throw new Error(`a policy was refused with ${status}`);
    }
    const policy = Policy.parse(text);
    this.#policies.set(source, policy);
    if (policy.mode === "enforce") {
      this.judge.allow(policy);
    }
  }

  async #preview(): Promise<void> {
    const source = this.#dice.pick(this.#world.sources);
    const path = `/v1/policies/${idOf(source)}/preview`;
    const { status } = await this.#world.ask("POST", path, "author", {});
    this.log.push(`preview of ${source}: ${status}`);
  }

  /** Another person approves all that waits. */
  async #approve(): Promise<void> {
    for (const kind of ["sweeps", "erasures"] as const) {
      const { body } = await this.#world.ask("GET", `/v1/${kind}?limit=100`, "boss");
      for (const one of body["data"] as readonly (SweepReport | ErasureReport)[]) {
        if (one.status === "needs_approval" || one.status === "braked") {
          const path = `/v1/${kind}/${one.id}/approve`;
          const { plan_digest } = one;
          const { status } = await this.#world.ask("POST", path, "boss", { plan_digest });
          this.log.push(`approve ${one.id}: ${status}`);
        }
      }
    }
    await this.#world.pump();
  }

  /** A caller of the embedded store removes an agent session, which is no business of a policy's. */
  async #faceDelete(): Promise<void> {
    const there = (await this.#world.sessions()).filter(
      ({ source }) => source !== "client_sessions",
    );
    if (this.#world.seam === null && there.length > 0) {
      const { scope, id } = this.#dice.pick(there);
      const path = `/v2/agents/${scope}/sessions/${id}`;
      const { status } = await this.#world.ask("DELETE", path, "author");
      this.log.push(`DELETE ${path}: ${status}`);
    }
  }

  /** Holds each erasure that has ended against what is there. */
  async #look(): Promise<void> {
    const there = await this.#world.sessions();
    this.judge.see(there);
    for (const id of this.#open) {
      const { body } = await this.#world.ask("GET", `/v1/erasures/${id}`, "author");
      const report = body as unknown as ErasureReport;
      const asked = this.judge.asked.find((one) => one.id === id);
      if (asked?.isOpen === true && report.finished_at !== null) {
        this.log.push(`  ${id} is ${report.status}`);
      }
      this.judge.claim(report, there);
    }
  }

  /** Everything is well again: within days, whatever was begun comes to its end and nothing due is left. */
  async #calm(): Promise<void> {
    this.log.push("all is well");
    for (const account of this.#world.accounts) {
      account.mood = "well";
    }
    await this.#turn(false);
    while (this.judge.holds.length > 0) {
      await this.#release();
    }
    for (const hours of [1, 1, 2, 6, 12, 12, 12]) {
      await this.#tick();
      await this.#pass(hours * HOUR);
      await this.#approve();
      await this.#look();
    }
    await this.#pass(HOUR);
    await this.#approve();
    await this.#look();
    await this.#rest();
  }

  async #rest(): Promise<void> {
    const { wrongs } = this.judge;
    for (const id of this.#open) {
      const { body } = await this.#world.ask("GET", `/v1/erasures/${id}`, "author");
      if (body["finished_at"] === null) {
        wrongs.push(`${id} got nowhere: ${JSON.stringify(body)}`);
      }
    }
    const { body } = await this.#world.ask("GET", "/v1/sweeps?limit=100", "author");
    for (const sweep of body["data"] as readonly SweepReport[]) {
      if (!ENDED_SWEEPS.has(sweep.status)) {
        wrongs.push(`${sweep.id} got nowhere: ${JSON.stringify(sweep)}`);
      }
    }
    const there = await this.#world.sessions();
    for (const one of there) {
      const policy = this.#policies.get(one.source);
      if (
        policy?.mode === "enforce" &&
        policy.budget.items === 1000 &&
        this.#isLate(one, policy, there)
      ) {
        wrongs.push(`${nameOf(one)} is due and still there`);
      }
    }
  }

  /** Due for a day, and no descendant of it is there for which it might wait. */
  #isLate(one: Found, policy: Policy, there: readonly Found[]): boolean {
    const isParent = there.some(
      ({ source, parent }) =>
        source === one.source && parent?.scope === one.scope && parent.id === one.id,
    );
    return (
      !isParent &&
      !isOdd(one) &&
      judge(freeze(policy, this.#world.now - 24 * HOUR), one).kind === "due"
    );
  }
}

function idOf(source: string): string {
  return source.replaceAll("_", "-");
}
