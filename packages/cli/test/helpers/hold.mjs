// Loaded before `mnet`: once what it has written matches HOLD_AT, it waits for the file HOLD_UNTIL to be there, so that a
// signal comes before its next step on every machine.
import { existsSync } from 'node:fs';

let said = '';
let held = false;
const pattern = new RegExp(process.env.HOLD_AT);
const write = process.stdout.write.bind(process.stdout);
const clock = new Int32Array(new SharedArrayBuffer(4));

process.stdout.write = (text) => {
  said += text;
  const written = write(text);
  if (held || !pattern.test(said)) return written;
  held = true;
  while (!existsSync(process.env.HOLD_UNTIL)) Atomics.wait(clock, 0, 0, 5);
  return written;
};
