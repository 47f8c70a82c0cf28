// The installed commands run dist/. In the repository, whose package has its tsconfig.json, they run the source, so that
// neither a build nor its age matters.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import module from 'node:module';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';

const at = (path) => fileURLToPath(new URL(path, import.meta.url));

export async function start(program) {
  // What is compiled once is kept in the system's folder for temporary files, where Node.js can: from 22 on.
  module.enableCompileCache?.();
  if (!existsSync(at('../tsconfig.json'))) {
    await import(`../dist/${program}.js`);
    return;
  }
  for (const tool of ['kernels', 'page']) {
    const { status } = spawnSync(process.execPath, [at(`../../../tools/${tool}.mjs`)], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    if (status !== 0) {
      process.exitCode = status ?? 1;
      return;
    }
  }
  const source = ['--conditions=@mnet/source', '--import', import.meta.resolve('tsx')];
  const args = [...source, at(`../src/${program}.ts`), ...process.argv.slice(2)];
  const child = spawn(process.execPath, args, { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
    process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? 128 + constants.signals[signal];
  });
}
