import type { SweepReport } from "../../src/core/report/sweep.ts";
import type { ErasureReport } from "../../src/core/report/erasure.ts";
import { Policy } from "../../src/core/policy/policy.ts";
import type { Identifier } from "../../src/core/session/subject.ts";
import type { Dice } from "./dice.ts";
import type { Judge } from "./judge.ts";
import { approveLooked, Looks } from "./looks.ts";
import { trespass } from "./trespass.ts";
import { isTwice } from "./family.ts";
import { faceDelete, make, touch } from "./others.ts";
import { DAY, HOUR, MINUTE, PEOPLE, policyOf } from "./seed.ts";
import { A, nameOf, type ChaosWorld, type Found, type KeyName } from "./world.ts";

/** What one run does before all is well again. */
export class Run {
  readonly world: ChaosWorld;
  readonly judge: Judge;
  readonly log: string[] = [];
  /** The policy of each source as it is now. */
  readonly policies = new Map<string, Policy>();
  readonly #dice: Dice;
  readonly #beside: Dice;
  readonly #looks: Looks;
  readonly #crowded: boolean;
  readonly #previewed: string[] = [];
  /** Since when accounts list nothing: after a week that is believed. */
  readonly #emptySince = new Map<string, number>();

  constructor(world: ChaosWorld, dice: Dice, judge: Judge, crowded: boolean) {
    this.world = world;
    this.judge = judge;
    this.#dice = dice;
    this.#beside = dice.beside();
    this.#looks = new Looks(dice.beside().beside());
    this.#crowded = crowded;
  }

  chance(share: number): boolean {
    return this.#dice.chance(share);
  }

  async play(): Promise<void> {
    this.judge.see(await this.world.sessions());
    this.world.watch = (step) => {
      for (const one of step.gone) {
        this.log.push(`  ${step.object} removed ${nameOf(one)}`);
      }
      this.judge.step(step);
    };
    for (const source of this.world.sources) {
      await this.#edit(source);
    }
    // What the property asks for: a first sweep in which nothing went wrong.
    await this.tick();
    await this.pass(10 * MINUTE);
    const turns = 6 + this.#dice.below(25);
    for (let turn = 0; turn < turns; turn++) {
      await this.#act();
      await this.look();
    }
  }

