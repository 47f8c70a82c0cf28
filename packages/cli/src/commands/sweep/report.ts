import { Command } from 'commander';
import { addOutputFlags, type OutputFlags } from '../../flags/output.ts';
import { userPath } from '../../program/user-path.ts';
import { writeJson } from '../../program/write-json.ts';

/** `mnet sweep report` */
export function sweepReportCommand(): Command {
  const command = new Command('report')
    .description('Writes the report of a study anew, also while its runs are made.')
    .argument('<folder>', 'the folder of a study');
  return addOutputFlags(command).action(report);
}

async function report(path: string, { json }: OutputFlags): Promise<void> {
  const { readStudy, studyPaths, studyTable, writeStudyPage } = await import('@mnet/sweep');
  const folder = userPath(path);
  const study = readStudy(folder);
  const file = studyPaths(folder).report;
  writeStudyPage(file, study);
  if (json !== undefined) return writeJson(json, study);
  console.log(`${studyTable(study)}\n\nreport: ${file}`);
}
