import { integerIn } from '@mnet/core/check';
import { sha256 } from '@mnet/core/files';
import { integer, optional, options, resolve } from '@mnet/core/options';
import { Random } from '@mnet/core/random';

const declared = options({ epochs: optional(integer({ min: 1 }), 10) });

/** Options and arguments are checked, numbers drawn, and bytes digested, without TensorFlow.js. */
export default function program() {
  const { epochs } = resolve(declared, {}, 'train');
  if (epochs !== 10) throw new Error(`got ${epochs} epochs`);
  const digest = sha256(['abc']);
  if (!digest.startsWith('ba7816bf')) throw new Error(`got the digest ${digest}`);
  const [a, b] = [new Random(1), new Random(1)].map((random) => random.next());
  if (a !== b) throw new Error(`equal seeds gave ${a} and ${b}`);
  try {
    integerIn(0, 1, 10, 'classes');
  } catch ({ message }) {
    return message;
  }
  throw new Error('0 classes were taken');
}
