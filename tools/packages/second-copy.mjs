// A second copy of TensorFlow.js, as an install leaves one below a package that asks for another version.
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../workspaces.mjs';

const mains = {
  'tfjs-core': 'dist/tf-core.node.js',
  'tfjs-layers': 'dist/tf-layers.node.js',
};

/**
 * Copies tfjs-core and tfjs-layers into `folder`, under another version, with the libraries that they need.
 *
 * @returns the path of each one's main file, by its name
 */
export function secondCopy(folder, version) {
  const modules = join(folder, 'node_modules');
  mkdirSync(join(modules, '@tensorflow'), { recursive: true });
  for (const library of ['seedrandom', 'node-fetch', 'long']) {
    symlinkSync(join(root, 'node_modules', library), join(modules, library), 'junction');
  }
  return Object.fromEntries(
    Object.entries(mains).map(([name, main]) => {
      const from = join(root, 'node_modules', '@tensorflow', name);
      const to = join(modules, '@tensorflow', name);
      const manifest = JSON.parse(readFileSync(join(from, 'package.json'), 'utf8'));
      mkdirSync(join(to, 'dist'), { recursive: true });
      cpSync(join(from, main), join(to, main));
      writeFileSync(join(to, 'package.json'), JSON.stringify({ ...manifest, version }));
      return [name, join(to, main)];
    }),
  );
}
