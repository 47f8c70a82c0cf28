// Compares the networks at full size with PyTorch: logits, gradients, statistics, and weights there and back.
//
//     node --conditions=@mnet/source --import tsx tools/oracles/models/full-parity.mjs --python PYTHON [NETWORK...]
//
// Needs a Python with torch, torchvision, safetensors and timm. Prints a table of relative errors in the Euclidean
// norm, and ends with exit code 1 if one is over its limit.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import {
  architecture,
  buildModel,
  createModel,
  encodeSafetensors,
  listModels,
  loadWeights,
  readSafetensors,
  saveWeights,
  tensorValues,
  weightNames,
} from '@mnet/models';
import { softmaxCrossEntropy } from '@mnet/ops';
import * as tf from '@tensorflow/tfjs-core';

const limits = {
  logits: 1e-4,
  loss: 1e-4,
  gradients: 1e-3,
  statistics: 1e-4,
  'there and back': 1e-4,
};

// timm's MobileNetV1 has ReLU6; its MobileNetV3 has another epsilon, which loading takes care of.
const timm = {
  'timm:mobilenetv1_100': ['mobilenet_v1', { activation: 'relu6' }],
  'timm:mobilenetv2_100': ['mobilenet_v2', {}],
  'timm:mobilenetv3_small_100': ['mobilenet_v3_small', {}],
  'timm:mobilenetv3_large_100': ['mobilenet_v3_large', {}],
  'timm:resnet18': ['resnet18', {}],
};

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    python: { type: 'string', default: 'python3' },
    backend: { type: 'string', default: 'mnet' },
    help: { type: 'boolean', default: false },
  },
});
const all = [...listModels(), ...Object.keys(timm)];
if (flags.help) {
  console.log(
    `full-parity.mjs [--python python3] [--backend mnet|cpu] [NETWORK...]\nNETWORK: ${all.join(', ')}`,
  );
  process.exit(0);
}
const names = positionals.length > 0 ? positionals : all;
for (const name of names) {
  if (!all.includes(name)) throw new Error(`NETWORK: got '${name}', takes ${all.join(', ')}`);
}

await import(flags.backend === 'mnet' ? '@mnet/backend' : '@tensorflow/tfjs-backend-cpu');
if (!(await tf.setBackend(flags.backend)))
  throw new Error(`--backend ${flags.backend} does not start`);

const folder = mkdtempSync(join(tmpdir(), 'mnet-parity-'));
const script = fileURLToPath(new URL('full_parity.py', import.meta.url));
const python = (command, ...networks) =>
  execFileSync(flags.python, [script, command, folder, ...networks], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });

let failed = 0;
try {
  const rows = {};
  for (const name of names) {
    python('make', name);
    const errors = await compare(name);
    errors['there and back'] = Number(python('check', name).trim().split(' ').at(-1));
    for (const [what, error] of Object.entries(errors)) {
      if (!(error < limits[what.replace(/\d+$/, '')])) failed++;
    }
    rows[name] = Object.fromEntries(
      Object.entries(errors).map(([what, e]) => [what, e.toExponential(1)]),
    );
    console.log(name, JSON.stringify(rows[name]));
  }
  console.table(rows);
  console.log(
    `backend ${flags.backend}, Node ${process.version}; limits ${JSON.stringify(limits)}`,
  );
  console.log(failed === 0 ? 'all within the limits' : `${failed} over the limits`);
} finally {
  rmSync(folder, { recursive: true });
}
process.exitCode = failed === 0 ? 0 : 1;

/** Loads PyTorch's weights, compares, takes a step, and saves the weights and logits for `check`. */
async function compare(name) {
  const stem = join(folder, name.replace(':', '.'));
  const expected = await readSafetensors(`${stem}.expected.safetensors`);
  const wanted = (key) => tensorValues(expected, key);
  const format = name.startsWith('timm:') ? 'timm' : 'torchvision';
  const build = (size) => {
    const [network, changes] = timm[name] ?? [name, {}];
    const inputShape = [size, size, 3];
    // createModel would do but for timm's MobileNetV1.
    return Object.keys(changes).length === 0
      ? createModel(network, { inputShape, strides: 'paper' })
      : buildModel({ ...architecture(network), ...changes }, { inputShape });
  };
  const input = (size) => {
    const { shape } = expected.tensors.get(`input${size}`);
    return tf.tidy(() => tf.transpose(tf.tensor(wanted(`input${size}`), shape), [0, 2, 3, 1]));
  };
  const errors = {};
  let model;
  for (const size of [224, 32]) {
    model?.dispose();
    model = build(size);
    await loadWeights(model, `${stem}.weights.safetensors`, { format });
    const logits = tf.tidy(() => model.predict(input(size)).dataSync());
    errors[`logits${size}`] = relativeError(logits, wanted(`logits${size}`));
  }
  if (format === 'torchvision') Object.assign(errors, await train(model, input(32), wanted));
  await saveWeights(model, `${stem}.saved.safetensors`, { format });
  const logits = tf.tidy(() => model.predict(input(32)));
  const tensors = new Map([['logits', { shape: logits.shape, values: await logits.data() }]]);
  writeFileSync(`${stem}.logits.safetensors`, encodeSafetensors(tensors));
  model.dispose();
  return errors;
}

/** One step in training mode: the errors of its loss, gradients and statistics. */
async function train(model, x, wanted) {
  const labels = tf.tensor1d(wanted('labels'), 'int32');
  const { value, grads } = tf.variableGrads(() =>
    softmaxCrossEntropy(model.apply(x, { training: true }), labels),
  );
  const places = new Map(weightNames(model, 'torchvision').map((entry) => [entry.weight, entry]));
  // The gradient of the beta in front of a normalized 1×1 convolution is 0: what rounding leaves there is compared
  // with the gradients at large.
  const norms = [...places.values()]
    .filter(({ weight }) => !weight.includes('moving_'))
    .map(({ tensor }) => norm(wanted(`gradient.${tensor}`)));
  const floor = 1e-2 * Math.sqrt(norms.reduce((sum, n) => sum + n * n, 0) / norms.length);
  const errors = {
    loss: relativeError(await value.data(), wanted('loss')),
    gradients: 0,
    statistics: 0,
  };
  const order = { conv: [3, 2, 0, 1], depthwise: [2, 3, 0, 1], dense: [1, 0], pointwise: [1, 0] };
  for (const weight of model.weights) {
    const { tensor, layout } = places.get(weight.originalName);
    const gradient = grads[weight.name];
    if (!gradient) {
      const error = relativeError(await weight.read().data(), wanted(`statistic.${tensor}`));
      errors.statistics = Math.max(errors.statistics, error);
      continue;
    }
    const got = tf.tidy(() =>
      (order[layout] ? tf.transpose(gradient, order[layout]) : gradient).dataSync(),
    );
    errors.gradients = Math.max(
      errors.gradients,
      relativeError(got, wanted(`gradient.${tensor}`), floor),
    );
    weight.write(tf.tidy(() => tf.sub(weight.read(), tf.mul(gradient, 0.01))));
  }
  return errors;
}

/** |got − wanted| / max(|wanted|, floor). */
function relativeError(got, wanted, floor = 0) {
  if (got.length !== wanted.length)
    throw new Error(`got ${got.length} values, expected ${wanted.length}`);
  return norm(wanted.map((value, i) => value - got[i])) / Math.max(norm(wanted), floor);
}

function norm(values) {
  return Math.sqrt(values.reduce((sum, v) => sum + v * v, 0));
}
