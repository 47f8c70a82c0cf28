// Rows of a tensor by their places, which JavaScript has checked.
#include "commands.h"

/** out[g, i] = x[g, indices[i]], rows of `size` words in `groups` of `rows`. Chunk = run of the result's rows. */
static void gather_rows(const struct gather_rows *c, i32 chunk) {
  const i32 *indices = (const i32 *)at(c->indices);
  const i32 all = c->groups * c->count, end = start_of(chunk + 1, c->chunks, all);
  for (i32 r = start_of(chunk, c->chunks, all); r < end; r++) {
    const size_t from = (size_t)(r / c->count) * c->rows + indices[r % c->count];
    copy(at(c->out) + (size_t)r * c->size, at(c->x) + from * c->size, c->size);
  }
}

/** out[indices[i]] = x[i], rows of `size` words; of several for one place the last stays. One chunk. */
static void scatter_rows(const struct scatter_rows *c, i32 chunk) {
  (void)chunk;
  const i32 *indices = (const i32 *)at(c->indices);
  for (i32 i = 0; i < c->count; i++)
    copy(at(c->out) + (size_t)indices[i] * c->size, at(c->x) + (size_t)i * c->size, c->size);
}
