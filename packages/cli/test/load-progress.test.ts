import type { LoadProgress } from '@mnet/data-cifar';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { loadProgress, pictureProgress, stepProgress } from '../src/data/load-progress.ts';

let said = '';
const { isTTY } = process.stderr;
beforeEach(() => {
  said = '';
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    said += String(text);
    return true;
  });
});
afterEach(() => {
  vi.restoreAllMocks();
  process.stderr.isTTY = isTTY;
});

/** A terminal clears the line that it writes over. */
const line = (text: string): string => `\r\u001B[K${text}`;

const of = (more: Partial<LoadProgress>): LoadProgress => ({
  phase: 'download',
  path: '/data/cifar-10.tar.gz',
  loaded: 0,
  ...more,
});

describe('in a terminal', () => {
  beforeEach(() => {
    process.stderr.isTTY = true;
  });

  it('stands on one line that is written over, and is left at the end', () => {
    const tell = loadProgress();
    for (const loaded of [0, 1, 19, 20, 1000]) tell(of({ loaded, total: 1000 }));
    const shares = ['0%', '1%', '2%'].map((share) => line(`download cifar-10.tar.gz ${share}`));
    expect(said).toBe(
      [shares[0], shares[1], shares[2], `${line('download cifar-10.tar.gz 100%')}\n`].join(''),
    );
  });

  it('counts steps', () => {
    const tell = stepProgress();
    for (const done of [1, 2, 3]) tell(done, 3);
    expect(said).toBe(`${line('steps 33%')}${line('steps 66%')}${line('steps 100%')}\n`);
  });
});

describe('elsewhere', () => {
  beforeEach(() => {
    process.stderr.isTTY = false;
  });

  it('has a line for each tenth', () => {
    const tell = loadProgress();
    for (const loaded of [0, 99, 100, 555, 599, 1000]) {
      tell(of({ phase: 'verify', loaded, total: 1000 }));
    }
    const shares = ['0%', '10%', '50%', '100%'];
    expect(said).toBe(shares.map((share) => `verify cifar-10.tar.gz ${share}\n`).join(''));
  });

  it('says what is waited for, what broke, and what has no known size, and nothing of reading', () => {
    const tell = loadProgress();
    tell(of({ phase: 'wait' }));
    tell(of({ phase: 'wait' }));
    tell(of({ loaded: 5 }));
    tell(of({ loaded: 9 }));
    tell(of({ phase: 'retry', error: new Error('the connection was reset') }));
    tell(of({ phase: 'retry' }));
    tell(of({ phase: 'read', loaded: 5, total: 10 }));
    expect(said.split('\n')).toEqual([
      'cifar-10.tar.gz: waiting for another process that is loading it',
      'download cifar-10.tar.gz',
      'cifar-10.tar.gz: the connection was reset; trying again',
      'cifar-10.tar.gz: broken connection; trying again',
      '',
    ]);
  });

  it('counts pictures where there are many', () => {
    const few = pictureProgress();
    few({ path: 'a/1.png', done: 500, total: 999 });
    few({ path: 'a/2.png', done: 999, total: 999 });
    expect(said).toBe('');
    const many = pictureProgress();
    for (const done of [1, 400, 499, 1000]) many({ path: 'a/1.png', done, total: 1000 });
    expect(said).toBe('pictures 0%\npictures 40%\npictures 100%\n');
  });
});
