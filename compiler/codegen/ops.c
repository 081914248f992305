/* From an opcode to the function that builds it. An op without a row is one that lowering takes away, or one
 * that is not built yet: gen_block_ops says so. */
#include "codegen/handlers.h"

static const GenOp handlers[OPCODE_COUNT] = {
#define HANDLER(code, function) [OP_##code] = function,
#include "codegen/handlers.def"
#undef HANDLER
};

GenOp gen_handler(Opcode code) {
    return handlers[code];
}
