import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { SummaryValue } from './messages.ts';

type Layer = LayersModel['layers'][number];

/** What TensorBoard shows of a network: the table of its layers, as text, and its graph. */
export function modelSummary(model: LayersModel): SummaryValue[] {
  return [
    { tag: 'model', plugin: { name: 'text' }, text: layerTable(model) },
    {
      tag: 'keras',
      plugin: { name: 'graph_keras_model', content: new TextEncoder().encode('1') },
      text: JSON.stringify(model.toJSON(undefined, false)),
      blob: true,
    },
  ];
}

/** The layers with the shapes of their outputs and their parameters, in Markdown. */
export function layerTable(model: LayersModel): string {
  const rows = model.layers.map((layer) => {
    return [layer.name, layer.getClassName(), shapeOf(layer), count(layer.countParams())];
  });
  const lines = [
    ['layer', 'class', 'output', 'parameters'],
    ['---', '---', '---', '--:'],
    ...rows,
    ['', '', 'all', count(model.countParams())],
  ];
  return `${model.name}\n\n${lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n')}\n`;
}

function count(parameters: number): string {
  return parameters.toLocaleString('en-US');
}

/** Without the batch: `16×16×32`. */
function shapeOf({ outputShape }: Layer): string {
  const shapes = (Array.isArray(outputShape[0]) ? outputShape : [outputShape]) as (
    | number
    | null
  )[][];
  return shapes
    .map((shape) =>
      shape
        .slice(1)
        .map((size) => size ?? '?')
        .join('×'),
    )
    .join(', ');
}
