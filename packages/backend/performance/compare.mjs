// Compares mnet with PyTorch and ONNX Runtime on the machine at hand, alternately, so that a machine whose speed
// wanders treats them alike:
//   node packages/backend/performance/compare.mjs --python PYTHON --modes train,infer,latency --repeats 3 --out FILE
// The node that runs this measures; every figure is a process of its own. FILE gets each run's figures as JSON.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    python: { type: 'string', default: 'python3' },
    modes: { type: 'string', default: 'train,infer,latency' },
    networks: {
      type: 'string',
      default:
        'mobilenet_v1,mobilenet_v2,mobilenet_v2:0.5,normal_cnn,resnet18,mobilenet_v3_small,mobilenet_v3_large',
    },
    repeats: { type: 'string', default: '3' },
    threads: { type: 'string', default: '2' },
    /** Times torch.compile too, which takes a minute a network and memory format. */
    compile: { type: 'boolean', default: false },
    out: { type: 'string' },
  },
});
const root = fileURLToPath(new URL('../../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'compare-'));

function ours(model, width, mode) {
  const file = join(folder, 'figures.json');
  const flags =
    mode === 'latency'
      ? ['latency', '--runs', '300']
      : ['throughput', '--batch', '128', '--steps', '8', '--mode', mode];
  const [command, ...rest] = flags;
  const cli = ['--conditions=@mnet/source', '--import', 'tsx', 'packages/cli/src/main-bench.ts'];
  const common = [
    '--model',
    model,
    '--width',
    width,
    '--backend',
    'mnet',
    '--threads',
    values.threads,
    '--json',
    file,
  ];
  execFileSync(process.execPath, [...cli, command, ...rest, ...common], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  return JSON.parse(readFileSync(file, 'utf8'));
}

function theirs(model, width, mode) {
  const script = join(root, 'packages/backend/performance/peers.py');
  const flags = ['--model', model, '--width', width, '--mode', mode, '--threads', values.threads];
  if (values.compile && mode === 'train') flags.push('--compile');
  return JSON.parse(
    execFileSync(values.python, [script, ...flags], {
      stdio: ['ignore', 'pipe', 'ignore'],
    }).toString(),
  );
}

const median = (list) => {
  const sorted = list.toSorted((a, b) => a - b);
  const half = (sorted.length - 1) / 2;
  return (sorted[Math.floor(half)] + sorted[Math.ceil(half)]) / 2;
};
const geometricMean = (list) =>
  Math.exp(list.reduce((sum, x) => sum + Math.log(x), 0) / list.length);

/** How torch.compile's time is to that of PyTorch alone, where it was asked for. */
function compiledOf(pairs) {
  const each = pairs.map(({ torch }) => torch.compiledMs / torch.medianMs);
  return values.compile ? ` | torch.compile's time ÷ PyTorch's ${median(each).toFixed(2)}` : '';
}

const report = { node: process.version, threads: Number(values.threads), modes: {} };
for (const mode of values.modes.split(',')) {
  report.modes[mode] = {};
  const ratios = [];
  const onnxRatios = [];
  console.log(
    `\n${mode}, Node ${process.version}: mnet | PyTorch | ratio of each pair | the middle ratio`,
  );
  for (const network of values.networks.split(',')) {
    const [model, width = '1'] = network.split(':');
    const pairs = [];
    for (let i = 0; i < Number(values.repeats); i++) {
      pairs.push({ mnet: ours(model, width, mode), torch: theirs(model, width, mode) });
    }
    const key = mode === 'latency' ? 'medianMs' : 'imagesPerSecond';
    const middle = (side, of = key) => median(pairs.map((pair) => pair[side][of]));
    const each = pairs.map(({ mnet, torch }) => mnet[key] / torch[key]);
    const ratio = median(each);
    ratios.push(ratio);
    report.modes[mode][network] = { ratio, pairs };
    const digits = mode === 'latency' ? 2 : 0;
    const onnx = pairs.map(({ mnet, torch }) => mnet.medianMs / torch.onnxRuntimeMs);
    if (mode !== 'train') onnxRatios.push(median(onnx));
    const more =
      mode !== 'train'
        ? ` | ONNX Runtime ${middle('torch', 'onnxRuntimeMs').toFixed(2)} ms, its time ÷ ours ${(1 / median(onnx)).toFixed(2)}`
        : `${compiledOf(pairs)} | peak MB ${['mnet', 'torch'].map((side) => Math.round(middle(side, 'peakMemoryBytes') / 2 ** 20)).join(' | ')}`;
    const list = each.map((r) => r.toFixed(2)).join(' ');
    console.log(
      `${network} | ${middle('mnet').toFixed(digits)} | ${middle('torch').toFixed(digits)} | ${list} | ${ratio.toFixed(2)}${more}`,
    );
  }
  console.log(`geometric mean of the middle ratios: ${geometricMean(ratios).toFixed(3)}`);
  if (onnxRatios.length > 0)
    console.log(
      `ONNX Runtime's time ÷ ours, geometric mean: ${(1 / geometricMean(onnxRatios)).toFixed(3)}`,
    );
}
rmSync(folder, { recursive: true });
if (values.out) writeFileSync(values.out, `${JSON.stringify(report, undefined, 1)}\n`);
