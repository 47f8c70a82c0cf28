import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Row, rows, rowsNamed } from '../src/results/catalogue.ts';
import { resultsCommand } from '../src/results/command.ts';
import { compare } from '../src/results/compare.ts';
import { epochsOf } from '../src/results/epochs.ts';
import { keep, kept, type Outcome, outcomeIn } from '../src/results/kept.ts';
import { type Cost, make } from '../src/results/make.ts';
import { pairedTest } from '../src/results/paired-test.ts';
import { writeResultsPage } from '../src/results/results-page.ts';
import { trialsTable, tunedArms } from '../src/results/trials.ts';

const committed = fileURLToPath(new URL('../../../docs/results', import.meta.url));
const [drawn] = rowsNamed(['drawn']) as [Row];

type Result = Outcome['results'][number];

let dir: string;
let runs: string;
let made: string;
let took: Cost | undefined;
let outcome: Outcome;
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'mnet-results-'));
  runs = join(dir, 'runs');
  ({ dir: made, cost: took } = await make(drawn, { runs, threads: 2 }));
  outcome = outcomeIn(made);
});
afterAll(() => rmSync(dir, { recursive: true }));

/** Runs the command on a folder of results; what it printed. */
async function results(folder: string, ...words: string[]): Promise<string> {
  const said: unknown[] = [];
  const log = vi.spyOn(console, 'log').mockImplementation((text: unknown) => void said.push(text));
  try {
    await resultsCommand(folder).parseAsync(words, { from: 'user' });
  } finally {
    log.mockRestore();
  }
  return said.join('\n');
}

/** A copy of what was made, with one digest that is another. */
const changed = (): Outcome => {
  const [folder = ''] = Object.keys(outcome.digests);
  return { ...outcome, digests: { ...outcome.digests, [folder]: '0'.repeat(64) } };
};

