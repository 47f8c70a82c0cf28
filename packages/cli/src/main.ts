import { mnetCommand } from './commands/mnet.ts';
import { runProgram } from './program/run-program.ts';

await runProgram(mnetCommand(), process.argv);
