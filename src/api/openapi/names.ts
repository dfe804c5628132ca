/** A group of operations, and the first parts of the paths that are in it. */
interface Tag {
  readonly name: string;
  readonly description: string;
  readonly of: readonly string[];
}

/** The tags, in the order in which they are shown. A path that begins otherwise needs a line here. */
const TAGS: readonly Tag[] = [
  {
    name: "Policies",
    description: "Which sessions are removed, and when. Previews remove nothing.",
    of: ["policies"],
  },
  {
    name: "Sweeps",
    description: "The runs of a policy: their reports, their plans, approvals.",
    of: ["sweeps", "removals"],
  },
  {
    name: "Erasures",
    description: "One person is forgotten in every source.",
    of: ["erasures", "approvals", "webhooks"],
  },
  {
    name: "Holds",
    description: "What keeps sessions from every removal, and the switch that pauses all.",
    of: ["holds", "switch"],
  },
  {
    name: "Sessions",
    description: "Single sessions: what is said of one, and how whole ones are imported.",
    of: ["explain", "sessions"],
  },
  {
    name: "Operation",
    description: "How Lethe is, who did what, and its documents.",
    of: ["healthz", "metrics", "activity", "docs", "openapi.json", "policy.schema.json"],
  },
  {
    name: "Client sessions",
    description: "The embedded store in Seam's format. Only while a source of its kind is in it.",
    of: ["client_sessions"],
  },
  {
    name: "Agent sessions",
    description:
      "The embedded store in Vectara's format. Only while a source of its kind is in it.",
    of: ["agents"],
  },
];

/** The declaration of the tags. */
export function declareTags() {
  return TAGS.map(({ name, description }) => ({ name, description }));
}

const VERSION = /^v\d+$/;
const PARAMETER = /^\{.*\}$/;

/** The parts of a path without its version: `/v1/policies/{id}` is `policies`, `{id}`. */
function partsOf(path: string): string[] {
  return path.split("/").filter((part) => part !== "" && !VERSION.test(part));
}

/** The tag of a path; undefined: there is none for it yet. */
export function tagOf(path: string): string | undefined {
  const [first = ""] = partsOf(path);
  return TAGS.find(({ of }) => of.includes(first))?.name;
}

/** How a method is called where nothing in the path says it. */
const VERBS: Readonly<Record<string, string>> = {
  get: "get",
  post: "create",
  put: "put",
  patch: "update",
  delete: "delete",
};

/**
 * What an operation is called in generated clients: `listPolicies`, `getPolicy`, `approveSweep`. A route that
 * reads better under another name says so itself.
 */
export function operationIdOf(method: string, path: string, isList: boolean): string {
  const parts = partsOf(path);
  const last = parts.at(-1) ?? "";
  const verb = isList ? "list" : (VERBS[method] ?? method);
  // A POST to what is no plural does what it is called: approve, preview, import.
  const isAction = method === "post" && !PARAMETER.test(last) && !last.endsWith("s");
  const nouns = parts.flatMap((part, place) => {
    const isOne = PARAMETER.test(parts[place + 1] ?? "") || (place === parts.length - 1 && !isList);
    if (PARAMETER.test(part) || (isAction && place === parts.length - 1)) {
      return [];
    }
    return [isOne && !isSingle(part) ? singular(part) : part];
  });
  const words = nouns.flatMap((noun) => noun.split(/[^A-Za-z0-9]+/));
  return [isAction ? last : verb, ...words.map(capital)].join("");
}

/** Names that end in s and are no plural. */
function isSingle(part: string): boolean {
  return part === "metrics" || part === "docs";
}

function singular(noun: string): string {
  return noun.endsWith("ies") ? `${noun.slice(0, -3)}y` : noun.replace(/s$/, "");
}

function capital(word: string): string {
  return word.slice(0, 1).toUpperCase() + word.slice(1);
}
