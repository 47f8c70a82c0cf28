// Matrices turned: rows become columns.
#include "commands.h"
#include "transpose.h"

/** Each of the matrices [rows, columns] as [columns, rows], of words of four bytes. Chunk = run of pieces of TRANSPOSED columns. */
static void transpose_matrices(const struct transpose_matrices *c, i32 chunk) {
  const i32 pieces = ceil_div(c->columns, TRANSPOSED), end = start_of(chunk + 1, c->chunks, c->matrices * pieces);
  for (i32 i = start_of(chunk, c->chunks, c->matrices * pieces); i < end; i++) {
    const i32 column = i % pieces * TRANSPOSED;
    const size_t matrix = (size_t)(i / pieces) * c->rows * c->columns;
    const i32 columns = least(TRANSPOSED, c->columns - column);
    transpose(at(c->x) + matrix + column, c->columns, c->rows, columns, at(c->out) + matrix + (size_t)column * c->rows, c->rows, c->rows);
  }
}
