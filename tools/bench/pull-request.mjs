// Compares a checkout with another one, on this machine and in one go:
//   node tools/bench/pull-request.mjs --base DIR --head DIR [--threshold 0.05] [--out FILE]
// Both are built (`npx tsc -b`, and `npm run native` where there is a compiler). Parameters, multiply-adds, sizes and the
// accuracy of tiny trainings are compared exactly, and shown. Times are measured in turns, base head head base …, each of a
// process of its own, until the noise of their ratio is small enough, at most --most rounds. The exit code is 1 only where
// something is slower beyond the noise and by more than the threshold; what could not be measured on the base is left out.
// A summary goes to $GITHUB_STEP_SUMMARY, or stdout; FILE gets all figures.
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { markdownTable, slowdown } from '@mnet/bench/results';
import { runIn } from './checkout.mjs';
import { networks, timed, trained } from './plan.mjs';

const { values: flags } = parseArgs({
  options: {
    base: { type: 'string' },
    head: { type: 'string' },
    threshold: { type: 'string', default: '0.05' },
    /** Rounds before the first look, at most, and between looks. */
    least: { type: 'string', default: '12' },
    most: { type: 'string', default: '60' },
    every: { type: 'string', default: '4' },
    /** Only what has this in its name. */
    only: { type: 'string', default: '' },
    out: { type: 'string' },
  },
});
if (flags.base === undefined || flags.head === undefined) {
  throw new Error('--base and --head: each takes the folder of a checkout that was built');
}
const sides = { base: resolve(flags.base), head: resolve(flags.head) };
const threshold = Number(flags.threshold);

/** What could not be measured on the base, and is said. */
const leftOut = new Set();

/** What a side gives; undefined where the base fails, which may have no such command yet, while the head must not. */
async function of(side, program, words, env) {
  try {
    return await runIn(sides[side], program, words, env);
  } catch (error) {
    if (side === 'head') throw error;
    console.error(`left out of the base: ${error.message}`);
    leftOut.add(words.slice(0, 3).join(' '));
    return undefined;
  }
}

/** Both sides of one measurement that has no noise. */
async function both(measure) {
  return { base: await measure('base'), head: await measure('head') };
}

const exact = [];
function compareExactly(name, { base, head }) {
  for (const [figure, value] of Object.entries(head ?? {})) {
    const before = base?.[figure];
    exact.push({
      name,
      figure,
      base: before,
      head: value,
      same: before === undefined || before === value,
    });
  }
}

for (const [model, width] of networks) {
  const words = ['--model', model, '--width', String(width), '--json', '-'];
  const title = width === 1 ? model : `${model} ×${width}`;
  if (!title.includes(flags.only)) continue;
  const found = await both(async (side) => {
    const cost = await of(side, 'main-bench', ['cost', ...words]);
    const size = await of(side, 'main-bench', ['size', ...words]);
    return {
      ...(cost !== undefined && pick(JSON.parse(cost), ['params', 'macs'])),
      ...(size !== undefined && bytesOf(JSON.parse(size))),
    };
  });
  compareExactly(title, found);
}

for (const { name, words } of trained) {
  if (!name.includes(flags.only)) continue;
  const found = await both(async (side) => {
    const runs = mkdtempSync(join(tmpdir(), 'mnet-bench-runs-'));
    try {
      const made = await of(side, 'main', [...words, '--runs', runs, '--name', 'tiny']);
      if (made === undefined) return undefined;
      const said = await of(side, 'main', ['evaluate', join(runs, 'tiny'), '--json', '-']);
      return said === undefined ? undefined : pick(JSON.parse(said), ['accuracy', 'loss']);
    } finally {
      rmSync(runs, { recursive: true, force: true });
    }
  });
  compareExactly(`${name}, trained`, found);
}

