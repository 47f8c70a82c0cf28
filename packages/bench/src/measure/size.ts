import { nodeModules } from '@mnet/core/files';
import { fileSystem } from '@mnet/layers';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { sizeDtypes } from './kinds.ts';
import { resultBase, type ResultBase } from './result.ts';

/** Bytes of a saved model's files together. */
export interface SavedBytes {
  bytes: number;
  /** The same with each file compressed by gzip (level 9), as a server sends it. */
  gzipBytes: number;
}

/** Bytes of a model on disk, by how its kernels are stored. */
export interface SizeResult extends ResultBase {
  kind: 'size';
  /** `float32` as `save` writes it, `float16` and `uint8` as `mnet quantize` does. */
  files: { readonly [D in (typeof sizeDtypes)[number]]: SavedBytes };
}

/**
 * How many bytes a network is on disk: `model.json` and its weights, in float32, and with kernels in float16 and uint8. It is
 * saved to a temporary folder, which is removed. Needs Node.js.
 *
 * @param name in the result; default the model's own
 * @throws where it cannot be saved.
 */
export async function measureSize(model: LayersModel, name = model.name): Promise<SizeResult> {
  const { fs, os, path } = nodeModules('measureSize');
  const { gzipSync } = process.getBuiltinModule('node:zlib');
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'mnet-size-'));
  try {
    const files: Partial<Record<(typeof sizeDtypes)[number], SavedBytes>> = {};
    for (const dtype of sizeDtypes) {
      const of = path.join(folder, dtype);
      await model.save(fileSystem(of, { dtype }));
      const contents = fs.readdirSync(of).map((file) => fs.readFileSync(path.join(of, file)));
      files[dtype] = {
        bytes: sum(contents.map(({ length }) => length)),
        gzipBytes: sum(contents.map((content) => gzipSync(content, { level: 9 }).length)),
      };
    }
    return { kind: 'size', ...resultBase(model, name), files: files as SizeResult['files'] };
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0);
}
