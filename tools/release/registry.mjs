// The registry that npm is configured for, asked through npm: its settings for scopes, proxies and logins hold here too.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '../packages/run.mjs';
import { root } from '../workspaces.mjs';

const asked = ['--json', '--prefer-online', '--loglevel=silent'];

/** npm's answer, or undefined where the registry has no such package or version. */
async function answer(args) {
  try {
    const said = await run('npm', [...args, ...asked]);
    return said.trim() === '' ? undefined : JSON.parse(said);
  } catch (error) {
    if (/"code": "E404"/.test(error.message)) return undefined;
    throw error;
  }
}

/** The registry for packages of a scope. */
export async function registryOf(scope) {
  const of = async (key) => (await run('npm', ['config', 'get', key])).trim();
  const own = await of(`${scope}:registry`);
  return own === 'undefined' ? of('registry') : own;
}

/** The integrity of a published version; undefined where it is not published. */
export const publishedIntegrity = (name, version) =>
  answer(['view', `${name}@${version}`, 'dist.integrity']);

/** Calls `use` with a published version's tarball, which is gone afterwards. */
export async function withPublished(name, version, use) {
  const dir = mkdtempSync(join(tmpdir(), 'mnet-published-'));
  try {
    const said = await run('npm', [
      'pack',
      `${name}@${version}`,
      ...asked,
      '--pack-destination',
      dir,
    ]);
    const [{ filename }] = Object.values(JSON.parse(said));
    return await use(join(dir, filename));
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** The version of the npm that runs here. */
export const npmVersion = async () => (await run('npm', ['--version'], root)).trim();
