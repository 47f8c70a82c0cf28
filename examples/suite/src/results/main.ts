import { runProgram } from '@mnet/cli';
import { resultsCommand } from './command.ts';

await runProgram(resultsCommand(), process.argv);
