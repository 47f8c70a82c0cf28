import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nodeFlags } from '../../../../tools/processes/start.mjs';
import { run, type Said } from './run.ts';

const program = new URL('../../../../tools/bench/pull-request.mjs', import.meta.url).pathname;

/** Programs that say what mnet's would, of networks that take as long as told; each time is counted in a file. */
const bench = (factor: number, sizes: boolean) => `
import { appendFileSync, readFileSync } from 'node:fs';
const [command] = process.argv.slice(2);
const counter = new URL('../../../../turns', import.meta.url);
if (command === 'cost') console.log(JSON.stringify({ params: ${factor > 1 ? 11 : 10}, macs: 20 }));
else if (command === 'size' && !${sizes}) { console.error("error: unknown command 'size'"); process.exit(2); }
else if (command === 'size') console.log(JSON.stringify({ files: { float32: { bytes: 4, gzipBytes: 3 } } }));
else {
  appendFileSync(counter, ${JSON.stringify(factor === 1 ? 'b' : 'h')});
  const turn = readFileSync(counter, 'utf8').length;
  // Two speeds of the machine, in blocks of twenty measurements, and some noise.
  const speed = Math.floor(turn / 20) % 2 === 0 ? 1 : 1.5;
  const noise = 1 + 0.01 * Math.sin(turn * 12.9898);
  console.log(JSON.stringify({ medianMs: 10 * ${factor} * speed * noise }));
}
`;
const main = `
const [command] = process.argv.slice(2);
if (command === 'evaluate') console.log(JSON.stringify({ accuracy: 0.5, loss: 1.25 }));
`;

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'mnet-pull-request-'));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

function checkout(name: string, factor: number, sizes = true): string {
  const folder = join(dir, name, 'packages', 'cli', 'dist');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(dir, name, 'package.json'), '{"type":"module"}');
  writeFileSync(join(folder, 'main-bench.js'), bench(factor, sizes));
  writeFileSync(join(folder, 'main.js'), main);
  return join(dir, name);
}

async function compare(base: string, head: string): Promise<Said & { turns: string; out: string }> {
  writeFileSync(join(dir, 'turns'), '');
  const summary = join(dir, 'summary.md');
  rmSync(summary, { force: true });
  const out = join(dir, 'out.json');
  const words = ['--base', base, '--head', head, '--only', 'mobilenet_v3_small', '--out', out];
  words.push('--least', '8', '--most', '12');
  const said = await run(process.execPath, [...nodeFlags, program, ...words], {
    env: { ...process.env, GITHUB_STEP_SUMMARY: summary },
  });
  expect(said.stdout.trim()).toBe(readFileSync(summary, 'utf8').trim());
  return {
    ...said,
    turns: readFileSync(join(dir, 'turns'), 'utf8'),
    out: readFileSync(out, 'utf8'),
  };
}

describe('a pull request', () => {
  it('that makes a network slower by a tenth fails, and says which', async () => {
    const said = await compare(checkout('base', 1), checkout('slow', 1.1));
    expect(said.status).toBe(1);
    expect(said.stderr).toMatch(
      /^slower: mobilenet_v3_small, inference, batch 1 takes 1\.\d+ times/m,
    );
    expect(said.stdout).toMatch(/\| mobilenet_v3_small, inference, batch 1 \| .* \| SLOWER \|/);
    expect(said.stdout).toContain('| mobilenet_v3_small | params | 10 | 11 |');
    // In turns, every second round the other way round.
    expect(said.turns).toMatch(/^(bhhb){4,6}$/);
    const { times } = JSON.parse(said.out) as {
      times: { ratio: number; ms: { base: number[] } }[];
    };
    expect(times[0]?.ratio).toBeCloseTo(1.1, 1);
    expect(times[0]?.ms.base.length).toBe(said.turns.length / 2);
  });

  it('that changes nothing passes', async () => {
    const said = await compare(checkout('base', 1), checkout('same', 1.0001));
    expect(said.status).toBe(0);
    expect(said.stdout).toMatch(/\| ok \|/);
  });

  it('may have commands that the base has not, and not the other way round', async () => {
    const base = checkout('old', 1, false);
    const said = await compare(base, checkout('same', 1.0001));
    expect(said.stderr).toMatch(/left out of the base: .*unknown command 'size'/);
    expect(said.stdout).toContain('Not compared, since the base failed: size --model');
    expect(said.status).toBe(0);
    const broken = await run(
      process.execPath,
      [...nodeFlags, program, '--base', checkout('base', 1), '--head', base, '--only', 'v3_small'],
      {},
    );
    expect(broken.status).toBe(1);
    expect(broken.stderr).toContain('main-bench.js size');
    expect(broken.stderr).toContain("unknown command 'size'");
  });
});
