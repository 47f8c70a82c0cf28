import '@mnet/backend';
import { setBackend } from '@tensorflow/tfjs-core';
import { shapes10 } from '@mnet/data-cifar';
import { createModel, modelCost } from '@mnet/models';
import { adam, cosine, train } from '@mnet/train';
import { distillationLoss, softmaxCrossEntropy } from '@mnet/ops';
import { tidy, add, mul } from '@tensorflow/tfjs-core';
await setBackend('mnet');
const a = JSON.parse(process.argv[2] ?? '{}');
const c = {
  n: 4000,
  seed: 1,
  bs: 64,
  lr: 0.002,
  tlr: 0.002,
  te: 6,
  se: 6,
  t: 'resnet18',
  tw: 0.5,
  ts: {},
  s: 'mobilenet_v2',
  sw: 0.25,
  ss: {},
  alpha: 0.7,
  T: 4,
  only: 'tad',
  ...a,
};
const data = shapes10({ train: c.n, validation: 500, test: 2000, seed: c.seed });
const mk = (n, w, o) =>
  createModel(n, { classes: 10, inputShape: [32, 32, 3], width: w, seed: c.seed, ...o });
const run = async (label, m, epochs, lr, objective) => {
  const t0 = performance.now();
  const r = await train(m, data, {
    epochs,
    batchSize: c.bs,
    optimizer: adam(),
    schedule: cosine({ peak: lr, warmupEpochs: 0.5 }),
    seed: c.seed,
    evaluateEvery: 1,
    ...(objective ? { objective } : {}),
    ...(c.aug ? { augment: c.aug } : {}),
  });
  const mc = { params: m.countParams(), macs: 0 };
  console.log(
    label,
    'params',
    mc.params,
    'MMACs',
    (mc.macs / 1e6).toFixed(2),
    'train acc',
    r.history.at(-1).trainAccuracy.toFixed(3),
    'val',
    r.history.map((h) => h.validationAccuracy.toFixed(2)).join(' '),
    'test',
    r.test.accuracy.toFixed(4),
    'img/s',
    r.history.at(-1).imagesPerSecond.toFixed(0),
    's',
    ((performance.now() - t0) / 1000).toFixed(1),
  );
  return m;
};
let teacher;
if (c.only.includes('t')) teacher = await run('teacher', mk(c.t, c.tw, c.ts), c.te, c.tlr);
if (c.only.includes('a')) await run('alone  ', mk(c.s, c.sw, c.ss), c.se, c.lr);
if (c.only.includes('d'))
  await run('distil ', mk(c.s, c.sw, c.ss), c.se, c.lr, {
    name: 'kd',
    config: {},
    prepare: ({ batch }) => ({ t: teacher.apply(batch.images, { training: false }) }),
    compute: (ctx) => {
      const logits = ctx.model.apply(ctx.batch.images, { training: true });
      return {
        logits,
        loss: add(
          mul(distillationLoss(logits, ctx.prepared.t, { temperature: c.T }), c.alpha),
          mul(softmaxCrossEntropy(logits, ctx.batch.labels), 1 - c.alpha),
        ),
      };
    },
  });
