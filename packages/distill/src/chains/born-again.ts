import { show } from '@mnet/core/check';
import { boolean, type Given, integer, optional, options, pick, resolve } from '@mnet/core/options';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { comparedOn } from '../compared.ts';
import type { DistillOptions } from '../distill.ts';
import { hintonKd } from '../losses/kd.ts';
import { summaryRow } from '../summary.ts';
import { ensembleTeacher } from '../teachers/ensemble.ts';
import type { Teacher } from '../teachers/teacher.ts';
import { type ChainResult, distillChain } from './distill-chain.ts';

/** What {@link BornAgainOptions} have beside those of `distill`, for whoever offers them in another form, such as flags. */
export const bornAgainOptions = options({
  /** How many students there are, one after the other, from 1; default 3. */
  generations: optional(integer({ min: 1 }), 3),
  /** Also evaluates the ensemble of all students, the mean of their logits; default false. */
  ensemble: optional(boolean(), false),
});

/** Settings of {@link bornAgain}; `losses` are `[hintonKd({ temperature: 1 })]` where they are left out. */
export interface BornAgainOptions extends DistillOptions, Given<typeof bornAgainOptions> {}

/** What {@link bornAgain} gives. */
export interface BornAgainResult extends ChainResult {
  /** The trained students, in their order. */
  readonly students: readonly LayersModel[];
  /** All of them as one, where it was asked for; its row is the last of the summary. */
  readonly ensemble?: Teacher;
}

/**
 * Born-again networks: a student of the same architecture as its teacher learns from it, the next one from that student, and
 * so on. Each starts from other weights, and sees the images in another order: `seed`, `seed + 1`, ….
 *
 *     Lᵢ = α · KL(softmax(teacherᵢ) ‖ softmax(studentᵢ)) + (1 − α) · CE(labels, studentᵢ),   teacherᵢ₊₁ = studentᵢ
 *
 * That is the paper's BAN+L, whose cross-entropy with the teacher's probabilities has the same gradient; `alpha: 1` is its
 * BAN. It is {@link distillChain} of `generation-1`, `generation-2`, …, which says how it is resumed.
 *
 * Source: Furlanello et al. 2018, "Born-Again Neural Networks", section 3, https://arxiv.org/abs/1805.04770
 *
 * @param make makes the untrained student of a generation, from 1: with a seed of its own, of the teacher's architecture
 * @throws what {@link distillChain} throws.
 */
export async function bornAgain(
  make: (generation: number) => LayersModel,
  given: BornAgainOptions,
): Promise<BornAgainResult> {
  if (typeof make !== 'function') {
    throw new TypeError(`make: got ${show(make)}, takes a function (generation) => LayersModel`);
  }
  const { generations: _generations, ensemble: _ensemble, ...shared } = given ?? {};
  const { generations, ensemble } = resolve(
    bornAgainOptions,
    pick(bornAgainOptions, given ?? {}),
    'bornAgain options',
  );
  const students = Array.from({ length: generations }, (_, i) => make(i + 1));
  const links = students.map((student, i) => ({
    name: `generation-${i + 1}`,
    student,
    options: { seed: (shared.seed ?? 0) + i },
  }));
  const losses = shared.losses ?? [hintonKd({ temperature: 1 })];
  const chain = await distillChain(links, { ...shared, losses });
  if (!ensemble) return { ...chain, students };
  const all = ensembleTeacher(students);
  const sides = { teacher: all, student: students.at(-1) as LayersModel };
  const compared = await comparedOn(sides, shared.data, shared);
  const row = summaryRow('ensemble', all, compared);
  return { ...chain, summary: [...chain.summary, row], students, ensemble: all };
}
