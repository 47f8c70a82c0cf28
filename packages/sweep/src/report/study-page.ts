import {
  html,
  type Markup,
  page,
  type PageOptions,
  section,
  sideBySide,
  writePage,
} from '@mnet/bench';
import { commands, shared } from './sections/again.ts';
import { builds } from './sections/builds.ts';
import { curves } from './sections/curves.ts';
import { cards, subtitle } from './sections/head.ts';
import { mattered } from './sections/mattered.ts';
import { parallel } from './sections/parallel.ts';
import { resultsTable } from './sections/results.ts';
import { runsTable } from './sections/runs.ts';
import { progress, rungs } from './sections/search.ts';
import { slices } from './sections/slices.ts';
import { unfinished } from './sections/unfinished.ts';
import { stagesOf, type StudyStage } from './stages.ts';
import type { StudyRecord } from './study-record.ts';

/**
 * The report of a study as one HTML page that needs nothing else, as it stands: no script, no network. It shows the settings with
 * what they reached, as means with their deviation over seeds; the metric by epoch; each run across all that was varied; how much
 * of the metric's variance comes with each key, and how sure that is; a search's course and rungs; every run that is not complete
 * and why; what all runs share, and what each wrote. A part of which nothing is known is left out.
 *
 * @returns the whole page, from its doctype
 */
export function studyPage(study: StudyRecord): string {
  return page(pageOf(study));
}

/**
 * Writes {@link studyPage}'s page: to a temporary name that is renamed, so that no half-written page is ever there. Missing folders
 * are made. Its links are relative: it belongs into the study's folder.
 *
 * @param file where to, such as `runs/widths/report.html`
 * @throws if the file cannot be written
 */
export function writeStudyPage(file: string, study: StudyRecord): void {
  writePage(file, pageOf(study));
}

function pageOf(study: StudyRecord): PageOptions {
  const stages = stagesOf(study);
  const each = (part: (study: StudyRecord, stage: StudyStage) => Markup): Markup[] =>
    stages.map((stage) => part(study, stage));
  const searches = stages.filter(({ search }) => search);
  return {
    title: study.name === '' ? 'Study' : study.name,
    subtitle: subtitle(study, stages),
    main: [
      ...(study.runs.length === 0 ? [] : [cards(study, stages)]),
      section('Not complete', ...unfinished(study.runs)),
      section('Results', resultsTable(study)),
      section(
        'Curves',
        sideBySide([
          ...each(curves),
          ...searches.map((stage) => progress(study, stage)),
          ...stages.flatMap((stage) => slices(study, stage)),
        ]),
        ...searches.map((stage) => rungs(study, stage)),
      ),
      section('All that was varied', ...each(parallel)),
      section('What mattered', ...each(mattered)),
      builds(study.runs),
      section('Runs', study.runs.length === 0 ? html`` : runsTable(study)),
      section('What all runs share', ...(study.runs.length === 0 ? [] : shared(study))),
      section('To make it again', commands(study)),
    ],
  };
}
