/* grid-domain: an over= kernel becomes a grid of blocks of 256 threads, each an item of the linear domain.
 *
 *     kernel @k(%N, %x) over 1 { %i = kernel.item 0; body }
 *  -> kernel @k(%N, %x, %begin, %extent) {
 *         %t = block_idx.x * 256 + thread_idx.x
 *         if %t < %extent { %i = %begin + %t; body }
 *     }
 *
 * Of several sizes the last is the fastest: neighbouring threads are neighbours in memory. The launch gives
 * ceil(items / 256) blocks in x. Every vendor's code generator takes what comes out; the item's index costs
 * a division for each size but the first. Sound: items are independent, and the guard keeps out the threads
 * that the last block has too many. */
#include "targets/grid_domain.h"

#include "passes/edit.h"

typedef VEC(Op *) OpVec;

typedef struct ItemSearch {
    Arena *arena;
    OpVec found;
} ItemSearch;

static void collect_item(Op *op, void *context) {
    ItemSearch *search = context;
    if (op->code == OP_KERNEL_ITEM)
        vec_push(search->arena, &search->found, op);
}

static Value *build_geometry(Builder *b, Opcode code) {
    Op *op = build_op(b, code, NULL, 0, &b->module->types->i64, 1, 0);
    op_set_attr(op, ATTR_KEY_DIM, attr_i64(b->module->types, 0));
    return op_result(op, 0);
}

static void add_domain_args(Func *kernel, Value **begins, Value **extents) {
    for (uint32_t i = 0; i < kernel->kernel->over_rank; i++) {
        begins[i] = block_add_arg(kernel->module, func_entry(kernel), kernel->module->types->i64);
        extents[i] = block_add_arg(kernel->module, func_entry(kernel), kernel->module->types->i64);
    }
}

/* The item's index in each size, from its number in the linear domain. */
static void split_index(Builder *b, Value *linear, uint32_t rank, Value *const *begins, Value *const *extents, Value **items) {
    Value *rest = linear;
    for (uint32_t i = rank; i-- > 0;) {
        Value *index = i == 0 ? rest : build2(b, OP_ARITH_MOD, rest, extents[i]);
        rest = i == 0 ? rest : build2(b, OP_ARITH_FLOOR_DIV, rest, extents[i]);
        items[i] = build2(b, OP_ARITH_ADD, begins[i], index);
    }
}

bool pass_grid_domain(PassContext *cx, Func *kernel) {
    if (kernel->kind != FUNC_KERNEL || kernel->kernel->over_rank == 0 || !kernel->flat)
        return false;
    uint32_t rank = kernel->kernel->over_rank;
    Value *begins[4], *extents[4], *items[4];
    add_domain_args(kernel, begins, extents);
    ItemSearch search = {.arena = cx->scratch};
    region_walk(kernel->body, collect_item, &search);

    Block *entry = func_entry(kernel);
    Op *end = op_terminator(entry), *first = entry->first;
    Builder b = builder_before(end);
    b.span = kernel->span;
    Value *block = build_geometry(&b, OP_KERNEL_BLOCK_IDX);
    Value *linear = build2(&b, OP_ARITH_ADD, build2(&b, OP_ARITH_MUL, block, build_i64(&b, GRID_DOMAIN_BLOCK)),
                           build_geometry(&b, OP_KERNEL_THREAD_IDX));
    Value *total = extents[0];
    for (uint32_t i = 1; i < rank; i++)
        total = build2(&b, OP_ARITH_MUL, total, extents[i]);
    Value *inside = build_cmp(&b, "lt", linear, total);
    Op *guard = build_op(&b, OP_IF, &inside, 1, NULL, 0, 2);
    Builder then = builder_at_end(kernel->module, region_add_block(guard, 0));
    split_index(&then, linear, rank, begins, extents, items);
    Builder otherwise = builder_at_end(kernel->module, region_add_block(guard, 1));
    build_yield(&otherwise, NULL, 0);

    Op *start = value_op(block);
    for (Op *op = first, *next; op != end && op != start; op = next) {
        next = op->next;
        op_unlink(op);
        if (op_has(op, ALLOCATES))
            op_insert_before(op, start);
        else
            op_append(then.block, op);
    }
    build_yield(&then, NULL, 0);
    VEC_FOR_EACH (i, &search.found) {
        Op *op = search.found.items[i];
        value_replace_uses(op_result(op, 0), items[attr_as_i64(op_attr(op, ATTR_KEY_DIM))]);
        op_erase(op);
    }
    kernel->kernel->block[0] = GRID_DOMAIN_BLOCK;
    kernel->kernel->block[1] = kernel->kernel->block[2] = 1;
    return true;
}
