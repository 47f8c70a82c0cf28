import {
  add,
  clone,
  dispose,
  io,
  memory,
  mul,
  sum,
  type Scalar,
  type Tensor,
  tensor,
  tidy,
  type Variable,
  variable,
  variableGrads,
} from '@tensorflow/tfjs-core';
import {
  input,
  type layers,
  type LayerVariable,
  loadLayersModel,
  model,
  type SymbolicTensor,
} from '@tensorflow/tfjs-layers';
import { type CostedLayer, registerLayers } from '@mnet/layers';
import { expect } from 'vitest';

/** What a layer must show. */
export interface LayerContract {
  /** Makes a new layer, of the same seed at every call. */
  create: () => layers.Layer;
  /** Without the batch. */
  inputShape: number[];
  /** Without the batch. */
  outputShape: number[];
  /** Shapes of all weights by name, without the layer's own name, in tfjs's order: trained, then untrained. */
  weights: Record<string, number[]>;
  /** Weights of the list that are trained; default: all. */
  trained?: number;
  macs: number;
  /** How the layer is called; default in training. */
  training?: boolean;
}

const batch = 3;

/** Checks everything that any layer owes: one call a layer. */
export async function checkLayer(contract: LayerContract): Promise<void> {
  checkShapesAndNames(contract);
  checkConfig(contract);
  checkGradients(contract);
  checkMemory(contract);
  await checkSaving(contract);
}

/** Numbers that are spread, repeat nothing, and stay away from the kinks of activations by chance alone. */
export function values(shape: number[], phase: number = 0): Tensor {
  const size = shape.reduce((a, b) => a * b, 1);
  const data = Float32Array.from({ length: size }, (_, i) => {
    const x = Math.sin(i * 12.9898 + phase * 78.233) * 43758.5453;
    return 2 * (x - Math.floor(x)) - 1;
  });
  return tensor(data, shape);
}

/** The values of a float32 tensor. */
export function numbers(x: Tensor): Float32Array {
  return x.dataSync<'float32'>();
}

function built(contract: LayerContract): { layer: layers.Layer; output: SymbolicTensor } {
  const layer = contract.create();
  const image = input({ shape: contract.inputShape });
  return { layer, output: layer.apply(image) as SymbolicTensor };
}

function checkShapesAndNames(contract: LayerContract): void {
  const { layer, output } = built(contract);
  expect(output.shape).toEqual([null, ...contract.outputShape]);
  const computed = contract.create().computeOutputShape([batch, ...contract.inputShape]);
  expect(computed, 'the shape is known before building').toEqual([batch, ...contract.outputShape]);
  const named = layer.weights.map(({ originalName, shape }) => [
    originalName.slice(layer.name.length + 1),
    shape,
  ]);
  expect(named).toEqual(Object.entries(contract.weights));
  for (const { originalName } of layer.weights) expect(originalName).toMatch(`${layer.name}/`);
  expect(layer.trainableWeights.length).toBe(
    contract.trained ?? Object.keys(contract.weights).length,
  );
  const parameters = Object.values(contract.weights).map((s) => s.reduce((a, b) => a * b, 1));
  expect(layer.countParams()).toBe(parameters.reduce((a, b) => a + b, 0));
  const macs = (layer as unknown as CostedLayer).countMacs([null, ...contract.inputShape]);
  expect(macs).toBe(contract.macs);

  const x = values([batch, ...contract.inputShape]);
  const y = layer.apply(x, { training: contract.training ?? true }) as Tensor;
  expect(y.shape).toEqual([batch, ...contract.outputShape]);
  expect(y.dtype).toBe('float32');
  dispose([x, y]);
  layer.dispose();
}

/** A layer made from another one's config is the same layer: the same weights, the same outputs. */
function checkConfig(contract: LayerContract): void {
  const { layer } = built(contract);
  const Class = layer.constructor as unknown as new (config: object) => layers.Layer;
  const config = JSON.parse(JSON.stringify(layer.getConfig()));
  const again = new Class(config);
  expect(again.getConfig()).toEqual(layer.getConfig());
  again.apply(input({ shape: contract.inputShape }));
  for (const [i, weight] of layer.weights.entries()) {
    const other = again.weights[i] as LayerVariable;
    expect(other.originalName).toBe(weight.originalName);
    expect(other.read().dataSync()).toEqual(weight.read().dataSync());
  }
  expect(() => new Class({ ...config, nonsense: 1 })).toThrow(/unknown option 'nonsense'/);
  layer.dispose();
  again.dispose();
}

