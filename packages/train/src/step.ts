import type { Batch } from '@mnet/data';
import {
  captureStep,
  type CapturedStep,
  type ComputedStep,
  computeStep,
  countHits,
  type TellVarying,
  valueAndGradients,
} from '@mnet/ops';
import {
  add,
  dispose,
  keep,
  type Scalar,
  stack,
  Tensor,
  type Tensor1D,
  tensor_util,
  tidy,
  type Variable,
} from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { Objective, ObjectiveContext } from './objectives/objective.ts';
import type { BoundOptimizer } from './optimizers/optimizer.ts';

/** What one step takes beside its objective's context. */
export interface StepInput extends Omit<ObjectiveContext, 'prepared'> {
  readonly objective: Objective;
  /** Those that are trained, the objective's own included. */
  readonly variables: readonly Variable[];
  /** Bound to these variables, in this order. */
  readonly optimizer: Pick<BoundOptimizer, 'step'>;
  readonly learningRate: number;
}

/** What one step leaves to be read. */
export interface StepOutcome {
  /** float32 [2 + terms]: loss, number of images recognised, the loss's terms. The caller disposes of it. */
  readonly figures: Tensor1D;
  /** Names of the terms, in the order of `figures`. */
  readonly terms: readonly string[];
}

/**
 * Gradient steps: forward, backward, update; the steps of {@link train}. Nothing is read back, so a device may run ahead of
 * the host.
 */
export class TrainSteps {
  readonly #captured: CapturedStep | undefined;
  #terms: readonly string[] = [];
  /** Whether a batch of mixed pictures was among those so far. */
  #mixed = false;

  /**
   * @param capture whether steps are recorded and replayed where that is possible (`captureStep` of `@mnet/ops`); they must be
   *   of one model with one objective then, and `dispose` be called after the last
   */
  constructor(capture: boolean) {
    this.#captured = capture ? captureStep() : undefined;
  }

  /** Steps that were replayed. */
  get replayed(): number {
    return this.#captured?.replayed ?? 0;
  }

  /** Why steps are not replayed, once that is known. */
  get reason(): string | undefined {
    return this.#captured?.reason;
  }

  /** Gives the record's memory back. */
  dispose(): void {
    this.#captured?.dispose();
  }

  /**
   * Makes a step.
   *
   * @throws what the objective, the model and the optimizer throw.
   */
  make({ objective, variables, optimizer, learningRate, ...context }: StepInput): StepOutcome {
    const prepared = tidy(() => objective.prepare?.(context) ?? {});
    const { images, labels, mix } = context.batch;
    this.#mixed ||= mix !== undefined;
    const compute = (varies: TellVarying): ComputedStep => {
      if (!allTensors(prepared)) varies('what prepare gives that is no tensor');
      const watched = watch({ ...context, prepared }, this.#mixed, varies);
      let figures: Tensor1D | undefined;
      const loss = (): Scalar => {
        const value = objective.compute(watched);
        const { logits, terms = {} } = value;
        const total = addRegularization(value.loss, context.model);
        const hits = value.hits ?? countHits(logits, labels);
        // Kept, as it is made inside of the gradient's scope.
        figures = keep(stack([total, hits, ...Object.values(terms)]) as Tensor1D);
        this.#terms = Object.keys(terms);
        return total;
      };
      const { gradients } = valueAndGradients(loss, variables, { allowUnreached: true });
      return { gradients, values: [figures as unknown as Tensor] };
    };
    try {
      // Of mixed pictures there is one input more, so that no record of a plain batch takes them.
      const partners = mix ? [mix.partners] : [];
      const own = tensor_util.getTensorsInContainer(prepared);
      const inputs = [images, labels, ...partners, ...own];
      const update = (gradients: readonly (Tensor | null)[]): void => {
        optimizer.step(gradients, learningRate);
      };
      const captured = this.#captured;
      const [figures] = captured
        ? captured.run(inputs, compute, update)
        : computeStep(compute, update);
      return { figures: figures as Tensor1D, terms: this.#terms };
    } finally {
      dispose(prepared);
    }
  }
}

/** Whether there is nothing but tensors in what an objective has prepared. */
function allTensors(prepared: unknown): boolean {
  if (prepared === undefined || prepared === null || prepared instanceof Tensor) return true;
  if (typeof prepared !== 'object' || ArrayBuffer.isView(prepared)) return false;
  return Object.values(prepared).every(allTensors);
}

/**
 * The context of an objective, which tells where it is asked for what is another at each step and no tensor.
 *
 * @param mixed whether it also tells of the shares of mixed pictures, which a plain batch among mixed ones has none of
 */
function watch<Prepared>(
  context: ObjectiveContext<Prepared>,
  mixed: boolean,
  varies: TellVarying,
): ObjectiveContext<Prepared> {
  const { batch, step } = context;
  const told = <T>(what: string, value: T): { get(): T; enumerable: true } => ({
    get() {
      varies(what);
      return value;
    },
    enumerable: true,
  });
  const watchedBatch: Batch = Object.defineProperties(
    { ...batch },
    {
      indices: told("where the batch's images stand", batch.indices),
      mirrored: told('which images are mirrored', batch.mirrored),
      ...(mixed && { mix: told('the shares of mixed pictures', batch.mix) }),
    },
  );
  return Object.defineProperties(
    { ...context, batch: watchedBatch },
    {
      step: told("the step's number", step),
    },
  );
}

/** Adds what the layers' regularizers ask for, as `model.fit` does. */
function addRegularization(loss: Scalar, model: LayersModel): Scalar {
  // A Sequential keeps its layers' nodes in an inner model.
  const { model: inner = model } = model as { model?: LayersModel };
  return inner.calculateLosses().reduce<Scalar>((total, penalty) => add(total, penalty), loss);
}
