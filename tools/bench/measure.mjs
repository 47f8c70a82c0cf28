// Measures this checkout, which was built, for the history: node tools/bench/measure.mjs --out results.json
// $GITHUB_STEP_SUMMARY gets the figures as tables.
import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { benchMarkdown, parseResults, writeResults } from '@mnet/bench/results';
import { root } from '../workspaces.mjs';
import { runIn } from './checkout.mjs';
import { followed, trained } from './plan.mjs';

const { values: flags } = parseArgs({ options: { out: { type: 'string' } } });
if (flags.out === undefined) throw new Error('--out: it is left out, takes the path of a file');

const results = [];
for (const words of followed) {
  console.error(words.join(' '));
  const said = await runIn(root, 'main-bench', [...words, '--json', '-']);
  results.push(...parseResults(said, words.join(' ')));
}
for (const { name, words } of trained) {
  console.error(words.join(' '));
  const runs = mkdtempSync(join(tmpdir(), 'mnet-bench-runs-'));
  try {
    await runIn(root, 'main', [...words, '--runs', runs, '--name', 'tiny']);
    const of = ['accuracy', '--model', join(runs, 'tiny'), '--json', '-'];
    const [result] = parseResults(await runIn(root, 'main-bench', of), name);
    results.push({ ...result, model: `${name}, trained for seconds` });
  } finally {
    rmSync(runs, { recursive: true, force: true });
  }
}
await writeResults(flags.out, results);
const written = benchMarkdown(results);
if (process.env.GITHUB_STEP_SUMMARY) appendFileSync(process.env.GITHUB_STEP_SUMMARY, written);
console.log(written);
