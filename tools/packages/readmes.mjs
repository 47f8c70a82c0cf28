// Every program and command line of every README, as a reader meets them: in a folder in which the page's own install
// lines were followed, with the packages from their tarballs.
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { root, workspaces } from '../workspaces.mjs';
import { checkCommand } from './commands.mjs';
import { install } from './installs.mjs';
import { blocksOf, commandsOf, programsOf } from './markdown.mjs';
import { bin, each, run } from './run.mjs';

/** Every page at the root, under docs/, and of the packages and examples, but for what `changeset` writes. */
function files() {
  const folders = ['.', 'docs', 'examples', ...workspaces().map(({ folder }) => folder)];
  const found = folders.flatMap((folder) =>
    readdirSync(join(root, folder)).map((name) => join(folder, name)),
  );
  return found.filter((file) => file.endsWith('.md') && !file.endsWith('CHANGELOG.md')).toSorted();
}

/** The pages that have blocks: where each is, its programs, its command lines, and what it has readers install. */
function pages() {
  return files().map((file) => {
    try {
      const blocks = blocksOf(readFileSync(join(root, file), 'utf8'));
      const commands = commandsOf(blocks);
      const names = commands
        .filter((line) => line.startsWith('npm install '))
        .flatMap((line) =>
          line
            .split(/\s+/)
            .slice(2)
            .filter((word) => !word.startsWith('-')),
        );
      return { file, commands, names: [...new Set(names)], programs: programsOf(blocks) };
    } catch (error) {
      throw new Error(`${file}: ${error.message}`, { cause: error });
    }
  });
}

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

async function checkTypes({ programs, folder }) {
  const include = programs.map(({ checked, line }) => {
    const name = `line-${line}.mts`;
    writeFileSync(join(folder, name), checked.join('\n'));
    return name;
  });
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

/** The name that a page gives to its first program: `node first.mjs`. */
function firstName({ commands, names, programs }) {
  if (names.length === 0 || programs.length === 0) return undefined;
  const [, name] = commands.map((line) => /^node (\S+\.mjs)$/.exec(line)).find(Boolean) ?? [];
  if (name === undefined) {
    throw new Error(
      'its install line has no line `node NAME.mjs`, under which to save its program',
    );
  }
  return name;
}

async function checkPage(page, folder) {
  const { programs, commands, names } = page;
  const first = firstName(page);
  for (const { line, checked } of programs) {
    const missing = names.length > 0 ? imported(checked).filter((p) => !names.includes(p)) : [];
    if (missing.length > 0) {
      throw new Error(
        `line ${line}: imports ${missing.join(', ')}, which the page does not install`,
      );
    }
  }
  if (programs.length > 0) await checkTypes({ programs, folder });
  for (const [i, program] of programs.entries()) {
    const name = (i === 0 && first) || `line-${program.line}.mjs`;
    await runProgram(program, name, folder);
  }
  for (const command of commands) await checkCommand(command, folder);
}

/**
 * @param dir an empty folder
 * @param packages the public packages
 * @param together where all of them are installed, for pages that install nothing
 * @returns messages of what failed
 */
export async function checkReadmes(dir, packages, together) {
  const all = pages();
  const without = packages
    .map(({ folder }) => all.find(({ file }) => file === join(folder, 'README.md')))
    .filter(({ names, programs }) => names.length === 0 || programs.length === 0);
  const failures = without.map(({ file }) => `${file}: has no install line or no program`);
  const nameOf = ({ file }) => file;
  const failed = await each(all, nameOf, async (page) => {
    const start = performance.now();
    const { file, names, programs, commands } = page;
    const folder = names.length > 0 ? join(dir, file.replaceAll('/', '-')) : together;
    if (!existsSync(folder)) await install(folder, [...names, '@types/node'], packages);
    await checkPage(page, folder);
    const typesOnly = programs.filter((program) => program.typesOnly !== undefined);
    const reasons = typesOnly.map(({ line, typesOnly: why }) => `; line ${line} not run: ${why}`);
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    console.log(
      `${file}: ${programs.length} programs, ${commands.length} commands, ${seconds} s${reasons.join('')}`,
    );
  });
  return [...failures, ...failed];
}
