// What a command of one's own shares with mnet-bench; the examples are such commands.
export { type BackendName, backendNames, useBackend } from './backends.ts';
export { numberFlag, wholeFlag } from './flags.ts';
export { runProgram } from './program.ts';
export { textTable } from './table.ts';
