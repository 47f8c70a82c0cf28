import '@tensorflow/tfjs-backend-cpu';
import {
  createModel,
  loadWeights,
  type ModelCost,
  modelCost,
  type ModelName,
  saveWeights,
} from '@mnet/models';
import { ones, type Tensor } from '@tensorflow/tfjs-core';

const name: ModelName = 'mobilenet_v2';
const [model, other] = [1, 2].map((seed) => createModel(name, { classes: 10, width: 0.1, seed }));
if (model === undefined || other === undefined) throw new Error('no models');
await saveWeights(model, 'weights.safetensors');
await loadWeights(other, 'weights.safetensors');
const [a, b] = [model, other].map((net) =>
  (net.predict(ones([1, 32, 32, 3])) as Tensor).dataSync(),
);
if (a?.join() !== b?.join()) throw new Error(`got ${a?.join()} and ${b?.join()}`);
const cost: ModelCost = modelCost(model);
console.log(`${cost.params} parameters`);
