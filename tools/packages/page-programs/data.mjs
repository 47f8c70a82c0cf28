import '@tensorflow/tfjs-backend-cpu';
import { batches, shapes10 } from '@mnet/data';

/** Drawn pictures come as augmented batches. */
export default function program() {
  const { train } = shapes10({ train: 20, validation: 0, test: 10, seed: 1 });
  const augment = { crop: { padding: 4 }, flip: true };
  const sizes = [...batches(train, { batchSize: 8, shuffle: true, augment })].map(
    ({ images }) => images.shape[0],
  );
  if (String(sizes) !== '8,8,4') throw new Error(`got batches of ${sizes.join(', ')}`);
  return `${sizes.length} batches`;
}
