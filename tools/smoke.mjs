// Run by check-packages.mjs in a folder where all packages are installed from their tarballs: the main job in
// small, on the backend that the command line names ('cpu' or 'mnet', and of mnet the runtime).
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { measureLatency, writeReport } from '@mnet/bench';
import { shapes10 } from '@mnet/data';
import { distill, hintonKd } from '@mnet/distill';
import { fileSystem, registerLayers } from '@mnet/layers';
import { createModel, modelCost } from '@mnet/models';
import { evaluate, train } from '@mnet/train';
import { backend, getBackend, setBackend } from '@tensorflow/tfjs-core';
import { loadLayersModel } from '@tensorflow/tfjs-layers';

const [name, runtime] = process.argv.slice(2);
if (runtime) process.env.MNET_RUNTIME = runtime;
await import(name === 'cpu' ? '@tensorflow/tfjs-backend-cpu' : '@mnet/backend');
if (!(await setBackend(name)) || getBackend() !== name) throw new Error(`no backend ${name}`);
if (runtime && backend().runtime !== runtime) throw new Error(`got ${backend().runtime}`);

const expect = (condition, what) => {
  if (!condition) throw new Error(`expected ${what}`);
};
const dir = mkdtempSync(join(tmpdir(), 'mnet-smoke-'));
try {
  const data = shapes10({ train: 40, validation: 10, test: 20, seed: 1 });
  const options = { epochs: 1, batchSize: 20, seed: 1 };
  const network = { classes: 10, inputShape: [32, 32, 3], strides: 'paper', width: 0.1 };
  const teacher = createModel('mobilenet_v1', { ...network, seed: 1 });
  expect(modelCost(teacher).macs > 0, 'a cost');
  const taught = await train(teacher, data, options);
  expect(Number.isFinite(taught.best.trainLoss), 'a finite loss');

  const student = createModel('mobilenet_v1', { ...network, seed: 2 });
  const run = join(dir, 'run');
  const losses = [hintonKd({ temperature: 4 })];
  const result = await distill(student, { teacher, data, losses, alpha: 0.5, ...options, run });
  writeReport(join(run, 'report.html'), [taught.record, result.record]);

  registerLayers();
  const loaded = await loadLayersModel(fileSystem(join(run, 'model')));
  const { accuracy } = await evaluate(loaded, data.test);
  expect(
    accuracy === result.test.accuracy,
    `the saved model at ${result.test.accuracy}, got ${accuracy}`,
  );
  expect((await measureLatency(loaded, { runs: 2, warmup: 1 })).medianMs > 0, 'a latency');
  console.log(
    `smoke.mjs: trains, distils, saves and loads on ${[name, runtime].filter(Boolean).join(' ')}, Node.js ${process.version}`,
  );
} finally {
  rmSync(dir, { recursive: true, force: true });
}
