export type { PictureDataset } from '../pictures/load.ts';
export type { PictureOptions, PictureProgress } from '../pictures/options.ts';
export { type UnreadablePicture, UnreadablePicturesError } from '../pictures/unreadable.ts';
export { imageFiles, type PictureFile } from './image-files.ts';
