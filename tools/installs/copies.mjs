// Two copies of TensorFlow.js by what managers do on their own: beside an older @tensorflow/tfjs. The backend must tell of
// them, and the overrides that its README names must leave one.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const older = '@tensorflow/tfjs@4.20.0';
const own = { '@tensorflow/tfjs-core': '4.22.0', '@tensorflow/tfjs-layers': '4.22.0' };

/** An older TensorFlow.js asks for core-js, whose install script pnpm wants to be told of: it only asks for donations. */
const noBuilds = 'allowBuilds:\n  core-js: false\n';

const program = `
import '@mnet/backend';
import tf from '@tensorflow/tfjs';
const warnings = [];
console.warn = (text) => warnings.push(String(text));
if (!(await tf.setBackend('mnet'))) throw new Error('the backend does not start');
const [sum] = await tf.sum(tf.ones([3])).data();
if (sum !== 3) throw new Error(\`got \${sum}\`);
process.stdout.write(JSON.stringify(warnings.filter((text) => text.startsWith('mnet: '))));
`;

/** Tells a project which versions all that is installed shall have, as the README of backend says it for each manager. */
function override(name, folder) {
  if (name === 'pnpm') {
    const lines = Object.entries(own).map(([key, version]) => `  '${key}': '${version}'\n`);
    writeFileSync(join(folder, 'pnpm-workspace.yaml'), `${noBuilds}overrides:\n${lines.join('')}`);
    return;
  }
  const file = join(folder, 'package.json');
  const manifest = JSON.parse(readFileSync(file, 'utf8'));
  const entries = Object.entries(own).map(([key, version]) => [
    key,
    name === 'npm' ? `$${key}` : version,
  ]);
  writeFileSync(file, JSON.stringify({ ...manifest, overrides: Object.fromEntries(entries) }));
}

/** @throws where two copies are not told of, or where what is advised does not leave one */
export async function checkCopies(name, manager, folder) {
  const names = Object.entries(own).map(([key, version]) => `${key}@${version}`);
  const warned = async () => {
    writeFileSync(join(folder, 'program.js'), program);
    return JSON.parse((await manager.run(folder, 'program.js')).split('\n').at(-1));
  };
  mkdirSync(folder);
  if (name === 'pnpm') writeFileSync(join(folder, 'pnpm-workspace.yaml'), noBuilds);
  await manager.add(folder, ['@mnet/backend', ...names, older]);
  const two = await warned();
  if (two.length !== 1 || !/4\.20\.0 in .*4\.22\.0 in |4\.22\.0 in .*4\.20\.0 in /.test(two[0])) {
    throw new Error(`beside ${older} the backend warned of ${JSON.stringify(two)}`);
  }
  override(name, folder);
  await manager.install(folder);
  const one = await warned();
  if (one.length > 0) throw new Error(`after the overrides the backend warned of ${one[0]}`);
}
