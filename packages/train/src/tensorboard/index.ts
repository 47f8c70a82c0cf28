export { tensorBoard, type TensorBoardOptions, tensorBoardOptions } from './tensor-board.ts';
