// What the kernels and JavaScript both know; src/generated/commands.ts has it from here (scripts/commands.mjs).
#pragma once

/** Words of a command, and how many of them come before its own: the kernel's code, the number of chunks, and how many
 *  commands right before it it does not depend on. */
#define COMMAND_WORDS 64
#define HEAD_WORDS 3
/** Commands that the queue holds, more than a training step has: a power of two. */
#define QUEUE_SLOTS 2048
/** Bytes that the memory's layout keeps for it. */
#define QUEUE_BYTES 196608
/** How far behind the first unfinished command threads look for one that does not depend on those between. */
#define MOST_AHEAD 7
/** Bytes of a thread's memory for what a chunk computes on the way. */
#define SCRATCH_BYTES 131072

/** Columns that one piece of a transposition takes. */
#define TRANSPOSED 64

enum activation { LINEAR, RELU, RELU6, HARD_SIGMOID, HARD_SWISH, GELU };
enum binary_operation { ADD, SUBTRACT, MULTIPLY, DIVIDE, MAXIMUM, MINIMUM, SQUARED_DIFFERENCE, GATE_GRADIENT, GELU_GRADIENT, ELU_GRADIENT };
/** How the operands meet in a row: elements, or one number of either. */
enum pair_mode { SAME, SINGLE_B, SINGLE_A };
enum unary_operation { NEGATIVE, ABSOLUTE, ROOT, INVERSE_ROOT, SQUARE, RECIPROCAL, RELU_OF, RELU6_OF, CLIP, ERF, GATE, GELU_OF, EXPONENTIAL, LOGARITHM, SIGMOID, SOFTPLUS, ELU, LEAKY_RELU, TANH, STEP };
enum comparison { LESS, LESS_EQUAL, EQUAL };
/** Which type becomes which wider one. */
enum widening { INT_TO_FLOAT, BOOL_TO_FLOAT, BOOL_TO_INT };
