import { integerIn } from '@mnet/core/check';
import { downloadFile } from '@mnet/core/download';
import { sha256, writeWhole } from '@mnet/core/files';
import { type Given, integer, optional, options, resolve } from '@mnet/core/options';
import { isRunning, thisProcess } from '@mnet/core/process';
import { Random } from '@mnet/core/random';
import { resample } from '@mnet/core/resample';
import { encodeSafetensors, parseSafetensors } from '@mnet/core/safetensors';
import { readFileSync } from 'node:fs';

const declared = options({ epochs: optional(integer({ min: 1 }), 10) });
const given: Given<typeof declared> = {};
const epochs: number = resolve(declared, given, 'program').epochs;
const seeds: number[] = [1, 1].map((seed) => new Random(seed).next());
if (epochs !== 10 || seeds[0] !== seeds[1]) throw new Error(`got ${epochs} and ${seeds.join()}`);

integerIn(3, 1, 10, 'classes');
await writeWhole('written.txt', 'whole');
if (readFileSync('written.txt', 'utf8') !== 'whole')
  throw new Error('the file is not what was written');
const bytes: Uint8Array = encodeSafetensors(
  new Map([['a', { shape: [2], values: Float32Array.of(1, 2) }]]),
);
const shape: readonly number[] | undefined = parseSafetensors(bytes).tensors.get('a')?.shape;
if (shape?.[0] !== 2) throw new Error(`got the shape ${shape?.join()}`);
if (isRunning(thisProcess()) !== true) throw new Error('this process is not running');
if (typeof downloadFile !== 'function' || typeof resample !== 'function')
  throw new Error('missing');
console.log(`a file of ${sha256(['whole']).slice(0, 8)}`);
