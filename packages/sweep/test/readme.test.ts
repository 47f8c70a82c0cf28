import { readFileSync } from 'node:fs';
import type { Fields } from '@mnet/core/options';
import { describe, expect, it } from 'vitest';
import {
  queuedStudyOptions,
  queueOptions,
  runStudyOptions,
  workerOptions,
} from '../src/options.ts';
import { ashaOptions } from '../src/search/asha/asha.ts';
import { randomSearchOptions } from '../src/search/random-search.ts';
import { tpeOptions } from '../src/search/tpe/tpe.ts';

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');

/** The cells of a table's rows, below the head that begins so. */
function rowsOf(head: string): string[][] {
  const [, below = ''] = readme.split(`\n${head}`);
  const [table = ''] = below.split('\n\n');
  const rows = table.split('\n').slice(2);
  return rows.map((row) => row.split('|').map((cell) => cell.trim()));
}

/** The defaults that a table says, by key. */
function said(rows: readonly (readonly (string | undefined)[])[]): Record<string, string> {
  return Object.fromEntries(
    rows.flatMap(([keys = '', fallback = '']) =>
      [...keys.matchAll(/`(\w+)`/g)].map(([, key]) => [key as string, fallback]),
    ),
  );
}

/** A default as tables write it: numbers from 10,000 with a comma, else as code has it. */
function written(fallback: unknown): string {
  if (typeof fallback !== 'number') return `\`${String(fallback)}\``;
  return fallback < 10_000 ? String(fallback) : fallback.toLocaleString('en');
}

function declared(fields: Fields): Record<string, string> {
  return Object.fromEntries(
    Object.entries(fields).flatMap(([key, { fallback }]) =>
      fallback === undefined ? [] : [[key, written(fallback)]],
    ),
  );
}

describe("README's tables have every default as it is declared", () => {
  it.each([
    ['runStudy', runStudyOptions],
    ['openQueue', queueOptions],
    ['startStudyWorker', workerOptions],
    ['runQueuedStudy', queuedStudyOptions],
  ])('of %s', (name, { fields }) => {
    const rows = rowsOf(`| option of \`${name}\` |`);
    const defaults = said(rows.map(([, keys, fallback]) => [keys, fallback]));
    expect(defaults).toMatchObject(declared(fields));
    for (const key of Object.keys(fields)) expect(Object.keys(defaults)).toContain(key);
  });

  it.each([
    ['randomSearch', randomSearchOptions],
    ['asha', ashaOptions],
    ['tpe', tpeOptions],
  ])('of %s', (name, { fields }) => {
    let search = '';
    const rows = rowsOf('| search | option |').filter(([, first = '']) => {
      if (first !== '') search = first;
      return search === 'all' || search === `\`${name}\``;
    });
    const defaults = said(rows.map(([, , keys, fallback]) => [keys, fallback]));
    expect(defaults).toMatchObject(declared(fields));
  });
});