describe('a row that is made again', () => {
  it('ends with the bits that are in the repository', (context) => {
    const before = kept(join(committed, drawn.name));
    expect(before).toBeDefined();
    const { sameBits, lines } = compare(outcome, before as Outcome);
    if (sameBits === undefined) context.skip(lines[0]);
    expect(lines).toEqual(['bits: 3 of 3 trainings ended with the weights that were kept']);
    expect(sameBits).toBe(true);
  });

  it('is kept whole, and stands on the page', () => {
    const folder = join(dir, 'kept');
    keep(drawn, outcome, join(folder, drawn.name));
    const { records: _, ...again } = { records: undefined, ...kept(join(folder, drawn.name)) };
    expect(again).toMatchObject({
      results: outcome.results,
      digests: outcome.digests,
      machines: outcome.machines,
      rounding: outcome.rounding,
    });
    const accuracies = Object.values(outcome.epochs).map((list) =>
      list.map(({ epoch, validationAccuracy }) => ({ epoch, validationAccuracy })),
    );
    expect(Object.values(again.epochs ?? {})).toMatchObject(accuracies);
    writeResultsPage(folder);
    const page = readFileSync(join(folder, 'README.md'), 'utf8');
    const mean = outcome.results.reduce((sum, r) => sum + 100 * (r.testAccuracy ?? 0), 0) / 3;
    expect(page).toContain(`| ${mean.toFixed(2)} ± `);
    expect(page).toContain('Rows that have a command and no figures yet: `01-mobilenet-v1`,');
    expect(page).not.toContain('s an epoch');
    const config = readFileSync(join(folder, drawn.name, 'seed-1', 'config.json'), 'utf8');
    expect(config).not.toContain(dir);
    expect(config).toContain('"examples/01-mobilenet-v1/');
  });

  it('has its seconds on the page where nothing else ran, and what all of it took where it was made in one go', async () => {
    const folder = join(dir, 'alone');
    const pageOf = (timed: Partial<Outcome>): string => {
      keep(drawn, { ...outcome, ...timed }, join(folder, drawn.name));
      writeResultsPage(folder);
      return readFileSync(join(folder, 'README.md'), 'utf8');
    };
    expect(took?.seconds).toBeGreaterThan(0);
    const page = pageOf({ alone: true, cost: { seconds: 75.25 } });
    expect(page).toContain('| s an epoch |');
    expect(page).toContain(', on which nothing else ran, in 75.3 s; the machine does not tell');
    expect(kept(join(folder, drawn.name))).toMatchObject({ alone: true, cost: { seconds: 75.25 } });
    const metered = pageOf({ alone: true, cost: { seconds: 75.25, joules: 12_345 } });
    expect(metered).toContain("in 75.3 s; 12.3 kJ by its processors' counters.");
    expect(pageOf({ alone: true })).toMatch(/, on which nothing else ran\.\n/);
    expect(pageOf({ cost: { seconds: 75.25 } })).not.toMatch(/s an epoch|nothing else ran, in/);
    expect((await make(drawn, { runs })).cost).toBeUndefined();
  });

  it('keeps no seconds of trainings that a command without --alone has made', async () => {
    const folder = join(dir, 'beside');
    const kinds = (...words: string[]): Promise<string> => results(folder, 'drawn', ...words);
    const alone = ['--write', '--alone'];
    await expect(kinds('--runs', runs, ...alone)).rejects.toThrow(
      /^--alone: got it with drawn: seed-\d, seed-\d, seed-\d, of which a command without it/,
    );
    const words = ['--runs', join(dir, 'beside-runs'), '--threads', '2', '--only-seeds'];
    await kinds(...words, '1', ...alone);
    // What only compares has made nothing.
    await kinds(...words, '1');
    await kinds(...words, '1', ...alone);
    expect(kept(join(folder, drawn.name))).toMatchObject({ alone: true, results: [{ seed: 1 }] });
    await kinds(...words, '2');
    await expect(kinds(...words, '1,2', ...alone)).rejects.toThrow('with drawn: seed-2, of which');
    expect(kept(join(folder, drawn.name))?.results).toHaveLength(1);
  });

  it('may be made seed by seed, and is the same in the end', async () => {
    const folder = join(dir, 'parts');
    const words = ['drawn', '--runs', join(dir, 'part-runs'), '--threads', '2', '--only-seeds'];
    await results(folder, ...words, '2,3', '--write');
    expect(kept(join(folder, drawn.name))?.results.map(({ seed }) => seed)).toEqual([2, 3]);
    expect(await results(folder)).toMatch(/drawn +01-mobilenet-v1 +n = 2 of 3/);
    await results(folder, ...words, '1', '--write');
    const joined = kept(join(folder, drawn.name)) as Outcome;
    const timeless = (result: Result) => ({ ...result, secondsPerEpoch: 0, validationSeconds: 0 });
    expect(joined.results.map(timeless)).toEqual(outcome.results.map(timeless));
    expect(joined.digests).toEqual(outcome.digests);
    expect(Object.keys(joined.epochs).toSorted()).toEqual(['seed-1', 'seed-2', 'seed-3']);
    expect(await results(folder, ...words, '2')).toContain(
      'bits: 1 of 1 trainings ended with the weights that were kept',
    );
  });

  it('is not joined with what does not belong to it', () => {
    const folder = join(dir, 'unlike');
    keep(drawn, outcome, join(folder, drawn.name));
    const joining = (part: Outcome) => () => keep(drawn, part, join(folder, drawn.name), true);
    expect(joining({ ...outcome, rounding: 'unfused' })).toThrow(
      'drawn: got kernels that round unfused beside what fused ones made; make all of the row again',
    );
    expect(joining(changed())).toThrow('drawn: got other bits in seed-1 than those that were kept');
    expect(kept(join(folder, drawn.name))?.digests).toEqual(outcome.digests);
  });

  it('takes the place of what was kept only where each of its seeds has a result or diverged', () => {
    const to = join(dir, 'seeds', drawn.name);
    keep(drawn, outcome, to);
    const third = { ...outcome, results: outcome.results.filter(({ seed }) => seed === 3) };
    expect(() => keep(drawn, third, to)).toThrow(
      'drawn: got the seeds 3, takes 1, 2, 3; make the others too, or keep these with --only-seeds',
    );
    expect(kept(to)?.results).toEqual(outcome.results);
    const diverged = [1, 2].map((seed) => ({ arm: 'a', width: 1, seed, folder: `seed-${seed}` }));
    keep(drawn, { ...third, diverged }, to);
    expect(kept(to)).toMatchObject({ results: third.results, diverged });
  });

  it('that a time ends is joined with what it gave another day', () => {
    const to = join(dir, 'timed', drawn.name);
    keep(drawn, outcome, to);
    keep({ ...drawn, isTimed: true }, changed(), to, true);
    expect(kept(to)?.digests).toEqual(changed().digests);
  });

  it('with other bits is an error that names it, unless it takes the place of what was kept', async () => {
    const folder = join(dir, 'others');
    keep(drawn, changed(), join(folder, drawn.name));
    const words = ['drawn', '--runs', runs];
    await expect(results(folder, ...words)).rejects.toThrow('other bits than those kept: drawn');
    const said = await results(folder, ...words, '--write');
    expect(said).toContain('bits: 2 of 3 trainings ended with the weights that were kept');
    expect(said).toContain('others: seed-1');
    expect(said).toMatch(/mobilenet_v1 ×0\.25: .*within two standard deviations/);
    expect(await results(folder, ...words)).toContain('bits: 3 of 3');
    expect(existsSync(join(folder, 'README.md'))).toBe(true);
  });

  it('has the digest of all its weights, also where they lie in several files', () => {
    const split = join(dir, 'split');
    cpSync(made, split, { recursive: true });
    const model = join(split, 'seed-1', 'model');
    const file = join(model, 'model.json');
    const saved = JSON.parse(readFileSync(file, 'utf8')) as {
      weightsManifest: { paths: string[] }[];
    };
    const [group] = saved.weightsManifest as [{ paths: string[] }];
    const whole = readFileSync(join(model, group.paths[0] as string));
    group.paths = ['b.bin', 'a.bin'];
    writeFileSync(join(model, 'b.bin'), whole.subarray(0, 1000));
    writeFileSync(join(model, 'a.bin'), whole.subarray(1000));
    writeFileSync(file, JSON.stringify(saved));
    expect(outcomeIn(split).digests).toEqual(outcome.digests);
    writeFileSync(join(model, 'a.bin'), whole.subarray(1004));
    expect(outcomeIn(split).digests['seed-1']).not.toBe(outcome.digests['seed-1']);
  });

  it('of which something is missing is an error that names it', () => {
    const broken = join(dir, 'broken');
    cpSync(made, broken, { recursive: true });
    rmSync(join(broken, 'seed-2', 'model'), { recursive: true });
    expect(() => outcomeIn(broken)).toThrow(/seed-2\/model: it has no model\.json/);
    const file = join(broken, 'results.json');
    writeFileSync(file, readFileSync(file, 'utf8').replace('"finished"', '"stopped"'));
    expect(() => outcomeIn(broken)).toThrow(/seed-1: its status is stopped, not finished/);
    expect(() => outcomeIn(dir)).toThrow('it has no results.json');
  });
});

