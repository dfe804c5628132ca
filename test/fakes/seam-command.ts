import { runFake } from "./command.ts";
import { SEAM_API_KEY, SEAM_WORKSPACE, startFakeSeam, type SeamSeed } from "./seam.ts";

const HOUR_MS = 3_600_000;

/** Hours from now (before it if negative) as the API writes times. */
function at(hours: number): string {
  return new Date(Date.now() + hours * HOUR_MS).toISOString();
}

/** A hotel's evening: guests who left, guests who are here, and a kiosk nobody cleaned up. */
function exampleSeed(): SeamSeed {
  const stays = [
    { user: "guest_1f0c", created: -9 * 24, expires: -5 * 24 },
    { user: "guest_7be2", created: -3 * 24, expires: -26 },
    { user: "guest_7be2", created: -26, expires: 22 },
    { user: "guest_a940", created: -49, expires: -1 },
    { user: "guest_c3d8", created: -5, expires: 43 },
    { user: "staff_02", created: -120 * 24, expires: 245 * 24 },
    { user: null, created: -400 * 24, expires: -35 * 24 },
  ];
  return {
    sessions: stays.map((stay, index) => ({
      client_session_id: `5ea10000-0000-4000-8000-00000000000${index + 1}`,
      user_identifier_key: stay.user,
      created_at: at(stay.created),
      expires_at: at(stay.expires),
      device_count: index % 3,
    })),
  };
}

await runFake(
  {
    script: "test/fakes/seam-command.ts",
    title: "A fake of Seam's client sessions, on this machine only",
    port: 9001,
    start: ({ port, sessions }) => {
      if (sessions === undefined) {
        return startFakeSeam({ port, seed: exampleSeed() });
      }
      const generate = { count: sessions, now: new Date().toISOString() };
      return startFakeSeam({ port, seed: { generate } });
    },
    greet: (url) => `Fake Seam at ${url}
  API key    ${SEAM_API_KEY}
  workspace  ${SEAM_WORKSPACE}
  state      curl ${url}/_fake/state
  calls      curl "${url}/_fake/calls?summary"
Point Lethe at it:
  npm start -- --var SEAM_API_KEY:${SEAM_API_KEY} --var SEAM_ENDPOINT:${url}`,
  },
  process.argv.slice(2),
);
