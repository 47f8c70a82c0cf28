import { custom, list, optional, options, type Resolved } from '@mnet/core/options';
import { bornAgainOptions } from '@mnet/distill';
import { architectureOptions, listModels, type ModelName } from '@mnet/models';
import type { FlagTable } from './flag.ts';
import { isModelName } from '../networks/model-reference.ts';

const assistant = custom<string>('a network, or a network:width', (value) => {
  return typeof value === 'string' && parsed(value) !== undefined;
});

/** Who learns between the teacher and the student. */
export const chainOptions = options({
  /** Networks between teacher and student, the largest first, each with its width where that is not 1. */
  assistants: optional(
    list(assistant, 'networks with their widths, such as mobilenet_v2:1.4,mobilenet_v2'),
  ),
  /** Students by name, each taught by the one before it, of which the last is the student; default 1. */
  generations: optional(bornAgainOptions.fields.generations.takes, 1),
});

/** Who learns between the teacher and the student. */
export interface ChainFlags extends Resolved<typeof chainOptions> {}

/** The flags of {@link ChainFlags}. */
export const chainTable = {
  assistants: [
    '--assistants <list>',
    'networks that learn one from the other between teacher and student, such as mobilenet_v2:1.4,mobilenet_v2',
    { suggestions: listModels() },
  ],
  generations: [
    '--generations <n>',
    'students, each taught by the one before; the last is kept as the student',
  ],
} satisfies FlagTable<ChainFlags>;

/** An assistant as it is made. */
export interface Assistant {
  readonly network: ModelName;
  readonly width: number;
}

/** The assistants, in their order. */
export function assistantsOf({ assistants = [] }: ChainFlags): readonly Assistant[] {
  return assistants.map((each) => parsed(each) as Assistant);
}

/** The run folders of all that learn before the student. */
export function foldersBefore({ assistants = [], generations }: ChainFlags): readonly string[] {
  return [
    ...assistants.map((_, i) => `assistant-${i + 1}`),
    ...Array.from({ length: generations - 1 }, (_, i) => `generation-${i + 1}`),
  ];
}

function parsed(text: string): Assistant | undefined {
  const [network = '', factor, ...rest] = text.split(':');
  if (!isModelName(network) || rest.length > 0 || factor?.trim() === '') return undefined;
  try {
    const width = architectureOptions.fields.width.takes.check(Number(factor ?? 1), 'width');
    return { network, width };
  } catch {
    return undefined;
  }
}
