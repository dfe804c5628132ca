import { Refusal } from "../start/arguments.ts";
import { AnswerRefusal, apiClient, Unreachable, type ApiClient } from "../start/client.ts";
import { Declined } from "./exit.ts";
import { createOutput, type Output } from "./output.ts";
import { checkedPlace, placeOf, type Named, type Place } from "./profile.ts";
import type { World } from "./world.ts";

/** What stands on every command line. */
export interface Everywhere extends Named {
  readonly json?: boolean;
}

/** The API of one Worker, with one key. */
interface Api extends ApiClient {
  readonly url: string;
  /** Whether the Worker knows the key, whatever it may do. */
  isKnown(): Promise<boolean>;
}

/** What a command works with. */
export interface Desk {
  readonly world: World;
  readonly output: Output;
  readonly named: Named;
  /** The API of the Worker that was named. */
  api(): Promise<Api>;
  /** The API of another one. */
  apiOf(place: Place): Api;
  /** Goes on when a person agrees, or has agreed by `--yes`. */
  consent(question: string, yes: boolean | undefined): Promise<void>;
  /** What is said from now on where the command does not come to its end. */
  onStop: OnStop;
}

/** `hint` says how to go on. `isHalfDone`: it is said also where nobody reads the output any more. */
type OnStop = (hint: () => string, isHalfDone?: boolean) => void;

/** `onStop` is told what Ctrl-C says. */
export function createDesk(world: World, { json, ...named }: Everywhere, onStop: OnStop): Desk {
  const output = createOutput(world, json === true);
  const apiOf = (place: Place): Api => {
    const { url, key } = checkedPlace(place);
    const client = apiClient(url, key, reaching(world, url));
    return { url, ...client, isKnown: () => isKnown(client) };
  };
  return {
    world,
    output,
    named,
    api: async () => apiOf(await placeOf(named, world.env, world.home)),
    apiOf,
    consent: async (question, yes) => {
      if (yes === true) {
        return;
      }
      if (world.ask === null) {
        throw new Refusal("nothing is done: add --yes where nobody can be asked");
      }
      output.settle();
      if (!(await saysYes(question, world.ask))) {
        throw new Declined("nothing is done");
      }
    },
    onStop,
  };
}

/** Asks a person, for whom nothing but a yes is one. */
export async function saysYes(question: string, ask: NonNullable<World["ask"]>): Promise<boolean> {
  return /^y(es)?$/i.test((await ask(`${question} [y/N] `, false)).trim());
}

/** A key that is known and may not read policies is answered 403. */
async function isKnown(client: ApiClient): Promise<boolean> {
  try {
    await client.get("/v1/policies?limit=1");
    return true;
  } catch (error) {
    if (error instanceof AnswerRefusal && [401, 403].includes(error.status)) {
      return error.status === 403;
    }
    throw error;
  }
}

/** The fetch of a client: what cannot be reached is told as that, with the reason that fetch hides. */
function reaching(world: World, url: string): typeof fetch {
  return async (input, init) => {
    world.goOn();
    try {
      return await world.fetch(input, init);
    } catch (error) {
      world.goOn();
      throw new Unreachable(`${url} cannot be reached: ${reasonOf(error)}`);
    }
  };
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) {
    return String(error);
  }
  return error.cause instanceof Error ? reasonOf(error.cause) : error.message;
}
