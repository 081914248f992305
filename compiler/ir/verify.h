/* The verifier is the specification of the IR: each sentence of docs/ir.md about what holds is a check
 * here, with the sentence as its message. */
#ifndef WEFT_IR_VERIFY_H
#define WEFT_IR_VERIFY_H

#include "ir/func.h"

/* True when all holds; otherwise the first sentence that does not, with the op, in `message`. */
bool module_verify(Module *module, Text *message);
bool func_verify(Func *func, Text *message);
/* The same, and where: the op's span (the function's, when it is about that). */
bool module_verify_at(Module *module, Text *message, Span *where);

#endif
