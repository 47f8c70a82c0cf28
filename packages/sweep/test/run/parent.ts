import { startRun } from '../../src/run/start-run.ts';
import { ownPrograms } from '../../src/run/own-program.ts';
import { loadStudy } from '../../src/study/study-file.ts';

// Starts one run and waits for it, to be killed meanwhile.
const [file = '', folder = '', leaves = '', busy] = process.argv.slice(2);
process.on('SIGTERM', () => process.exit(143));
const program = ownPrograms(await loadStudy(file), file)['run'];
if (program) {
  await startRun(program, {
    config: { epochs: 1000, pace: 50, leaves, ...(busy && { busy }) },
    folder,
    threads: 1,
  }).end;
}
