import { hasThreads } from './backends.ts';
import type { MeasuringFlags } from './measuring.ts';

/** What is measured at once: one network in one way. */
export interface Setting {
  /** A name with its width, or a path. */
  readonly model: string;
  /** As `--backends` takes it. */
  readonly backend: string;
  readonly threads: number | undefined;
  readonly batch: number;
}

/** All that the flags name: each network on each backend, with all counts of threads and images. */
export function settingsOf({
  model,
  backend,
  backends,
  threads,
  batch,
}: Pick<MeasuringFlags, 'model' | 'backend' | 'backends' | 'threads' | 'batch'>): Setting[] {
  const places = backends ?? [backend];
  return model.flatMap((each) =>
    places.flatMap((place) =>
      threadsOn(place, threads, places.length > 1).flatMap((count) =>
        batch.map((images) => ({ model: each, backend: place, threads: count, batch: images })),
      ),
    ),
  );
}

/** Beside others, a backend of one thread is measured with that; alone, it says that it takes no more. */
function threadsOn(
  place: string,
  threads: readonly number[] | undefined,
  besideOthers: boolean,
): readonly (number | undefined)[] {
  if (threads === undefined || (besideOthers && !hasThreads(place))) return [undefined];
  return threads;
}
