import '@tensorflow/tfjs-backend-cpu';
import { batches, shapes10 } from '@mnet/data';
import { imageFiles } from '@mnet/data/files';

/** A picture of one colour, as a user's file. */
async function picture(path, colour) {
  const canvas = new OffscreenCanvas(40, 30);
  const context = canvas.getContext('2d');
  context.fillStyle = colour;
  context.fillRect(0, 0, 40, 30);
  return { path, file: await canvas.convertToBlob({ type: 'image/png' }) };
}

/** Drawn pictures come as augmented batches, and a user's files as a data set. */
export default async function program() {
  const { train } = shapes10({ train: 20, validation: 0, test: 10, seed: 1 });
  const augment = { crop: { padding: 4 }, flip: true };
  const sizes = [...batches(train, { batchSize: 8, shuffle: true, augment })].map(
    ({ images }) => images.shape[0],
  );
  if (String(sizes) !== '8,8,4') throw new Error(`got batches of ${sizes.join(', ')}`);
  const files = await Promise.all([picture('red/1.png', '#f00'), picture('blue/1.png', '#00f')]);
  const own = await imageFiles(files, { size: 16, validation: 0, test: 0 });
  const first = own.train.images.slice(0, 3).join();
  if (own.train.length !== 2 || !['0,0,255', '255,0,0'].includes(first)) {
    throw new Error(`got ${own.train.length} pictures, the first of ${first}`);
  }
  return `${sizes.length} batches, ${own.train.length} pictures`;
}
