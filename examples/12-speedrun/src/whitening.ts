import { batches, type ImageDataset, subset } from '@mnet/data';
import { EigenvalueDecomposition, Matrix } from 'ml-matrix';

/** Height and width of the patches. */
export const patch = 2;

/** The images whose patches are looked at, the first ones. */
const images = 5000;

/** Added to a variance, in units of that of a pixel, so that directions in which hardly anything happens are not blown up. */
const epsilon = 5e-4;

/** How many filters there are for so many channels: each direction of a patch, and its negative. */
export const filtersFor = (channels: number): number => 2 * patch ** 2 * channels;

/**
 * Filters that whiten 2×2 patches: the eigenvectors vᵢ of the second moments E[p·pᵀ] of the patches p of the training images,
 * those of the largest eigenvalues λᵢ first, then their negatives:
 *
 *     fᵢ = vᵢ / √(λᵢ + ε)
 *
 * What comes out of two of the first half is uncorrelated and of variance λ / (λ + ε), images of mean 0 taken for granted.
 *
 * Source: Jordan 2024, "94% on CIFAR-10 in 3.29 Seconds on a Single GPU", section 3.1, https://arxiv.org/abs/2404.00498, and its
 * predecessors by Page 2018 and tysam-code 2023
 *
 * @returns a kernel, float32 [2, 2, channels, filters], row by row
 */
export function whiteningKernel(dataset: ImageDataset): Float32Array {
  const channels = dataset.shape[2];
  const { realEigenvalues: values, eigenvectorMatrix: vectors } = new EigenvalueDecomposition(
    secondMoments(dataset),
    { assumeSymmetric: true },
  );
  const size = patch ** 2 * channels;
  const order = values
    .map((_, i) => i)
    .toSorted((a, b) => (values[b] as number) - (values[a] as number));
  const kernel = new Float32Array(size * 2 * size);
  order.forEach((column, filter) => {
    const scale = 1 / Math.sqrt((values[column] as number) + epsilon);
    for (let row = 0; row < size; row++) {
      const value = vectors.get(row, column) * scale;
      kernel[row * 2 * size + filter] = value;
      kernel[row * 2 * size + size + filter] = -value;
    }
  });
  return kernel;
}

/** E[p·pᵀ] of all patches of the first images, normalised, each patch in the order of a kernel: row, column, channel. */
function secondMoments(dataset: ImageDataset): Matrix {
  const [height, width, channels] = dataset.shape;
  const size = patch ** 2 * channels;
  const sums = new Float64Array(size ** 2);
  const first = subset(
    dataset,
    Uint32Array.from({ length: Math.min(images, dataset.length) }, (_, i) => i),
  );
  const values = new Float64Array(size);
  const line = patch * channels;
  for (const batch of batches(first, { batchSize: 500 })) {
    const pixels = batch.images.dataSync();
    batch.images.dispose();
    batch.labels.dispose();
    for (let n = 0; n < batch.indices.length; n++) {
      for (let y = 0; y + patch <= height; y++) {
        for (let x = 0; x + patch <= width; x++) {
          for (let row = 0; row < patch; row++) {
            const from = ((n * height + y + row) * width + x) * channels;
            for (let i = 0; i < line; i++) values[row * line + i] = pixels[from + i] as number;
          }
          for (let i = 0; i < size; i++) {
            const value = values[i] as number;
            for (let j = i; j < size; j++) sums[i * size + j]! += value * (values[j] as number);
          }
        }
      }
    }
  }
  const count = first.length * (height - patch + 1) * (width - patch + 1);
  const at = (i: number, j: number): number =>
    (sums[Math.min(i, j) * size + Math.max(i, j)] as number) / count;
  return new Matrix(
    Array.from({ length: size }, (_, i) => Array.from({ length: size }, (__, j) => at(i, j))),
  );
}
