import '@tensorflow/tfjs-backend-cpu';
import { batches, type ImageDataset, shapes10, type Splits } from '@mnet/data';
import { imageFiles } from '@mnet/data/files';
import { imageFolder } from '@mnet/data/folder';

const splits: Splits = shapes10({ train: 20, validation: 0, test: 10, seed: 1 });
const train: ImageDataset = splits.train;
const sizes: (number | undefined)[] = [];
for (const { images } of batches(train, { batchSize: 8, shuffle: true, augment: { flip: true } })) {
  sizes.push(images.shape[0]);
}
if (String(sizes) !== '8,8,4') throw new Error(`got batches of ${sizes.join()}`);
const refusal: string = await imageFolder('nowhere', { size: 32 }).then(
  String,
  (error: Error) => error.message,
);
// The decoder, sharp, is the user's to install.
if (!/nowhere|sharp/.test(refusal) || typeof imageFiles !== 'function') throw new Error(refusal);
console.log(`${sizes.length} batches`);
