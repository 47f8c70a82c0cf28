import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-layers';
import { type AdamStepOptions, adamStep, softmaxCrossEntropy, valueAndGradients } from '@mnet/ops';
import {
  type Scalar,
  tensor1d,
  tensor2d,
  type Variable,
  variable,
  zeros,
} from '@tensorflow/tfjs-core';

const labels = tensor1d([0, 1], 'int32');
const logits: Variable = variable(tensor2d([1, 2, 3, -1], [2, 2]));
const loss = (): Scalar => softmaxCrossEntropy(logits as never, labels);
const { value, gradients } = valueAndGradients(loss, [logits]);
const options: AdamStepOptions = { step: 1, learningRate: 0.1 };
adamStep([logits], gradients, [variable(zeros([2, 2]))], [variable(zeros([2, 2]))], options);
const [before, after] = [value.dataSync()[0], loss().dataSync()[0]];
if (before === undefined || after === undefined || after >= before) throw new Error(`${after}`);
console.log(`the loss went from ${before.toFixed(3)} to ${after.toFixed(3)}`);
