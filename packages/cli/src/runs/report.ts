import { type ReportRun, writeReport } from '@mnet/bench';
import { modelCost } from '@mnet/models';
import { type RunRecord, runPaths } from '@mnet/train';
import type { LayersModel } from '@tensorflow/tfjs-layers';

/** A run for a report and a table: its record under another name, with what its network costs. */
export function reportRun(name: string, record: RunRecord, model: LayersModel): ReportRun {
  const { macs, params } = modelCost(model);
  return { ...record, name, macs, params };
}

/** Writes a run folder's `report.html`, and says on stdout where it is. */
export function reportOn(dir: string, runs: readonly ReportRun[], title: string): void {
  const { report, model } = runPaths(dir);
  writeReport(report, runs, { title });
  console.log(`model:  ${model}\nreport: ${report}`);
}
