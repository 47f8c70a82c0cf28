// Loaded before `mnet`: once what it has written matches HOLD_AT, it waits for the file HOLD_UNTIL to be there, so that a
// signal comes before its next step on every machine.
import { existsSync } from 'node:fs';
import { onceWritten } from '../../../../tools/processes/written.mjs';

const { HOLD_AT, HOLD_UNTIL } = process.env;
const clock = new Int32Array(new SharedArrayBuffer(4));
onceWritten(HOLD_AT, () => {
  while (!existsSync(HOLD_UNTIL)) Atomics.wait(clock, 0, 0, 5);
});