describe('a row that compares methods', () => {
  const row: Row = {
    name: 'methods',
    title: 'Methods',
    example: '11-distillation-methods',
    flags: {
      dataset: 'shapes10',
      limit: 40,
      batchSize: 20,
      epochs: 1,
      width: 0.1,
      teacher: 'mobilenet_v1',
      teacherWidth: 0.1,
      student: 'mobilenet_v1',
      also: ['kd-x3', 'dkd-x3'],
    },
    seeds: 1,
    hasMethods: true,
  };

  it('may be made method by method', async () => {
    const to = join(dir, 'by-method', row.name);
    for (const method of ['kd', 'deep']) {
      const part = await make(row, { runs: join(dir, 'method-runs'), onlyMethods: [method] });
      const diverged = [{ arm: method, width: 2, seed: 1, folder: `${method}-width-2` }];
      keep(row, { ...outcomeIn(part.dir), diverged }, to, true);
    }
    const joined = kept(to) as Outcome;
    expect(joined.results.map(({ arm }) => arm)).toEqual([
      'teacher',
      'alone',
      'kd',
      'kd-x3',
      'deep',
    ]);
    expect(joined.diverged?.map(({ arm }) => arm)).toEqual(['kd', 'deep']);
    // One that has a result since is not among them any more.
    const again = await make(row, { runs: join(dir, 'method-runs'), onlyMethods: ['kd'] });
    const known = outcomeIn(again.dir).results.find(({ arm }) => arm === 'kd') as Result;
    const { arm, width, seed, folder } = known;
    keep(row, { ...outcomeIn(again.dir), diverged: [{ arm, width, seed, folder }] }, to, true);
    keep(row, outcomeIn(again.dir), to, true);
    expect((kept(to) as Outcome).diverged?.map((one) => one.folder)).toEqual([
      'kd-width-2',
      'deep-width-2',
    ]);
    const digests = Object.keys(joined.digests).toSorted();
    expect(digests).toEqual(['alone', 'deep', 'kd', 'kd-x3', 'teacher']);
  });
});

