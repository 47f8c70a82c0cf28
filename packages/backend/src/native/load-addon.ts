import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire as requireOf } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { addonDigest, addonTargets } from '../generated/kernels.ts';
import type { Addon } from './addon.ts';

// Not by the usual names: bundles of ES modules for Node.js put those at their top.
const requireFromHere = requireOf(import.meta.url);

/** The folder of this package, from src/native/ and from dist/native/. */
const here = fileURLToPath(new URL('../..', import.meta.url));

/** Platforms whose addon may run here; of Linux's two, npm installs the one that fits. */
function targets(): string[] {
  const name = `${process.platform}-${process.arch}`;
  if (process.platform === 'linux') return [`${name}-gnu`, `${name}-musl`];
  return [process.platform === 'win32' ? `${name}-msvc` : name];
}

/** Takes the addon of this folder, a package's, and no other: for tests of builds that do not travel. */
const ADDON = 'MNET_ADDON';

/** The package.json of an addon's package, whether it was built in this folder (of a clone) or installed. */
function manifestOf(target: string): string | undefined {
  const built = join(here, 'build', target, 'package.json');
  if (existsSync(built)) return built;
  try {
    return requireFromHere.resolve(`@mnet/backend-${target}/package.json`);
  } catch {
    return undefined;
  }
}

/** Loads an addon that is whole and belongs to this version of the package; throws where it is not, or does not load. */
export function addonOf(manifest: string): Addon {
  const { mnet, version } = JSON.parse(readFileSync(manifest, 'utf8')) as {
    version?: string;
    mnet?: { sources?: string; sha256?: string };
  };
  if (mnet?.sources !== addonDigest) {
    const built = dirname(manifest).startsWith(join(here, 'build'));
    const advice = built ? 'npm run native builds it anew' : 'install both in the same version';
    throw new Error(`it belongs to other kernels (version ${version}): ${advice}`);
  }
  const file = join(dirname(manifest), 'mnet.node');
  // What is cut off may load and end the process at its first call.
  const { sha256 } = mnet;
  if (createHash('sha256').update(readFileSync(file)).digest('hex') !== sha256)
    throw new Error(`${file} is damaged: its SHA-256 is not that of its package.json`);
  return requireFromHere(file) as Addon;
}

/** An environment of Node.js loads an addon once, however often the backend starts. */
let loaded: Addon | string | undefined;

/** The addon with the kernels as this platform's machine code, or the reason why there is none. */
export function loadAddon(): Addon | string {
  loaded ??= find();
  return loaded;
}

function find(): Addon | string {
  const wanted = process.env[ADDON];
  if (wanted) return addonOf(join(wanted, 'package.json'));
  const possible = targets().filter((target) => addonTargets.includes(target));
  if (possible.length === 0) return `there is none for ${process.platform} ${process.arch}`;
  const reasons: string[] = [];
  for (const target of possible) {
    const manifest = manifestOf(target);
    if (manifest === undefined) continue;
    try {
      const addon = addonOf(manifest);
      if (addon.builds.length > 0) return addon;
      reasons.push(`@mnet/backend-${target}: this processor is older than x86-64-v2`);
    } catch (error) {
      reasons.push(`@mnet/backend-${target}: ${(error as Error).message.split('\n')[0]}`);
    }
  }
  return reasons.length > 0 ? reasons.join('; ') : `@mnet/backend-${possible[0]} is not installed`;
}
