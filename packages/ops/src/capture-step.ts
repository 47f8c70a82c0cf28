import { engine, getBackend, type Tensor, tidy } from '@tensorflow/tfjs-core';

/** What the forward and backward pass of a step give. */
export interface ComputedStep {
  /** One for each variable, null where none reaches it, as `valueAndGradients` gives them. */
  readonly gradients: readonly (Tensor | null)[];
  /** Figures of the step, float32, such as the loss. */
  readonly values: readonly Tensor[];
}

/**
 * Told by a computation of what it looks at that is another at each step, though it is no tensor: the step cannot be replayed
 * then. Words such as `the step's number`.
 */
export type TellVarying = (what: string) => void;

/** A training step that is made again and again, recorded where the backend can do so. */
export interface CapturedStep {
  /** Steps that were replayed. */
  readonly replayed: number;
  /** Why steps are not replayed, once that is known. */
  readonly reason: string | undefined;
  /**
   * Makes a step.
   *
   * @param inputs tensors that are others at each step, in the same order: images, labels, a teacher's logits. All else that
   *   `compute` takes must be variables.
   * @param compute the forward and the backward pass on these inputs, inside a tidy; not called where the step is replayed
   * @param update what is done with the gradients, which are good for this call and not its to dispose of
   * @returns the values; the caller disposes of them.
   * @throws what `compute` and `update` throw.
   */
  run(
    inputs: readonly Tensor[],
    compute: (varies: TellVarying) => ComputedStep,
    update: (gradients: readonly (Tensor | null)[]) => void,
  ): Tensor[];
  /** Gives the record's memory back. */
  dispose(): void;
}

/** A backend that records steps. */
interface CapturingBackend {
  captureStep?(): CapturedStep;
}

/**
 * A training step that the active backend records and replays without JavaScript between the kernels, where it can, with the
 * same bits as one that is computed anew. Two steps in a row are recorded and compared; what they have launched is replayed
 * from then on, where it was the same. A step whose inputs have other shapes, or whose variables have got other tensors, is
 * computed anew, and recording begins again.
 *
 * On a backend that records nothing, every step is computed.
 */
export function captureStep(): CapturedStep {
  const backend = engine().backend as unknown as CapturingBackend;
  return (
    backend.captureStep?.() ?? new ComputedSteps(`the backend '${getBackend()}' records nothing`)
  );
}

/** Steps that are computed, every one. */
class ComputedSteps implements CapturedStep {
  readonly replayed = 0;
  readonly reason: string;

  constructor(reason: string) {
    this.reason = reason;
  }

  run(...[, compute, update]: Parameters<CapturedStep['run']>): Tensor[] {
    return computeStep(compute, update);
  }

  dispose(): void {}
}

/** A step that is neither recorded nor replayed; see {@link CapturedStep.run}. */
export function computeStep(
  compute: (varies: TellVarying) => ComputedStep,
  update: (gradients: readonly (Tensor | null)[]) => void,
): Tensor[] {
  return tidy(() => {
    const { gradients, values } = compute(() => {});
    update(gradients);
    return [...values];
  });
}
