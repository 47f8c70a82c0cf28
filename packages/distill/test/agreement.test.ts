import { modelTeacher, type Teacher } from '@mnet/distill';
import { evaluate } from '@mnet/train';
import { memory } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { agreement } from './agreement.ts';
import { data, distilled, student, teacher } from './lesson.ts';
import { tinyModel } from './tiny.ts';

describe('the agreement of student and teacher', () => {
  it('is counted over all batches, whatever their size, and is none of the accuracies', async () => {
    const weak = tinyModel('weak', { channels: 6, seed: 5 });
    const { result, model } = await distilled({ teacher: weak, evaluationBatchSize: 7 });
    const [taught, own] = result.summary;
    expect(own?.agreement).toBe(agreement(model, data.test, weak));
    expect(own?.validationAgreement).toBe(agreement(model, data.validation, weak));
    expect([taught?.testAccuracy, own?.testAccuracy, 0, 1]).not.toContain(own?.agreement);
  });

  it('is by the views of the test, and so is the teacher’s accuracy', async () => {
    const weak = tinyModel('weak', { channels: 6, seed: 5 });
    const testViews = { mirror: true };
    const { result, model } = await distilled({ teacher: weak, evaluationBatchSize: 7, testViews });
    const [taught, own] = result.summary;
    const plain = await evaluate(weak, data.test);
    const seen = await evaluate(weak, data.test, testViews);
    expect(seen.accuracy).not.toBe(plain.accuracy);
    expect(taught?.testAccuracy).toBe(seen.accuracy);
    expect(taught?.validationAccuracy).toBe((await evaluate(weak, data.validation)).accuracy);
    expect(own?.agreement).toBe(agreement(model, data.test, weak, true));
    expect(own?.agreement).not.toBe(agreement(model, data.test, weak));
    expect(own?.validationAgreement).toBe(agreement(model, data.validation, weak));
  });

  it('is not known where the teacher is not evaluated', async () => {
    const { result } = await distilled({ evaluateTeacher: false });
    expect(result.summary[1]).not.toHaveProperty('agreement');
    expect(result.summary[1]).not.toHaveProperty('validationAgreement');
    const { result: untested } = await distilled({ data: { train: data.train } });
    expect(untested.summary[1]).not.toHaveProperty('agreement');
  });

  it('leaves no tensor behind where a teacher fails in the middle', async () => {
    const inner = modelTeacher(teacher);
    let asked = 0;
    const failing: Teacher = {
      ...inner,
      prepare: (taps) => ({
        ...inner.prepare(taps),
        forward: (batch) => {
          if (batch.images.shape[0] === 7 && ++asked === 2) throw new Error('gone');
          return inner.prepare(taps).forward(batch);
        },
      }),
    };
    const model = student();
    const before = memory().numTensors;
    await expect(distilled({ teacher: failing, evaluationBatchSize: 7 }, model)).rejects.toThrow(
      'gone',
    );
    expect(memory().numTensors).toBe(before);
  });
});
