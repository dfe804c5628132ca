/** How the reading of activity, where a list does not tell it, stands in a sweep. */
export interface Reading {
  /** Rows that began as unread. */
  readonly rows: number;
  /** Whether the reading of some may be spared; null until that is decided. */
  readonly spares: boolean | null;
  /** How far what earlier sweeps saw idle has been recalled; null when it has. */
  readonly recalled_seq: number | null;
  /** Sessions that may be due, and were not read because the budget was full. */
  readonly left: number;
}

export const START_READING: Reading = { rows: 0, spares: null, recalled_seq: 0, left: 0 };
