import { measurementCommand, runProgram } from '@mnet/cli';
import { experiment } from './experiment.ts';

await runProgram(measurementCommand(experiment), process.argv);
