import { nodeModules, sha256, tryNodeModules } from '@mnet/core/files';
import type { ResolvedSource } from './source.ts';

/** Where in the cache a source belongs; undefined in a browser, whose own cache serves. */
export function cachePlace(
  { url, cachePath }: Extract<ResolvedSource, { kind: 'url' }>,
  cacheDir: string | undefined,
): string | undefined {
  const node = tryNodeModules();
  if (!node) {
    if (cacheDir !== undefined) {
      throw new TypeError('cacheDir: goes with Node.js alone, leave it out');
    }
    return undefined;
  }
  const fileName =
    url.pathname
      .split('/')
      .at(-1)
      ?.replaceAll(/[^\w.+-]/g, '_') || 'weights';
  const digest = sha256([url.href]).slice(0, 16);
  const segments = cachePath ?? [url.host.replaceAll(':', '_'), digest, fileName];
  return node.path.join(cacheDir ?? defaultCacheDir(), ...segments);
}

/**
 * The folder that downloaded weights are kept in unless one is named: `$MNET_CACHE/weights`, else
 * `$XDG_CACHE_HOME/mnet/weights`, else `~/.cache/mnet/weights`.
 */
function defaultCacheDir(): string {
  const { os, path } = nodeModules('cacheDir');
  const { MNET_CACHE, XDG_CACHE_HOME } = process.env;
  const base = MNET_CACHE || path.join(XDG_CACHE_HOME || path.join(os.homedir(), '.cache'), 'mnet');
  return path.join(base, 'weights');
}
