// `prepack` and `postpack`: lists the addons' packages among the optional dependencies of what is published, and takes them
// out again. In the repository they stand nowhere: `npm ci` there would ask the registry for the version that is only being
// made.
//   node scripts/optional-addons.mjs add|remove
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { addonName } from './addon-manifest.mjs';
import { targets } from './native-targets.mjs';
import { here } from './sources.mjs';

const [verb] = process.argv.slice(2);
if (verb !== 'add' && verb !== 'remove') {
  console.error(`optional-addons: got '${verb}', takes add or remove`);
  process.exit(1);
}
const path = join(here, 'package.json');
const { optionalDependencies = {}, ...manifest } = JSON.parse(readFileSync(path, 'utf8'));
const addons = Object.keys(targets).map(addonName);
const others = Object.entries(optionalDependencies).filter(([name]) => !addons.includes(name));
const listed = [
  ...others,
  ...(verb === 'add' ? addons.map((name) => [name, manifest.version]) : []),
];
if (listed.length > 0) manifest.optionalDependencies = Object.fromEntries(listed);
writeFileSync(`${path}.part`, `${JSON.stringify(manifest, null, 2)}\n`);
renameSync(`${path}.part`, path);
