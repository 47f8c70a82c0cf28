import type { ImageDataset } from '@mnet/data';
import type { Progress } from '../callbacks/progress.ts';
import { type EvaluateOptions, type Evaluation, evaluate } from '../evaluation/evaluate.ts';
import { type TestDetails, type TestRecord, testRecord } from '../runs/run-record.ts';
import { testDetails } from '../runs/test-details.ts';
import type { Subject } from './subject.ts';

/** What is known of a model by the test images. */
export interface Tested {
  readonly test?: TestRecord;
  readonly details?: TestDetails;
}

/** Evaluates a training's model as it is. */
export class Judge {
  readonly #subject: Pick<Subject, 'model' | 'data' | 'options'>;
  readonly #tasks: Progress;

  /** @param tasks hears how far an evaluation is */
  constructor(subject: Pick<Subject, 'model' | 'data' | 'options'>, tasks: Progress) {
    this.#subject = subject;
    this.#tasks = tasks;
  }

  /** On the validation images; undefined where there are none. */
  async validate(): Promise<Evaluation | undefined> {
    const { validation } = this.#subject.data;
    if (!validation || validation.length === 0) return undefined;
    return this.#evaluate('validation', validation, { mistakes: 0 });
  }

  /** On the test images; nothing where there are none. */
  async test(): Promise<Tested> {
    const { data, options } = this.#subject;
    if (!data.test || data.test.length === 0) return {};
    const { mistakes, testViews } = options;
    const evaluation = await this.#evaluate('test', data.test, { mistakes, ...testViews });
    return { test: testRecord(evaluation), details: testDetails(evaluation, data.test) };
  }

  #evaluate(
    task: string,
    dataset: ImageDataset,
    own: Pick<EvaluateOptions, 'mistakes' | 'mirror' | 'shift'>,
  ): Promise<Evaluation> {
    const { model, options } = this.#subject;
    const { evaluationBatchSize: batchSize, signal } = options;
    return evaluate(model, dataset, {
      batchSize,
      ...own,
      ...(signal ? { signal } : {}),
      onProgress: (done, total) => this.#tasks.tell(task, done, total),
    });
  }
}
