import type { ImageDataset } from '@mnet/data';
import { type LogitsBatch, streamLogits, type StreamOptions } from './stream-logits.ts';
import { type ViewOptions, viewsOf } from './views.ts';

/**
 * {@link streamLogits} of several views of each image: the weighted sums of their logits. All views of a batch are looked at
 * before the next batch.
 *
 * @param given as what else each image is looked at; default as it is
 * @throws if an option is unknown or out of range, or the shift is as large as the image
 */
export async function* streamViews(
  forward: Parameters<typeof streamLogits>[0],
  dataset: ImageDataset,
  given: ViewOptions = {},
  options: StreamOptions = {},
): AsyncGenerator<LogitsBatch, void, undefined> {
  const views = viewsOf(given, dataset.shape);
  const { onProgress: _, ...others } = options;
  const last = views.length - 1;
  const streams = views.map(({ view, weight }, i) => ({
    weight,
    // Where the last view of a batch is done, all are.
    logits: streamLogits(forward, dataset, i === last ? options : others, view),
  }));
  try {
    for (;;) {
      let [sums, ended]: [LogitsBatch | undefined, boolean] = [undefined, false];
      for (const { weight, logits } of streams) {
        // Also those after the first that has ended, which tell of their progress now.
        const { value, done = false } = await logits.next();
        if (value) sums = views.length === 1 ? value : added(sums, value, weight);
        ended ||= done;
      }
      if (ended || !sums) return;
      yield sums;
    }
  } finally {
    for (const { logits } of streams) await logits.return();
  }
}

function added(
  sums: LogitsBatch | undefined,
  { logits, indices }: LogitsBatch,
  weight: number,
): LogitsBatch {
  const all = sums?.logits ?? new Float32Array(logits.length);
  logits.forEach((value, i) => (all[i] = (all[i] as number) + weight * value));
  return { logits: all, indices };
}
