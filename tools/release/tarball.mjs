// What a package's tarball holds.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { list } from 'tar';

/** A file's digest, as registries and lock files write it. */
export const integrity = (file) =>
  `sha512-${createHash('sha512').update(readFileSync(file)).digest('base64')}`;

/**
 * @returns the `manifest` (package.json), and `files`: the SHA-256 of each file, by its path in the package
 */
export function readTarball(file) {
  const files = new Map();
  let manifest;
  list({
    file,
    sync: true,
    onReadEntry: (entry) => {
      const chunks = [];
      entry.on('data', (chunk) => chunks.push(chunk));
      entry.on('end', () => {
        if (entry.type !== 'File') return;
        const bytes = Buffer.concat(chunks);
        const path = entry.path.slice(entry.path.indexOf('/') + 1);
        files.set(path, createHash('sha256').update(bytes).digest('hex'));
        if (path === 'package.json') manifest = JSON.parse(bytes.toString());
      });
    },
  });
  if (manifest === undefined) throw new Error(`${file}: it has no package.json`);
  return { manifest, files };
}

/** The paths of the files that two tarballs do not have alike. */
export function differences(a, b) {
  const one = readTarball(a);
  const other = readTarball(b);
  return [...new Set([...one.files.keys(), ...other.files.keys()])]
    .filter((path) => one.files.get(path) !== other.files.get(path))
    .toSorted((x, y) => x.localeCompare(y, 'en'));
}
