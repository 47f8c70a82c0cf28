import type { TapPair } from '@mnet/distill';
import { featureInfo } from '@mnet/models';
import type { LayersModel } from '@tensorflow/tfjs-layers';

/** The layers that losses compare where nobody names any, for networks with feature maps. */
export interface DefaultTaps {
  /** The layers at whose ends pictures have shrunk alike, the widest maps first, as attention transfer takes them. */
  stages(): readonly TapPair[];
  /** The middle one of these, as FitNets take it. */
  middle(): TapPair;
  /** The last maps of both, of which the losses of embeddings take the mean. */
  last(): TapPair;
}

/**
 * Finds {@link DefaultTaps}.
 *
 * @throws where the networks have no such layers, when these are asked for
 */
export function defaultTaps(student: LayersModel, teacher: LayersModel): DefaultTaps {
  const stages = (): readonly TapPair[] => commonStages(student, teacher);
  return {
    stages,
    middle: () => {
      const all = stages();
      return all[Math.floor(all.length / 2)] as TapPair;
    },
    last: () => ({ student: lastMaps(student), teacher: lastMaps(teacher) }),
  };
}

/**
 * The layers that deep supervision takes where nobody names any: the ends of all stages but the last, and the last maps.
 *
 * @throws where the network has no feature maps of two sizes
 */
export function innerTaps(model: LayersModel): { taps: readonly string[]; features: string } {
  const features = lastMaps(model);
  const taps = [...stageEnds(model).values()].slice(0, -1);
  if (taps.length > 0) return { taps, features };
  throw new Error(`'${model.name}' has no inner stages to supervise; takes a network with several`);
}

/** The layer that gives a model's last maps. */
function lastMaps(model: LayersModel): string {
  const last = featureInfo(model).at(-1);
  if (last === undefined) {
    throw new Error(`--taps: '${model.name}' has no feature maps; name pairs of layers`);
  }
  return last.name;
}

/** The last layer of each stage, by how much pictures have shrunk there. */
function stageEnds(model: LayersModel): Map<number, string> {
  const ends = featureInfo(model).filter(({ stageEnd }) => stageEnd);
  return new Map(ends.map(({ reduction, name }) => [reduction, name]));
}

function commonStages(student: LayersModel, teacher: LayersModel): readonly TapPair[] {
  const ofTeacher = stageEnds(teacher);
  const pairs = [...stageEnds(student)].flatMap(([reduction, name]) => {
    const other = ofTeacher.get(reduction);
    return other === undefined ? [] : [{ student: name, teacher: other }];
  });
  if (pairs.length === 0) {
    throw new Error('--taps: student and teacher have no maps of one size; name pairs of layers');
  }
  return pairs;
}
