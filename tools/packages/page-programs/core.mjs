import { downloadFile } from '@mnet/core/download';
import { sha256, withLock } from '@mnet/core/files';
import { Random } from '@mnet/core/random';
import { encodeSafetensors, parseSafetensors, tensorValues } from '@mnet/core/safetensors';

/** Numbers go into the format and come back, with the digest that Node.js gives; what needs files says so. */
export default async function program() {
  const values = Float32Array.of(1, 2, new Random(1).next());
  const bytes = encodeSafetensors(new Map([['w', { shape: [3], values }]]));
  const read = tensorValues(parseSafetensors(bytes), 'w');
  if (!values.every((value, i) => value === read[i])) throw new Error(`got ${read}`);
  const empty = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
  if (sha256([]) !== empty) throw new Error(`got the digest ${sha256([])}`);
  const url = 'https://example.org/a.bin';
  for (const work of [withLock('a.lock', {}, async () => {}), downloadFile({ url, path: 'a' })]) {
    const refusal = await work.catch((error) => error.message);
    if (!/need(s)? Node\.js/.test(refusal)) throw new Error(`a file: ${refusal}`);
  }
  return `${bytes.length} bytes`;
}
