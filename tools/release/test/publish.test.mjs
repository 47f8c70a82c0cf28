import { describe, expect, it } from 'vitest';
import { conflicts, distTag, publish } from '../publish.mjs';
import { table } from '../table.mjs';

const one = (name) => ({
  name,
  version: '1.2.0',
  tarball: `${name}.tgz`,
  files: ['a', 'b'],
  size: 1234,
  unpackedSize: 5_678_000,
});
const plan = { version: '1.2.0', packages: ['a', 'b', 'c'].map(one) };
const states = (...all) =>
  new Map(all.map((state, i) => [plan.packages[i].name, { state, differ: ['dist/x.js'] }]));

/** A registry of which publishing `failing` fails, whether it arrives or not. */
function registry({ failing = [], arriving = [] } = {}) {
  const published = [];
  const said = [];
  return {
    published,
    said,
    steps: {
      publishOne: async ({ name, tag }) => {
        if (failing.includes(name)) throw new Error('npm publish ended with 1');
        published.push(`${name} ${tag}`);
      },
      stateOf: async ({ name }) => (arriving.includes(name) ? 'same' : 'missing'),
      say: (line) => said.push(line),
    },
  };
}

describe('publish', () => {
  it('publishes what is missing, in order', async () => {
    const { published, said, steps } = registry();
    await publish(plan, states('missing', 'same', 'missing'), steps);
    expect(published).toEqual(['a latest', 'c latest']);
    expect(said).toEqual([
      'a@1.2.0: published',
      'b@1.2.0: is published already',
      'c@1.2.0: published',
    ]);
  });

  it('publishes nothing where one version has another content', async () => {
    const { published, steps } = registry();
    const there = states('missing', 'missing', 'other');
    await expect(publish(plan, there, steps)).rejects.toThrow(
      'c@1.2.0: published with another content; dist/x.js differ',
    );
    expect(published).toEqual([]);
  });

  it('stops at the first failure, and says how far it came', async () => {
    const { published, steps } = registry({ failing: ['b'] });
    await expect(publish(plan, states('same', 'missing', 'missing'), steps)).rejects.toThrow(
      'b@1.2.0: npm publish ended with 1\n1 of 3 are published; the same command goes on from there',
    );
    expect(published).toEqual([]);
  });

  it('goes on where only the answer was lost', async () => {
    const { published, said, steps } = registry({ failing: ['b'], arriving: ['b'] });
    await publish(plan, states('missing', 'missing', 'missing'), steps);
    expect(published).toEqual(['a latest', 'c latest']);
    expect(said).toContain('b@1.2.0: published');
  });
});

it('names some of many files that differ', () => {
  const there = states('same', 'same', 'same');
  there.set('b', { state: 'other', differ: ['1', '2', '3', '4', '5'] });
  expect(conflicts(plan, there)).toEqual([
    'b@1.2.0: published with another content; 1, 2, 3 and 2 more differ',
  ]);
});

it.each([
  ['1.2.0', 'latest'],
  ['2.0.0-next.3', 'next'],
  ['2.0.0-0', '0'],
])('tags %s as %s', (version, tag) => {
  expect(distTag(version)).toBe(tag);
});

it('shows packages, sizes and what the registry has', () => {
  expect(table(plan, states('missing', 'same', 'other')).split('\n')).toEqual([
    'package  version  files  packed  unpacked',
    'a        1.2.0        2  1.2 kB   5.68 MB  to be published',
    'b        1.2.0        2  1.2 kB   5.68 MB  is published',
    'c        1.2.0        2  1.2 kB   5.68 MB  is published with another content',
  ]);
});
