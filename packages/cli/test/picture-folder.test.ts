import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readRun } from '@mnet/train';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mnetAt } from './helpers/mnet.ts';

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'mnet-folder-'));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const words = (line: string): string[] => line.split(' ');

const json = (path: string): Record<string, unknown> =>
  JSON.parse(readFileSync(join(dir, path), 'utf8')) as Record<string, unknown>;

describe('a folder of pictures', () => {
  const colours = { blue: { r: 20, g: 40, b: 220 }, red: { r: 220, g: 40, b: 20 } };
  beforeAll(async () => {
    for (const [name, background] of Object.entries(colours)) {
      mkdirSync(join(dir, 'photos', name), { recursive: true });
      for (let i = 0; i < 12; i++) {
        const create = { width: 40 + i, height: 30 + 2 * i, channels: 3, background } as const;
        const format = (['jpeg', 'png', 'webp'] as const)[i % 3] as 'png';
        await sharp({ create })
          .toFormat(format)
          .toFile(join(dir, 'photos', name, `${i}.${format}`));
      }
    }
  });

  it('is trained on, evaluated, and classified', async () => {
    const args = words(
      'train --model mobilenet_v1 --width 0.25 --batch-norm-momentum 0.3 --data photos --size 32 --seed 7 --test 0.25 --validation 4 --epochs 24 --batch-size 4 --lr 0.01 --no-augment --name photos',
    );
    const run = await mnetAt(dir, args);
    expect(run.stderr).toBe('');
    expect(run.status).toBe(0);
    const { dataset, test } = readRun(join(dir, 'runs/photos'));
    expect(dataset).toMatchObject({ classes: ['blue', 'red'], shape: [32, 32, 3], test: 6 });
    expect(test?.accuracy).toBe(1);

    const evaluated = await mnetAt(dir, words('evaluate runs/photos --json -'));
    expect(JSON.parse(evaluated.stdout)).toMatchObject({
      dataset: 'photos',
      accuracy: 1,
      count: 6,
    });
    const wrong = await mnetAt(dir, words('evaluate runs/photos --dataset shapes10 --limit 20'));
    expect(wrong.stderr).toMatch(
      /^error: runs.photos: its classes are blue, red; those of shapes10 are disc, .* \(10\)/,
    );

    const files = words('photos/red/0.jpeg photos/blue/1.png photos/red/2.webp');
    const classified = await mnetAt(dir, [
      'classify',
      'runs/photos',
      ...files,
      ...words('--json - --top 1'),
    ]);
    expect(classified.stderr).toBe('');
    const labels = (
      JSON.parse(classified.stdout) as { file: string; predictions: { label: string }[] }[]
    ).map(({ file, predictions }) => [file, predictions.map(({ label }) => label)]);
    expect(labels).toEqual([
      [files[0], ['red']],
      [files[1], ['blue']],
      [files[2], ['red']],
    ]);
  });

  it('is held out as before where a trained network meets it again', async () => {
    const { dataset, test } = readRun(join(dir, 'runs/photos'));
    const figures = { accuracy: test?.accuracy, loss: test?.loss, count: 6 };
    const evaluated = async (line: string): Promise<readonly [unknown, string]> => {
      const run = await mnetAt(dir, words(`evaluate runs/photos ${line} --json -`));
      return [JSON.parse(run.stdout), run.stderr];
    };
    expect(await evaluated('--data photos')).toEqual([expect.objectContaining(figures), '']);
    cpSync(join(dir, 'photos'), join(dir, 'moved'), { recursive: true });
    const moved = await evaluated('--data moved --validation 4');
    expect(moved).toEqual([expect.objectContaining(figures), '']);
    const [, note] = await evaluated('--data photos --seed 2');
    expect(note).toMatch(
      /^note: runs.photos was trained on .* others were held out \(validation, test\).*; there it was --data-seed 7\n$/,
    );
    const more = words('--data photos --seed 2 --epochs 1 --lr 1e-6 --batch-size 4');
    const further = ['train', '--model', 'runs/photos', ...more, '--name', 'further'];
    expect(await mnetAt(dir, further)).toMatchObject({ status: 0, stderr: '' });
    expect(readRun(join(dir, 'runs/further')).dataset).toEqual(dataset);
    expect(json('runs/further/flags.json')).toMatchObject({ seed: 2, dataSeed: 7, test: 0.25 });
    // Taught beside others, a network tells of its data itself, wherever its folder is taken.
    const pair = words(
      'distill --student mobilenet_v1 --width 0.1 --teacher mobilenet_v1 --name pair',
    );
    const small = ['--teacher-width', '0.1', '--size', '32', '--seed', '5', '--data', 'photos'];
    expect(await mnetAt(dir, [...pair, ...small, '--epochs', '1'])).toMatchObject({ status: 0 });
    expect(json('runs/pair/teacher/data.json')).toMatchObject({ dataSeed: 5 });
    cpSync(join(dir, 'runs/pair/teacher'), join(dir, 'taken'), { recursive: true });
    const alone = await mnetAt(dir, words('evaluate taken --json -'));
    const { accuracy, loss } = readRun(join(dir, 'taken')).test as {
      accuracy: number;
      loss: number;
    };
    expect(JSON.parse(alone.stdout)).toMatchObject({ accuracy, loss });
    const taught = words(
      'distill --student mobilenet_v1 --width 0.1 --teacher runs/photos --name taught',
    );
    expect(await mnetAt(dir, [...taught, ...more])).toMatchObject({ status: 0 });
    expect(readRun(join(dir, 'runs/taught')).dataset).toEqual(dataset);
  });

  it('stays held out as it was where a run goes on, also one of before --data-seed', async () => {
    const line = 'train --model runs/photos --data photos --seed 2 --epochs 1 --lr 1e-6 --name old';
    expect(await mnetAt(dir, words(`${line} --data-seed 2`))).toMatchObject({ status: 0 });
    const { dataSeed: _, ...old } = json('runs/old/flags.json');
    writeFileSync(join(dir, 'runs/old/flags.json'), JSON.stringify(old));
    const again = await mnetAt(dir, words('train --config runs/old/flags.json --resume'));
    expect(again.status).toBe(0);
    expect(again.stderr).toMatch(/^note: .* was trained on as many pictures/);
    const worded = await mnetAt(dir, words(`${line} --resume`));
    expect(worded.status).toBe(0);
  });

  it('is limited class by class', async () => {
    const line =
      'train --model mobilenet_v1 --width 0.1 --data photos --size 32 --epochs 1 --name few';
    expect((await mnetAt(dir, words(`${line} --limit 8`))).status).toBe(0);
    expect(readRun(join(dir, 'runs/few')).dataset).toMatchObject({ train: 8, test: 2 });
    const { test } = readRun(join(dir, 'runs/few'));
    expect(test?.perClassAccuracy).not.toContain(null);
    const refused = await mnetAt(dir, words(`${line} --limit 1 --overwrite`));
    expect(refused.stderr).toMatch(
      /^error: --limit: got 1, which leaves no training picture of the class '(blue|red)', takes more\n$/,
    );
  });

  it('without a part says so where that is asked for', async () => {
    for (const part of ['train', 'val'])
      cpSync(join(dir, 'photos'), join(dir, 'parted', part), { recursive: true });
    const line =
      'train --model mobilenet_v1 --width 0.1 --data parted --size 32 --epochs 1 --name parted';
    expect((await mnetAt(dir, words(line))).status).toBe(0);
    const run = await mnetAt(dir, words('evaluate runs/parted'));
    expect(run.stderr).toBe(
      'error: --part: got test, of which parted has no pictures, takes validation, train\n',
    );
  });

  it('gives a trained network a new classifier', async () => {
    const drawn = words(
      'train --model mobilenet_v1 --width 0.1 --dataset shapes10 --limit 20 --epochs 1 --name drawn',
    );
    expect((await mnetAt(dir, drawn)).status).toBe(0);
    const args = (line: string): string[] =>
      words(`train --model runs/drawn --data photos --epochs 1 --batch-size 8 --name tuned${line}`);
    const refused = await mnetAt(dir, args(''));
    expect(refused.stderr).toContain(
      'it tells 10 classes apart, and the data has 2; give --new-classifier',
    );
    const run = await mnetAt(dir, args(' --new-classifier'));
    expect(run.status).toBe(0);
    expect(readRun(join(dir, 'runs/tuned')).dataset).toMatchObject({ shape: [32, 32, 3] });
  });

  it('names pictures that cannot be read, and leaves them out only where that is asked for', async () => {
    mkdirSync(join(dir, 'mixed'));
    for (const name of ['blue', 'red']) {
      mkdirSync(join(dir, 'mixed', name));
      for (const i of [0, 3, 6, 9]) {
        const from = join(dir, 'photos', name, `${i}.jpeg`);
        writeFileSync(join(dir, 'mixed', name, `${i}.jpeg`), readFileSync(from));
      }
    }
    writeFileSync(join(dir, 'mixed/red/bad.jpg'), 'no picture');
    const line =
      'train --model mobilenet_v1 --width 0.1 --data mixed --size 32 --epochs 1 --name mixed';
    const refused = await mnetAt(dir, words(line));
    expect(refused.stderr).toMatch(
      /^error: --data mixed: not readable as pictures: red.bad\.jpg .*--skip-unreadable\n$/,
    );
    const run = await mnetAt(dir, [...words(line), '--skip-unreadable']);
    expect(run.stderr).toContain('left out: red/bad.jpg ');
    expect(run.status).toBe(0);
  });

  it('says of each file that is no picture so, and still classifies the others', async () => {
    writeFileSync(join(dir, 'text.jpg'), 'no picture');
    const run = await mnetAt(
      dir,
      words('classify runs/photos photos/red/0.jpeg text.jpg none.png'),
    );
    expect(run.stdout).toMatch(/^photos.red.0\.jpeg +red +[\d.]+%\n +blue +[\d.]+%$/m);
    expect(run.stderr).toMatch(/^error: text\.jpg: .*\nerror: none\.png: .*\n$/);
    expect(run.status).toBe(1);
  });
});