/** Every gradient, also the input's, against central differences in the direction of random vectors. */
function checkGradients(contract: LayerContract): void {
  const { layer } = built(contract);
  scatterWeights(layer);
  const training = contract.training ?? true;
  const x = variable(values([batch, ...contract.inputShape], 1));
  const dy = values([batch, ...contract.outputShape], 2);
  const loss = (): Scalar =>
    tidy(() => sum(mul(layer.apply(x, { training, step: 0 }) as Tensor, dy)));
  const variables = [x, ...layer.trainableWeights.map((weight) => weight.read() as Variable)];
  const { value, grads } = variableGrads(loss, variables);
  for (const [i, v] of variables.entries()) {
    const gradient = grads[v.name];
    const name = i === 0 ? 'the input' : layer.trainableWeights[i - 1]?.originalName;
    expect(gradient, `no gradient for ${name}`).toBeDefined();
    const direction = values(v.shape, 3 + i);
    const expected = numbers(sum(mul(gradient as Tensor, direction)))[0] ?? NaN;
    const start = clone(v);
    const at = (step: number): number => {
      v.assign(add(start, mul(direction, step)));
      const y = layer.apply(x, { training, step: 0 }) as Tensor;
      // The sum in double precision: single precision would drown a small step.
      const weights = numbers(dy);
      const total = numbers(y).reduce((a, b, j) => a + b * (weights[j] as number), 0);
      y.dispose();
      return total;
    };
    const step = 1e-3 / Math.sqrt(v.size);
    const differences = (at(step) - at(-step)) / (2 * step);
    v.assign(start);
    const scale = Math.max(1, Math.abs(expected), Math.abs(differences));
    expect(Math.abs(differences - expected) / scale, `gradient of ${name}`).toBeLessThan(0.03);
  }
  dispose([x, dy, value, ...Object.values(grads)]);
  layer.dispose();
}

/** Leaves no tensor behind, in training and in inference. */
function checkMemory(contract: LayerContract): void {
  const before = memory().numTensors;
  const { layer } = built(contract);
  const withWeights = memory().numTensors;
  expect(withWeights - before).toBe(layer.weights.length);
  const given = values([batch, ...contract.inputShape]);
  const x = variable(given);
  for (const training of [true, false, true]) {
    const y = layer.apply(x, { training }) as Tensor;
    y.dispose();
  }
  const variables = [x, ...layer.trainableWeights.map((weight) => weight.read() as Variable)];
  const { value, grads } = variableGrads(
    () => sum(layer.apply(x, { training: true }) as Tensor),
    variables,
  );
  dispose([value, ...Object.values(grads), x, given]);
  expect(memory().numTensors).toBe(withWeights);
  layer.dispose();
  expect(memory().numTensors).toBe(before);
}

/** A model with this layer is the same after saving and loading, bit by bit. */
async function checkSaving(contract: LayerContract): Promise<void> {
  registerLayers();
  const image = input({ shape: contract.inputShape });
  const layer = contract.create();
  const saved = model({ inputs: image, outputs: layer.apply(image) as SymbolicTensor });
  scatterWeights(layer);
  let artifacts: io.ModelArtifacts | undefined;
  await saved.save(
    io.withSaveHandler(async (given) => {
      artifacts = JSON.parse(JSON.stringify({ ...given, weightData: undefined }));
      (artifacts as io.ModelArtifacts).weightData = given.weightData as ArrayBuffer;
      return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } };
    }),
  );
  const loaded = await loadLayersModel(io.fromMemory(artifacts as io.ModelArtifacts));
  const x = values([batch, ...contract.inputShape]);
  const y = saved.predict(x) as Tensor;
  const again = loaded.predict(x) as Tensor;
  expect(again.dataSync()).toEqual(y.dataSync());
  expect(loaded.weights.map(({ originalName }) => originalName)).toEqual(
    saved.weights.map(({ originalName }) => originalName),
  );
  dispose([x, y, again]);
  saved.dispose();
  loaded.dispose();
}

/** Gives every weight other values than its start: a forgotten one shows. */
function scatterWeights(layer: layers.Layer): void {
  for (const [i, weight] of layer.weights.entries()) {
    const isScale = /gamma|variance/.test(weight.originalName);
    const start = values(weight.shape as number[], 10 + i);
    const scattered = tidy(() => add(mul(start, 0.5), isScale ? 1 : 0));
    weight.write(scattered);
    dispose([start, scattered]);
  }
}
