/* Other programs, and this one's children. */
#ifndef WEFT_DRIVER_RUN_PROGRAM_H
#define WEFT_DRIVER_RUN_PROGRAM_H

#include "base/arena.h"

#include <stdbool.h>
#include <sys/types.h>

/* In a child of `parent`, at once: it is killed when the parent ends, however that ends, so that nothing computes on for
 * nobody. */
void die_with_parent(pid_t parent);

/* Runs a tool to its end; NULL, or a sentence with the first line of what it said. `argv` ends with NULL. */
const char *run_tool(Arena *arena, const char *const *argv);

/* Runs `body` in a child process, whose standard streams are this one's. Gives the exit status; a child that a signal
 * killed gives 128 + the signal, with *signal set. `body` returns the child's exit status. */
int run_in_child(int (*body)(void *context), void *context, int *signal);

#endif
