import '@tensorflow/tfjs-backend-cpu';
import { createModel, encodeWeights, loadWeights, modelCost, saveWeights } from '@mnet/models';
import { ones } from '@tensorflow/tfjs-core';

/** A network predicts, its weights go into another as bytes; a file is refused by name. */
export default async function program() {
  const options = { classes: 10, width: 0.1 };
  const model = createModel('mobilenet_v3_small', { ...options, seed: 1 });
  const other = createModel('mobilenet_v3_small', { ...options, seed: 2 });
  await loadWeights(other, await encodeWeights(model));
  const [a, b] = [model, other].map((net) => net.predict(ones([1, 32, 32, 3])).dataSync());
  if (!a.every((value, i) => value === b[i])) throw new Error(`got ${a} and ${b}`);
  for (const file of [saveWeights, loadWeights]) {
    const refusal = await file(model, 'a.safetensors').catch((error) => error.message);
    if (!/needs Node\.js/.test(refusal)) throw new Error(`a file: ${refusal}`);
  }
  return `${modelCost(model).params} parameters`;
}
