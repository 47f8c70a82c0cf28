import { spawnSync } from 'node:child_process';
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setBackend } from '@tensorflow/tfjs-core';
import { afterAll, expect, test, vi } from 'vitest';
import { bundle } from '../../../tools/browser/bundle.mjs';
import { secondCopy } from '../../../tools/packages/second-copy.mjs';

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'mnet-copies-')));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What a program is warned of that loads another tfjs-core, or none but its own tfjs-layers, and what it computes. */
async function warnings(
  loads: 'before' | 'after' | 'layers',
): Promise<{ ours: string[]; sum: number }> {
  const path = JSON.stringify(secondCopy(join(folder, loads), '4.20.0')['tfjs-core']);
  const file = join(folder, `${loads}.mjs`);
  // Its own copy is within the bundle, so that Node.js alone cannot tell that there are two.
  const program = `
    import { createRequire as requireOther } from 'node:module';
    const all = [];
    console.warn = (text) => all.push(text);
    let other;
    if (${loads === 'before'}) other = requireOther(import.meta.url)(${path});
    const { ones, setBackend, sum } = await import('@tensorflow/tfjs-core');
    await import('@mnet/backend');
    if (${loads === 'after'}) other = requireOther(import.meta.url)(${path});
    if (${loads === 'layers'}) other = { ones, sum, ...(await import('@tensorflow/tfjs-layers')) };
    if (!(await setBackend('mnet'))) throw new Error('no backend');
    const [value] = await other.sum(other.ones([3])).data();
    const ours = all.filter((text) => text.startsWith('mnet: '));
    process.stdout.write(JSON.stringify({ ours, sum: value }));`;
  writeFileSync(file, await bundle(program, 'node', import.meta.dirname));
  const { stdout, stderr } = spawnSync(process.execPath, [file], { encoding: 'utf8' });
  if (stdout === '') throw new Error(stderr);
  return JSON.parse(stdout) as { ours: string[]; sum: number };
}

test.each([
  ['before', /Loaded are 4\.22\.0 at \S+before\.mjs:\d+:\d+, and another at \S+tf-core\.node\.js:/],
  ['after', /Loaded are 4\.22\.0 at \S+after\.mjs:\d+:\d+, and another, which loaded later\. /],
] as const)(
  'another tfjs-core that loaded %s is warned of once, and computes',
  async (order, text) => {
    const { ours, sum } = await warnings(order);
    expect(ours).toHaveLength(1);
    expect(ours[0]).toMatch(text);
    expect(sum).toBe(3);
  },
);

test('one tfjs-core is not warned of where tfjs-layers, which has parts of it within it, loads later', async () => {
  expect(await warnings('layers')).toEqual({ ours: [], sum: 3 });
});

test('another copy of our own that runs is named as such, with both places', async () => {
  await import('@mnet/backend');
  await setBackend('mnet');
  vi.resetModules();
  const { mnet } = await import('@mnet/backend');
  expect(() => mnet()).toThrow(
    /^the backend 'mnet' that runs is of another copy of @mnet\/backend \(\S+backend\.ts\) than this one \(\S+register-backend\.ts\): have one/,
  );
});
