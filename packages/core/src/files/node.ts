import type * as crypto from 'node:crypto';
import type * as fs from 'node:fs';
import type * as fsPromises from 'node:fs/promises';
import type { createRequire } from 'node:module';
import type * as os from 'node:os';
import type * as path from 'node:path';
import type * as url from 'node:url';
import type * as threads from 'node:worker_threads';

/** Node's own modules, as far as these packages need them. */
export interface NodeModules {
  /** Of `node:module`. */
  readonly createRequire: typeof createRequire;
  readonly crypto: typeof crypto;
  readonly fs: typeof fs;
  readonly fsPromises: typeof fsPromises;
  readonly os: typeof os;
  readonly path: typeof path;
  readonly threads: typeof threads;
  readonly url: typeof url;
}

/**
 * Node's modules, taken at the time of use and not imported, so that bundlers for the browser have nothing to resolve.
 *
 * @param what what they are needed for, for the error's text
 * @param instead what to do where there is no Node.js, for the same
 * @throws where there is no Node.js
 */
export function nodeModules(what: string, instead?: string): NodeModules {
  const modules = tryNodeModules();
  if (modules) return modules;
  const advice = instead === undefined ? '' : `; ${instead}`;
  throw new Error(`${what}: needs Node.js 20.19 or newer, there is no file system here${advice}`);
}

/** Node's modules, or undefined where there is no Node.js. */
export function tryNodeModules(): NodeModules | undefined {
  const { process } = globalThis as { process?: Partial<NodeJS.Process> };
  if (typeof process?.getBuiltinModule !== 'function') return undefined;
  return {
    createRequire: process.getBuiltinModule('node:module').createRequire,
    crypto: process.getBuiltinModule('node:crypto'),
    fs: process.getBuiltinModule('node:fs'),
    fsPromises: process.getBuiltinModule('node:fs/promises'),
    os: process.getBuiltinModule('node:os'),
    path: process.getBuiltinModule('node:path'),
    threads: process.getBuiltinModule('node:worker_threads'),
    url: process.getBuiltinModule('node:url'),
  };
}
