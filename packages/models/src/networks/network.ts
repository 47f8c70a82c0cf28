import type { Architecture, StemSpec } from '../architecture/architecture.ts';

/** A network of the registry: its table for ImageNet's pictures, and what changes for CIFAR's small ones. */
export interface Network {
  readonly architecture: Architecture;
  readonly cifar: {
    readonly stem: Partial<StemSpec>;
    /** New strides by row, counted from 1. */
    readonly strides?: Readonly<Record<number, number>>;
  };
}
