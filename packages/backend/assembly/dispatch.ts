// From a command's code to its kernel. The codes are those of src/runtime/commands.ts.
import { batchNormApply, batchNormGrad, batchNormGradSums, batchNormStatistics, batchNormSums, inverseDeviation, sumPairs } from './batch-norm';
import { compare, logicalAnd, select } from './booleans';
import { clipScale, squareSums } from './clipping';
import { convolution } from './convolution';
import { depthwise, depthwiseGather } from './depthwise';
import { depthwiseFilterGradient } from './depthwise-filter-gradient';
import { binary, fill, put, repeatRow, scale, unary } from './elementwise';
import { filterGradient, sumSlices } from './filter-gradient';
import { distillation, softmaxCrossEntropy } from './losses';
import { matmul } from './matmul';
import { adam, blend, rmsprop, sgd } from './optimizers';
import { packPanels } from './pack';
import { maxPool, maxPoolGrad } from './pooling';
import { spreadPixels, sumColumns, sumPixels, sumRows } from './reduce';
import { winogradFilter, winogradFilterGradient, winogradInput, winogradOutput } from './winograd';

/** Runs one chunk of a command. */
export function execute(command: usize, chunk: i32): void {
  switch (load<i32>(command)) {
    case 0: packPanels(command, chunk); break;
    case 1: matmul(command, chunk); break;
    case 2: convolution(command, chunk); break;
    case 3: filterGradient(command, chunk); break;
    case 4: sumSlices(command, chunk); break;
    case 5: depthwise(command, chunk); break;
    case 6: depthwiseFilterGradient(command, chunk); break;
    case 7: batchNormSums(command, chunk); break;
    case 8: batchNormStatistics(command, chunk); break;
    case 9: batchNormApply(command, chunk); break;
    case 10: batchNormGradSums(command, chunk); break;
    case 11: sumPairs(command, chunk); break;
    case 12: batchNormGrad(command, chunk); break;
    case 13: binary(command, chunk); break;
    case 14: unary(command, chunk); break;
    case 15: fill(command, chunk); break;
    case 16: sumRows(command, chunk); break;
    case 17: sumColumns(command, chunk); break;
    case 18: sumPixels(command, chunk); break;
    case 19: spreadPixels(command, chunk); break;
    case 20: softmaxCrossEntropy(command, chunk); break;
    case 21: distillation(command, chunk); break;
    case 22: sgd(command, chunk); break;
    case 23: adam(command, chunk); break;
    case 24: maxPool(command, chunk); break;
    case 25: maxPoolGrad(command, chunk); break;
    case 26: scale(command, chunk); break;
    case 27: depthwiseGather(command, chunk); break;
    case 28: compare(command, chunk); break;
    case 29: logicalAnd(command, chunk); break;
    case 30: select(command, chunk); break;
    case 31: repeatRow(command, chunk); break;
    case 32: inverseDeviation(command, chunk); break;
    case 33: winogradInput(command, chunk); break;
    case 34: winogradOutput(command, chunk); break;
    case 35: winogradFilter(command, chunk); break;
    case 36: winogradFilterGradient(command, chunk); break;
    case 37: put(command, chunk); break;
    case 38: rmsprop(command, chunk); break;
    case 39: blend(command, chunk); break;
    case 40: squareSums(command, chunk); break;
    case 41: clipScale(command, chunk); break;
    default: unreachable();
  }
}
