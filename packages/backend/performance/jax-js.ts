// Compares the gradients of convolutions, and a product, with jax-js on WebAssembly, alternately in one process:
//   npm run jax-js -w packages/backend -- --jax FOLDER/node_modules/@jax-js/jax/dist/index.js --repeats 3
// MNET_RUNTIME says what runs mnet's kernels. jax-js is no dependency of this project; 0.1.25 was measured.
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { mnet, pickBackend } from '@mnet/backend';
import {
  conv2d,
  depthwiseConv2d,
  dispose,
  grads,
  matMul,
  randomNormal,
  sum,
  type Tensor,
  type Tensor2D,
  type Tensor4D,
  tidy,
} from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-layers';

/** What is used of jax-js: an array is given away with each call, and `ref` is another hold of it. */
interface JaxArray {
  readonly ref: JaxArray;
  dispose(): void;
  blockUntilReady(): Promise<JaxArray>;
}
interface Jax {
  init(): Promise<unknown>;
  defaultDevice(device: string): void;
  jit<F>(f: F): F;
  grad(f: (...a: JaxArray[]) => JaxArray, options: { argnums: number[] }): JaxGradient;
  numpy: {
    matmul(a: JaxArray, b: JaxArray): JaxArray;
    sum(a: JaxArray): JaxArray;
  };
  lax: {
    convGeneralDilated(
      x: JaxArray,
      w: JaxArray,
      strides: number[],
      padding: string,
      options?: { featureGroupCount: number },
    ): JaxArray;
  };
  random: { key(seed: number): JaxArray; normal(key: JaxArray, shape: number[]): JaxArray };
}
type JaxGradient = (...a: JaxArray[]) => JaxArray[];

const { values } = parseArgs({
  options: { jax: { type: 'string' }, repeats: { type: 'string', default: '3' } },
});
if (values.jax === undefined) throw new Error('--jax: takes the path of jax-js, .../dist/index.js');
const jax = (await import(pathToFileURL(values.jax).href)) as Jax;
await jax.init();
jax.defaultDevice('wasm');
await pickBackend({ prefer: 'mnet' });

const array = (shape: number[]): JaxArray => jax.random.normal(jax.random.key(1), shape);
const wait = async (arrays: JaxArray[]): Promise<void> => {
  for (const each of arrays) (await each.blockUntilReady()).dispose();
};

/** Both sides of a case; each call computes once, to its end. */
interface Case {
  readonly jax: () => Promise<void>;
  readonly mnet: () => Promise<void>;
}

function product(n: number): Case {
  const [a, b] = [array([n, n]), array([n, n])];
  const multiply = jax.jit((x: JaxArray, y: JaxArray) => jax.numpy.matmul(x, y));
  const [p, q] = [randomNormal([n, n]), randomNormal([n, n])] as [Tensor2D, Tensor2D];
  return {
    jax: () => wait([multiply(a.ref, b.ref)]),
    mnet: async () => {
      const y = matMul(p, q);
      await y.data();
      y.dispose();
    },
  };
}

/** The gradients by images and filter of a 3 × 3 convolution of stride 1, in each library's own layout. */
function gradients(batch: number, size: number, channels: number, depthwise: boolean): Case {
  const images = array([batch, channels, size, size]);
  const filter = array([channels, depthwise ? 1 : channels, 3, 3]);
  const groups = depthwise ? { featureGroupCount: channels } : undefined;
  const both = jax.jit(
    jax.grad((x, w) => jax.numpy.sum(jax.lax.convGeneralDilated(x, w, [1, 1], 'SAME', groups)), {
      argnums: [0, 1],
    }),
  );
  const x = randomNormal([batch, size, size, channels]);
  const w = randomNormal([3, 3, channels, depthwise ? 1 : channels]);
  const convolve = depthwise ? depthwiseConv2d : conv2d;
  const ours = grads((a: Tensor, b: Tensor) =>
    sum(convolve(a as Tensor4D, b as Tensor4D, 1, 'same')),
  );
  return {
    jax: () => wait(both(images.ref, filter.ref)),
    mnet: async () => {
      const results = tidy(() => ours([x, w]));
      // Small, and whoever reads waits for all that was launched.
      await (results[1] as Tensor).data();
      dispose(results);
    },
  };
}

const cases: Record<string, () => Case> = {
  'product of 1024 × 1024 × 1024': () => product(1024),
  'gradients of a 3 × 3 convolution, 64 → 64 channels, 16 × 16, batch 64': () =>
    gradients(64, 16, 64, false),
  'gradients of a depthwise 3 × 3 convolution, 64 channels, 16 × 16, batch 64': () =>
    gradients(64, 16, 64, true),
};

const median = (list: number[]): number =>
  list.toSorted((a, b) => a - b)[list.length >> 1] as number;
async function timed(run: () => Promise<void>): Promise<number> {
  const start = performance.now();
  await run();
  return performance.now() - start;
}

console.log(
  `Node ${process.version}, mnet ${mnet().kernelBuild}, ${mnet().threads} threads; milliseconds, middle of ${values.repeats} after 1`,
);
for (const [name, make] of Object.entries(cases)) {
  const each = make();
  await each.jax();
  await each.mnet();
  const times = { jax: [] as number[], mnet: [] as number[] };
  for (let i = 0; i < Number(values.repeats); i++) {
    times.jax.push(await timed(each.jax));
    times.mnet.push(await timed(each.mnet));
  }
  const [theirs, ours] = [median(times.jax), median(times.mnet)];
  console.log(
    `${name}: jax-js ${theirs.toFixed(1)}, mnet ${ours.toFixed(2)}, ratio ${(theirs / ours).toFixed(1)}`,
  );
}
process.exit(0);
