/* What the language has and this version does not compile: it says so, and nothing else is done
 * instead. */
#include "sema/context.h"

Operand not_built(FuncState *fs, const Node *node, DiagCode code, ...) {
    va_list args;
    va_start(args, code);
    diag_list(fs->sema->diags, node->span, code, args);
    va_end(args);
    return operand_poison(node);
}
