/* A compiled program in this process, through ORC: what run, test and call execute. To be used in a child. */
#ifndef WEFT_DRIVER_JIT_PROGRAM_H
#define WEFT_DRIVER_JIT_PROGRAM_H

#include "driver/compile.h"

typedef struct JitProgram {
    const CodegenApi *api;
    Jit *jit;
} JitProgram;

/* Loads the object, starts the runtime, registers the interpreter's device, and makes `device` (NULL: none named) the
 * default. False after a failure that was told. */
bool jit_load(Compilation *c, CodegenResult object, const char *device, JitProgram *program);
void *jit_symbol(const JitProgram *program, const char *symbol); /* NULL after a failure that was told */

#endif
