import { build } from 'esbuild';
import { fileURLToPath } from 'node:url';

/** tfjs's build for Node asks for its modules by `require`. */
const requireForNode =
  "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);";

/** A program as one file, with this repository's packages from source. */
export async function bundle(program: string, platform: 'node' | 'browser'): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents: program, resolveDir: fileURLToPath(new URL('.', import.meta.url)) },
    bundle: true,
    write: false,
    format: 'esm',
    platform,
    ...(platform === 'node' ? { banner: { js: requireForNode } } : {}),
    conditions: ['@mnet/source'],
    logLevel: 'error',
  });
  return (outputFiles[0] as { text: string }).text;
}
