import { tensor, tidy, type Tensor, type Variable } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';

/** The variables behind a model's weights, trainable ones and others (BatchNorm's moving statistics). */
export function variablesOf(model: LayersModel): { all: Variable[]; trainable: Variable[] } {
  // A layer variable's read() hands out its tf.Variable itself, which the optimizers write to.
  const read = (list: readonly { read(): Tensor }[]): Variable[] => [
    ...new Set(list.map((weight) => weight.read() as Variable)),
  ];
  return { all: read(model.weights), trainable: read(model.trainableWeights) };
}

/** Copies of the values of float32 variables, in their order. */
export async function readValues(variables: readonly Variable[]): Promise<Float32Array[]> {
  const values = await Promise.all(variables.map((v) => v.data<'float32'>()));
  // Some backends hand out their own memory, which a later step would write to.
  return values.map((value) => Float32Array.from(value));
}

/** Sets the variables to these values. */
export function writeValues(
  variables: readonly Variable[],
  values: readonly Float32Array[],
  what: string,
): void {
  if (values.length !== variables.length) {
    throw new Error(`${what}: got ${values.length} arrays, takes ${variables.length}`);
  }
  variables.forEach((each, i) => {
    const value = values[i] as Float32Array;
    if (value.length !== each.size) {
      throw new Error(
        `${what}: got ${value.length} values for ${each.name}, takes ${each.size} for the shape [${each.shape.join(', ')}]`,
      );
    }
    tidy(() => each.assign(tensor(value.slice(), each.shape, 'float32')));
  });
}

/** The first variable that holds a NaN or an infinity, by name. */
export function firstNonFinite(
  variables: readonly Variable[],
  values: readonly Float32Array[],
): string | undefined {
  const place = values.findIndex((value) => value.some((x) => !Number.isFinite(x)));
  return variables[place]?.name;
}
