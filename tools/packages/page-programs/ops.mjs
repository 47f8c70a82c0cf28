import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-layers';
import { adamStep, softmaxCrossEntropy, valueAndGradients } from '@mnet/ops';
import { matMul, tensor1d, tensor2d, variable, zeros } from '@tensorflow/tfjs-core';

const x = tensor2d([
  [1, 2],
  [3, -1],
  [-2, 0.5],
]);
const labels = tensor1d([0, 1, 1], 'int32');
const weights = variable(zeros([2, 2]));
const [m, v] = [variable(zeros([2, 2])), variable(zeros([2, 2]))];
const loss = () => softmaxCrossEntropy(matMul(x, weights), labels);

/** Whether a step of Adam makes the loss smaller. */
export default function program() {
  const before = valueAndGradients(loss, [weights]);
  adamStep([weights], before.gradients, [m], [v], { step: 1, learningRate: 0.1 });
  const after = loss().dataSync()[0];
  if (!(after < before.value.dataSync()[0])) throw new Error(`the loss went to ${after}`);
  return 'a step of Adam';
}
