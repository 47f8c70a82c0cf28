import { spawnSync } from 'node:child_process';
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { GlobalAveragePool, modelLayers } from '@mnet/layers';
import { nodeFlags } from '../../../tools/processes/start.mjs';
import { secondCopy } from '../../../tools/packages/second-copy.mjs';

let folder: string;
let said: Record<'warnings' | 'symbolic' | 'sequential' | 'model', string>;

beforeAll(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'mnet-copies-')));
  const copy = secondCopy(folder, '4.20.0');
  const program = `
    import { createRequire } from 'node:module';
    const warnings = [];
    console.warn = (text) => warnings.push(text);
    const other = createRequire(import.meta.url)(${JSON.stringify(copy['tfjs-layers'])});
    const { GlobalAveragePool, modelLayers, registerLayers } = await import('@mnet/layers');
    const { ones } = await import('@tensorflow/tfjs-core');
    registerLayers();
    registerLayers();
    const message = (run) => { try { run(); return ''; } catch (error) { return error.message; } };
    const symbolic = message(() => new GlobalAveragePool().apply(other.input({ shape: [4, 4, 3] })));
    const inputLayer = other.layers.inputLayer({ inputShape: [4, 4, 3] });
    const sequential = message(() => other.sequential({ layers: [inputLayer, new GlobalAveragePool()] }));
    const image = other.input({ shape: [4, 4, 3] });
    const model = message(() => modelLayers(other.model({ inputs: image, outputs: image, name: 'same' })));
    const ours = warnings.filter((text) => text.startsWith('mnet: '));
    console.log(JSON.stringify({ warnings: ours.join('\\n'), symbolic, sequential, model }));`;
  const file = join(import.meta.dirname, `two-copies-${process.pid}.mjs`);
  writeFileSync(file, program);
  try {
    const { stdout, stderr } = spawnSync(process.execPath, [...nodeFlags, file], {
      encoding: 'utf8',
    });
    said = JSON.parse(stdout.split('\n').at(-2) ?? stderr) as typeof said;
  } finally {
    rmSync(file);
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('in a program with two copies of TensorFlow.js', () => {
  test('registerLayers warns once, and names where both are', () => {
    const lines = said.warnings.split('\n');
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain(`4.20.0 in ${folder}/node_modules/@tensorflow/tfjs-core`);
    expect(lines[0]).toMatch(/4\.22\.0 in \S+tfjs-core/);
  });

  test.each(['symbolic', 'sequential'] as const)(
    "a layer refuses the other's tensor: %s",
    (key) => {
      expect(said[key]).toMatch(/^global_average_pool\S*: got a symbolic tensor of another copy/);
      expect(said[key]).toContain(`4.20.0 in ${folder}/node_modules/@tensorflow/tfjs-layers`);
      expect(said[key]).toMatch(/4\.22\.0 in \S+tfjs-layers/);
    },
  );

  test('a model of the other is refused', () => {
    expect(said.model).toMatch(/^model: got the model 'same' of another copy of/);
  });
});

test('what is refused in this process', () => {
  const symbolic = { shape: [null, 4, 4, 3], dtype: 'float32', sourceLayer: {} } as never;
  expect(() => new GlobalAveragePool().call(symbolic, {})).toThrow('of another copy');
  expect(() => modelLayers({ name: 'm', layers: [] } as never)).toThrow("the model 'm' of another");
});
