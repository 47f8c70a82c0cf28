// The packages' types under several versions of TypeScript, each with both ways in which users of ES modules have it find
// them. Declarations are checked too (`skipLibCheck: false`): what is wrong in ours fails, in others' it is counted.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../packages/run.mjs';

/** The oldest that the packages are for, some between, and the newest. */
export const typescripts = ['5.4.5', '5.7.3', '5.9.3', '6.0.3', '7.0.2'];

const resolutions = {
  nodenext: { module: 'nodenext', moduleResolution: 'nodenext' },
  bundler: { module: 'esnext', moduleResolution: 'bundler' },
};
export const resolutionNames = Object.keys(resolutions);

const strict = {
  strict: true,
  noUncheckedIndexedAccess: true,
  exactOptionalPropertyTypes: true,
  verbatimModuleSyntax: true,
  isolatedModules: true,
  target: 'es2022',
  lib: ['es2022', 'dom', 'dom.iterable'],
  types: ['node'],
  skipLibCheck: false,
  noEmit: true,
};

/** Fetches every TypeScript into `dir`; gives the path of each one's compiler. */
export async function fetchTypescripts(dir) {
  mkdirSync(dir);
  writeFileSync(join(dir, 'package.json'), '{ "private": true }\n');
  const aliases = typescripts.map((version) => `typescript-${version}@npm:typescript@${version}`);
  await run(
    'npm',
    ['install', '--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error', ...aliases],
    dir,
  );
  return Object.fromEntries(
    typescripts.map((version) => [
      version,
      join(dir, 'node_modules', `typescript-${version}`, 'bin', 'tsc'),
    ]),
  );
}

/** What a compiler says is wrong, line by line; of one that ends in another way, all that it says. */
async function errorsOf(compiler, config, folder) {
  const words = [compiler, '-p', config, '--pretty', 'false'];
  const said = await run(process.execPath, words, folder).then(
    () => '',
    (error) => error.message,
  );
  const errors = said.split('\n').filter((line) => /\berror TS\d+:/.test(line));
  return said !== '' && errors.length === 0 ? [said] : errors;
}

/**
 * Checks programs of a folder.
 *
 * @param files their names
 * @returns what is wrong in them and in our declarations, and how much is in others'
 */
export async function checkTypes({ folder, files, compiler, version, resolution }) {
  const config = `tsconfig.${version}.${resolution}.json`;
  const compilerOptions = { ...strict, ...resolutions[resolution] };
  writeFileSync(join(folder, config), JSON.stringify({ compilerOptions, files }));
  const errors = await errorsOf(compiler, config, folder);
  const isOthers = (line) => /^\S*node_modules\//.test(line) && !/node_modules\/@mnet\//.test(line);
  const own = errors.filter((line) => !isOthers(line));
  return { own, others: errors.length - own.length };
}
