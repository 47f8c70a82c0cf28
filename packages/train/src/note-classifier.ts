import type { ImageDataset } from '@mnet/data';
import { classifierInfo, setClassifierInfo } from '@mnet/layers';
import type { LayersModel } from '@tensorflow/tfjs-layers';

/**
 * Notes on a trained model what its use needs of the data: the classes' names and how pictures become its input. How
 * pictures of other sizes are resized is the user's to say, and stays as noted.
 */
export function noteClassifier(model: LayersModel, dataset: ImageDataset): void {
  const { classes, shape, mean, std } = dataset;
  const { resize } = classifierInfo(model) ?? {};
  setClassifierInfo(model, { classes, shape, mean, std, ...(resize && { resize }) });
}
