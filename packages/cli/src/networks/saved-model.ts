import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileSystem, registerLayers } from '@mnet/layers';
import { runPaths } from '@mnet/train';
import { type LayersModel, loadLayersModel } from '@tensorflow/tfjs-layers';
import { userPath } from '../program/user-path.ts';

/**
 * Loads a saved model.
 *
 * @param path its folder, its `model.json`, or the folder of a run that has ended, which holds one
 * @param argument names it in errors, such as `--model`
 * @throws for a path with no model, or a broken one; the error names the path.
 */
export async function savedModel(path: string, argument: string): Promise<LayersModel> {
  registerLayers();
  const given = userPath(path);
  const ofRun = runPaths(given).model;
  const folder = existsSync(join(ofRun, 'model.json')) ? ofRun : given;
  try {
    return await loadLayersModel(fileSystem(folder));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`${argument} ${path}: ${why.replaceAll(/\s*\n\s*/g, ' ')}`, { cause: error });
  }
}
