import { html, lineChart, type PageOptions, section, table } from '@mnet/bench';
import type { LearningRateRange } from '@mnet/train';

/** The curve of a range test, with the suggestion marked. */
export function lrPage({ points, suggestion }: LearningRateRange, title: string): PageOptions {
  const losses = points.flatMap(({ loss, smoothed }) => [loss, smoothed]);
  const [low, high] = [Math.min(...losses), Math.max(...losses)];
  const marked = suggestion === undefined ? [] : [{ rate: suggestion }];
  const told = suggestion?.toPrecision(2);
  return {
    title,
    subtitle:
      told === undefined
        ? 'The loss falls nowhere between these rates.'
        : `A learning rate to begin with: ${told}, where the smoothed loss falls most steeply.`,
    main: [
      section(
        'Curve',
        // Alone on its line, a chart would be as wide as the page.
        html`<div style="max-width: 44rem">${lineChart({
          title: 'Loss by learning rate',
          x: { label: 'learning rate', log: true },
          y: { label: 'loss' },
          series: [
            {
              name: 'loss of each batch',
              colour: 5,
              points: points.map(({ rate: x, loss: y }) => ({ x, y })),
            },
            {
              name: 'smoothed',
              colour: 0,
              points: points.map(({ rate: x, smoothed: y }) => ({ x, y })),
            },
            ...marked.map(({ rate: x }) => ({
              name: `suggestion, ${told}`,
              colour: 1,
              dashed: true,
              points: [
                { x, y: low },
                { x, y: high },
              ],
            })),
          ],
        })}</div>`,
      ),
      section(
        'Steps',
        table(
          'Steps',
          ['Step', 'Learning rate', 'Loss', 'Smoothed'],
          points.map(({ rate, loss, smoothed }, i) => [
            String(i + 1),
            rate.toPrecision(4),
            loss.toFixed(4),
            smoothed.toFixed(4),
          ]),
        ),
      ),
    ],
  };
}
