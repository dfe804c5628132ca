/** How an answer is counted; `none` is no answer. 404 and 429 are counted apart from the other 4xx. */

const STATUS_CLASSES = ["2xx", "3xx", "4xx", "404", "429", "5xx", "none"] as const;
export type StatusClass = (typeof STATUS_CLASSES)[number];

/** What was asked of a source since it is known; only ever rises. */
export interface PaceTotals {
  readonly calls_by_status: Readonly<Record<StatusClass, number>>;
  /** Time for which 429s, and 503s that name one, have stopped the source. */
  readonly throttled_ms: number;
}

export const NO_TOTALS: PaceTotals = {
  calls_by_status: { "2xx": 0, "3xx": 0, "4xx": 0, "404": 0, "429": 0, "5xx": 0, none: 0 },
  throttled_ms: 0,
};

export const BREAKER_STATES = ["closed", "half_open", "open"] as const;

/** Where a source stands now, for a reader of metrics. */
export interface PaceReading extends PaceTotals {
  readonly breaker: (typeof BREAKER_STATES)[number];
  /** Calls a second; null is unlimited. */
  readonly rate: number | null;
  /** Calls at once; null until a window was open. */
  readonly window: number | null;
}
