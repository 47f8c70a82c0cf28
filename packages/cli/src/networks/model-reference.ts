import { existsSync } from 'node:fs';
import { show } from '@mnet/core/check';
import type { Takes } from '@mnet/core/options';
import { architectureOptions, listModels, type ModelName } from '@mnet/models';
import { userPath } from '../program/user-path.ts';

/** Whether a text names a network of the registry. */
export function isModelName(text: string): text is ModelName {
  return (listModels() as readonly string[]).includes(text);
}

/** A network's name, or the path of a saved model. */
export const modelTaken: Takes<string> = {
  text: `one of ${listModels().join(', ')}, or the path of a saved model`,
  check(value, argument) {
    if (typeof value === 'string' && (isModelName(value) || isPath(value))) return value;
    throw new TypeError(`${argument}: got ${show(value)}, takes ${modelTaken.text}`);
  },
  written: 'string',
};

/** What is not a name is a path, unless it looks like a name and nothing of that path is there. */
function isPath(text: string): boolean {
  return /[/\\]|\.json$/.test(text) || (text !== '' && existsSync(userPath(text)));
}

/** A name as it is, a path as a whole one. */
export function keptReference(text: string): string {
  return isModelName(text) ? text : userPath(text);
}

/** A network by name and how wide it is. */
export interface NetworkWithWidth {
  readonly network: ModelName;
  readonly width: number;
}

/** What `mobilenet_v2:0.5` names, or `mobilenet_v2` with the width 1; undefined for anything else. */
export function networkWithWidth(text: string): NetworkWithWidth | undefined {
  const [network = '', factor, ...rest] = text.split(':');
  if (!isModelName(network) || rest.length > 0 || factor?.trim() === '') return undefined;
  try {
    const width = architectureOptions.fields.width.takes.check(Number(factor ?? 1), 'width');
    return { network, width };
  } catch {
    return undefined;
  }
}
