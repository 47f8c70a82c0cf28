import { SafetensorsError } from './error.ts';
import { bfloat16ToFloat32, float16ToFloat32 } from './half-precision.ts';
import type { SafetensorsFile } from './parse.ts';

/**
 * A tensor's values, copied out of the file. F32, F16, BF16 and F64 come as Float32Array (exactly, but for
 * F64, which is rounded to nearest), I32 as Int32Array, I64 as BigInt64Array, U8 and BOOL as Uint8Array.
 * @param content a parsed file
 * @param name the tensor's name
 * @throws SafetensorsError where the file has no such tensor, or a BOOL holds something else than 0 or 1
 */
export function tensorValues(
  content: SafetensorsFile,
  name: string,
): Float32Array | Int32Array | BigInt64Array | Uint8Array {
  const tensor = content.tensors.get(name);
  if (!tensor) throw new SafetensorsError('is not in the file', content.file, name);
  // A copy, for views want an aligned start, which the format does not promise.
  const bytes = Uint8Array.from(tensor.bytes);
  const { buffer } = bytes;
  switch (tensor.dtype) {
    case 'F32':
      return new Float32Array(buffer);
    case 'F16':
      return float16ToFloat32(new Uint16Array(buffer));
    case 'BF16':
      return bfloat16ToFloat32(new Uint16Array(buffer));
    case 'F64':
      return Float32Array.from(new Float64Array(buffer));
    case 'I32':
      return new Int32Array(buffer);
    case 'I64':
      return new BigInt64Array(buffer);
    case 'BOOL': {
      const wrong = bytes.find((value) => value > 1);
      if (wrong !== undefined) {
        throw new SafetensorsError(`BOOL holds ${wrong}, takes 0 or 1`, content.file, name);
      }
      return bytes;
    }
    default:
      return bytes;
  }
}
