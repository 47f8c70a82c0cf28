import {
  capture,
  type Captured,
  getThreads,
  mnet,
  pickBackend,
  type PickedBackend,
  type RunningBackend,
} from '@mnet/backend';
import { matMul, ones } from '@tensorflow/tfjs-core';
import { layers, sequential } from '@tensorflow/tfjs-layers';

const picked: PickedBackend = await pickBackend({ prefer: 'mnet' });
if (picked.name !== 'mnet') throw new Error(`got the backend ${picked.name}`);
const product: number | undefined = (await matMul(ones([256, 256]), ones([256, 256])).data())[0];
if (product !== 256) throw new Error(`got ${product}`);
const model = sequential({ layers: [layers.dense({ units: 3, inputShape: [4] })] });
const recorded: Captured = capture(model);
if (recorded.run(new Float32Array(4)).length !== 3) throw new Error('no logits');
const running: RunningBackend = mnet();
console.log(`${running.runtime} ${running.kernelBuild}, ${getThreads()} threads`);
