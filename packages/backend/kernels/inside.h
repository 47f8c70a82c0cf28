// Which outputs of a window's axis have a tap that lies in the image.
#pragma once
#include "kernel.h"

/** The first output whose tap at `offset` does not lie before the input. */
INLINE i32 first_inside(i32 offset, i32 stride) { return offset >= 0 ? 0 : ceil_div(-offset, stride); }

/** One past the last output whose tap at `offset` does not lie behind the input. */
INLINE i32 end_inside(i32 offset, i32 stride, i32 input, i32 output) {
  const i32 room = input - 1 - offset;
  return room < 0 ? 0 : least(output, room / stride + 1);
}
