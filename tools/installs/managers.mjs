// npm, pnpm and Bun, each as its users call it. npm is the one of this machine; the others are fetched in one exact version.
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../packages/run.mjs';

const versions = { pnpm: '12.21.0', bun: '1.4.5' };

/**
 * @param dir a folder for what they are, and for what they keep between installs
 * @param registry the address of what has the packages of this repository
 */
export function managers(dir, registry) {
  /** Fetches a manager, whose own script puts the program for this machine in place. */
  const fetched = async (name) => {
    const folder = join(dir, `manager-${name}`);
    if (!existsSync(folder)) {
      mkdirSync(folder);
      const manifest = { private: true, allowScripts: { [name]: true } };
      writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifest)}\n`);
      const what = `${name}@${versions[name]}`;
      await run('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error', what], folder);
    }
    return join(folder, 'node_modules', '.bin', name);
  };
  /** An empty project of a user who has told the manager where @mnet/* are. */
  const project = (folder) => {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }\n');
    writeFileSync(join(folder, '.npmrc'), `@mnet:registry=${registry}/\n`);
  };
  const quiet = ['--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error'];
  const npm = (folder, words) => run('npm', ['install', ...quiet, ...words], folder);
  const pnpm = async (folder, [verb, ...words]) => {
    const own = ['--store-dir', join(dir, 'pnpm-store'), '--reporter=append-only'];
    await run(await fetched('pnpm'), [verb, '--prefer-offline', ...own, ...words], folder);
  };
  // Its cache goes by name and version, and would give the tarballs of an earlier run.
  const bunEnv = { BUN_INSTALL_CACHE_DIR: join(dir, 'bun-cache') };
  const bun = async (folder, words) => run(await fetched('bun'), words, folder, bunEnv);
  /** `add` installs into a new project, `install` anew what a project's files say. */
  const ways = {
    npm: { version: () => run('npm', ['--version'], dir), add: npm, install: (f) => npm(f, []) },
    pnpm: {
      version: async () => run(await fetched('pnpm'), ['--version'], dir),
      add: (folder, names) => pnpm(folder, ['add', ...names]),
      install: (folder) => pnpm(folder, ['install', '--no-frozen-lockfile']),
    },
    bun: {
      version: async () => run(await fetched('bun'), ['--version'], dir),
      add: (folder, names) => bun(folder, ['add', '--no-progress', ...names]),
      install: (folder) => bun(folder, ['install', '--no-progress']),
      /** Runs a program by Bun itself, which takes TypeScript as it is. */
      runOwn: async (folder, words) => run(await fetched('bun'), ['run', ...words], folder),
    },
  };
  return Object.fromEntries(
    Object.entries(ways).map(([name, way]) => [
      name,
      {
        ...way,
        add: async (folder, names) => {
          project(folder);
          await way.add(folder, names);
        },
        install: async (folder) => {
          rmSync(join(folder, 'node_modules'), { recursive: true, force: true });
          for (const lock of ['package-lock.json', 'pnpm-lock.yaml', 'bun.lock']) {
            rmSync(join(folder, lock), { force: true });
          }
          await way.install(folder);
        },
        run: (folder, ...words) => run(process.execPath, words, folder),
      },
    ]),
  );
}
