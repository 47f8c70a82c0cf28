import { integerFrom } from '@mnet/core/check';

/**
 * Counts of predictions: `matrix[label][prediction]`.
 *
 * @param labels the true classes, each from 0 to classes − 1
 * @param predictions the predicted classes, as many
 * @throws if the lengths differ or a class is out of range.
 */
export function confusionMatrix(
  labels: ArrayLike<number>,
  predictions: ArrayLike<number>,
  classes: number,
): number[][] {
  integerFrom(classes, 1, 'classes');
  if (labels.length !== predictions.length) {
    throw new RangeError(
      `predictions: got ${predictions.length}, takes one for each of the ${labels.length} labels`,
    );
  }
  const matrix = Array.from({ length: classes }, () => Array<number>(classes).fill(0));
  for (let i = 0; i < labels.length; i++) {
    const row = matrix[labels[i] as number];
    const column = predictions[i] as number;
    if (row?.[column] === undefined) {
      throw new RangeError(
        `labels, predictions: got ${labels[i]} and ${column} at ${i}, takes classes from 0 to ${classes - 1}`,
      );
    }
    row[column] += 1;
  }
  return matrix;
}

/**
 * Share of each class's images that were recognised (recall), from 0 to 1; null for a class without images.
 *
 * @param matrix from {@link confusionMatrix}
 */
export function perClassAccuracy(matrix: readonly (readonly number[])[]): (number | null)[] {
  return matrix.map((row, label) => {
    const total = row.reduce((sum, count) => sum + count, 0);
    return total === 0 ? null : (row[label] as number) / total;
  });
}
