import { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-layers';
import {
  copyRegisteredKernels,
  getKernelsForBackend,
  grads,
  registerBackend,
  registerKernel,
  setBackend,
  sum,
  square,
  type Tensor,
  tensor,
  unregisterKernel,
} from '@tensorflow/tfjs-core';
import { sequential } from '@tensorflow/tfjs-layers';
import { expect, test } from 'vitest';
import { ConvBnAct, DepthwiseConvBnAct, MaxPool } from '@mnet/layers';

/** The cpu backend under TensorFlow's name, and as strict about padding. */
function strictBackend(): void {
  registerBackend('tensorflow', () => new MathBackendCPU());
  copyRegisteredKernels('cpu', 'tensorflow');
  for (const kernel of getKernelsForBackend('tensorflow')) {
    if (!/Conv2[dD]|MaxPool/.test(kernel.kernelName)) continue;
    unregisterKernel(kernel.kernelName, 'tensorflow');
    registerKernel({
      ...kernel,
      kernelFunc: (call) => {
        const { pad } = (call.attrs ?? {}) as { pad?: unknown };
        if (typeof pad === 'number' && pad > 0) {
          throw new Error(`${kernel.kernelName}: padding was NUMBER`);
        }
        return kernel.kernelFunc(call);
      },
    });
  }
}

test('symmetric padding is the same where a backend takes no numbers', async () => {
  strictBackend();
  const values = Float32Array.from({ length: 2 * 7 * 8 * 3 }, (_, i) => Math.sin(i * 7));
  for (const kernelSize of [1, 2, 3, 4, 5, 7]) {
    for (const stride of [1, 2, 3]) {
      const inputShape = [7, 8, 3];
      const options = { inputShape, kernelSize, stride, seed: 1 };
      const layers = [
        () => new ConvBnAct({ filters: 4, ...options }),
        () => new ConvBnAct({ filters: 4, ...options, useBn: false }),
        () => new DepthwiseConvBnAct(options),
        () => new DepthwiseConvBnAct({ ...options, useBn: false }),
        () => new MaxPool({ inputShape, poolSize: kernelSize, stride }),
      ];
      for (const layer of layers) {
        const results: number[][] = [];
        for (const backend of ['cpu', 'tensorflow']) {
          await setBackend(backend);
          const model = sequential({ layers: [layer()] });
          const x = tensor(values, [2, 7, 8, 3]);
          const y = model.predict(x) as Tensor;
          const [dx] = grads((t: Tensor) => sum(square(model.predict(t) as Tensor)))([x]);
          results.push([...y.shape, ...y.dataSync(), ...(dx as Tensor).dataSync()]);
        }
        expect(results[1]).toEqual(results[0]);
      }
    }
  }
});
