/** The parts of vitest's JSON report that count. */
export interface TestReport {
  readonly success: boolean;
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly testResults: readonly {
    readonly status: string;
    readonly assertionResults: readonly { readonly status: string }[];
  }[];
}

export interface Summary {
  readonly passed: number;
  readonly failed: number;
}

/**
 * Counts test cases. A file that could not be loaded counts as one failure, and so does a run that
 * failed without saying where: nothing that went wrong may read as "0 failed".
 */
export function summarize(report: TestReport | null, exitCode: number | null): Summary {
  if (report === null) {
    return { passed: 0, failed: 1 };
  }
  const unloaded = report.testResults.filter(
    ({ status, assertionResults }) =>
      status === "failed" && !assertionResults.some((test) => test.status === "failed"),
  ).length;
  const failed = report.numFailedTests + unloaded;
  const isClean = exitCode === 0 && report.success && report.numPassedTests > 0;
  return { passed: report.numPassedTests, failed: failed === 0 && !isClean ? 1 : failed };
}

/** The line that ends every test run. */
export function summaryLine({ passed, failed }: Summary): string {
  return `${passed} passed, ${failed} failed`;
}
