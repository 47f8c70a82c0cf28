import { fileURLToPath } from 'node:url';

/**
 * What Node.js is given to run one of this package's programs in a process of its own: from source where this is source, else what was built.
 *
 * @param main `main` or `main-bench`
 */
export function ownProcess(main: 'main' | 'main-bench'): readonly string[] {
  const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
  if (!import.meta.url.endsWith('.ts')) return [at(`../${main}.js`)];
  return ['--conditions=@mnet/source', '--import', import.meta.resolve('tsx'), at(`../${main}.ts`)];
}
