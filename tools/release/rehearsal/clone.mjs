// A clone of this repository with a server of its own, in which a release may be made.
import { execFile, execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { hostTarget, targets } from '../../../packages/backend/scripts/native-targets.mjs';
import { root, workspaces } from '../../workspaces.mjs';

const author = ['-c', 'user.name=Rehearsal', '-c', 'user.email=rehearsal@localhost'];

/** Runs git in a folder and gives what it says. */
export function git(dir, ...words) {
  return execFileSync('git', [...author, ...words], { cwd: dir, encoding: 'utf8' }).trim();
}

/** Links to what is installed in one node_modules, and in another the links to the packages of its own repository. */
function linkModules(from, to) {
  mkdirSync(to, { recursive: true });
  for (const name of readdirSync(from)) {
    if (name === '@mnet') {
      cpSync(join(from, name), join(to, name), { recursive: true, verbatimSymlinks: true });
    } else if (!name.startsWith('.') || name === '.bin') {
      symlinkSync(join(from, name), join(to, name));
    }
  }
}

/**
 * @param dir a folder; `origin.git` in it becomes the server, `repository` the clone
 * @returns the clone's folder. Its files are those of this working tree that git knows, with what was built of them
 */
export function cloneWithServer(dir) {
  const origin = join(dir, 'origin.git');
  const clone = join(dir, 'repository');
  execFileSync('git', ['init', '--quiet', '--bare', '--initial-branch=main', origin]);
  const commit = git(root, 'stash', 'create') || git(root, 'rev-parse', 'HEAD');
  git(root, 'push', '--quiet', origin, `${commit}:refs/heads/main`);
  git(dir, 'clone', '--quiet', origin, clone);
  linkModules(join(root, 'node_modules'), join(clone, 'node_modules'));
  for (const { folder, manifest } of workspaces()) {
    const own = join(root, folder, 'node_modules');
    if (existsSync(own)) linkModules(own, join(clone, folder, 'node_modules'));
    if (manifest.private) continue;
    for (const made of ['dist', 'src/generated'].map((name) => join(folder, name))) {
      if (existsSync(join(root, made))) {
        cpSync(join(root, made), join(clone, made), { recursive: true });
      }
    }
  }
  return clone;
}

/** Whether this machine's addon was built here. */
export const nativeHere = existsSync(
  join(root, 'packages', 'backend', 'build', String(hostTarget()), 'mnet.node'),
);

/**
 * The packages of all addons, as the other machines of a release would have built them now: this machine's own, and for
 * other platforms, where nothing loads it, a file of the right name.
 */
export async function putAddons(clone) {
  const backend = join(clone, 'packages', 'backend');
  const { addonManifest } = await import(join(backend, 'scripts', 'addon-manifest.mjs'));
  const { digestOf } = await import(join(backend, 'scripts', 'sources.mjs'));
  for (const target of Object.keys(targets)) {
    const folder = join(backend, 'build', target);
    const built = join(root, 'packages', 'backend', 'build', target, 'mnet.node');
    const addon = join(folder, 'mnet.node');
    mkdirSync(folder, { recursive: true });
    if (target === hostTarget() && nativeHere) copyFileSync(built, addon);
    else writeFileSync(addon, `the addon for ${target}\n`);
    const sha256 = createHash('sha256').update(readFileSync(addon)).digest('hex');
    const manifest = addonManifest(target, { sources: digestOf('kernels', 'native'), sha256 });
    writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
    writeFileSync(join(folder, 'README.md'), `# ${manifest.name}\n`);
    copyFileSync(join(root, 'LICENSE'), join(folder, 'LICENSE'));
  }
}

/** Describes a change, takes it into a version, and puts both on the server, as two merged pull requests would. */
export async function putVersion(clone, { changeset, env }) {
  writeFileSync(join(clone, '.changeset', 'rehearsed.md'), changeset);
  git(clone, 'add', '--all');
  git(clone, 'commit', '--quiet', '--message', 'A change');
  await promisify(execFile)('npm', ['run', '--silent', 'version'], { cwd: clone, env });
  git(clone, 'add', '--all');
  git(clone, 'commit', '--quiet', '--message', 'A version');
  git(clone, 'push', '--quiet', 'origin', 'HEAD:main');
}
