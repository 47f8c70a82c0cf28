import { capture, getThreads, mnet, pickBackend } from '@mnet/backend';
import { conv2d, matMul, ones } from '@tensorflow/tfjs-core';
import { layers, sequential } from '@tensorflow/tfjs-layers';

/** Products whose values are known, on as many threads as the page may have, and a recorded network. */
export default async function program() {
  const { name } = await pickBackend({ prefer: 'mnet' });
  if (name !== 'mnet') throw new Error(`got the backend ${name}`);
  const product = (await matMul(ones([256, 256]), ones([256, 256])).data())[0];
  const window = (await conv2d(ones([1, 8, 8, 16]), ones([3, 3, 16, 4]), 1, 'valid').data())[0];
  if (product !== 256 || window !== 144) throw new Error(`got ${product} and ${window}`);
  const model = sequential({ layers: [layers.dense({ units: 3, inputShape: [4] })] });
  const recorded = capture(model);
  const logits = recorded.run(new Float32Array(4));
  if (logits.length !== 3) throw new Error(`got ${logits.length} logits`);
  return `${mnet().build}, ${getThreads()} threads`;
}
