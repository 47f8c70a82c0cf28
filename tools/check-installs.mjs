// `npm run test:install`: every public package installed alone, and all together, by npm, pnpm and Bun into empty projects;
// programs in JavaScript and TypeScript run there, are checked by several versions of TypeScript, and bundled into pages.
// It ends with a table and takes minutes; what `npm test` has of it is tools/check-packages.mjs, with npm alone.
//   npm run test:install -- [npm] [pnpm] [bun]
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromiumPath } from './browser/chromium.mjs';
import { checkCopies } from './installs/copies.mjs';
import { managers } from './installs/managers.mjs';
import { installed, shortName, writeProgram } from './installs/programs.mjs';
import { startRegistry } from './installs/registry.mjs';
import { drawTable } from './installs/table.mjs';
import { checkTypes, fetchTypescripts, resolutionNames, typescripts } from './installs/types.mjs';
import { checkBundles } from './packages/bundles.mjs';
import { pack, packAddon } from './packages/installs.mjs';
import { root } from './workspaces.mjs';

const known = ['npm', 'pnpm', 'bun'];
const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !known.includes(name));
if (unknown.length > 0) {
  console.error(`test:install: got ${unknown.join(', ')}, takes ${known.join(', ')}`);
  process.exit(1);
}

/** What came of each check, by manager. */
const table = new Map();
const failures = [];

function note(check, manager, outcome) {
  if (!table.has(check)) table.set(check, {});
  table.get(check)[manager] = outcome;
}

/** Does a check; what it gives is its outcome in the table. */
async function tries(check, manager, job) {
  try {
    note(check, manager, (await job()) ?? 'ok');
  } catch (error) {
    note(check, manager, 'FAILED');
    failures.push(`${check}, ${manager}: ${error.message}`);
  }
}

/** Runs a package's program in JavaScript with Node.js, and where the manager is a runtime too, in TypeScript with that. */
async function runProgram(program, manager, folder) {
  await manager.run(folder, `${program}.js`);
  await manager.runOwn?.(folder, [`${program}.ts`]);
}

/** Each package by itself, in a project that has nothing but it, its peers and what its program imports. */
async function checkAlone(name, manager) {
  for (const one of packages) {
    const program = shortName(one);
    await tries(`@mnet/${program} alone`, name, async () => {
      const folder = join(dir, `${name}-${program}`);
      await manager.add(folder, installed(one));
      writeProgram(program, folder);
      await runProgram(program, manager, folder);
      rmSync(folder, { recursive: true, force: true });
    });
  }
}

/** The main job in small, and which runtime the backend takes where nobody asks for one. */
async function checkRuntimes(name, manager, folder) {
  copyFileSync(join(root, 'tools', 'smoke.mjs'), join(folder, 'smoke.mjs'));
  const ways = {
    'Node.js': (words) => manager.run(folder, ...words),
    ...(manager.runOwn && { Bun: (words) => manager.runOwn(folder, words) }),
  };
  for (const [way, runs] of Object.entries(ways)) {
    for (const runtime of ['native', 'wasm']) {
      const check = `trains and distils, ${runtime}, ${way}`;
      if (runtime === 'native' && !addon) note(check, name, 'skipped: no addon');
      else await tries(check, name, () => runs(['smoke.mjs', 'mnet', runtime]).then(() => 'ok'));
    }
    await tries(`the backend's choice, ${way}`, name, async () => {
      const said = await runs(['backend.js']);
      return said.trim().split('\n').at(-1).split(',')[0];
    });
  }
}

async function checkDeclarations(name, folder, compilers) {
  const files = packages.map((one) => `${shortName(one)}.ts`);
  for (const version of typescripts) {
    for (const resolution of resolutionNames) {
      await tries(`TypeScript ${version} ${resolution}`, name, async () => {
        const compiler = compilers[version];
        const { own, others } = await checkTypes({ folder, files, compiler, version, resolution });
        if (own.length > 0) throw new Error(own.join('\n'));
        return others > 0 ? `ok (${others} in others' types)` : 'ok';
      });
    }
  }
}

/** All that one manager's users do. */
async function checkManager(name, manager, compilers) {
  await checkAlone(name, manager);
  const together = join(dir, `${name}-together`);
  await tries('all together', name, async () => {
    const names = [...new Set(packages.flatMap(installed)), '@types/node'];
    await manager.add(together, names);
    for (const one of packages) writeProgram(shortName(one), together);
    for (const one of packages) await runProgram(shortName(one), manager, together);
  });
  if (existsSync(join(together, 'node_modules'))) {
    await checkRuntimes(name, manager, together);
    await checkDeclarations(name, together, compilers);
    await tries('bundled, in Chromium', name, async () => {
      const wrong = await checkBundles(together, packages);
      if (wrong.length > 0) throw new Error(wrong.join('\n'));
      return chromiumPath() ? 'ok' : 'bundled; skipped: no Chromium';
    });
  }
  await tries('two copies of tfjs-core', name, () =>
    checkCopies(name, manager, join(dir, `${name}-copies`)),
  );
}

const dir = mkdtempSync(join(tmpdir(), 'mnet-installs-'));
const tarballs = join(dir, 'tarballs');
mkdirSync(tarballs);
const packages = await pack(tarballs);
const addon = await packAddon(tarballs);
const registry = await startRegistry(packages, addon);
try {
  if (!addon) console.log('skipped: the native addon, which `npm run native` makes');
  const compilers = await fetchTypescripts(join(dir, 'typescript'));
  const all = managers(dir, registry.url);
  for (const name of asked.length > 0 ? asked : known) {
    const version = await all[name].version().catch((error) => error);
    if (version instanceof Error) {
      note('version', name, 'skipped: does not run here');
      console.log(`skipped: ${name}, ${version.message}`);
      continue;
    }
    note('version', name, version.trim());
    console.log(`\n${name} ${version.trim()}`);
    await checkManager(name, all[name], compilers);
  }
  if (registry.missing.length > 0) {
    failures.push(`asked for, and not of this repository: ${registry.missing.join(', ')}`);
  }
} finally {
  await registry.close();
  rmSync(dir, { recursive: true, force: true });
}

console.log(`\n${drawTable(table)}`);
for (const failure of failures) console.error(`\n${failure}`);
console.log(`\n${failures.length === 0 ? 'all passed' : `${failures.length} failed`}`);
process.exitCode = failures.length > 0 ? 1 : 0;
