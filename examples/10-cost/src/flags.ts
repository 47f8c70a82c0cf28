import { integer, list, optional, options, type Resolved } from '@mnet/core/options';
import { architectureOptions, buildOptions } from '@mnet/models';
import type { Measurement } from '@mnet/cli';

const pixels = integer({ min: 1, max: 4096 });
const count = integer({ min: 1 });

const declared = options({
  /** Width multipliers, default those of the paper. */
  widths: optional(
    list(architectureOptions.fields.width.takes, 'width multipliers, such as 1,0.5'),
    [1, 0.75, 0.5, 0.25],
  ),
  /** Heights and widths of the pictures, default those of the paper. */
  resolutions: optional(list(pixels, 'pixels, such as 224,128'), [224, 192, 160, 128]),
  /** Classes of the classifiers, default 1000. */
  classes: optional(buildOptions.fields.classes.takes, 1000),
  /** Height and width of the worked layer's input, default 12. */
  inputSize: optional(count, 12),
  /** Its input channels, M of the paper; default 3. */
  inputChannels: optional(count, 3),
  /** Its output channels, N of the paper; default 256. */
  outputChannels: optional(count, 256),
  /** Height and width of its kernels, D_K of the paper; default 5. */
  kernel: optional(count, 5),
});

/** What can be said on the command line. */
export interface CostFlags extends Resolved<typeof declared> {}

/** The flags of the experiment. */
export const own: Measurement<CostFlags>['own'] = {
  declared,
  flags: {
    widths: ['--widths <list>', 'width multipliers'],
    resolutions: [
      '--resolutions <list>',
      'heights and widths of the pictures; all networks are counted at the first',
    ],
    classes: ['--classes <n>', 'classes of the classifiers'],
    inputSize: ['--input-size <pixels>', "height and width of the worked layer's input"],
    inputChannels: ['--input-channels <n>', 'its input channels'],
    outputChannels: ['--output-channels <n>', 'its output channels'],
    kernel: ['--kernel <pixels>', 'height and width of its kernels'],
  },
};
