import { describe, expect, it } from 'vitest';
import {
  appendToHistory,
  historyEntry,
  type HistoryEntry,
  historyPage,
  parseHistory,
} from '@mnet/bench';
import { oneOfEach, timeResult } from './sample-results.ts';

const commit = (n: number): string => n.toString(16).padStart(40, 'a');
const entryOf = (n: number, ms: number, more: Partial<HistoryEntry> = {}): HistoryEntry => ({
  ...historyEntry([timeResult([[ms], [ms * 1.1], [ms * 0.9]])], {
    commit: commit(n),
    subject: `Change ${n}`,
  }),
  ...more,
});
const textOf = (entries: readonly HistoryEntry[]): string =>
  entries.reduce<string | undefined>((text, entry) => appendToHistory(text, entry), undefined) ??
  '';

describe('a history', () => {
  it('holds the figures of each commit, one a line', () => {
    const entry = historyEntry(oneOfEach, { commit: commit(1) });
    expect(entry).toMatchObject({ commit: commit(1), machine: 'Processor 9 × 2, Node.js 24' });
    expect(entry.figures.map(({ unit }) => unit)).toEqual([
      'ms',
      ...Array.from({ length: 7 }, () => 'bytes'),
      'share',
      'parameters',
      'MACs',
    ]);
    const text = appendToHistory(appendToHistory(undefined, entry), entryOf(2, 1));
    expect(text.trim().split('\n')).toHaveLength(4);
    expect(parseHistory(text, 'h')).toEqual([entry, entryOf(2, 1)]);
    expect(entryOf(2, 1).figures[0]?.std).toBeCloseTo(0.1, 6);
  });

  it('has one entry of a commit and a machine, the last, and no more than are kept', () => {
    const text = textOf([
      entryOf(1, 1),
      entryOf(2, 2),
      entryOf(1, 3),
      entryOf(1, 4, { machine: 'other' }),
    ]);
    const entries = parseHistory(text, 'h');
    expect(entries.map(({ figures, machine }) => [figures[0]?.value, machine])).toEqual([
      [2, 'Processor 9 × 2, Node.js 24'],
      [3, 'Processor 9 × 2, Node.js 24'],
      [4, 'other'],
    ]);
    const kept = parseHistory(appendToHistory(text, entryOf(9, 9), { most: 2 }), 'h');
    expect(kept.map((entry) => entry.figures[0]?.value)).toEqual([4, 9]);
  });

  it.each([
    ['[]', /^h: got \[\], takes an object/],
    ['null', /^h: got null, takes an object/],
    ['{}', /^h: format: got undefined/],
    ['{', /^h: it is no JSON/],
    ['{"format":"mnet-bench-history","version":3}', /^h: version: got 3, takes 1/],
    ['{"format":"mnet-bench-history","version":1,"entries":{}}', /^h: entries: got/],
    [
      '{"format":"mnet-bench-history","version":1,"entries":[{}]}',
      /^h: entries\[0\]\.commit: got undefined/,
    ],
    [
      textOf([entryOf(1, 1)]).replace('"ms"', '"s"'),
      /^h: entries\[0\]\.figures\[0\]\.unit: got 's', takes/,
    ],
  ])('that is none is refused by name: %s', (text, message) => {
    expect(() => parseHistory(text, 'h')).toThrow(message);
    expect(() => appendToHistory(text, entryOf(1, 1), { name: 'h' })).toThrow(message);
  });

  it('takes no commit that is none', () => {
    expect(() => historyEntry(oneOfEach, { commit: '--upload-pack' })).toThrow(
      "commit: got '--upload-pack', takes a commit",
    );
    expect(() => historyEntry([], { commit: commit(1) })).toThrow('results: got none');
  });
});

describe('its page', () => {
  const entries = [
    historyEntry(oneOfEach, { commit: commit(1) }),
    entryOf(2, 2),
    entryOf(3, 3, { machine: 'Processor 8 × 4' }),
    historyEntry(
      oneOfEach.map((each) => (each.kind === 'accuracy' ? { ...each, accuracy: 0.9 } : each)),
      { commit: commit(4), subject: '<script>alert(1)</script>' },
    ),
  ];

  it('plots times by machine, what has changed of the others, and the last commit', () => {
    const page = historyPage(entries);
    expect(page).toContain(
      '<figcaption>mobilenet_v2, infer, mnet, 2 threads, batch 1</figcaption>',
    );
    expect(page).toContain('Processor 8 × 4</li>');
    expect(page).toContain('<figcaption>mobilenet_v2, shapes10, test: accuracy</figcaption>');
    expect(page).not.toContain('<figcaption>mobilenet_v2: size');
    expect(page).toMatch(/accuracy<\/th><td>90%<\/td><td>80%<\/td><td>\+12\.5%/);
    expect(page).toMatch(/batch 1<\/th><td>1\.1 ms<\/td><td>2 ms<\/td><td>−45\.0%/);
    expect(page).toContain('>aaaaaaa</text>');
  });

  it('runs no script, asks nothing of the network and escapes what commits say', () => {
    expect(historyPage(entries)).not.toMatch(/<script|<link|https?:|src=/i);
    expect(historyPage(entries)).toContain('&lt;script&gt;');
  });

  it('stays readable and small with many commits', () => {
    const many = Array.from({ length: 1000 }, (_, i) => entryOf(i, 1 + Math.sin(i / 40) / 9));
    const page = historyPage(many);
    expect(page.length).toBeLessThan(150_000);
    expect(page).toContain('and 950 before them');
    expect(() => historyPage([])).toThrow('entries: got none');
  });
});
