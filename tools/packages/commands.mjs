// Command lines of the READMEs.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../workspaces.mjs';
import { bin, run } from './run.mjs';

const manifestOf = (folder) => JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));

/** Throws unless the package in `folder` has the script; npm's own commands need none. */
function needsScript(folder, script) {
  if (manifestOf(folder).scripts?.[script] === undefined) {
    throw new Error(`${folder}/package.json has no script ${script}`);
  }
}

/** Throws unless the help text of what `args` are for names each of their flags. */
function needsFlags(args, help, what) {
  for (const flag of args.match(/(?<=^|\s)--[\w-]+/g) ?? []) {
    if (!new RegExp(`${flag}(?![\\w-])`).test(help)) throw new Error(`${what} has no flag ${flag}`);
  }
}

const helps = new Map();

/** What a program says of its flags; several lines of the pages ask for the same. */
function helpOf(key, ask) {
  if (!helps.has(key)) helps.set(key, ask());
  return helps.get(key);
}

/** The help texts of all examples, asked for in one process: each would load the same packages from their source. */
let examples;
function helpOfExample(workspace) {
  examples ??= run(process.execPath, [
    '--conditions=@mnet/source',
    '--import',
    'tsx',
    join(root, 'tools', 'packages', 'example-helps.mjs'),
  ]).then(JSON.parse);
  return examples.then((texts) => {
    if (texts[workspace] === undefined) throw new Error(`${workspace} has no --help`);
    return texts[workspace];
  });
}

/** What of `mnet` is for hours, or for files that a reader has, or ends only when it is told to. */
const long = /^(train|distill|evaluate|classify|compare|report|watch|sweep [a-z]+)\b/;

const rules = [
  // Done already: a page's packages are installed and its programs run.
  [/^(npm ci|npm install .+|node \S+\.mjs)$/, () => undefined],
  // Runs as it stands, in the folder of its page; of what takes long the flags must be there.
  [
    /^npx (@mnet\/cli|mnet|mnet-bench) (.+)$/,
    async (folder, name, args) => {
      const command = join(folder, 'node_modules', '.bin', name.replace('@mnet/cli', 'mnet'));
      if (!existsSync(command)) throw new Error('the page does not install @mnet/cli');
      const [verb] = long.exec(args) ?? [];
      if (name === 'mnet-bench' || verb === undefined) {
        await run(command, args.split(/\s+/), folder);
      } else {
        // The same package on every page.
        const help = await helpOf(`mnet ${verb}`, () =>
          run(command, [...verb.split(' '), '--help'], folder),
        );
        needsFlags(args, help, `mnet ${verb}`);
      }
    },
  ],
  // Of the repository: what trains for long is not run, but its script and its flags must be there.
  [/^npm (test)$/, (_, script) => needsScript('.', script)],
  [/^npm run (\S+)$/, (_, script) => needsScript('.', script)],
  [
    /^npm run results -- (.+)$/,
    async (_, args) => {
      needsScript('.', 'results');
      const program = join(root, 'examples', 'suite', 'src', 'results', 'main.ts');
      const words = ['--conditions=@mnet/source', '--import', 'tsx', program, '--help'];
      needsFlags(args, await helpOf('results', () => run(process.execPath, words)), 'results');
    },
  ],
  [
    /^npm start -w (\S+)(?: -- (.+))?$/,
    async (_, workspace, args = '') => {
      needsScript(workspace, 'start');
      needsFlags(args, await helpOfExample(workspace), workspace);
    },
  ],
  [
    /^npm run (\S+) -w (\S+)(?: --.*)?$/,
    (_, script, workspace) => {
      needsScript(workspace, script);
    },
  ],
  [
    /^node (\S+\.(?:mjs|ts))\b.*$/,
    (_, file) => {
      if (!existsSync(join(root, file))) throw new Error(`there is no ${file}`);
    },
  ],
  [
    /^npx (\S+)/,
    (_, name) => {
      if (!existsSync(bin(name))) throw new Error(`there is no command ${name}`);
    },
  ],
];

/**
 * Runs a command line where that is cheap; of others it looks up what they name.
 *
 * @throws for one that fails, or that is of no known kind
 */
export async function checkCommand(line, folder) {
  for (const [pattern, check] of rules) {
    const found = pattern.exec(line);
    if (!found) continue;
    try {
      return await check(folder, ...found.slice(1));
    } catch (error) {
      throw new Error(`${line}: ${error.message}`, { cause: error });
    }
  }
  throw new Error(`${line}: a kind of command line that tools/packages/commands.mjs does not know`);
}
