/** Pages of 64 KB that a memory may have: 4 GB. */
export const MOST_PAGES = 65_536;

/** A memory of so many pages of 64 KB, which may grow to `maximum`. */
export function sharedMemory(pages: number, maximum = MOST_PAGES): WebAssembly.Memory {
  try {
    return new WebAssembly.Memory({ initial: pages, maximum, shared: true });
  } catch (error) {
    throw new Error(
      `there is no address space for a WebAssembly memory of up to 4 GB, for which engines reserve 10 GB and more: raise the limit on virtual memory (ulimit -v) (${(error as Error).message})`,
      { cause: error },
    );
  }
}
