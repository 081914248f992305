/* The functions that build ops, one for each row of handlers.def. */
#ifndef WEFT_CODEGEN_HANDLERS_H
#define WEFT_CODEGEN_HANDLERS_H

#include "codegen/gen.h"

#define HANDLER(code, function) void function(Gen *g, Op *op);
#include "codegen/handlers.def"
#undef HANDLER

#endif
