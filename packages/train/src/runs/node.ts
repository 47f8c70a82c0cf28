import type * as fs from 'node:fs';
import type { createRequire } from 'node:module';
import type * as os from 'node:os';
import type * as path from 'node:path';
import type * as threads from 'node:worker_threads';

/** Node's own modules that runs need; absent in browsers, where training works but nothing is written. */
interface NodeModules {
  fs: typeof fs;
  createRequire: typeof createRequire;
  os: typeof os;
  path: typeof path;
  threads: typeof threads;
}

/**
 * Node's modules, taken at the time of use and not imported, so that bundlers for the browser have nothing to
 * resolve.
 *
 * @param what what they are needed for, for the error's text
 * @throws where there is no Node.js
 */
export function nodeModules(what: string): NodeModules {
  const modules = tryNodeModules();
  if (!modules)
    throw new Error(`${what}: takes Node.js 20.19 or newer, there is no file system here`);
  return modules;
}

/** Node's modules, or undefined where there is no Node.js. */
export function tryNodeModules(): NodeModules | undefined {
  const { process } = globalThis as { process?: Partial<NodeJS.Process> };
  if (typeof process?.getBuiltinModule !== 'function') return undefined;
  return {
    fs: process.getBuiltinModule('node:fs'),
    createRequire: process.getBuiltinModule('node:module').createRequire,
    os: process.getBuiltinModule('node:os'),
    path: process.getBuiltinModule('node:path'),
    threads: process.getBuiltinModule('node:worker_threads'),
  };
}
