import type { Attention } from "../../core/report/attention.ts";
import { may, type PageContext } from "../context.ts";
import type { Entry } from "../policies/policy_table.tsx";
import { SweepNow } from "../policies/sweep_now.tsx";
import { CancelForm } from "../sweeps/decide.tsx";
import { EVERY_SOURCE, Resume } from "./switch.tsx";

/** Sweeps that a failing source is offered to be tried by. */
const TRIES = 3;

interface SettleProps {
  readonly c: PageContext;
  readonly one: Attention;
  /** Those that the page shows, to try a source by. */
  readonly policies: readonly Entry[];
}

/**
 * What settles a matter, or the way to where it is settled. A button stands here only if its one call is all that
 * is to be decided: whoever approves a plan, or releases a hold, sees first what goes.
 */
export function Settle({ c, one, policies }: SettleProps) {
  const button = buttonOf(c, one, policies);
  const place = one.code === "paused" && button !== null ? null : placeOf(one);
  return place === null && button === null ? null : (
    <div class="inline">
      {button}
      {place === null ? null : <a href={place.path}>{place.name}</a>}
    </div>
  );
}

function buttonOf(
  c: PageContext,
  { code, since, about, settle }: Attention,
  policies: SettleProps["policies"],
) {
  switch (code) {
    case "paused":
      return since === null || !may(c, "switch:write") ? null : (
        <Resume c={c} source={about.id ?? EVERY_SOURCE} since={since} />
      );
    case "braked":
    case "needs_approval":
      return about.kind !== "sweep" || about.id === null || !may(c, "sweeps:run") ? null : (
        <CancelForm c={c} id={about.id} />
      );
    case "stalled":
    case "no_completed_sweep": {
      const policy = settle?.body?.["policy"];
      return typeof policy !== "string" || !may(c, "sweeps:run") ? null : (
        <SweepNow c={c} policy={policy} />
      );
    }
    case "source_failing": {
      const tries = policies.filter(
        ({ policy }) => policy?.source === about.id && policy?.mode !== "off",
      );
      return !may(c, "sweeps:run") || tries.length === 0 ? null : (
        <>
          {tries.slice(0, TRIES).map(({ id }) => (
            <SweepNow c={c} policy={id} />
          ))}
        </>
      );
    }
    default:
      return null;
  }
}

/** The page on which a matter is looked at and settled; null: no page is. */
function placeOf({ code, about: { kind, id } }: Attention) {
  const at = encodeURIComponent(id ?? "");
  if (code === "paused") {
    return { path: "#switch", name: "Look at the switch" };
  }
  switch (kind) {
    case "sweep":
      return {
        path: `/sweeps/${at}`,
        name: code === "stalled" ? "Look at the sweep" : "Look at its plan, and decide",
      };
    case "erasure":
      return {
        path: `/erasures/${at}`,
        name: code === "needs_approval" ? "Look at its plan, and decide" : "Look at the erasure",
      };
    case "policy":
      return id === null ? null : { path: `/policies/${at}`, name: "Look at the policy" };
    case "hold":
      return { path: `/holds/${at}`, name: "Review it, and release it there" };
    case "source":
      return { path: "#sources", name: "Look at the source" };
    case "deployment":
    case "store":
    case "variable":
      return null;
  }
}
