// The C of this package, and what all of its builds have in common.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** The package's folder. */
export const here = resolve(import.meta.dirname, '..');

/** Every build rounds alike: only madd of vec.h fuses, and nothing is reordered. */
export const language = '-O3 -ffp-contract=off -fno-strict-aliasing -fno-math-errno'.split(' ');

/** The files of a folder by name, in the order of their names. */
export function sources(folder) {
  const names = readdirSync(join(here, folder)).filter((name) => /\.(c|h|def)$/.test(name));
  return Object.fromEntries(
    names.toSorted().map((name) => [name, readFileSync(join(here, folder, name), 'utf8')]),
  );
}

/** Twelve hex digits of all files of some folders, and of what is compiled with them. */
export function digestOf(...folders) {
  const hash = createHash('sha256').update(JSON.stringify(language));
  for (const folder of folders) hash.update(JSON.stringify(sources(folder)));
  return hash.digest('hex').slice(0, 12);
}
