/* What of the x86 target others ask by name. */
#ifndef WEFT_TARGETS_X86_TARGET_H
#define WEFT_TARGETS_X86_TARGET_H

#include "targets/target.h"

const Target *x86_native(Arena *arena);
bool x86_runs_here(const Target *target); /* this CPU has every feature of it */

#endif
