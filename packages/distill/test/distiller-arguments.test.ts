import {
  cachedTeacher,
  cacheLogits,
  Distiller,
  distill,
  ensembleTeacher,
  fitNet,
  hintonKd,
} from '@mnet/distill';
import { describe, expect, it } from 'vitest';
import { data, distilled, student, teacher } from './lesson.ts';
import { tinyDataset, tinyModel } from './tiny.ts';

describe('bad arguments', () => {
  const other = tinyDataset(48, 9);
  const fiveClasses = () => tinyModel('five', { classes: 5 });
  const taps = [{ student: 'student_features', teacher: 'teacher_features' }];

  it.each<[string, () => object, string]>([
    [
      'no teacher',
      () => ({ teacher: undefined }),
      'teacher: got undefined, takes a tf.LayersModel',
    ],
    ['classes', () => ({ teacher: fiveClasses() }), "'five' has 5 classes, the student 3"],
    ['alpha', () => ({ alpha: 1.5 }), 'alpha: got 1.5, takes a number from 0 to 1'],
    ['losses', () => ({ losses: [] }), 'losses: got [], takes at least one'],
    ['a loss', () => ({ losses: [hintonKd] }), 'takes at least one DistillationLoss'],
    ['weights', () => ({ weights: [1, 2] }), 'weights: got [1, 2], takes one for each of the 1'],
    ['a weight', () => ({ weights: [-1] }), 'weights[0]: got -1'],
    ['label smoothing', () => ({ labelSmoothing: 2 }), 'labelSmoothing: got 2'],
    ['student weight', () => ({ studentLossWeight: -1 }), 'studentLossWeight: got -1'],
    [
      'cache',
      () => ({ cacheTeacher: 'yes' }),
      "cacheTeacher: got 'yes', takes true, false or 'auto'",
    ],
    [
      'cache with a crop',
      () => ({ cacheTeacher: true, augment: { crop: { padding: 2 } } }),
      'got true with crop in augment, of which the images are new each time',
    ],
    [
      'cache with taps',
      () => ({ cacheTeacher: true, losses: [fitNet({ taps })] }),
      "losses that need the teacher's layers teacher_features",
    ],
    [
      'a layer of the student',
      () => ({ losses: [fitNet({ taps: [{ student: 'block', teacher: 'teacher_features' }] })] }),
      "the student 'student' has no layer 'block', it has input",
    ],
    [
      'a layer of the teacher',
      () => ({ losses: [fitNet({ taps: [{ student: 'student_features', teacher: 'x' }] })] }),
      "the teacher 'teacher' has no layer 'x'",
    ],
    [
      'a layer without height',
      () => ({
        losses: [fitNet({ taps: [{ student: 'student_head', teacher: 'teacher_head' }] })],
      }),
      'got student_head [3] and teacher_head [3], takes feature maps',
    ],
    [
      'taps of an ensemble',
      () => ({ teacher: ensembleTeacher([teacher]), losses: [fitNet({ taps })] }),
      'of an ensemble, which has no layers of its own',
    ],
    ['a weight that is none', () => ({ weights: ['1'] }), "weights[0]: got '1'"],
    ['no weights', () => ({ weights: 1 }), 'weights: got 1, takes numbers from 0, one for each'],
    ['evaluateTeacher', () => ({ evaluateTeacher: 1 }), 'evaluateTeacher: got 1'],
    ['a training option', () => ({ batchsize: 3 }), "unknown option 'batchsize'"],
    [
      'an objective',
      () => ({ objective: {} }),
      'objective: got it in a distillation, which has an objective of its own',
    ],
    [
      'weights of classes',
      () => ({ classWeights: [1, 1, 1] }),
      'classWeights: got it in a distillation, whose cross-entropy counts all classes the same; leave it out',
    ],
  ])('are named: %s', async (_name, options, message) => {
    await expect(distilled(options())).rejects.toThrow(message);
  });

  it('are named: options that are none', async () => {
    const fit = new Distiller(student(), { teacher }).fit(data, undefined as never);
    await expect(fit).rejects.toThrow('options: got undefined, takes those of train');
  });

  it('are named: an option of the Distiller that there is not', () => {
    expect(() => new Distiller(student(), { teacher, temperature: 4 } as never)).toThrow(
      "options: unknown option 'temperature', takes teacher, losses, weights, alpha,",
    );
  });

  it('are named: no options at all', async () => {
    await expect(distill(student(), undefined as never)).rejects.toThrow('teacher: got undefined');
  });

  it('are named: the student as its own teacher', () => {
    const model = student();
    expect(() => new Distiller(model, { teacher: model })).toThrow('got the student itself');
  });

  it('are named: stored logits for other images', async () => {
    const cache = await cacheLogits(teacher, other);
    const stored = cachedTeacher(cache, other);
    await expect(distilled({ teacher: stored })).rejects.toThrow(
      'data.train to be that very data set',
    );
    expect(() => cachedTeacher(cache, tinyDataset(12, 1))).toThrow(
      'cache.plain: got 144 logits, takes 36, 3 for each of the 12 images',
    );
    await expect(
      distilled({ teacher: stored, data: { train: other }, losses: [fitNet({ taps })] }),
    ).rejects.toThrow('of stored logits, which have no layers');
  });

  it('are named: the teacher of stored logits', async () => {
    await expect(cacheLogits(5 as never, other)).rejects.toThrow('teacher: got 5, takes');
  });

  it('are named: an ensemble', () => {
    expect(() => ensembleTeacher([])).toThrow('members: got [], takes');
    expect(() => ensembleTeacher([teacher, 'resnet18' as never])).toThrow(
      "members[1]: got 'resnet18', takes a tf.LayersModel or a Teacher",
    );
    expect(() => ensembleTeacher([teacher, fiveClasses()])).toThrow(
      "'teacher' has 3 classes and 'five' 5",
    );
    expect(() => ensembleTeacher([teacher], { weights: [0] })).toThrow('got 0 in sum');
    expect(() => ensembleTeacher([teacher], { weights: [1, 2] })).toThrow('weights: got 2');
  });
});
