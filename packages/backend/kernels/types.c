// Numbers of one type as those of another. Chunk = run of elements.
#include "commands.h"
#include "run.h"

/** Whole numbers, or bytes that are 0 or 1, as numbers of four bytes. */
static void widen(const struct widen *c, i32 chunk) {
  const struct run run = run_of(chunk, c->chunks, c->count);
  const i32 *restrict whole = (const i32 *)at(c->x);
  const uint8_t *restrict bytes = (const uint8_t *)at(c->x);
  float *restrict out = at(c->out);
  i32 *restrict words = (i32 *)at(c->out);
  if (c->types == INT_TO_FLOAT)
    for (i32 i = run.start; i < run.end; i++) out[i] = (float)whole[i];
  else if (c->types == BOOL_TO_FLOAT)
    for (i32 i = run.start; i < run.end; i++) out[i] = (float)bytes[i];
  else
    for (i32 i = run.start; i < run.end; i++) words[i] = bytes[i];
}

/** A row of `depth` words for each place: `on` there, `off` elsewhere; for a place out of range, `off` alone. */
static void one_hot(const struct one_hot *c, i32 chunk) {
  const i32 end = start_of(chunk + 1, c->chunks, c->count);
  const i32 *indices = (const i32 *)at(c->indices);
  for (i32 i = start_of(chunk, c->chunks, c->count); i < end; i++) {
    i32 *row = (i32 *)at(c->out) + (size_t)i * c->depth;
    for (i32 j = 0; j < c->depth; j++) row[j] = c->off;
    if ((u32)indices[i] < (u32)c->depth) row[indices[i]] = c->on;
  }
}