describe('trials', () => {
  const tried = (arm: string, validationAccuracy: number): Result => ({
    ...(outcome.results[0] as Result),
    arm,
    validationAccuracy,
  });

  it('are shown by method and factor, with the best on the validation images', () => {
    const trials = [
      tried('teacher', 0.7),
      tried('alone', 0.5),
      tried('kd-x0.3', 0.52),
      tried('kd', 0.54),
      tried('kd-x3', 0.53),
      tried('hint-x0.3', 0.5),
      tried('born-again-x0.3', 0.55),
      tried('born-again', 0.51),
      tried('born-again-x3', 0.55),
    ];
    const diverged = ['hint', 'hint-x3'].map((arm) => ({ arm, width: 0.5, seed: 1, folder: arm }));
    const all = { results: trials, diverged };
    expect(trialsTable(all)).toEqual([
      ['validation', '× 0.3', '× 1', '× 3', 'best'],
      ['kd', '52.00%', '54.00%', '53.00%', '× 1'],
      ['hint', '50.00%', 'diverged', 'diverged', '× 0.3'],
      ['born-again', '55.00%', '51.00%', '55.00%', '× 3'],
    ]);
    expect(tunedArms(all)).toEqual(['hint-x0.3', 'born-again-x3']);
  });

  it('are as many for each method, and the comparison trains what they found', () => {
    const [comparison, row] = rowsNamed([
      '11-distillation-methods',
      '11-distillation-methods-trials',
    ]) as [Row, Row];
    const trials = kept(join(committed, row.name));
    expect(trials).toBeDefined();
    const { results: tries, diverged = [] } = trials as Outcome;
    const arms = [...tries, ...diverged].map(({ arm }) => arm);
    const methods = arms.filter((arm) => !/^(teacher|alone)$/.test(arm));
    const factors = row.flags.factors as number[];
    const names = methods.map((arm) => arm.replace(/-x[\d.]+$/, ''));
    for (const name of new Set(names)) {
      const { length } = names.filter((each) => each === name);
      expect([name, length]).toEqual([name, factors.length]);
    }
    expect(comparison.flags.also).toEqual(tunedArms(trials as Outcome));
  });
});

describe('other seeds, other kernels', () => {
  const result = (seed: number, testAccuracy: number): Outcome['results'][number] => ({
    ...(outcome.results[0] as Outcome['results'][number]),
    folder: `seed-${seed}`,
    seed,
    testAccuracy,
  });
  const of = (accuracies: readonly number[], first: number, rounding = 'fused'): Outcome => ({
    ...outcome,
    rounding,
    results: accuracies.map((accuracy, i) => result(first + i, accuracy)),
    digests: Object.fromEntries(accuracies.map((a, i) => [`seed-${first + i}`, String(a)])),
  });
  const before = (): Outcome => of([0.8, 0.81, 0.82], 1);

  it('are held against mean and standard deviation', () => {
    expect(compare(of([0.825], 11), before())).toEqual({
      lines: [
        'mobilenet_v1 ×0.25: 82.50 % (n = 1), kept 81.00 ± 1.00 % (n = 3): within two standard deviations',
      ],
      sameBits: undefined,
    });
    expect(compare(of([0.84], 11), before()).lines[0]).toMatch(/3\.0 standard deviations apart$/);
  });

  it('or a time that ends it: by its accuracy alone', () => {
    expect(compare(of([0.825], 1), before(), true)).toEqual({
      lines: [
        'bits: not compared, a time decides the epochs',
        'mobilenet_v1 ×0.25: 82.50 % (n = 1), kept 81.00 ± 1.00 % (n = 3): within two standard deviations',
      ],
      sameBits: undefined,
    });
  });

  it('have no bits to compare', () => {
    const { lines, sameBits } = compare(of([0.8], 1, 'unfused'), before());
    expect(sameBits).toBeUndefined();
    expect(lines[0]).toMatch(/not compared, these kernels round otherwise \(unfused, not fused\)/);
  });
});

