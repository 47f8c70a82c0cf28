// C[M, N] = act(A[M, K] · B[K, N] + bias) with B packed: matrix products, dense layers and pointwise convolutions.
import { bytes, int, ptr } from './command';
import { scratch } from './pool';
import { column, PANEL } from './tile';

/** Rows of panels (32 bytes each) that stay in a 48 KB L1 beside six rows of A. */
const L1_PANELS: i32 = 768;

/**
 * Command: 2 A, 3 packed B, 4 C, 5 M, 6 N, 7 K, 8 floats from a row of A to the next, 9 the same of C,
 * 10 rows a chunk, 11 panels a chunk, 12 bias (or 0), 13 activation,
 * 14/15/16 floats from A, packed B and C of a product to those of the next (of one product, 0).
 * Chunk = product × block of panels × block of rows, the rows' number running fastest.
 */
export function matmul(command: usize, chunk: i32): void {
  const m = int(command, 5);
  const n = int(command, 6);
  const k = int(command, 7);
  const lda = bytes(int(command, 8));
  const ldc = bytes(int(command, 9));
  const rowsPerChunk = int(command, 10);
  const panelsPerChunk = int(command, 11);
  const bias = ptr(command, 12);
  const act = int(command, 13);
  const rowBlocks = (m + rowsPerChunk - 1) / rowsPerChunk;
  const panels = (n + PANEL - 1) / PANEL;
  const panelBlocks = (panels + panelsPerChunk - 1) / panelsPerChunk;
  const row = (chunk % rowBlocks) * rowsPerChunk;
  const rows = min(rowsPerChunk, m - row);
  chunk /= rowBlocks;
  const panel = (chunk % panelBlocks) * panelsPerChunk;
  const end = min(panel + panelsPerChunk, panels);
  const product = chunk / panelBlocks;
  const a = ptr(command, 2) + bytes(product * int(command, 14)) + <usize>row * lda;
  const packed = ptr(command, 3) + bytes(product * int(command, 15));
  const c = ptr(command, 4) + bytes(product * int(command, 16)) + <usize>row * ldc;
  // Where the chunk's panels fit the L1 cache, six rows at a time meet all of them, so that C is written in order;
  // otherwise one panel at a time meets all rows.
  const block = (end - panel) * k <= L1_PANELS ? 6 : rows;
  for (let r = 0; r < rows; r += block) {
    const at = a + <usize>r * lda;
    const to = c + <usize>r * ldc;
    for (let p = panel; p < end; p++) {
      const first = p * PANEL;
      store<u32>(scratch, <u32>at);
      store<u32>(scratch, 0, 4);
      store<i32>(scratch, k, 8);
      column(
        min(block, rows - r), scratch, 1, lda, packed + bytes(first * k), to + bytes(first), ldc,
        min(PANEL, n - first), bias == 0 ? <usize>0 : bias + bytes(first), act,
      );
    }
  }
}
