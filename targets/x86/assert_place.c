/* Which thread an assert fails in: before a kernel becomes loops, each func.assert in it is given the indices of its
 * item, or of its block and thread, as operands behind those of its text; {place} says which. The loops give them
 * values like any other use. */
#include "targets/x86/assert_place.h"

#include "ir/builder.h"

typedef VEC(Op *) OpVec;

typedef struct Search {
    Arena *arena;
    OpVec asserts;
} Search;

static void look_for_assert(Op *op, void *context) {
    Search *search = context;
    if (op->code == OP_FUNC_ASSERT && !op_attr(op, ATTR_KEY_PLACE))
        vec_push(search->arena, &search->asserts, op);
}

static uint32_t ask(Builder *b, Opcode code, uint32_t count, Value **to) {
    for (uint32_t dim = 0; dim < count; dim++) {
        const Type *i64 = b->module->types->i64;
        Op *op = build_op(b, code, NULL, 0, &i64, 1, 0);
        op_set_attr(op, ATTR_KEY_DIM, attr_i64(b->module->types, dim));
        to[dim] = op_result(op, 0);
    }
    return count;
}

static void add_place(Arena *scratch, const Func *kernel, Op *op) {
    Module *module = kernel->module;
    Builder b = builder_before(op);
    uint32_t count = op->operand_count, over = kernel->kernel->over_rank;
    Value **operands = arena_array(scratch, Value *, count + 6);
    for (uint32_t i = 0; i < count; i++)
        operands[i] = op_operand(op, i);
    if (over) {
        count += ask(&b, OP_KERNEL_ITEM, over, operands + count);
    } else {
        count += ask(&b, OP_KERNEL_BLOCK_IDX, 3, operands + count);
        count += ask(&b, OP_KERNEL_THREAD_IDX, 3, operands + count);
    }
    op_set_operands(op, operands, count);
    op_set_attr(op, ATTR_KEY_PLACE, attr_string(module->types, intern_cstr(module->names, over ? "item" : "thread")));
}

void assert_place_add(Arena *scratch, Func *kernel) {
    Search search = {.arena = scratch};
    region_walk(kernel->body, look_for_assert, &search);
    VEC_FOR_EACH (i, &search.asserts)
        add_place(scratch, kernel, search.asserts.items[i]);
}
