import { targetOf, type HoldReport, type SwitchReport } from "../../../src/core/report/hold.ts";
import type { HoldFilter } from "../../../src/contract/filters.ts";
import type {
  HoldRequest,
  IdempotencyKey,
  Page,
  PageRequest,
  PlaceHoldAnswer,
  CancelAnswer,
  SwitchChange,
} from "../../../src/contract/registrar.ts";

const AT = "2026-09-01T12:00:00.000Z";

function holdReport(id: string, request: HoldRequest): HoldReport {
  return {
    id,
    status: "in_force",
    review_due: false,
    selector: targetOf(request.selector),
    ground: request.ground,
    owner: request.owner,
    review_at: new Date(request.review_at).toISOString(),
    ends_at: request.ends_at === null ? null : new Date(request.ends_at).toISOString(),
    public_reason: request.public_reason,
    reference: request.reference,
    placed_by: "root",
    placed_at: AT,
    released_by: null,
    released_at: null,
    in_force: {},
    matches: { counted_at: AT, sources: { client_sessions: 1, agent_sessions: null } },
    holds_back: null,
    left_out: null,
    too_late: {
      count: 1,
      sessions: [{ source: "client_sessions", scope: "w1", id: "a" }],
      unknown: 0,
    },
    warnings: [{ code: "session_not_found", source: "client_sessions", message: "none" }],
  };
}

/** The part of a Registrar in memory that keeps holds and the switch, and what it was asked. */
export abstract class FakeGuards {
  readonly calls: { method: string; args: unknown[] }[] = [];
  /** Thrown by every method, once set. */
  fault: Error | null = null;
  readonly holdsById = new Map<string, HoldReport>();
  /** What each hold holds back. */
  heldBack: HoldReport["holds_back"] = [];
  leftOut: HoldReport["left_out"] = [];
  /** Which Custodians obey. */
  inForce: Readonly<Record<string, boolean>> = { client_sessions: true, agent_sessions: true };
  switchReport: SwitchReport = {
    all: null,
    sources: {},
    still_paused: [],
    in_force: {},
    too_late: { count: 0, sessions: [], unknown: 0 },
    turns: [],
  };
  #keys = new Map<string, { body: string; id: string }>();

  async placeHold(
    request: HoldRequest,
    actor: string,
    idempotency: IdempotencyKey | null,
  ): Promise<PlaceHoldAnswer> {
    this.note("placeHold", request, actor, idempotency);
    const known = this.answered(idempotency, `hld_${this.holdsById.size + 1}`);
    if (known.kind === "conflict") {
      return { kind: "idempotency_conflict" };
    }
    const hold = holdReport(known.id, request);
    this.holdsById.set(known.id, { ...hold, in_force: this.inForce });
    return { kind: "placed", hold: { ...hold, in_force: this.inForce } };
  }

  hold(id: string): Promise<HoldReport | null> {
    this.note("hold", id);
    return Promise.resolve(this.holdsById.get(id) ?? null);
  }

  holdNow(id: string): Promise<HoldReport | null> {
    return this.hold(id).then(
      (hold) => hold && { ...hold, holds_back: this.heldBack, left_out: this.leftOut },
    );
  }

  holds(page: PageRequest, filter: HoldFilter): Promise<Page<HoldReport>> {
    this.note("holds", page, filter);
    return Promise.resolve({ data: [...this.holdsById.values()], next_cursor: null });
  }

  releaseHold(id: string, actor: string): Promise<CancelAnswer<HoldReport>> {
    this.note("releaseHold", id, actor);
    const hold = this.holdsById.get(id);
    if (hold === undefined) {
      return Promise.resolve({ kind: "not_found" });
    }
    if (hold.status !== "in_force") {
      return Promise.resolve({ kind: "wrong_status", status: hold.status });
    }
    const released = { ...hold, status: "released" as const, released_by: actor, released_at: AT };
    this.holdsById.set(id, released);
    return Promise.resolve({ kind: "done", report: released });
  }

  switchState(): Promise<SwitchReport> {
    this.note("switchState");
    return Promise.resolve({ ...this.switchReport, in_force: this.inForce });
  }

  turnSwitch({ source, pause }: SwitchChange, actor: string): Promise<SwitchReport> {
    this.note("turnSwitch", { source, pause }, actor);
    const report =
      pause === null
        ? null
        : {
            until: pause.until === null ? null : new Date(pause.until).toISOString(),
            by: actor,
            reason: pause.reason,
            at: AT,
          };
    if (source === null) {
      this.switchReport = { ...this.switchReport, all: report };
    } else {
      const { [source]: _, ...others } = this.switchReport.sources;
      const sources = report === null ? others : { ...others, [source]: report };
      this.switchReport = { ...this.switchReport, sources };
    }
    return this.switchState();
  }

  protected note(method: string, ...args: unknown[]): void {
    if (this.fault !== null) {
      throw this.fault;
    }
    this.calls.push({ method, args });
  }

  protected answered(
    idempotency: IdempotencyKey | null,
    id: string,
  ): { kind: "new" | "known"; id: string } | { kind: "conflict" } {
    if (idempotency === null) {
      return { kind: "new", id };
    }
    const at = `${idempotency.owner} ${idempotency.key}`;
    const known = this.#keys.get(at);
    if (known === undefined) {
      this.#keys.set(at, { body: idempotency.body_hash, id });
      return { kind: "new", id };
    }
    return known.body === idempotency.body_hash
      ? { kind: "known", id: known.id }
      : { kind: "conflict" };
  }
}
