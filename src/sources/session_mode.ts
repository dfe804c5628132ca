/** Values of an agent's document that are looked at; one with more counts as unreadable. */
const MAX_VALUES = 200_000;

/**
 * Whether an agent's document has a sub-agent tool of mode `agent_scoped`, by which any session of the agent
 * resumes the same child. Looks anywhere: where a document keeps its tools differs from version to version.
 */
export function hasSharedMode(document: unknown): boolean {
  const open: unknown[] = [document];
  for (let seen = 0; open.length > 0; seen++) {
    const value = open.pop();
    if (seen >= MAX_VALUES || (typeof value === "string" && /^agent[_-]?scoped$/i.test(value))) {
      return true;
    }
    if (typeof value === "object" && value !== null) {
      for (const inner of Object.values(value)) {
        open.push(inner);
      }
    }
  }
  return false;
}
