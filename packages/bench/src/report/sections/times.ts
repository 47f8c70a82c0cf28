import { type Bar, barChart } from '../../charts/bar-chart.ts';
import { html, type Markup } from '../../page/html.ts';
import { type Group, type Mean, meanOf } from '../groups.ts';

/** Seconds that an epoch takes, in training and in validation. */
export function epochTimes(groups: readonly Group[]): Markup {
  const categories = groups.flatMap((group) => {
    const epochs = group.runs.flatMap((run) => run.epochs);
    const training = meanOf(epochs.map((e) => e.seconds));
    const validation = meanOf(epochs.map((e) => e.validationSeconds));
    if (training === undefined) return [];
    return [{ name: group.name, bars: [bar(training), bar(validation)] }];
  });
  if (categories.length === 0) return html``;
  const validated = categories.some(({ bars }) => bars[1]?.value !== undefined);
  return barChart({
    title: 'Seconds an epoch',
    series: validated ? ['training', 'validation'] : ['training'],
    categories: categories.map(({ name, bars }) => ({
      name,
      bars: validated ? bars : bars.slice(0, 1),
    })),
  });
}

function bar(mean: Mean | undefined): Bar {
  if (mean === undefined) return { value: undefined };
  return { value: mean.mean, text: `${mean.mean.toFixed(mean.mean < 100 ? 1 : 0)} s` };
}
