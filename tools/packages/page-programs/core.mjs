import { integerIn } from '@mnet/core/check';
import { downloadFile } from '@mnet/core/download';
import { sha256, writeWhole } from '@mnet/core/files';
import { integer, optional, options, resolve } from '@mnet/core/options';
import { Random } from '@mnet/core/random';
import { resample } from '@mnet/core/resample';
import { encodeSafetensors, parseSafetensors } from '@mnet/core/safetensors';

const declared = options({ epochs: optional(integer({ min: 1 }), 10) });

/** What runs anywhere computes, without TensorFlow.js; a file is refused by name. */
export default async function program() {
  const { epochs } = resolve(declared, {}, 'train');
  if (epochs !== 10) throw new Error(`got ${epochs} epochs`);
  const digest = sha256(['abc']);
  if (!digest.startsWith('ba7816bf')) throw new Error(`got the digest ${digest}`);
  const [a, b] = [new Random(1), new Random(1)].map((random) => random.next());
  if (a !== b) throw new Error(`equal seeds gave ${a} and ${b}`);
  const tensor = { shape: [2], values: Float32Array.of(1, 2) };
  const { tensors } = parseSafetensors(encodeSafetensors(new Map([['a', tensor]])));
  if (tensors.get('a')?.shape[0] !== 2) throw new Error('the tensor is not what it was');
  if (typeof resample !== 'function') throw new Error('no resample');
  const url = 'https://example.invalid/a';
  for (const file of [() => writeWhole('a', 'text'), () => downloadFile({ url, path: 'a' })]) {
    const refusal = await file()
      .then(() => 'nothing')
      .catch((error) => error.message);
    if (!/needs Node\.js/.test(refusal)) throw new Error(`a file: ${refusal}`);
  }
  try {
    integerIn(0, 1, 10, 'classes');
  } catch ({ message }) {
    return message;
  }
  throw new Error('0 classes were taken');
}
