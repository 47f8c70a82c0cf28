/**
 * Exponential moving average with the bias of its start taken out, as TensorBoard smooths curves: with weight w,
 * m_i = w·m_{i−1} + (1 − w)·y_i from m_0 = 0, and the value is m_i / (1 − w^i). Places without a value stay so.
 *
 * Source: tensorboard/components/vz_line_chart2/line-chart.ts, `resmoothDataset`
 *
 * @param weight from 0 (as they are) to below 1
 */
export function smooth(values: readonly (number | null)[], weight: number): (number | null)[] {
  if (weight === 0) return [...values];
  let mean = 0;
  let bias = 1;
  return values.map((value) => {
    if (value === null) return null;
    mean = weight * mean + (1 - weight) * value;
    bias *= weight;
    return mean / (1 - bias);
  });
}
