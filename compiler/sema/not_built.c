/* What the language has and this version does not compile: it says so, and nothing else is done
 * instead. */
#include "sema/context.h"

Operand not_built(FuncState *fs, const Node *node, const char *what) {
    diag(fs->sema->diags, node->span, W0900, what);
    return operand_poison(node);
}
