import { show } from '@mnet/core/check';
import { nodeModules } from '@mnet/core/files';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { type DistillOptions, prepared } from '../distill.ts';
import type { DistillResult } from '../distiller.ts';
import type { SummaryRow } from '../summary.ts';

/** A student of {@link distillChain}, which teaches the one after it. */
export interface ChainLink {
  /** Names its run folder: letters, digits, -, _ and . */
  readonly name: string;
  /** Trained in place. */
  readonly student: LayersModel;
  /**
   * What is otherwise than in the chain's options, such as losses with taps of this student and its teacher, epochs, or `run`,
   * a run folder that is not below the chain's.
   */
  readonly options?: Partial<Omit<DistillOptions, 'teacher' | 'data'>>;
}

/** What {@link distillChain} gives. */
export interface ChainResult {
  /** One for each link, in their order. */
  readonly links: readonly DistillResult[];
  /** The first teacher's row, then one for each student. */
  readonly summary: readonly SummaryRow[];
}

/**
 * Distils along a chain: the teacher teaches the first student, each student the one after it. With students between a large
 * teacher and a small student, these are the teacher's assistants, who narrow the gap that a small student cannot bridge.
 *
 * With `run`, each link has a run folder of its own below it, by its name. With `resume`, links that are complete are read and
 * not trained again, and the one that was stopped goes on: the end has the same bits as if nothing had been stopped. A link
 * is not resumed where its teacher is another.
 *
 * Source: Mirzadeh et al. 2020, "Improved Knowledge Distillation via Teacher Assistant", https://arxiv.org/abs/1902.03393
 *
 * @param links from the first student, the largest of the assistants, to the last
 * @param options those of `distill`, for all links; `teacher` is the first one's
 * @throws before anything is trained: if names or students are not distinct, or a link's options or losses do not fit; then what
 *   `distill` throws.
 */
export async function distillChain(
  links: readonly ChainLink[],
  options: DistillOptions,
): Promise<ChainResult> {
  checkLinks(links);
  const { run, ...shared } = options ?? {};
  const chain = links.map((link, i) => {
    const teacher = links[i - 1]?.student ?? shared.teacher;
    const folder = run === undefined ? {} : { run: nodeModules('run').path.join(run, link.name) };
    return named(link, () =>
      prepared(link.student, { ...shared, ...folder, ...link.options, teacher }),
    );
  });
  links.forEach((link, i) => named(link, () => chain[i]?.check()));
  const results: DistillResult[] = [];
  for (const each of chain) results.push(await each.run());
  const [first] = results as [DistillResult];
  const [teacher] = first.summary as [SummaryRow];
  return {
    links: results,
    summary: [teacher, ...results.flatMap(({ summary }) => summary.slice(1))],
  };
}

function checkLinks(links: readonly ChainLink[]): void {
  if (!Array.isArray(links) || links.length === 0) {
    throw new TypeError(`links: got ${show(links)}, takes at least one { name, student }`);
  }
  links.forEach(({ name, student }, i) => {
    if (typeof name !== 'string' || !/^\w[\w.-]*$/.test(name)) {
      throw new TypeError(
        `links[${i}].name: got ${show(name)}, takes letters, digits, -, _ and ., such as assistant-1`,
      );
    }
    const before = links.slice(0, i);
    if (before.some((other) => other.name === name)) {
      throw new Error(`links[${i}].name: got '${name}' a second time, takes one of its own`);
    }
    if (before.some((other) => other.student === student)) {
      throw new Error(`links[${i}].student: got a model a second time, takes one of its own`);
    }
  });
}

/** Puts the link's name before what is wrong with it. */
function named<T>({ name }: ChainLink, check: () => T): T {
  try {
    return check();
  } catch (cause) {
    const Kind = [RangeError, TypeError].find((each) => cause instanceof each) ?? Error;
    throw new Kind(`link '${name}': ${(cause as Error).message}`, { cause });
  }
}
