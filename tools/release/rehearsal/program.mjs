// What a user of the packages might have: it keeps its answer from one release to the next.
import { createRequire } from 'node:module';
import { mnet, pickBackend } from '@mnet/backend';
import { createModel } from '@mnet/models';
import { tensor, tidy } from '@tensorflow/tfjs-core';

await pickBackend();
const model = createModel('mobilenet_v2', { classes: 10, inputShape: [32, 32, 3], seed: 1 });
const pixels = Float32Array.from({ length: 32 * 32 * 3 }, (_, i) => (i % 255) / 255);
const logits = tidy(() => Array.from(model.predict(tensor(pixels, [1, 32, 32, 3])).dataSync()));
const versions = ['core', 'backend', 'models'].map(
  (name) => createRequire(import.meta.url)(`@mnet/${name}/package.json`).version,
);
console.log(JSON.stringify({ versions, runtime: mnet().runtime, logits }));