const times = [];
for (const { name, words, env } of timed) {
  if (!name.includes(flags.only)) continue;
  const found = await inTurns(words, env);
  if (found === undefined) continue;
  times.push({ name, ...found });
  console.error(
    `${name}: head ÷ base ${found.ratio.toFixed(3)}, ± ${percent(found.noise)}, ${found.verdict}`,
  );
}

/** Rounds until the noise is small enough: nothing but the noise decides when to stop. */
async function inTurns(words, env) {
  const ms = { base: [], head: [] };
  const [least, most, every] = [flags.least, flags.most, flags.every].map(Number);
  let found;
  while (ms.head.length < most) {
    const order = ms.head.length % 2 === 0 ? ['base', 'head'] : ['head', 'base'];
    for (const side of order) {
      const said = await of(side, 'main-bench', [...words, '--json', '-'], env);
      if (said === undefined) return undefined;
      ms[side].push(JSON.parse(said).medianMs);
    }
    const rounds = ms.head.length;
    if (rounds < most && (rounds < least || rounds % every > 0)) continue;
    found = slowdown(ms.base, ms.head, { threshold });
    if (found.precise) break;
  }
  return { ...found, ms };
}

function pick(from, keys) {
  return Object.fromEntries(keys.map((key) => [key, from[key]]));
}

function bytesOf({ files }) {
  const entries = Object.entries(files);
  return Object.fromEntries(
    entries.flatMap(([dtype, { bytes, gzipBytes }]) => [
      [`${dtype}, bytes`, bytes],
      [`${dtype}, gzip`, gzipBytes],
    ]),
  );
}

function percent(share) {
  return Number.isFinite(share) ? `${(share * 100).toFixed(1)}%` : '–';
}

function summary() {
  const middle = (list) => list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)];
  const rows = times.map(({ name, ms, ratio, low, high, noise, verdict }) => [
    name,
    `${middle(ms.base).toPrecision(3)} ms`,
    `${middle(ms.head).toPrecision(3)} ms`,
    ratio.toFixed(3),
    low > 0 ? `${low.toFixed(3)} … ${high.toFixed(3)}` : '–',
    percent(noise),
    String(ms.head.length),
    { slower: 'SLOWER', ok: 'ok', noisy: 'too noisy to tell' }[verdict],
  ]);
  const header = ['Time', 'base', 'head', 'head ÷ base', '99% interval', 'noise', 'rounds', ''];
  const changed = exact.filter(({ same }) => !same);
  const value = (number) =>
    number === undefined ? '–' : number.toLocaleString('en', { maximumFractionDigits: 6 });
  const unchanged = exact.length - changed.length;
  const parts = [
    '## Head against base\n',
    rows.length > 0 ? markdownTable({ header, rows }) : 'No time could be compared.\n',
    `Slower is what takes more than ${percent(threshold)} longer, beyond the noise.\n`,
    changed.length > 0
      ? markdownTable({
          header: ['Changed', 'figure', 'base', 'head'],
          rows: changed.map(({ name, figure, base, head }) => [
            name,
            figure,
            value(base),
            value(head),
          ]),
        })
      : '',
    `${unchanged} counted figures (parameters, multiply-adds, bytes, accuracy and loss of tiny trainings) are the same${changed.length > 0 ? `, ${changed.length} are not` : ''}.\n`,
    leftOut.size > 0 ? `Not compared, since the base failed: ${[...leftOut].join('; ')}.\n` : '',
  ];
  return parts.filter(Boolean).join('\n');
}

const written = summary();
if (process.env.GITHUB_STEP_SUMMARY) appendFileSync(process.env.GITHUB_STEP_SUMMARY, written);
console.log(written);
if (flags.out !== undefined) {
  writeFileSync(flags.out, `${JSON.stringify({ threshold, times, exact }, null, 1)}\n`);
}
const slower = times.filter(({ verdict }) => verdict === 'slower');
for (const { name, ratio } of slower)
  console.error(`slower: ${name} takes ${ratio.toFixed(3)} times as long`);
if (slower.length > 0) process.exitCode = 1;
