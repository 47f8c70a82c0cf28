// The programs that users of a package write: TypeScript, one for each package, in programs/.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { imported } from '../packages/page-checks.mjs';

const folder = join(import.meta.dirname, 'programs');

const textOf = (name) => readFileSync(join(folder, `${name}.ts`), 'utf8');

/** A package's name as its program has it: `models` of `@mnet/models`. */
export const shortName = ({ manifest }) => manifest.name.replace('@mnet/', '');

/** What a user installs for a package's program: the package, its peers, and what the program imports. */
export function installed(one) {
  const { name, peerDependencies = {}, peerDependenciesMeta = {} } = one.manifest;
  const peers = Object.keys(peerDependencies).filter(
    (peer) => !peerDependenciesMeta[peer]?.optional,
  );
  return [...new Set([name, ...peers, ...imported([textOf(shortName(one))])])];
}

/** Writes a program as it stands, and as JavaScript beside it. */
export function writeProgram(name, to) {
  const text = textOf(name);
  const compilerOptions = {
    module: ts.ModuleKind.ESNext,
    target: ts.ScriptTarget.ES2022,
    verbatimModuleSyntax: true,
  };
  writeFileSync(join(to, `${name}.ts`), text);
  writeFileSync(join(to, `${name}.js`), ts.transpileModule(text, { compilerOptions }).outputText);
}
