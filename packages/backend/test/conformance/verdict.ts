import type { SpecResult } from './run-request.ts';

/** How a run stands against the baseline. Only specs that pass there are required. */
export interface Verdict {
  passed: number;
  /** Required specs that ran and did not pass. */
  failed: SpecResult[];
  /** Names of required specs that did not run. */
  missing: string[];
}

/** Compares a run with the baseline, spec by spec. */
export function judge(baseline: readonly SpecResult[], run: readonly SpecResult[]): Verdict {
  const results = new Map(run.map((spec) => [spec.name, spec]));
  const verdict: Verdict = { passed: 0, failed: [], missing: [] };
  for (const { name, status } of baseline) {
    if (status !== 'passed') continue;
    const spec = results.get(name);
    if (!spec) verdict.missing.push(name);
    else if (spec.status === 'passed') verdict.passed++;
    else verdict.failed.push(spec);
  }
  return verdict;
}
