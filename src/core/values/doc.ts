declare global {
  /** Set to false where the Worker is bundled (wrangler.toml), and nowhere else. */
  var LETHE_DOCS: boolean | undefined;
}

// What is read by whoever makes the documents, and by nothing that runs. The bundler sees that these functions
// do nothing in the Worker, and leaves out the calls with all that is in them. There each answers undefined.

/** A text, or an object of texts. */
export function doc<T>(said: T): T;
export function doc(said: unknown): unknown {
  if (globalThis.LETHE_DOCS !== false) {
    return said;
  }
}

/** The same of what is computed. */
export function docOf<T>(make: () => T): T;
export function docOf(make: () => unknown): unknown {
  if (globalThis.LETHE_DOCS !== false) {
    return make();
  }
}

/** What a schema's `meta` says of a component: its name in the OpenAPI document, and what it is. */
export function named(id: string, description?: string): { readonly id: string };
export function named(id: string, description?: string): unknown {
  if (globalThis.LETHE_DOCS !== false) {
    return description === undefined ? { id } : { id, description };
  }
}

/** What a schema's `meta` says of a field. */
export function says(description: string): { readonly description: string };
export function says(description: string): unknown {
  if (globalThis.LETHE_DOCS !== false) {
    return { description };
  }
}

/** What a schema's `meta` says of a variable: in a few words, and in full. */
export function titled(
  title: string,
  description: string,
): { readonly title: string; readonly description: string };
export function titled(title: string, description: string): unknown {
  if (globalThis.LETHE_DOCS !== false) {
    return { title, description };
  }
}
