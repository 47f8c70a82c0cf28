import '@tensorflow/tfjs-backend-cpu';
import {
  ConvBnAct,
  type ConvBnActOptions,
  fileSystem,
  GlobalAveragePool,
  registerLayers,
} from '@mnet/layers';
import { ones, type Tensor } from '@tensorflow/tfjs-core';
import { input, layers, type LayersModel, loadLayersModel, model } from '@tensorflow/tfjs-layers';

const options: ConvBnActOptions = { filters: 4, stride: 2, activation: 'hardSwish', seed: 1 };
const image = input({ shape: [8, 8, 3] });
const pooled = new GlobalAveragePool().apply(new ConvBnAct(options).apply(image));
const outputs = layers.dense({ units: 2 }).apply(pooled);
const network: LayersModel = model({ inputs: image, outputs: outputs as never });
network.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
await network.fit(ones([4, 8, 8, 3]), ones([4, 2]), { epochs: 1, verbose: 0 });
await network.save(fileSystem('model'));
registerLayers();
const loaded = await loadLayersModel(fileSystem('model'));
const [a, b] = [network, loaded].map((m) => (m.predict(ones([1, 8, 8, 3])) as Tensor).dataSync());
if (a?.join() !== b?.join()) throw new Error(`saved ${a?.join()}, loaded ${b?.join()}`);
console.log(`${network.countParams()} parameters saved and loaded`);
