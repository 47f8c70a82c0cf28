import type { FunctionComponent } from 'preact';
import { memo } from 'preact/compat';
import { useMemo } from 'preact/hooks';
import { curvesOfFigure, type Drawing } from '../model/drawing.ts';
import { figuresOf } from '../model/points.ts';
import { Chart } from './chart.tsx';

/** What the charts show. */
interface ChartsProps {
  readonly drawing: Drawing;
  readonly theme: string;
}

/** A chart for each figure that the shown runs have. */
export const Charts: FunctionComponent<ChartsProps> = memo(({ drawing, theme }: ChartsProps) => {
  const charts = useMemo(() => {
    const runs = drawing.lines.flatMap(({ rows }) =>
      rows.flatMap(({ id }) => drawing.curvesOf(id) ?? []),
    );
    return figuresOf(runs).map((figure) => ({ figure, curves: curvesOfFigure(figure, drawing) }));
  }, [drawing]);
  if (drawing.lines.length === 0) return <p class="empty quiet">No run is chosen.</p>;
  if (charts.length === 0) return <p class="empty quiet">The chosen runs have no values yet.</p>;
  return (
    <section class="charts" aria-label="Curves">
      {charts.map(({ figure, curves }) => (
        <Chart
          key={figure.key}
          figure={figure}
          curves={curves}
          axis={drawing.axis}
          log={drawing.log}
          theme={theme}
        />
      ))}
    </section>
  );
});
