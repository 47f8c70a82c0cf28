import { runProgram } from '@mnet/cli';
import { suiteCommand } from './command.ts';

await runProgram(suiteCommand(), process.argv);
