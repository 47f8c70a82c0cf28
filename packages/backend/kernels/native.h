// What the addon knows of the kernels. Addresses are bytes from the memory's start.
#pragma once
#include <stdint.h>

/** The kernels for one instruction set, compiled by native.c. */
struct kernels {
  /** Floats of a vector, and columns of a panel of a packed matrix. */
  int32_t lanes, panel;
  /** Must be called on a thread before all else; it may enter one memory after another, and is in its epoch then. */
  void (*enter)(char *memory, uint32_t control, uint32_t scratch);
  void (*begin)(int32_t epoch);
  int32_t (*join)(int32_t epoch);
  void (*serve)(void);
  int32_t (*workers)(void);
  void (*enqueue)(double command, int32_t chunks);
  void (*feed)(double commands, int32_t count);
  void (*run)(double command, int32_t chunks);
  int32_t (*drain)(int32_t left, int32_t may_block, int32_t patience);
  int32_t (*replay)(double commands, int32_t count, int32_t may_block, int32_t patience);
};
