import { oneOf } from '@mnet/core/check';
import { mobilenetV1 } from './networks/mobilenet-v1.ts';
import { mobilenetV2 } from './networks/mobilenet-v2.ts';
import { mobilenetV3Large, mobilenetV3Small } from './networks/mobilenet-v3.ts';
import { normalCnn } from './networks/normal-cnn.ts';
import { resnet18 } from './networks/resnet.ts';

/** Every network by name. */
export const registry = {
  mobilenet_v1: mobilenetV1,
  mobilenet_v2: mobilenetV2,
  mobilenet_v3_small: mobilenetV3Small,
  mobilenet_v3_large: mobilenetV3Large,
  normal_cnn: normalCnn,
  resnet18,
};

/** The name of a network that {@link createModel} makes. */
export type ModelName = keyof typeof registry;

/**
 * Declares what the network of this name takes besides {@link ArchitectureOptions}, for whoever offers it in another form,
 * such as flags.
 *
 * @throws if there is no such network.
 */
export function ownOptions<Name extends ModelName>(name: Name): (typeof registry)[Name]['options'] {
  oneOf(name, listModels(), 'name');
  return registry[name].options;
}

/** The names that {@link createModel} takes. */
export function listModels(): ModelName[] {
  return Object.keys(registry) as ModelName[];
}
