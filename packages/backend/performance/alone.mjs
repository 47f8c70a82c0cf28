// What mnet does alone, without a peer: two threads against one, beside a process that keeps a core busy, the first step against
// later ones, computed steps against replayed ones, and the first prediction of a process from its start, beside what of it
// Node.js and TensorFlow.js take. Alternately, every figure a process of its own:
//   npx tsc -b && node packages/backend/performance/alone.mjs --repeats 3 --out FILE
// MNET_RUNTIME says what runs the kernels.
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    networks: {
      type: 'string',
      default: 'mobilenet_v1,mobilenet_v2,mobilenet_v3_small,resnet18',
    },
    repeats: { type: 'string', default: '3' },
    out: { type: 'string' },
  },
});
const root = fileURLToPath(new URL('../../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'alone-'));
const repeats = Number(values.repeats);

/** A network's training in a process of its own: what `mnet-bench throughput` measures. */
function training(model, threads, ...more) {
  const file = join(folder, 'figures.json');
  const flags = ['throughput', '--mode', 'train', '--batch', '128', '--steps', '8', ...more];
  const own = ['--model', model, '--backend', 'mnet', '--threads', threads, '--json', file];
  const program = join(root, 'packages/cli/dist/main-bench.js');
  execFileSync(process.execPath, [program, ...flags, ...own], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  return JSON.parse(readFileSync(file, 'utf8'));
}

/** `training` while another process computes without end. */
function besideBusy(model) {
  const busy = spawn(process.execPath, ['-e', 'for (;;);'], { stdio: 'ignore' });
  try {
    return training(model, '2');
  } finally {
    busy.kill('SIGKILL');
  }
}

/** Milliseconds from the start of a process to the end of a program in it. */
function untilEnd(program) {
  const words = [
    '--input-type=module',
    '-e',
    `${program}\nconsole.log(performance.now()); process.exit(0);`,
  ];
  const cwd = join(root, 'packages', 'bench');
  return Number(
    execFileSync(process.execPath, words, { cwd, stdio: ['ignore', 'pipe', 'ignore'] }),
  );
}

/** A first prediction, with a small network of stock layers, and what it stands on. */
const programs = {
  node: '',
  tensorflow: `import '@tensorflow/tfjs-core'; import '@tensorflow/tfjs-layers';`,
  prediction: `
    import { layers, sequential } from '@tensorflow/tfjs-layers';
    import { zeros } from '@tensorflow/tfjs-core';
    import { pickBackend } from '@mnet/backend';
    await pickBackend({ prefer: 'mnet' });
    const model = sequential({ layers: [
      layers.conv2d({ inputShape: [32, 32, 3], filters: 8, kernelSize: 3 }),
      layers.flatten(),
      layers.dense({ units: 10, kernelInitializer: 'zeros' }),
    ] });
    model.predict(zeros([1, 32, 32, 3])).dataSync();`,
};

const median = (list) => list.toSorted((a, b) => a - b)[list.length >> 1];
const round = (list) => list.map((x) => x.toFixed(2)).join(' ');
const report = { node: process.version, networks: {}, untilEndMs: {} };
console.log(
  'network | two threads ÷ one | beside a busy process ÷ alone, time | first step ÷ later | computed ÷ replayed',
);
for (const model of values.networks.split(',')) {
  const runs = Array.from({ length: repeats }, () => {
    const [one, two, busy] = [training(model, '1'), training(model, '2'), besideBusy(model)];
    return { one, two, busy, computed: training(model, '2', '--no-capture') };
  });
  report.networks[model] = runs;
  const scaling = runs.map(({ one, two }) => one.medianMs / two.medianMs);
  const slower = runs.map(({ two, busy }) => busy.medianMs / two.medianMs);
  const first = runs.map(({ two }) => two.firstMs / two.medianMs);
  const computed = runs.map((run) => run.computed.medianMs / run.two.medianMs);
  const cells = [scaling, slower, first, computed].map(
    (list) => `${round(list)}: ${median(list).toFixed(2)}`,
  );
  console.log([model, ...cells].join(' | '));
}
for (const name of Object.keys(programs)) report.untilEndMs[name] = [];
for (let i = 0; i < 3 * repeats; i++)
  for (const [name, program] of Object.entries(programs))
    report.untilEndMs[name].push(untilEnd(program));
for (const [name, list] of Object.entries(report.untilEndMs))
  console.log(`${name}, ms from the start of the process: ${median(list).toFixed(0)}`);
rmSync(folder, { recursive: true });
if (values.out) writeFileSync(values.out, `${JSON.stringify(report, undefined, 1)}\n`);
