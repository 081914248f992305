/* Edits that several passes make: ops with other operands and results, and questions about where an op stands. */
#ifndef WEFT_PASSES_EDIT_H
#define WEFT_PASSES_EDIT_H

#include "ir/builder.h"

typedef VEC(Value *) ValueVec;
typedef VEC(const Type *) TypeVec;

/* Puts an op with the code, attributes and regions of `op`, but these operands and result types, before it. `op` is left
 * without regions: replace the uses of its results, then erase it. */
Op *op_remake(Op *op, Value *const *operands, uint32_t operand_count, const Type *const *types, uint32_t type_count);
/* `region` of `from` becomes region `to_index` of `to`, whose own must be empty. */
void region_move(Op *from, uint32_t from_index, Op *to, uint32_t to_index);
/* An empty block in region `index` of `op`. */
Block *region_add_block(Op *op, uint32_t index);

/* Moves the ops of `from` starting at `first` (NULL: none) to the end of `to`. */
void ops_move_to_end(Op *first, Block *to);

/* The op in `block` that is `op` or holds it; NULL when `op` is not in `block` at any depth. */
Op *op_ancestor_in(Op *op, const Block *block);
bool op_is_in(const Op *op, const Op *ancestor); /* strictly within its regions */
/* The block in which a value is defined; NULL when its op is unlinked. */
Block *value_block(const Value *value);
bool value_is_defined_in(const Value *value, const Op *ancestor); /* within its regions */

/* A loop.for as the loop.while over (turns left, counter, carried values) that does the same; its results follow the
 * first two. `loop` is erased. */
Op *loop_for_to_while(Op *loop);

/* An empty func of the vector level with plain arguments, for lowerings. */
Func *func_create_plain(Module *module, const char *name, const char *const *arg_names, const Type *const *types,
                        uint32_t count, const Type *result);

static inline bool op_is_loop(const Op *op) { return op->code == OP_LOOP_FOR || op->code == OP_LOOP_WHILE; }
static inline bool op_is_exit(const Op *op) {
    return op->code == OP_FUNC_RETURN || op->code == OP_LOOP_BREAK || op->code == OP_LOOP_CONTINUE ||
           op->code == OP_FUNC_UNREACHABLE;
}
/* Whether a return, break, continue or unreachable stands anywhere but at the end of the function. */
bool func_has_early_exits(const Func *func);

#endif
