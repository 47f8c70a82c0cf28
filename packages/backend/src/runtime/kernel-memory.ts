/** The memory that kernels run on: a WebAssembly memory, or one that grows as such. */
export interface KernelMemory {
  /** All of it; a grown memory may have a new one. */
  readonly buffer: ArrayBufferLike;
  /**
   * Makes it larger.
   *
   * @param pages of 64 KB
   * @throws where it cannot grow that far
   */
  grow(pages: number): unknown;
  /** The most bytes that it may have. */
  readonly limit: number;
  /** Where AddressSanitizer watches the kernels: says which bytes they may touch. */
  mark?(address: number, bytes: number, used: boolean): void;
}

/** Bytes of a page. */
export const PAGE = 65_536;
