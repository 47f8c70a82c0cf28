import { custom, list, optional, options, type Resolved } from '@mnet/core/options';
import { bornAgainOptions } from '@mnet/distill';
import { listModels } from '@mnet/models';
import type { FlagTable } from './flag.ts';
import { type NetworkWithWidth, networkWithWidth } from '../networks/model-reference.ts';

const assistant = custom<string>('a network, or a network:width', (value) => {
  return typeof value === 'string' && networkWithWidth(value) !== undefined;
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

/** The assistants, in their order. */
export function assistantsOf({ assistants = [] }: ChainFlags): readonly NetworkWithWidth[] {
  return assistants.map((each) => networkWithWidth(each) as NetworkWithWidth);
}

/** The run folders of all that learn before the student. */
export function foldersBefore({ assistants = [], generations }: ChainFlags): readonly string[] {
  return [
    ...assistants.map((_, i) => `assistant-${i + 1}`),
    ...Array.from({ length: generations - 1 }, (_, i) => `generation-${i + 1}`),
  ];
}
