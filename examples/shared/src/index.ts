export { addDataFlags, type DataFlags, loadData, userPath } from './data-flags.ts';
export { interruptSignal } from './interrupt.ts';
export { resultsTable } from './results-table.ts';
export { addRuntimeFlags, type RuntimeFlags } from './runtime-flags.ts';
