import { readFileSync } from 'node:fs';
import { benchCommand } from './bench-command.ts';
import { runProgram } from './program.ts';

const manifest = JSON.parse(
  readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
) as { version: string };

await runProgram(benchCommand(manifest.version), process.argv);
