import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { useBackend } from '@mnet/cli';
import { fileSystem, setClassifierInfo } from '@mnet/layers';
import { createModel } from '@mnet/models';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mnet } from './helpers/mnet.ts';

let dir: string;
let saved: string;
const classes = ['one', 'two', 'three'];

beforeAll(async () => {
  await useBackend('cpu');
  dir = mkdtempSync(join(tmpdir(), 'mnet-quantize-'));
  saved = join(dir, 'saved');
  const model = createModel('mobilenet_v1', { classes: 3, width: 0.25, inputShape: [32, 32, 3] });
  setClassifierInfo(model, { classes, mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25] });
  await model.save(fileSystem(saved));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const bytes = (folder: string): number =>
  readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);

describe('mnet quantize', () => {
  it.each([
    ['float16', 0.5],
    ['uint8', 0.25],
  ])('saves a model as %s, in its share of the bytes, which classifies', async (dtype, share) => {
    const out = join(dir, dtype);
    const run = await mnet('quantize', saved, '--dtype', dtype, '--out', out, '--json', '-');
    expect(run.stderr).toBe('');
    const result = JSON.parse(run.stdout) as Record<string, number>;
    expect(result).toMatchObject({ dtype, out, params: 213_843 });
    expect(result['weightBytes']! / result['float32Bytes']!).toBeCloseTo(share, 1);
    expect(result['weightBytes']! + result['jsonBytes']!).toBe(bytes(out));

    const picture = join(dir, 'grey.png');
    const background = { r: 90, g: 120, b: 150 };
    await sharp({ create: { width: 50, height: 40, channels: 3, background } }).toFile(picture);
    const guess = async (path: string): Promise<{ label: string; probability: number }> => {
      const { stdout } = await mnet('classify', path, picture, '--json', '-');
      type Outcome = { predictions: { label: string; probability: number }[] };
      return (JSON.parse(stdout) as Outcome[])[0]!.predictions[0]!;
    };
    const [before, after] = [await guess(saved), await guess(out)];
    expect(after.label).toBe(before.label);
    expect(Math.abs(after.probability - before.probability)).toBeLessThan(0.02);
  });

  it('says what it has written', async () => {
    const run = await mnet('quantize', saved, '--out', join(dir, 'told'));
    expect(run.stdout).toMatch(/mobilenet_v1 in float16 +[\d,]+ numbers/);
    expect(run.stdout).toMatch(/weights as float32 +[\d,]+ bytes\nweights +[\d,]+ bytes/);
  });

  it('replaces a model only where it shall', async () => {
    const before = readFileSync(join(saved, 'model.json'), 'utf8');
    const refused = await mnet('quantize', saved, '--out', saved);
    expect(refused.stderr).toContain('there is a model already; give --overwrite');
    expect(refused.status).toBe(1);
    expect(readFileSync(join(saved, 'model.json'), 'utf8')).toBe(before);
    const twice = ['quantize', saved, '--out', join(dir, 'twice')];
    expect((await mnet(...twice)).status).toBe(0);
    expect((await mnet(...twice, '--overwrite', '--dtype', 'uint8')).status).toBe(0);
    expect(readFileSync(join(dir, 'twice', 'model.json'), 'utf8')).toContain('"uint8"');
  });

  it('writes nothing beside the model of a run, which would be taken instead', async () => {
    const run = join(dir, 'run');
    cpSync(saved, join(run, 'model'), { recursive: true });
    const refused = await mnet('quantize', run, '--out', run, '--overwrite');
    expect(refused.stderr).toContain(
      `takes a folder for this one, such as ${join(run, 'float16')}`,
    );
    expect(refused.status).toBe(1);
    expect(readdirSync(run)).toEqual(['model']);
    expect((await mnet('quantize', run, '--out', join(run, 'float16'))).status).toBe(0);
  });

  it.each([
    [['--out', 'x', '--dtype', 'int4'], /'int4' is invalid.*float32, float16, uint16, uint8/s, 2],
    [[], /required option '--out <folder>'/, 2],
    [['--out', ''], /takes a folder/i, 2],
  ])('refuses %j', async (args, message, status) => {
    const run = await mnet('quantize', saved, ...args);
    expect(run.stderr).toMatch(message);
    expect(run.status).toBe(status);
  });

  it('names a model that is not there', async () => {
    const out = join(dir, 'nothing');
    const run = await mnet('quantize', join(dir, 'none'), '--out', out);
    expect(run.stderr).toMatch(/^error: model .*none: .*there is no /);
    expect(existsSync(out)).toBe(false);
  });
});
