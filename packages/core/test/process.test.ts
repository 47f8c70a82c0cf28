import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { isRunning, shellWord, thisProcess } from '@mnet/core/process';
import { afterEach, expect, onTestFinished, test, vi } from 'vitest';

afterEach(() => vi.unstubAllGlobals());

test('this process is running', () => {
  expect(isRunning(thisProcess())).toBe(true);
});

test('another one is, until it has ended', async () => {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1e6)'], { stdio: 'ignore' });
  onTestFinished(() => void child.kill('SIGKILL'));
  const { place } = thisProcess();
  const other = { pid: child.pid!, thread: 0, place };
  expect(isRunning(other)).toBe(true);
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(isRunning(other)).toBe(false);
});

test('a number that is used again belongs to another process', () => {
  const own = thisProcess();
  expect(isRunning({ ...own, started: `${own.started}0` })).toBe(process.platform !== 'linux');
});

test('nobody can tell of a process in another place', () => {
  expect(isRunning({ ...thisProcess(), place: 'elsewhere pid:[1]' })).toBeUndefined();
});

test.runIf(process.platform !== 'win32')('a shell takes words for what they are', () => {
  const words = [
    "it's",
    'a b',
    '$HOME',
    '`id`',
    String.raw`a\b`,
    '"',
    '*',
    '',
    'plain/a.b-c_1=2',
    'é',
  ];
  const { stdout } = spawnSync('sh', ['-c', `printf '%s\\0' ${words.map(shellWord).join(' ')}`]);
  expect(stdout.toString().split('\0').slice(0, -1)).toEqual(words);
  expect(shellWord('runs/a.json')).toBe('runs/a.json');
});

test("Windows' paths need no quotes there", () => {
  vi.stubGlobal('process', { platform: 'win32' });
  expect(shellWord(String.raw`C:\runs\a`)).toBe(String.raw`C:\runs\a`);
  expect(shellWord(String.raw`C:\my runs`)).toBe(String.raw`'C:\my runs'`);
});
