import type { EpochRecord } from '@mnet/train';
import { type Axis } from '../../charts/axis.ts';
import { lineChart, type Series } from '../../charts/line-chart.ts';
import { compact, shortPercent } from '../../page/format.ts';
import { html, type Markup } from '../../page/html.ts';
import { sideBySide } from '../../page/page.ts';
import { type Group, meanLine } from '../groups.ts';
import type { ReportRun } from '../report-run.ts';
import { thinned, type ThinnedStep } from '../thinned.ts';

const epoch: Axis = { label: 'epoch', whole: true };
const step: Axis = { label: 'step', whole: true };
const accuracy: Axis = { label: 'accuracy', format: shortPercent };
// With more lines than these, training and validation of all groups in one picture hide each other.
const mostTogether = 4;

/** Loss, accuracy and learning rate by epoch and by step. */
export function curves(groups: readonly Group[]): Markup {
  const steps = stepsOf(groups);
  return sideBySide([
    ...byEpoch(
      groups,
      'Loss',
      lossAxis,
      (e) => e.trainLoss,
      (e) => e.validationLoss,
    ),
    ...byEpoch(
      groups,
      'Accuracy',
      () => accuracy,
      (e) => e.trainAccuracy,
      (e) => e.validationAccuracy,
    ),
    ...byStep(groups, 'Training loss', lossAxis, steps, (s) => s.loss),
    ...byStep(
      groups,
      'Training accuracy',
      () => accuracy,
      steps,
      (s) => s.accuracy,
    ),
    learningRate(groups, steps),
    ...terms(groups),
  ]);
}

/** Whether bands are drawn, which a sentence explains then. */
export function hasBands(groups: readonly Group[]): boolean {
  return groups.some((group) => group.runs.length > 1);
}

/** Logarithmic where the losses differ by more than thirtyfold: such as of a run that diverged. */
function lossAxis(series: readonly Series[]): Axis {
  const values = series.flatMap((s) => s.points.map((p) => p.y)).filter((y) => Number.isFinite(y));
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return { label: 'loss', log: low > 0 && high > 30 * low };
}

function byEpoch(
  groups: readonly Group[],
  title: string,
  axis: (series: readonly Series[]) => Axis,
  training: (epoch: EpochRecord) => number,
  validation: (epoch: EpochRecord) => number | undefined,
): Markup[] {
  const one = groups.length === 1;
  const lines = (
    what: string,
    figure: (epoch: EpochRecord) => number | undefined,
    dashed: boolean,
  ): Series[] =>
    groups.flatMap((group) => {
      const points = meanLine(group, (run) =>
        run.epochs.flatMap((e): [number, number | undefined][] => {
          const y = figure(e);
          return y === undefined ? [] : [[e.epoch, y]];
        }),
      );
      if (points.length === 0) return [];
      const name = one ? what : `${group.name}, ${what}`;
      return [{ name, colour: group.colour, dashed, points, ...ended(group) }];
    });
  const trained = lines('training', training, true);
  const validated = lines('validation', validation, false);
  const chart = (what: string, series: Series[]): Markup =>
    lineChart({ title: what, x: epoch, y: axis(series), series });
  if (groups.length <= mostTogether)
    return [chart(`${title} by epoch`, [...validated, ...trained])];
  const plain = (series: Series[], what: string): Series[] =>
    series.map((s) => ({ ...s, dashed: false, name: s.name.replace(`, ${what}`, '') }));
  return [
    ...(validated.length === 0
      ? []
      : [chart(`${title} in validation by epoch`, plain(validated, 'validation'))]),
    chart(`${title} in training by epoch`, plain(trained, 'training')),
  ];
}

function ended({ runs }: Group): { ended?: string } {
  return runs.some((run) => run.status === 'diverged') ? { ended: 'diverged' } : {};
}

type Steps = ReadonlyMap<ReportRun, readonly ThinnedStep[]>;

function stepsOf(groups: readonly Group[]): Steps {
  const runs = groups.flatMap((group) => group.runs);
  const last = Math.max(0, ...runs.map((run) => run.steps?.at(-1)?.step ?? 0));
  return new Map(
    runs.flatMap((run) =>
      run.steps === undefined || run.steps.length === 0
        ? []
        : [[run, thinned(run.steps, last)] as const],
    ),
  );
}

function stepLines(
  groups: readonly Group[],
  steps: Steps,
  figure: (step: ThinnedStep) => number,
): Series[] {
  return groups.flatMap((group) => {
    const points = meanLine(group, (run) =>
      (steps.get(run) ?? []).map((s) => [s.step, figure(s)] as const),
    );
    return points.length === 0
      ? []
      : [{ name: group.name, colour: group.colour, points, ...ended(group) }];
  });
}

function byStep(
  groups: readonly Group[],
  title: string,
  axis: (series: readonly Series[]) => Axis,
  steps: Steps,
  figure: (step: ThinnedStep) => number,
): Markup[] {
  const series = stepLines(groups, steps, figure);
  if (series.length === 0) return [];
  return [lineChart({ title: `${title} by step`, x: step, y: axis(series), series })];
}

function learningRate(groups: readonly Group[], steps: Steps): Markup {
  const fine = stepLines(groups, steps, (s) => s.learningRate);
  const coarse = groups.map((group) => ({
    name: group.name,
    colour: group.colour,
    points: meanLine(group, (run) => run.epochs.map((e) => [e.epoch, e.learningRate] as const)),
  }));
  const series = (fine.length === 0 ? coarse : fine).map(({ name, colour, points }) => ({
    name,
    colour,
    points,
  }));
  if (series.every((s) => s.points.length === 0)) return html``;
  const [first] = series;
  const alike = series.every((s) => JSON.stringify(s.points) === JSON.stringify(first?.points));
  const x = fine.length === 0 ? epoch : step;
  return lineChart({
    title: `Learning rate by ${x.label}`,
    x,
    y: { label: 'learning rate', from: 0, format: compact },
    series: alike ? series.slice(0, 1) : series,
  });
}

/** The parts of a loss, of each group whose loss has several. */
function terms(groups: readonly Group[]): Markup[] {
  return groups.flatMap((group) => {
    const names = [
      ...new Set(
        group.runs.flatMap((run) => run.epochs.flatMap((e) => Object.keys(e.terms ?? {}))),
      ),
    ];
    if (names.length === 0) return [];
    const series = names.map((name, colour) => ({
      name,
      colour,
      points: meanLine(group, (run) => run.epochs.map((e) => [e.epoch, e.terms?.[name]] as const)),
    }));
    const title = groups.length === 1 ? 'Terms of the loss' : `Terms of the loss, ${group.name}`;
    return [lineChart({ title, x: epoch, y: lossAxis(series), series })];
  });
}