  async #act(): Promise<void> {
    const dice = this.#dice;
    const acts: readonly (readonly [number, () => Promise<void>])[] = [
      [4, () => this.#sweep(Infinity)],
      // What comes next meets sweeps that are under way.
      [4, () => this.#sweep(1 + dice.below(6))],
      [4, () => this.pass(dice.pick([MINUTE, 20 * MINUTE, 2 * HOUR]))],
      [1, () => this.pass(DAY)],
      [1, () => this.#sleep(dice.pick([3 * DAY, 9 * DAY]))],
      [2, () => touch(this, dice, "use")],
      [3, () => touch(this, dice, "lose")],
      [2, () => make(this, dice)],
      [1, () => this.#cancel()],
      [5, () => this.#erase()],
      [2, () => this.#hold()],
      [1, () => this.release()],
      [1, () => this.turn(true)],
      [2, () => this.turn(false)],
      [3, () => this.#mood()],
      [2, () => this.#clockAhead()],
      [1, () => this.#crash()],
      [1, () => this.#edit(dice.pick(this.world.sources))],
      [1, () => this.#preview()],
      [2, () => this.approve()],
      [2, () => faceDelete(this, dice)],
      [1, () => trespass(this)],
    ];
    let at = dice.below(acts.reduce((sum, [weight]) => sum + weight, 0));
    for (const [weight, act] of acts) {
      if (at < weight) {
        return act();
      }
      at -= weight;
    }
  }

  async tick(most = Infinity): Promise<void> {
    this.log.push(`tick at ${this.world.now}`);
    await this.world.tick();
    await this.world.pump(most);
  }

  /** A tick for which some policies have a minute. */
  async #sweep(most: number): Promise<void> {
    await this.pass(this.#dice.pick([20 * MINUTE, HOUR, 3 * HOUR]));
    await this.tick(most);
  }

  async pass(ms: number): Promise<void> {
    this.log.push(`pass ${ms / MINUTE} min`);
    await this.world.pass(ms);
  }

  async #cancel(): Promise<void> {
    const open = this.judge.asked.filter(({ isOpen }) => isOpen);
    if (open.length > 0) {
      const { id } = this.#dice.pick(open);
      const { status } = await this.world.ask("POST", `/v1/erasures/${id}/cancel`, "author", {});
      this.log.push(`cancel ${id}: ${status}`);
    }
  }

  async #erase(): Promise<void> {
    const dice = this.#dice;
    const there = await this.world.sessions();
    const some = dice.chance(0.25) && there.length > 0 ? dice.pick(there) : null;
    const twice = there.filter((one) => isTwice(one, there));
    const one = twice.length > 0 && this.#beside.chance(0.3) ? this.#beside.pick(twice) : some;
    const identifier: Identifier =
      one === null
        ? { type: "user_identifier_key", value: dice.pick(PEOPLE) }
        : one.source === "client_sessions"
          ? { type: "client_session_id", value: one.id }
          : { type: "agent_session_id", value: `${one.scope}/${one.id}` };
    const key: KeyName = dice.chance(0.2) ? "of_a" : "author";
    const where = one ?? (dice.chance(0.15) && there.length > 0 ? dice.pick(there) : null);
    const limits =
      where === null || dice.chance(0.5)
        ? {}
        : { sources: [where.source], ...(dice.chance(0.7) ? { scopes: [where.scope] } : {}) };
    await this.#looks.first(this, { subject: { identifiers: [identifier] }, ...limits }, key);
    if (await this.erase(identifier, limits, key)) {
      await this.world.pump(dice.below(8));
    }
  }

  /** Asks for an erasure; false: it was refused. */
  async erase(
    identifier: Identifier,
    limits: { readonly sources?: readonly string[]; readonly scopes?: readonly string[] },
    key: KeyName,
  ): Promise<boolean> {
    const there = await this.world.sessions();
    const { status, body } = await this.world.ask("POST", "/v1/erasures", key, {
      subject: { identifiers: [identifier] },
      ...limits,
    });
    const id = String(body["id"]);
    const what = `${JSON.stringify(identifier)} ${JSON.stringify(limits)}`;
    this.log.push(`erase ${what} by ${key}: ${status} ${id}`);
    if (status !== 202) {
      return false;
    }
    // A key of one workspace reaches that, whatever it leaves out, and no account over the network.
    const isBound = key === "of_a";
    const sought = {
      identifiers: [identifier],
      sources: limits.sources ?? (isBound ? this.world.sources : null),
      scopes: limits.scopes ?? (isBound ? [A] : null),
    };
    if (isBound && (this.world.seam !== null || sought.scopes?.join() !== A)) {
      this.judge.wrongs.push(`${id} is beyond the key that asked for it`);
    }
    this.judge.ask(id, sought, there);
    return true;
  }

  async #hold(): Promise<void> {
    const value = this.#dice.pick(PEOPLE);
    const { status, body } = await this.world.ask("POST", "/v1/holds", "author", {
      selector: { kind: "subject", identifiers: [{ type: "user_identifier_key", value }] },
      ground: { article: "17(3)(e)" },
      owner: "legal",
      review_at: new Date(this.world.now + 30 * DAY).toISOString(),
    });
    this.log.push(`hold ${value}: ${status}`);
    if (status !== 201 && status !== 503) {
      throw new Error(`a hold was refused with ${status}`);
    }
    if (status === 201) {
      this.judge.holds.push({ id: String(body["id"]), value });
    }
  }

  async release(): Promise<void> {
    const held = this.judge.holds.shift();
    if (held !== undefined) {
      const { status } = await this.world.ask("POST", `/v1/holds/${held.id}/release`, "author");
      this.log.push(`release ${String(held.value)}: ${status}`);
    }
  }

  async turn(paused: boolean): Promise<void> {
    const reason = paused ? { reason: "chaos" } : {};
    const { status } = await this.world.ask("PUT", "/v1/switch", "author", { paused, ...reason });
    this.log.push(`switch ${paused ? "on" : "off"}: ${status}`);
    this.judge.isPaused = paused && status === 200;
  }

  async #mood(): Promise<void> {
    if (this.world.accounts.length > 0) {
      const account = this.#dice.pick(this.world.accounts);
      // What is believed to be empty is a large account's: a small one may well have been emptied.
      account.mood = this.#dice.pick(
        this.#crowded
          ? (["down", "flaky", "mute", "empty", "well"] as const)
          : (["down", "flaky", "mute", "well"] as const),
      );
      if (account.mood !== "empty") {
        this.#emptySince.delete(account.source);
      } else if (!this.#emptySince.has(account.source)) {
        this.#emptySince.set(account.source, this.world.now);
      }
      this.log.push(`${account.source} is ${account.mood}`);
    }
  }

  /** The clock runs ahead, a tick comes, some of what it starts begins, and the clock is set right. */
  async #clockAhead(): Promise<void> {
    const ahead = this.#dice.pick([HOUR, DAY, 40 * DAY]);
    this.log.push(`the clock runs ${ahead / HOUR} h ahead`);
    this.world.now += ahead;
    await this.world.tick();
    await this.world.pump(this.#dice.below(6));
    this.world.now -= ahead;
    this.log.push("the clock is set right");
  }

  /** Nothing runs for days, and then everything at once. */
  async #sleep(ms: number): Promise<void> {
    this.log.push(`nothing runs for ${ms / DAY} days`);
    this.world.now += ms;
    await this.world.pump();
  }

  async #crash(): Promise<void> {
    this.log.push("crash");
    await this.world.crash();
  }

  async #edit(source: string): Promise<void> {
    const document = policyOf(this.#dice, source, !this.policies.has(source));
    const { status } = await this.world.ask(
      "PUT",
      `/v1/policies/${idOf(source)}`,
      "author",
      document,
    );
    this.log.push(`put ${source} ${JSON.stringify(document)}: ${status}`);
    if (status !== 200 && status !== 201) {
      throw new Error(`a policy was refused with ${status}`);
    }
    const policy = Policy.parse(document);
    this.policies.set(source, policy);
    this.judge.allow(policy, this.world.now);
  }

  async #preview(): Promise<void> {
    const source = this.#dice.pick(this.world.sources);
    const path = `/v1/policies/${idOf(source)}/preview`;
    const { status, body } = await this.world.ask("POST", path, "author", {});
    this.log.push(`preview of ${source}: ${status}`);
    if (status === 202) {
      this.#previewed.push(String(body["id"]));
    }
  }

  /** Another person approves all that waits, and tries to approve what last looked. */
  async approve(): Promise<void> {
    await approveLooked(this);
    for (const kind of ["sweeps", "erasures"] as const) {
      const { body } = await this.world.ask("GET", `/v1/${kind}?limit=100`, "boss");
      for (const one of body["data"] as readonly (SweepReport | ErasureReport)[]) {
        if (one.status === "needs_approval" || one.status === "braked") {
          const path = `/v1/${kind}/${one.id}/approve`;
          const digest = (await this.#digestOfPreview()) ?? one.plan_digest;
          const { status } = await this.world.ask("POST", path, "boss", { plan_digest: digest });
          this.log.push(`approve ${one.id}: ${status}`);
          if (status < 300 && digest !== one.plan_digest) {
            this.judge.wrongs.push(`${one.id} was approved by the digest of another plan`);
          }
        }
      }
    }
    await this.world.pump();
  }

  /** Now and then a person approves what a preview has shown. */
  async #digestOfPreview(): Promise<string | null> {
    const id = this.#previewed.at(-1);
    if (id === undefined || !this.#dice.chance(0.3)) {
      return null;
    }
    const { body } = await this.world.ask("GET", `/v1/sweeps/${id}`, "boss");
    return (body as unknown as SweepReport).plan_digest;
  }

  /** Holds each erasure that has ended against what is there. */
  async look(): Promise<void> {
    const there = await this.world.sessions();
    this.judge.see(there);
    for (const id of this.judge.openLooks()) {
      this.judge.lookedAt(await this.erasure(id));
    }
    for (const { id } of this.judge.asked.filter(({ isOpen }) => isOpen)) {
      const report = await this.erasure(id);
      if (report.finished_at !== null) {
        this.log.push(`  ${id} is ${report.status}`);
      }
      const isBelieved = ({ source }: Found): boolean =>
        this.world.now - (this.#emptySince.get(source) ?? this.world.now) > 7 * DAY;
      this.judge.claim(
        report,
        there.filter((one) => !isBelieved(one)),
      );
    }
  }

  async erasure(id: string): Promise<ErasureReport> {
    const { body } = await this.world.ask("GET", `/v1/erasures/${id}`, "author");
    return body as unknown as ErasureReport;
  }
}

function idOf(source: string): string {
  return source.replaceAll("_", "-");
}
