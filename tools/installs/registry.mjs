// A registry on this machine that has the packages of this repository and no other, as they would stand in the real one:
// managers ask it for @mnet/* alone, and so never ask elsewhere for a version that is only being made.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { addonManifest, addonName } from '../../packages/backend/scripts/addon-manifest.mjs';
import { hostTarget, targets } from '../../packages/backend/scripts/native-targets.mjs';

/** Managers may refuse what is only hours old. */
const published = new Date(Date.now() - 30 * 86_400_000).toISOString();

/** What a release lists and `npm pack --ignore-scripts` leaves out: an addon for each platform. */
function withAddons(manifest) {
  const names = Object.keys(targets).map(addonName);
  return {
    ...manifest,
    optionalDependencies: Object.fromEntries(names.map((name) => [name, manifest.version])),
  };
}

/** The addons of other platforms, of which managers read for whom they are, and which they then do not fetch. */
function foreignAddons(host) {
  return Object.keys(targets)
    .filter((target) => target !== host)
    .map((target) => ({ manifest: addonManifest(target) }));
}

function packument({ manifest, bytes }, url) {
  const { name, version } = manifest;
  const hash = (algorithm, encoding) =>
    createHash(algorithm)
      .update(bytes ?? name)
      .digest(encoding);
  const dist = {
    tarball: `${url}/${name}/-/${name.split('/')[1]}-${version}.tgz`,
    shasum: hash('sha1', 'hex'),
    integrity: `sha512-${hash('sha512', 'base64')}`,
  };
  return {
    name,
    'dist-tags': { latest: version },
    time: { created: published, modified: published, [version]: published },
    versions: { [version]: { ...manifest, dist } },
  };
}

/**
 * Serves packages until `close()`.
 *
 * @param packages what `pack` gives
 * @param addon the path of this machine's addon as a tarball, and its manifest; undefined where none was built
 * @returns its address, without a slash at its end, and the names of packages that it was asked for and has not
 */
export async function startRegistry(packages, addon) {
  const own = packages.map(({ manifest, tarball }) => ({
    manifest: manifest.name === '@mnet/backend' ? withAddons(manifest) : manifest,
    bytes: readFileSync(tarball),
  }));
  const host = addon && { manifest: addon.manifest, bytes: readFileSync(addon.tarball) };
  const all = [...own, ...foreignAddons(hostTarget()), ...(host ? [host] : [])];
  const byName = new Map(all.map((one) => [one.manifest.name, one]));
  const missing = [];
  let url = '';
  const server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url, 'http://localhost').pathname).slice(1);
    const [name, file] = path.split('/-/');
    const found = byName.get(name);
    const body = file === undefined ? found && JSON.stringify(packument(found, url)) : found?.bytes;
    if (body === undefined) missing.push(path);
    const type = file === undefined ? 'application/json' : 'application/octet-stream';
    response.writeHead(body === undefined ? 404 : 200, {
      'Content-Type': type,
      'Cache-Control': 'no-store',
    });
    response.end(body ?? '{}');
  });
  await new Promise((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  url = `http://127.0.0.1:${server.address().port}`;
  return {
    url,
    missing,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}
