import { copiesOf } from '@mnet/ops';

/**
 * Refuses what another copy of tfjs-layers has made: its classes are not those that this package extends.
 *
 * @param argument what got it
 * @param got in words, such as `a symbolic tensor`
 */
export function refuseOtherCopy(argument: string, got: string): never {
  throw new TypeError(
    `${argument}: got ${got} of another copy of @tensorflow/tfjs-layers, takes one of the copy that @mnet/layers imports. ${copiesOf('tfjs-layers')}`,
  );
}
