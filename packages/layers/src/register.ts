import { warnOfCopies } from '@mnet/ops';
import { serialization } from '@tensorflow/tfjs-core';
import { BasicBlock } from './basic-block.ts';
import { ConvBnAct } from './conv-bn-act.ts';
import { DenseAct } from './dense-act.ts';
import { DepthwiseConvBnAct } from './depthwise-conv-bn-act.ts';
import { DepthwiseSeparableConv } from './depthwise-separable-conv.ts';
import { GlobalAveragePool } from './global-average-pool.ts';
import { InvertedResidual } from './inverted-residual.ts';
import { MaxPool } from './max-pool.ts';
import { SeededDropout } from './seeded-dropout.ts';
import { SqueezeExcite } from './squeeze-excite.ts';

/**
 * Makes this package's layers known to tfjs, so that `loadLayersModel` can rebuild a model that has them. Call it
 * once before loading; more calls change nothing. It is a function, not an import's side effect, so that bundlers
 * may drop what a program does not use.
 */
export function registerLayers(): void {
  // Each copy of tfjs keeps its own list, and looks into no other.
  warnOfCopies();
  serialization.registerClass(BasicBlock, 'mnet');
  serialization.registerClass(ConvBnAct, 'mnet');
  serialization.registerClass(DenseAct, 'mnet');
  serialization.registerClass(DepthwiseConvBnAct, 'mnet');
  serialization.registerClass(DepthwiseSeparableConv, 'mnet');
  serialization.registerClass(GlobalAveragePool, 'mnet');
  serialization.registerClass(InvertedResidual, 'mnet');
  serialization.registerClass(MaxPool, 'mnet');
  serialization.registerClass(SeededDropout, 'mnet');
  serialization.registerClass(SqueezeExcite, 'mnet');
}
