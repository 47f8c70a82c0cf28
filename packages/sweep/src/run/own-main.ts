import { loadStudy } from '../study/study-file.ts';
import type { OwnOrder } from './own-program.ts';
import type { OwnRunContext } from './own-run.ts';
import { endWithParent } from './with-parent.ts';

/** What a stopped process ends with, as shells have it for SIGTERM. */
const stopped = 143;

const {
  file,
  stage,
  config,
  folder,
  threads,
  untilEpoch,
  anyBuild = false,
} = JSON.parse(process.argv[2] ?? '{}') as OwnOrder;
const controller = new AbortController();
let paused = false;

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () =>
    controller.abort(new DOMException(`stopped by ${signal}`, 'AbortError')),
  );
}
endWithParent(() => {
  controller.abort(new DOMException('stopped: the process that started it is gone', 'AbortError'));
});

const pause: OwnRunContext['pause'] = {
  onEpochEnd({ epoch }) {
    if (untilEpoch === undefined || epoch < untilEpoch) return;
    paused = true;
    controller.abort(new DOMException(`paused after epoch ${epoch}`, 'AbortError'));
  },
};

try {
  const { stages } = await loadStudy(file);
  const run = stages.find(({ name }) => name === stage)?.run;
  if (!run) throw new Error(`${file}: the stage '${stage}' has no function run`);
  await run(config, {
    folder,
    threads,
    signal: controller.signal,
    allowOtherBuild: anyBuild,
    pause,
  });
} catch (error) {
  if (!controller.signal.aborted) {
    console.error(`error: ${error instanceof Error ? error.message : String(error)}`);
    if (process.env.DEBUG && error instanceof Error) console.error(error.stack);
    process.exitCode = 1;
  } else if (!paused) process.exitCode = stopped;
}
