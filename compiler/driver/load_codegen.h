/* Code generation on need: the module that knows LLVM is opened when a command first wants it. */
#ifndef WEFT_DRIVER_LOAD_CODEGEN_H
#define WEFT_DRIVER_LOAD_CODEGEN_H

#include "codegen/codegen.h"

/* Opens libweft_codegen.so, which lies in ../lib beside the running program. NULL with a sentence in `error`. */
const CodegenApi *codegen_load(const char **error);

/* Code generation in a child process, so that a fatal error of LLVM's is a sentence and not our end. The module
 * must not change between start and wait; several children may run at once. */
typedef struct CodegenChild CodegenChild;

CodegenChild *codegen_start(Arena *arena, const CodegenRequest *request);
CodegenResult codegen_wait(CodegenChild *child);
CodegenResult codegen_emit_in_child(Arena *arena, const CodegenRequest *request);

#endif
