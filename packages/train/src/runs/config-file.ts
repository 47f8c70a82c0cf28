import { show } from '@mnet/core/check';
import { nodeModules, writeWholeSync } from '@mnet/core/files';
import type { RunConfig } from './run-record.ts';

/** The layout of run folders that this version writes and reads. */
export const FORMAT = 2;

/** A run folder's `config.json`. */
export interface StoredConfig extends RunConfig {
  readonly id: string;
  /** While a run takes an earlier one's place: what stands beside this file is the earlier one's, and goes. */
  readonly replaces?: true;
}

/** Writes `config.json`, whole or not at all. */
export function writeConfig(file: string, config: StoredConfig): void {
  writeWholeSync(file, `${JSON.stringify(config, null, 2)}\n`);
}

/**
 * Reads a folder's `config.json`.
 *
 * @throws if there is none, or it is not one that this version writes.
 */
export function readConfig(dir: string, file: string): StoredConfig {
  const { fs } = nodeModules('run');
  if (!fs.existsSync(file)) {
    throw new Error(`run: '${dir}' holds no run, it has no config.json`);
  }
  let config: Readonly<Record<string, unknown>> | null;
  try {
    config = JSON.parse(fs.readFileSync(file, 'utf8'));
  } catch (error) {
    throw new Error(`${file}: not JSON: ${(error as Error).message}`, { cause: error });
  }
  if (config?.format !== FORMAT) {
    throw new Error(
      `${file}: format is ${show(config?.format)}, this version reads ${FORMAT}; write overwrite: true, or another folder`,
    );
  }
  for (const [key, type] of Object.entries(fields)) {
    const value = config[key];
    if (typeof value !== type || value === null) {
      throw new TypeError(`${file}: ${key} is ${show(value)}, takes ${article(type)}`);
    }
  }
  return config as unknown as StoredConfig;
}

const fields = {
  id: 'string',
  name: 'string',
  date: 'string',
  model: 'object',
  dataset: 'object',
  options: 'object',
  objective: 'object',
  environment: 'object',
} as const;

function article(type: string): string {
  return type === 'object' ? 'an object' : `a ${type}`;
}
