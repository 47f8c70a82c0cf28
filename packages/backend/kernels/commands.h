// A command: what one launch tells every thread, 64 words of four bytes. commands.def has what each is made of.
#pragma once
#include "kernel.h"

/** The words before a command's own. */
struct head {
  i32 code, chunks;
  /** How many commands right before it in a record need not be finished when it begins. */
  i32 independent;
};
_Static_assert(sizeof(struct head) == HEAD_WORDS * 4, "launches write as many");

#define BLOCK(name) ref name;
#define WRITTEN(name) ref name;
#define TABLE(name) ref name;
#define INT(name) i32 name;
#define FLOAT(name) float name;
#define FLAG(name) i32 name;
/** The rest of a command. */
#define WORDS(name) i32 name[COMMAND_WORDS - HEAD_WORDS - 2];

// The struct of each.
#define COMMAND(name, words) \
  struct name { i32 code, chunks, independent; words }; \
  _Static_assert(sizeof(struct name) <= COMMAND_WORDS * 4, "a command has 64 words");
#include "commands.def"
#undef COMMAND

// The kernel of each: a function of its own, since engines allocate registers badly in one that holds them all.
#define COMMAND(name, words) static NOINLINE void name(const struct name *command, i32 chunk);
#include "commands.def"
#undef COMMAND

// The code of each.
#define COMMAND(name, words) code_of_##name,
enum {
#include "commands.def"
};
#undef COMMAND
