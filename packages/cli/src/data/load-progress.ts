import { basename } from 'node:path';
import type { LoadProgress, OnProgress } from '@mnet/data-cifar';

/** Tells of a download on stderr: in a terminal on one line that is written over, elsewhere each tenth on its own. */
export function loadProgress(): OnProgress {
  let last = '';
  return (progress) => {
    const text = describe(progress);
    if (text === undefined || text === last) return;
    last = text;
    const { isTTY } = process.stderr;
    const done = progress.loaded === progress.total;
    process.stderr.write(isTTY ? `\r\x1b[K${text}${done ? '\n' : ''}` : `${text}\n`);
  };
}

function describe({ phase, path, loaded, total, error }: LoadProgress): string | undefined {
  const file = basename(path);
  if (phase === 'wait') return `${file}: waiting for another process that is loading it`;
  if (phase === 'retry') return `${file}: ${error?.message ?? 'broken connection'}; trying again`;
  if (phase === 'read') return undefined;
  if (!total) return `${phase} ${file}`;
  const percent =
    Math.floor((loaded / total) * (process.stderr.isTTY ? 100 : 10)) *
    (process.stderr.isTTY ? 1 : 10);
  return `${phase} ${file} ${percent}%`;
}
