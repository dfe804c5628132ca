import { mkdir, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import * as z from "zod";
import { Refusal } from "../start/arguments.ts";
import { jsonOrNull } from "../start/json.ts";
import { readIfThere, writePrivate } from "../start/files.ts";

/** Which Worker the command line names. */
export interface Named {
  readonly url?: string;
  readonly profile?: string;
}

const Place = z.strictObject({ url: z.string(), key: z.string() });
/** A Worker, and the key that is meant for it. */
export type Place = Readonly<z.infer<typeof Place>>;

const Profiles = z.record(z.string(), Place);

type Env = Readonly<Record<string, string | undefined>>;

/** The profile that is taken where none is named. */
const DEFAULT = "default";

/**
 * The Worker and the key: of the profile that is named, else of LETHE_URL and LETHE_KEY, else of the
 * default profile. A key of a profile goes to the URL of that profile and nowhere else.
 */
export async function placeOf(named: Named, env: Env, home: string): Promise<Place> {
  const url = given(named.url) ?? given(env["LETHE_URL"]);
  const key = given(env["LETHE_KEY"]);
  if (named.profile === undefined && url !== null) {
    if (key === null) {
      throw new Refusal("set LETHE_KEY to an API key of the Worker");
    }
    return checkedPlace({ url, key });
  }
  if (named.profile === undefined && key !== null) {
    throw new Refusal(
      "LETHE_KEY is set without LETHE_URL: set LETHE_URL too, or use a profile: --profile default",
    );
  }
  if (named.profile !== undefined && given(named.url) !== null) {
    throw new Refusal("--url and --profile both name a Worker: leave one out");
  }
  const name = named.profile ?? DEFAULT;
  const profile = (await readProfiles(profilesFile(env, home)))[name];
  if (profile === undefined) {
    throw new Refusal(
      named.profile === undefined
        ? "say which Worker: --url or LETHE_URL with LETHE_KEY, or npx lethe login"
        : `there is no profile of that name: npx lethe login --profile ${name}`,
    );
  }
  return checkedPlace(profile);
}

/** Stores a place as a profile, or takes the profile away. Answers the file. */
export async function keepProfile(
  name: string | undefined,
  place: Place | null,
  env: Env,
  home: string,
): Promise<string> {
  const file = profilesFile(env, home);
  const { [name ?? DEFAULT]: before, ...others } = await readProfiles(file);
  if (place === null && before === undefined) {
    throw new Refusal("there is no such profile");
  }
  const kept = place === null ? others : { ...others, [name ?? DEFAULT]: checkedPlace(place) };
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  await writePrivate(file, `${JSON.stringify(kept, null, 2)}\n`);
  return file;
}

/** An origin without a slash at its end. The key goes there: https, unless it is this machine. */
export function readUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  const isLoopback = url !== null && /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(url.hostname);
  if (url === null || !(url.protocol === "https:" || (url.protocol === "http:" && isLoopback))) {
    throw new Refusal("the Worker's URL must be https://…, or http:// on this machine");
  }
  if (url.href.replace(/\/+$/, "") !== url.origin) {
    // Without the text: it may have a password in it.
    throw new Refusal(`the Worker's URL is its origin alone: write ${url.origin}`);
  }
  return url.origin;
}

/** A place whose URL may have its key. */
export function checkedPlace({ url, key }: Place): Place {
  if (!/^[!-~]+$/.test(key)) {
    throw new Refusal("the key is no API key: it has characters that no key has");
  }
  return { url: readUrl(url), key };
}

function profilesFile(env: Env, home: string): string {
  return join(given(env["XDG_CONFIG_HOME"]) ?? join(home, ".config"), "lethe", "profiles.json");
}

async function readProfiles(file: string): Promise<z.output<typeof Profiles>> {
  const text = await readIfThere(file);
  if (text === null) {
    return {};
  }
  if (process.platform !== "win32" && ((await stat(file)).mode & 0o077) !== 0) {
    throw new Refusal(`${file} can be read by others: chmod 600 ${file}`);
  }
  const profiles = Profiles.safeParse(jsonOrNull(text));
  if (!profiles.success) {
    // Without the text and the parser's words: they would repeat a key.
    throw new Refusal(`${file} is no file of profiles: remove it, and npx lethe login`);
  }
  return profiles.data;
}

/** Set to nothing is not set. */
function given(text: string | undefined): string | null {
  return text === undefined || text === "" ? null : text;
}
