import type { Shape } from '@tensorflow/tfjs-layers';

/** The one input shape of a layer, [batch, height, width, channels] with known channels. */
export function featureMapShape(
  shape: Shape | Shape[],
  layer: string,
): [number | null, number | null, number | null, number] {
  const [batch, height, width, channels] = shape as Shape;
  if (shape.length !== 4 || Array.isArray(batch) || typeof channels !== 'number') {
    throw new TypeError(
      `${layer}: got an input of shape ${JSON.stringify(shape)}, takes [batch, height, width, channels] with known channels`,
    );
  }
  return [batch ?? null, height ?? null, width ?? null, channels];
}
