import { demoAgentSession, documentAgentSession, type AgentRecord } from "./demo_agents.ts";
import { between, createDice, hex8, iso, person, pick, uuid, type Dice } from "./dice.ts";

/** One line of an import. */
export type DemoRecord =
  | { readonly source: "client_sessions"; readonly session: Readonly<Record<string, unknown>> }
  | AgentRecord;

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const CLIENT_SESSIONS = 3000;
const AGENT_SESSIONS = 2000;

/**
 * The demonstration data: always the same sessions, with clocks relative to `now` (epoch milliseconds).
 * Two in five are due at once, a few a minute fall due in the next two hours, the rest has time.
 */
export function createDemoData(now: number, workspace: string): readonly DemoRecord[] {
  const dice = createDice(20_250_615);
  const clients = Array.from({ length: CLIENT_SESSIONS }, (_, index) =>
    demoClientSession(index, workspace, now, dice),
  );
  const agents = Array.from({ length: AGENT_SESSIONS }, (_, index) =>
    demoAgentSession(index, person(dice), now, dice),
  );
  return [
    ...documentClientSessions(now, workspace),
    ...clients.map((session): DemoRecord => ({ source: "client_sessions", session })),
    documentAgentSession(now),
    ...agents,
  ];
}

/** The records of the documents, byte for byte; the one to delete by hand has time left. */
function documentClientSessions(now: number, workspace: string): DemoRecord[] {
  const shown = {
    client_session_id: "c2cbd177-1ace-414b-bb1e-9f129e4a05c1",
    connect_webview_ids: ["dafe6400-7484-4fd1-8c17-1c901b444250"],
    connected_account_ids: ["8062d457-e28e-481f-aecc-509905627511"],
    created_at: "2025-06-15T16:54:17.946309Z",
    customer_id: "e387e15f-be27-47ad-881f-4a6fc5460c57",
    device_count: 1,
    expires_at: "2025-06-19T15:22:40.000Z",
    token: "seam_cst1891oqCmD_6dBwV8PJ2Fsoe9dWYVyMfVHq",
    user_identifier_key: "jane_doe",
    user_identity_id: "89765fd3-6193-4d63-8605-e77f75356555",
    workspace_id: workspace,
  };
  const toDelete = {
    ...shown,
    client_session_id: "d149de35-cfad-46fe-a78e-f71f649e7a37",
    created_at: iso(now - 2 * DAY),
    expires_at: iso(now + 28 * DAY),
    token: "seam_cst1demo_d149de35cfad46fea78ef71f649e7a37",
  };
  return [shown, toDelete].map((session) => ({ source: "client_sessions", session }));
}

function demoClientSession(
  index: number,
  workspace: string,
  now: number,
  dice: Dice,
): Readonly<Record<string, unknown>> {
  const { createdAt, expiresAt } = clientClocks(now, dice);
  const [id, account, webview, customer, identity] = Array.from({ length: 5 }, () => uuid(dice));
  return {
    client_session_id: id,
    connect_webview_ids: dice() < 0.6 ? [webview] : [],
    connected_account_ids: dice() < 0.8 ? [account] : [],
    created_at: createdAt,
    customer_id: customer,
    device_count: Math.floor(dice() * 5),
    expires_at: expiresAt,
    token: `seam_cst1demo_${index}_${hex8(dice)}${hex8(dice)}`,
    user_identifier_key: person(dice),
    user_identity_id: identity,
    workspace_id: workspace,
  };
}

function clientClocks(now: number, dice: Dice): { createdAt: string; expiresAt: string } {
  const fate = dice();
  const lifetime = pick(dice, [HOUR, DAY, 2 * DAY, 7 * DAY, 30 * DAY]);
  if (fate < 0.002) {
    // What real stores hold too: "never", written as a date. Nothing is due by such a clock.
    return clocks(now - dice() * 60 * DAY, "9999-12-31T23:59:59.000Z");
  }
  if (fate < 0.01) {
    return clocks(now - between(dice, 370, 500) * DAY, now + between(dice, 1, 300) * DAY);
  }
  const expiresAt =
    fate < 0.4
      ? now - 16 * MINUTE - dice() ** 2 * 45 * DAY
      : fate < 0.52
        ? now + between(dice, -15, 105) * MINUTE
        : now + between(dice, 0.1, 30) * DAY;
  return clocks(Math.min(expiresAt - lifetime, now - MINUTE), expiresAt);
}

function clocks(
  createdAt: number,
  expiresAt: number | string,
): { createdAt: string; expiresAt: string } {
  return {
    createdAt: iso(createdAt),
    expiresAt: typeof expiresAt === "string" ? expiresAt : iso(expiresAt),
  };
}
