import type { backend_util } from '@tensorflow/tfjs-core';
import type { Device } from './device.ts';

/** Types whose values lie in the heap, with their bytes. */
export const heapTypes = { float32: 4, int32: 4, bool: 1 } as const;
/** A type of them. */
export type HeapType = keyof typeof heapTypes;

/** A tensor's values in the heap. `values` is a view of them, made when it is asked for: the memory may grow. */
export class HeapData {
  readonly dtype: HeapType;
  address: number;
  readonly length: number;
  refCount: number;
  private readonly device: Device;

  constructor(device: Device, dtype: HeapType, address: number, length: number, refCount: number) {
    this.device = device;
    this.dtype = dtype;
    this.address = address;
    this.length = length;
    this.refCount = refCount;
  }

  get values(): backend_util.TypedArray {
    const { device, address, length } = this;
    if (this.dtype === 'float32') return new Float32Array(device.bytes, address, length);
    if (this.dtype === 'int32') return new Int32Array(device.bytes, address, length);
    return new Uint8Array(device.bytes, address, length);
  }
}
