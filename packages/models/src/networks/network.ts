import type { Resolved } from '@mnet/core/options';
import type { Architecture, StemSpec } from '../architecture/architecture.ts';
import type { Library, NameTable } from './name-table.ts';
import type { PretrainedWeights } from './pretrained-weights.ts';
import type { AnyOptions, Strides } from './table-options.ts';

/** What `scaled` of every network gets. */
export interface ScaledBy {
  readonly width: number;
  readonly strides?: Strides | undefined;
}

/** A network of the registry: all that is known of it. */
export interface Network<Own extends AnyOptions = AnyOptions> {
  /** Its table, with the paper's strides and widths. */
  readonly architecture: Architecture;
  /** What changes for small pictures, `strides: 'cifar'`. */
  readonly cifar: {
    readonly stem: Partial<StemSpec>;
    /** New strides by row, counted from 1. */
    readonly strides?: Readonly<Record<number, number>>;
  };
  /** What it takes besides the options that all networks take. */
  readonly options: Own;
  /**
   * Its table at a width and with its own options; `table` has the strides already if they have a name, and gets those
   * of an array afterwards.
   */
  scaled(table: Architecture, given: ScaledBy & Resolved<Own>): Architecture;
  /** How libraries of PyTorch name its tensors, as far as they have the network. */
  readonly names: { readonly [L in Library]?: NameTable };
  /** Trained weights that are published, by name; the first are the default. */
  readonly pretrained: Readonly<Record<string, PretrainedWeights<Own>>>;
}

/** A network; its `scaled` is typed by its options. */
export function network<Own extends AnyOptions>(definition: Network<Own>): Network<Own> {
  return definition;
}
