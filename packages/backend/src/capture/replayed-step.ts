import { type CapturedStep, type ComputedStep, computeStep } from '@mnet/ops';
import { dispose, engine, type KernelBackend, type Tensor, tidy } from '@tensorflow/tfjs-core';
import type { Borrower, RecordedBackend } from './recorder.ts';
import { StepRecord, tensorsOf } from './step-record.ts';
import { StepRecorder } from './step-recorder.ts';
import { watchRandom } from './watch-random.ts';

/** Recordings in a row of which nothing came; no further ones are made then. */
const MOST_ATTEMPTS = 2;

/** See `captureStep` of `@mnet/ops`. */
export class ReplayedStep implements CapturedStep, Borrower {
  readonly #backend: RecordedBackend;
  /** What the step before has launched, where that can be repeated. */
  #before: StepRecorder | undefined;
  #record: StepRecord | undefined;
  /** Whether the record has not been replayed yet. */
  #unused = true;
  /** Whether a step is being made, which may need the record's results. */
  #making = false;
  #failures = 0;
  #replayed = 0;
  #reason: string | undefined;

  constructor(backend: RecordedBackend) {
    this.#backend = backend;
  }

  get replayed(): number {
    return this.#replayed;
  }

  get reason(): string | undefined {
    return this.#reason;
  }

  run(...step: Parameters<CapturedStep['run']>): Tensor[] {
    this.#making = true;
    try {
      return this.#make(...step);
    } finally {
      this.#making = false;
      if (this.#reason !== undefined) this.#forget();
    }
  }

  #make(...[inputs, compute, update]: Parameters<CapturedStep['run']>): Tensor[] {
    const backend = this.#backend;
    // Another one was chosen meanwhile: nothing of this record's can be found there.
    if (engine().backend !== (backend as KernelBackend)) {
      this.#forget();
      return computeStep(compute, update);
    }
    if (this.#record && !this.#record.takes(inputs)) this.#forget();
    if (this.#record && !this.#record.holds()) {
      this.#forget();
      if (this.#unused) this.#fail('a variable gets another tensor at each step');
    }
    if (this.#reason !== undefined || backend.recording || backend.device.profiling) {
      return computeStep(compute, update);
    }
    if (this.#record) {
      const { gradients, values } = this.#record.replay(inputs);
      this.#failures = 0;
      this.#unused = false;
      this.#replayed++;
      return this.#updated(gradients, values, update);
    }
    const recorder = new StepRecorder(backend, inputs);
    const results = this.#compute(recorder, compute);
    this.#record = this.#recordOf(recorder, results);
    if (!this.#record) {
      const values = new Set(results.values);
      const own = results.gradients.filter((each) => each !== null && !values.has(each));
      try {
        return this.#updated(results.gradients, [...results.values], update);
      } finally {
        dispose(own as Tensor[]);
      }
    }
    return this.#updated(results.gradients, this.#record.values(), update);
  }

  /** Hands out the values, unless the update fails. */
  #updated(
    gradients: ComputedStep['gradients'],
    values: readonly Tensor[],
    update: (gradients: ComputedStep['gradients']) => void,
  ): Tensor[] {
    try {
      tidy(() => update(gradients));
      return [...values];
    } catch (error) {
      for (const value of values) value.dispose();
      throw error;
    }
  }

  #compute(
    recorder: StepRecorder,
    compute: (varies: (what: string) => void) => ComputedStep,
  ): ComputedStep {
    const backend = this.#backend;
    backend.startRecording(recorder);
    let results: ComputedStep | undefined;
    try {
      tidy(() => {
        const varies = (what: string): void => recorder.refuse(`it looks at ${what}`);
        results = watchRandom(recorder, () => compute(varies));
        return tensorsOf(results);
      });
    } finally {
      backend.stopRecording();
    }
    return results as unknown as ComputedStep;
  }

  /** The record, where this step and the one before it were the same. */
  #recordOf(recorder: StepRecorder, results: ComputedStep): StepRecord | undefined {
    recorder.close(tensorsOf(results));
    const { reason } = recorder;
    const before = this.#before;
    this.#before = reason === undefined ? recorder : undefined;
    if (reason !== undefined) return this.#fail(reason);
    if (!before) return undefined;
    if (!recorder.isSame(before)) {
      const changed = before.inputs.some(
        (x, i) => x.shape.join() !== recorder.inputs[i]?.shape.join(),
      );
      return changed ? undefined : this.#fail('two steps in a row have launched other commands');
    }
    this.#unused = true;
    const record = StepRecord.of(this.#backend, recorder, results);
    this.#before = undefined;
    if (typeof record === 'string') return this.#fail(record);
    this.#backend.borrowers.add(this);
    return record;
  }

  #fail(reason: string): undefined {
    this.#failures++;
    if (this.#failures >= MOST_ATTEMPTS) this.#reason = reason;
  }

  /** A training that fits the memory must not fail because it is recorded. */
  giveBack(): void {
    this.#reason = 'the memory of its record was needed';
    if (this.#making) this.#record?.release();
    else this.#forget();
  }

  #forget(): void {
    this.#backend.borrowers.delete(this);
    this.#record?.dispose();
    this.#record = undefined;
    this.#before = undefined;
  }

  dispose(): void {
    this.#forget();
  }
}
