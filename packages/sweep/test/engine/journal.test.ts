import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, it } from 'vitest';
import { nodeFlags } from '../../../../tools/processes/start.mjs';
import { Journal, readJournal } from '../../src/engine/journal.ts';

const dir = mkdtempSync(join(tmpdir(), 'mnet-journal-'));
afterAll(() => rmSync(dir, { recursive: true }));

it.skipIf(process.platform === 'win32')(
  'a journal that had no room for a line holds whole lines, and goes on',
  () => {
    const file = join(dir, 'journal.jsonl');
    const writer = fileURLToPath(new URL('fill-journal.ts', import.meta.url));
    // Files of this shell end after so many blocks, within a line.
    const shell = spawnSync(
      'sh',
      ['-c', 'ulimit -f 64; exec "$@"', 'sh', process.execPath, ...nodeFlags, writer, file],
      { encoding: 'utf8', env: { ...process.env, TSX_DISABLE_CACHE: '1' } },
    );
    expect(shell.stdout).toContain('EFBIG');
    expect(readFileSync(file, 'utf8').endsWith('\n')).toBe(true);
    const before = readJournal(file).length;
    expect(before).toBeGreaterThan(0);
    const journal = new Journal(file);
    journal.write({ event: 'tell', stage: '', told: { number: 1 } });
    journal.close();
    expect(readJournal(file)).toHaveLength(before + 1);
  },
);

it.each([
  [{ event: 'begin' }, "event: got 'begin', takes one of 'ask', 'tell', 'failed'"],
  [null, "event: got undefined, takes one of 'ask', 'tell', 'failed'"],
  [{ event: 'failed', id: '../elsewhere', message: '', final: true, givenUp: true }, 'id: '],
  [{ event: 'ask', stage: '../elsewhere', trial: { number: 0, values: {} } }, 'stage: '],
  [{ event: 'ask', stage: 'a' }, 'trial.number: got undefined'],
  [
    { event: 'ask', stage: 'a', trial: { number: 0 } },
    'trial.values: got undefined, takes an object',
  ],
  [{ event: 'tell', stage: 'a', told: { number: '../../0' } }, "told.number: got '../../0'"],
])('a journal with the line %j is refused by that line', (line, words) => {
  const file = join(dir, 'altered.jsonl');
  const whole = { event: 'tell', stage: '', told: { number: 1 } };
  writeFileSync(file, [whole, line].map((each) => `${JSON.stringify(each)}\n`).join(''));
  expect(() => readJournal(file)).toThrow(`${file}: line 2: ${words}`);
});
