/* Inlining of one call, for passes that make one. */
#ifndef WEFT_PASSES_INLINE_H
#define WEFT_PASSES_INLINE_H

#include "passes/pass.h"

/* The call becomes the callee's body, whatever the callee's level; what the callee calls goes along. */
void inline_call(PassContext *cx, Func *func, Op *call);

#endif
