import { benchCommand } from './commands/bench/bench.ts';
import { runProgram } from './program/run-program.ts';
import { version } from './program/version.ts';

await runProgram(benchCommand('mnet-bench').version(version), process.argv);
