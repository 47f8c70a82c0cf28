// Files that a package generates into its src/generated/, made anew where they are missing or older than their source.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './workspaces.mjs';

const times = (path) =>
  statSync(path).isDirectory()
    ? readdirSync(path).flatMap((name) => times(join(path, name)))
    : [statSync(path).mtimeMs];

/**
 * Runs an Nx target where that is needed, without a word on stdout. Sets the exit code where it fails.
 *
 * @param target such as `kernels`, the script of one package
 * @param folder that package's
 * @param source files and folders of the package that the target reads
 * @param doing what is said on stderr meanwhile
 */
export function generate({ target, folder, source, doing }) {
  const at = join(root, folder);
  const generated = join(at, 'src', 'generated');
  const made = existsSync(generated) ? times(generated) : [];
  const changed = source
    .map((name) => join(at, name))
    .filter(existsSync)
    .flatMap(times);
  if (made.length > 0 && Math.min(...made) >= Math.max(...changed)) return;
  console.error(`${doing} …`);
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(root, 'node_modules/nx/dist/bin/nx.js'), 'run-many', '-t', target],
    { cwd: root, encoding: 'utf8', env: { ...process.env, NX_DEFAULT_OUTPUT_STYLE: 'static' } },
  );
  if (status !== 0) {
    console.error(`${stdout}${stderr}\n${doing} failed; \`npm run ${target}\` shows why.`);
    process.exitCode = 1;
    return;
  }
  // Nx leaves a file as it is where its cache has the same; it is up to date all the same.
  const now = new Date();
  for (const name of readdirSync(generated)) utimesSync(join(generated, name), now, now);
}