describe('the command', () => {
  it('lists all rows where none is named', async () => {
    const said = await results(committed);
    for (const { name } of rows) expect(said).toContain(name);
    expect(said).toMatch(/drawn +01-mobilenet-v1 +n = 3 of 3/);
  });

  it('names what it does not take', async () => {
    await expect(results(committed, 'drawm')).rejects.toThrow(/row: got 'drawm', takes 01-/);
    await expect(results(committed, 'drawn', '--write', '--seed', '4')).rejects.toThrow(
      /--write: /,
    );
    await expect(results(committed, 'drawn', '--only-methods', 'kd')).rejects.toThrow(
      '--only-methods: drawn compares no methods; leave it out',
    );
    await expect(results(committed, 'drawn', '--alone')).rejects.toThrow(/--alone: .*--write/);
  });
});

describe('the paired test', () => {
  it('has the p of published tables of t', () => {
    // Two-sided critical values at 5 %, by degrees of freedom.
    const at = (t: number, n: number): number[] => {
      const spread = Array.from({ length: n }, (_, i) => i - (n - 1) / 2);
      const std = Math.sqrt(spread.reduce((sum, d) => sum + d * d, 0) / (n - 1));
      return spread.map((d) => d + (t * std) / Math.sqrt(n));
    };
    const critical = { 1: 12.706, 2: 4.303, 3: 3.182, 4: 2.776, 5: 2.571, 9: 2.262, 10: 2.228 };
    for (const [freedom, t] of Object.entries(critical)) {
      expect(pairedTest(at(t, Number(freedom) + 1))).toBeCloseTo(0.05, 4);
      expect(pairedTest(at(-t, Number(freedom) + 1))).toBeCloseTo(0.05, 4);
    }
    expect(pairedTest(at(0, 4))).toBeCloseTo(1, 12);
  });

  it('says nothing of one difference, nor of equal ones', () => {
    expect(pairedTest([0.1])).toBeUndefined();
    expect(pairedTest([0.1, 0.1])).toBeUndefined();
  });

  it('stands on the page beside the differences to the baseline', () => {
    const folder = join(dir, 'paired');
    const pairs = [0.8, 0.81, 0.82].flatMap((alone, i) =>
      [alone, alone + 0.02 + 0.001 * i].map((testAccuracy, arm) => ({
        ...(outcome.results[0] as Outcome['results'][number]),
        folder: `seed-${i + 1}`,
        seed: i + 1,
        arm: ['alone', 'kd'][arm] as string,
        testAccuracy,
      })),
    );
    const both = { ...outcome, baseline: 'alone', results: pairs };
    keep(drawn, both, join(folder, drawn.name));
    writeResultsPage(folder);
    const page = readFileSync(join(folder, 'README.md'), 'utf8');
    expect(page).toContain('| − alone | p, paired |');
    expect(page).toMatch(/\| \+2\.10 ± 0\.10 \| 0\.0008 \|/);
  });
});

it('every row has a name of its own and an example that is there', () => {
  expect(new Set(rows.map(({ name }) => name)).size).toBe(rows.length);
  for (const { example } of rows)
    expect(existsSync(new URL(`../../${example}/src/main.ts`, import.meta.url))).toBe(true);
});

it("a table without a column is refused by the column's name", () => {
  expect(() => epochsOf('epoch,loss\n1,2\n')).toThrow(
    'metrics.csv: it has no column train_loss, but epoch,loss',
  );
});
