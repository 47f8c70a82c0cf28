import { show } from '@mnet/core/check';
import { sha256 } from '@mnet/core/files';
import type { Value } from '../config.ts';
import { isPathBelow } from '../store/file-list.ts';

/** The longest name of a run; with the names of a run's own files, paths stay short enough for every file system. */
const longest = 90;

/**
 * A run's name: its stage, then what is varied, `student-width-0.5-seed-2`.
 *
 * @param varied the values by key, of those keys that differ within the stage
 */
export function runName(
  stage: string,
  varied: Readonly<Record<string, Value>>,
  seed: number | undefined,
): string {
  const parts = [
    ...(stage === '' ? [] : [stage]),
    ...Object.entries(varied).map(([key, value]) => `${kebab(key)}-${word(value)}`),
    ...(seed === undefined ? [] : [`seed-${seed}`]),
  ];
  const name = parts.join('-') || 'run';
  if (name.length <= longest) return name;
  return `${name.slice(0, longest - 9)}-${shortDigest(name)}`;
}

/**
 * A run's name, which is its folder's: below the study's folder and nowhere else. The keys of a function of one's own may be any text, and
 * a file with names may be anyone's.
 *
 * @throws TypeError that names the argument
 */
export function checkRunName(name: unknown, argument: string): void {
  if (typeof name === 'string' && isPathBelow(name)) return;
  throw new TypeError(`${argument}: got ${show(name)}, takes a path below the study's folder`);
}

/** Eight digits that tell a content from others of a study. */
export function shortDigest(content: string): string {
  return sha256([content]).slice(0, 8);
}

function kebab(key: string): string {
  return key.replace(/(?<=[a-z\d])[A-Z]/g, (letter) => `-${letter}`).toLowerCase();
}

/** A value as a part of a file's name. */
function word(value: Value): string {
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
  const plain = text.replaceAll(/[^\w.-]+/g, '_').replaceAll(/^[_.]+|[_.]+$/g, '');
  if (plain !== '' && plain.length <= 40) return plain;
  return `${plain.slice(0, 30)}${plain === '' ? '' : '-'}${shortDigest(text)}`;
}
