// What a page is held to, in a folder in which its install lines were followed.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { checkCommand } from './commands.mjs';
import { runInPage } from './in-page.mjs';
import { bin, run } from './run.mjs';

const compilerOptions = {
  strict: true,
  noUncheckedIndexedAccess: true,
  exactOptionalPropertyTypes: true,
  module: 'nodenext',
  target: 'es2022',
  lib: ['es2023', 'dom'],
  types: ['node'],
  skipLibCheck: true,
  noEmit: true,
};

/** The names of packages in the import lines of a program, Node's own left out. */
export function imported(lines) {
  const specifiers = ts.preProcessFile(lines.join('\n')).importedFiles.map((f) => f.fileName);
  return specifiers
    .filter((name) => !name.startsWith('node:'))
    .map((name) =>
      name
        .split('/')
        .slice(0, name.startsWith('@') ? 2 : 1)
        .join('/'),
    );
}

/** What to run of a program: as it stands, where it is JavaScript. */
function javascript({ language, run: lines }) {
  const text = lines.join('\n');
  if (language === 'js') return text;
  const options = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 };
  return ts.transpileModule(text, { compilerOptions: { ...options, verbatimModuleSyntax: true } })
    .outputText;
}

/** Writes the programs into the page's folder as they are on the page, and gives the names of the files. */
export function writeChecked({ programs }, folder) {
  return programs.map(({ checked, line }) => {
    const name = `line-${line}.mts`;
    writeFileSync(join(folder, name), checked.join('\n'));
    return name;
  });
}

export async function checkTypes(folder, include) {
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, include }));
  await run(bin('tsc'), ['-p', folder], folder);
}

async function runProgram(program, name, folder) {
  if (program.run.length === 0) return;
  writeFileSync(join(folder, name), javascript(program));
  const stdout = await run(process.execPath, [name], folder);
  if (program.output !== undefined && stdout !== program.output) {
    throw new Error(
      `the program of line ${program.line} is to print\n${program.output}and printed\n${stdout}`,
    );
  }
}

/** The name that a page gives to its first program: `node first.mjs`; undefined for one of TypeScript. */
function firstName({ commands, names, programs }) {
  if (names.length === 0 || programs.length === 0 || programs[0].savedAs) return undefined;
  const saved = /^(?:node (\S+\.mjs)|npx tsx \S+\.mts)$/;
  const found = commands.map(({ line }) => saved.exec(line)).find(Boolean);
  if (!found) {
    throw new Error(
      'its install line has no line `node NAME.mjs` or `npx tsx NAME.mts`, under which to save its program',
    );
  }
  return found[1];
}

/** A command line that a page wants run, and not only looked at. */
async function runCommand(line, folder) {
  const [npx, name, ...args] = line.split(/\s+/);
  if (npx !== 'npx') throw new Error(`${line}: only commands of packages are run`);
  await run(join(folder, 'node_modules', '.bin', name), args, folder);
}

/** @throws where a program imports what the page does not install */
export function checkInstalls({ names, programs }) {
  if (names.length === 0) return;
  for (const { line, checked } of programs) {
    const missing = imported(checked).filter((name) => !names.includes(name));
    if (missing.length === 0) continue;
    throw new Error(`line ${line}: imports ${missing.join(', ')}, which the page does not install`);
  }
}

/** Runs a page's programs, in their order. */
export async function runPrograms(page, folder) {
  const first = firstName(page);
  for (const [i, program] of page.programs.entries()) {
    const name = program.savedAs ?? ((i === 0 && first) || `line-${program.line}.mjs`);
    if (program.page) await runInPage(javascript(program), page.html, folder);
    else await runProgram(program, name, folder);
  }
}

/** Looks at a page's command lines, or runs those that are cheap to run. */
export async function checkCommands({ commands }, folder) {
  for (const { line } of commands) await checkCommand(line, folder);
}

/** Runs the command lines that a page wants run, and looks at the others. */
export async function runCommands({ commands }, folder) {
  for (const { line, runs } of commands) {
    if (runs) await runCommand(runs, folder);
    else await checkCommand(line, folder);
  }
}

/** What a check of a page says: what it has, how long it took, and what was not run, and why. */
export function told({ file, programs, commands }, start) {
  const typesOnly = programs.filter((program) => program.typesOnly !== undefined);
  const reasons = typesOnly.map(({ line, typesOnly: why }) => `; line ${line} not run: ${why}`);
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  return `${file}: ${programs.length} programs, ${commands.length} commands, ${seconds} s${reasons.join('')}`;
}
