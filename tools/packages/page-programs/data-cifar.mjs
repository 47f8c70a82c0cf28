import '@tensorflow/tfjs-backend-cpu';
import { batches, shapes10 } from '@mnet/data';
import { loadCifar10 } from '@mnet/data-cifar';

/** Drawn pictures come as batches; loading from a folder is refused by name. */
export default async function program() {
  const { train } = shapes10({ train: 20, validation: 0, test: 10, seed: 1 });
  const augment = { crop: { padding: 4 }, flip: true };
  const sizes = [...batches(train, { batchSize: 8, shuffle: true, augment })].map(
    ({ images }) => images.shape[0],
  );
  if (String(sizes) !== '8,8,4') throw new Error(`got batches of ${sizes.join(', ')}`);
  const refusal = await loadCifar10({ dir: 'data' }).catch((error) => error.message);
  if (!/file system of Node\.js/.test(refusal)) throw new Error(`loadCifar10 said ${refusal}`);
  return `${sizes.length} batches`;
}
