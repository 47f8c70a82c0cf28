import { countParameters, tapModel } from '@mnet/layers';
import { checkClassifier, modelFingerprint } from '@mnet/train';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { Teacher } from './teacher.ts';

/**
 * A model as a teacher, in inference mode: its BatchNorm uses the moving statistics and leaves them alone.
 *
 * @param model one image input, one output of logits [batch, classes]
 */
export function modelTeacher(model: LayersModel): Teacher {
  const classes = checkClassifier(model, 'teacher');
  const { trained: parameters } = countParameters(model);
  return {
    name: model.name,
    classes,
    parameters,
    config: { name: model.name, classes, parameters },
    inputShape: (model.inputs[0]?.shape ?? []).slice(1),
    fingerprint: () => modelFingerprint(model),
    prepare(taps) {
      const tapped = tapModel(model, taps, `the teacher '${model.name}'`);
      return {
        shapes: tapped.shapes,
        forward: ({ images }) => tapped.apply(images, { training: false }),
      };
    },
  };
}
