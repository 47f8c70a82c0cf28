import { integer, optional, options, type Resolved } from '@mnet/core/options';
import { architectureOptions, namedStrides } from '@mnet/models';
import type { FlagTable } from './flag.ts';
import type { MakingFlags } from './network.ts';

/** How a teacher by name is made and trained. */
export const teacherOptions = options({
  /** Multiplier of the teacher's channels, default 1. */
  teacherWidth: architectureOptions.fields.width,
  /** The teacher's strides; by the size of the pictures where they are left out. */
  teacherStrides: architectureOptions.fields.strides,
  /** Passes of the teacher; the student's where they are left out. */
  teacherEpochs: optional(integer({ min: 1 })),
});

/** How a teacher by name is made and trained. */
export interface TeacherFlags extends Resolved<typeof teacherOptions> {}

/** The flags of {@link TeacherFlags}. */
export const teacherTable = {
  teacherWidth: ['--teacher-width <factor>', "multiplier of the teacher's channels"],
  teacherStrides: [
    '--teacher-strides <kind>',
    "the teacher's strides, as --strides",
    { suggestions: namedStrides },
  ],
  teacherEpochs: ['--teacher-epochs <n>', "passes of the teacher (default: the student's)"],
} satisfies FlagTable<TeacherFlags>;

/** What the flags say of the teacher's table. The momentum of batch normalization is that of all networks. */
export function teacherMaking({
  teacherWidth: width,
  teacherStrides: strides,
  batchNormMomentum,
}: Omit<TeacherFlags, 'teacherEpochs'> & MakingFlags): MakingFlags {
  return { width, strides, ...(batchNormMomentum !== undefined && { batchNormMomentum }) };
}
