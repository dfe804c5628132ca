/**
 * Loads a package of this folder. Its types are the caller's own: the packages are not part of the main
 * install, so the compiler must not look for them.
 */
export async function load<T>(name: string): Promise<T> {
  const module: T = await import(name);
  return module;
}

/** What a CommonJS package exports. */
export async function loadDefault<T>(name: string): Promise<T> {
  return (await load<{ readonly default: T }>(name)).default;
}
