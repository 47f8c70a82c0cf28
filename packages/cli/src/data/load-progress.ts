import { basename } from 'node:path';
import type { PictureProgress } from '@mnet/data/folder';
import type { LoadProgress, OnProgress } from '@mnet/data-cifar';

/** Tells of a download on stderr. */
export function loadProgress(): OnProgress {
  const tell = teller();
  return (progress) => tell(describe(progress), progress.loaded === progress.total);
}

/** Fewer pictures are decoded before anyone wonders. */
const many = 1000;

/** Tells on stderr how many pictures of a folder are decoded. */
export function pictureProgress(): (progress: PictureProgress) => void {
  const tell = teller();
  return ({ done, total }) => {
    const text = total < many ? undefined : `pictures ${percentOf(done / total)}%`;
    tell(text, done === total);
  };
}

/** Tells on stderr how many steps are done. */
export function stepProgress(): (done: number, total: number) => void {
  const tell = teller();
  return (done, total) => tell(`steps ${percentOf(done / total)}%`, done === total);
}

/** In a terminal on one line that is written over, elsewhere each tenth on its own. */
function teller(): (text: string | undefined, done: boolean) => void {
  let last = '';
  return (text, done) => {
    if (text === undefined || text === last) return;
    last = text;
    process.stderr.write(process.stderr.isTTY ? `\r\x1b[K${text}${done ? '\n' : ''}` : `${text}\n`);
  };
}

function percentOf(share: number): number {
  return process.stderr.isTTY ? Math.floor(share * 100) : Math.floor(share * 10) * 10;
}

function describe({ phase, path, loaded, total, error }: LoadProgress): string | undefined {
  const file = basename(path);
  if (phase === 'wait') return `${file}: waiting for another process that is loading it`;
  if (phase === 'retry') return `${file}: ${error?.message ?? 'broken connection'}; trying again`;
  if (phase === 'read') return undefined;
  if (!total) return `${phase} ${file}`;
  return `${phase} ${file} ${percentOf(loaded / total)}%`;
}
