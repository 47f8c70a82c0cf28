export type { PictureDataset } from '../pictures/load.ts';
export { type PictureOptions, pictureOptions, type PictureProgress } from '../pictures/options.ts';
export { type UnreadablePicture, UnreadablePicturesError } from '../pictures/unreadable.ts';
export type { Colour, Decoded } from '../pictures/decode.ts';
export { imageFolder } from './image-folder.ts';
export { type PictureDecoder, pictureDecoder } from './picture-decoder.ts';
