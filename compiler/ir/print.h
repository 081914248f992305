/* The text form of the IR, and back. It round-trips: print(parse(print(m))) is print(m). */
#ifndef WEFT_IR_PRINT_H
#define WEFT_IR_PRINT_H

#include "base/diag.h"
#include "ir/func.h"

void module_print(Text *out, Module *module);
void func_print(Text *out, Func *func);
void op_print(Text *out, Op *op); /* one op, for messages; operands by number or name; of regions only that they are there */

/* NULL after an error, which is in `diags`. The result has been verified. */
Module *module_parse(Arena *arena, Types *types, Interner *names, Sources *sources, Diags *diags, const SourceFile *file);

/* A value of `type` from text: "1.5", "[1, 2]". NULL after an error, which is in `diags`. */
const Attr *attr_parse(Arena *arena, Module *module, Diags *diags, const SourceFile *file, const Type *type);

#endif
