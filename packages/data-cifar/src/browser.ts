// The entry for browsers (package.json, condition "browser"): the same names without the file system.
export * from './common.ts';

/** Rejects: a browser has no folder to load from. */
export function loadCifar10(): Promise<never> {
  return noFileSystem('loadCifar10', 'parseCifar10');
}

/** Rejects: a browser has no folder to load from. */
export function loadCifar100(): Promise<never> {
  return noFileSystem('loadCifar100', 'parseCifar100');
}

/** Rejects: a browser has no folder to load from. */
export function loadCifar(): Promise<never> {
  return noFileSystem('loadCifar', 'parseCifar');
}

function noFileSystem(name: string, instead: string): Promise<never> {
  return Promise.reject(
    new Error(
      `${name} needs the file system of Node.js. In a browser, give the archive, as a Blob, or the bytes of its files to ${instead}`,
    ),
  );
}
