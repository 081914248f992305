/* Constant folding of one op. */
#ifndef WEFT_IR_FOLD_H
#define WEFT_IR_FOLD_H

#include "ir/op.h"

/* The constant that `code` gives for constant operands, or NULL. Works on scalars, vectors and aggregates. */
const Attr *fold_op(Types *types, Opcode code, const AttrEntry *attrs, uint32_t attr_count,
                    const Type *result_type, const Attr *const *operands, uint32_t count);

#endif
