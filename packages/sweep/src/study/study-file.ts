import { existsSync, readFileSync, statSync } from 'node:fs';
import module from 'node:module';
import { extname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Study, studyFrom } from './study.ts';

const modules = ['.ts', '.mts', '.js', '.mjs'];

/** The largest study, in bytes. */
const mostBytes = 2 ** 24;

/**
 * Reads a study's file: a module of TypeScript or JavaScript whose default export is a {@link Study}, or JSON. `@mnet/sweep` need not be
 * installed where the file is: it gets this one.
 *
 * @throws Error that names the file and what is wrong with it
 */
export async function loadStudy(path: string): Promise<Study> {
  const file = resolve(path);
  if (!existsSync(file)) throw new Error(`${path}: there is no such file; takes a study's file`);
  if (!statSync(file).isFile()) throw new Error(`${path}: it is no file, takes a study's file`);
  const kind = extname(file);
  if (kind === '.json') return studyFrom(parsed(path, file), path);
  if (!modules.includes(kind)) {
    throw new Error(`${path}: got the kind '${kind}', takes one of ${modules.join(', ')}, .json`);
  }
  const content = await imported(path, file);
  if (content === undefined) {
    throw new Error(`${path}: it has no default export; write export default study({ ... })`);
  }
  return studyFrom(content, path);
}

function parsed(path: string, file: string): unknown {
  const { size } = statSync(file);
  if (size > mostBytes) throw new Error(`${path}: got ${size} bytes, takes ${mostBytes}`);
  try {
    return JSON.parse(readFileSync(file, 'utf8').replace(/^\uFEFF/, ''));
  } catch (error) {
    throw new Error(`${path}: ${(error as Error).message}`, { cause: error });
  }
}

async function imported(path: string, file: string): Promise<unknown> {
  offerThisPackage();
  const { href } = pathToFileURL(file);
  try {
    return ((await importModule(href)) as { default?: unknown }).default;
  } catch (error) {
    throw new Error(`${path}: ${(error as Error).message}`, { cause: error });
  }
}

/** By Node.js itself, which reads TypeScript from 22.18 on; before that by tsx, where it is installed. */
async function importModule(url: string): Promise<unknown> {
  try {
    return await import(url);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_UNKNOWN_FILE_EXTENSION') throw error;
    const tsx = await import('tsx/esm/api').catch(() => undefined);
    if (tsx) return await tsx.tsImport(url, import.meta.url);
    throw new Error(
      `Node.js ${process.versions.node} reads no TypeScript; use 22.18 or newer, or npm install tsx, or write the study as .mjs or .json`,
      { cause: error },
    );
  }
}

/** Of Node.js 22.15 and newer, whose types are not those of the oldest version that is supported. */
const { registerHooks } = module as {
  registerHooks?: (hooks: {
    resolve<T>(name: string, context: T, next: (name: string, context: T) => Found): Found;
  }) => void;
};

/** What a name stands for. */
interface Found {
  readonly url: string;
  readonly shortCircuit?: boolean;
}

let offered = false;

/** A study imports `@mnet/sweep` also where that is not installed, as beside `npx @mnet/cli`: it gets this copy. */
function offerThisPackage(): void {
  if (offered) return;
  offered = true;
  const here = import.meta.url.endsWith('.ts') ? '../index.ts' : '../index.js';
  const own = new URL(here, import.meta.url).href;
  if (typeof registerHooks === 'function') {
    registerHooks({
      resolve(name, context, next) {
        try {
          return next(name, context);
        } catch (error) {
          if (name === '@mnet/sweep') return { url: own, shortCircuit: true };
          throw error;
        }
      },
    });
    return;
  }
  const hook = `export async function resolve(name, context, next) {
    try { return await next(name, context); }
    catch (error) { if (name === '@mnet/sweep') return { url: ${JSON.stringify(own)}, shortCircuit: true }; throw error; }
  }`;
  module.register(`data:text/javascript,${encodeURIComponent(hook)}`);
}
