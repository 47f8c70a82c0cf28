import '@tensorflow/tfjs-backend-cpu';
import { ConvBnAct, fileSystem, GlobalAveragePool, InvertedResidual } from '@mnet/layers';
import { ones } from '@tensorflow/tfjs-core';
import { input, layers, model } from '@tensorflow/tfjs-layers';

/** A small network trains; a folder of files is refused by name. */
export default async function program() {
  const image = input({ shape: [8, 8, 3] });
  let x = new ConvBnAct({ filters: 8, stride: 2, activation: 'hardSwish', seed: 1 }).apply(image);
  x = new InvertedResidual({ filters: 8, expansion: 2, squeezeReduction: 4, seed: 2 }).apply(x);
  x = new GlobalAveragePool().apply(x);
  const net = model({ inputs: image, outputs: layers.dense({ units: 2 }).apply(x) });
  net.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
  await net.fit(ones([4, 8, 8, 3]), ones([4, 2]), { epochs: 1, verbose: 0 });
  const refusal = await net.save(fileSystem('folder')).catch((error) => error.message);
  if (!/needs Node\.js/.test(refusal)) throw new Error(`fileSystem said ${refusal}`);
  return 'a network trains';
}
