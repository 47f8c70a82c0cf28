// What a program of commands makes its flags of, without what the commands then load.
export { runStudyOptions } from './engine/run-study-options.ts';
export { queueOptions } from './queue/run-queue.ts';
export { workerOptions } from './queue/worker-options.ts';
export { queuedStudyOptions } from './remote/queued-study-options.ts';
