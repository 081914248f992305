/* over= kernels on x86: a run of items of the linear domain as a loop over its rows, and for each row the items along
 * the last size as threads that meet nobody, with the kernel's body inside.
 *
 *     row0 = first // E;  rows = ceil(end / E)                     E: the last extent
 *     loop.for row = row0 to rows (i, j = row0's place) {
 *         from = max(first - row*E, 0);  to = min(end - row*E, E)
 *         kernel.threads (to - from), 1, 1 (x) { body(i, j, from + x) }
 *         j += 1; where j reaches its extent: j = 0, i += 1
 *     }
 *
 * So items and the threads of blocks are lowered by the same next pass (thread_loop.c). Division happens once for
 * the run, not for each item, and what does not change along a row moves out of the inner loop by licm. The
 * items are independent, so any order would do; this one walks memory. */
#include "targets/x86/domain.h"

typedef VEC(Op *) OpVec;

typedef struct Gathered {
    Arena *arena;
    OpVec items, memory;
} Gathered;

static void gather(Op *op, void *context) {
    Gathered *g = context;
    if (op->code == OP_KERNEL_ITEM)
        vec_push(g->arena, &g->items, op);
    if (op->code == OP_MEM_PTR_LOCAL)
        vec_push(g->arena, &g->memory, op);
}

typedef struct Domain {
    Arena *scratch;
    Func *kernel;
    const DomainInput *input;
    uint32_t rank;
    Map map; /* values of the kernel -> values of the run function */
} Domain;

/* One thread after the other uses the same memory. */
static void place_memory(Domain *d, const Gathered *g) {
    VEC_FOR_EACH (i, &g->memory) {
        Op *op = g->memory.items[i];
        Op *copy = op_clone(d->kernel->module, op, &d->map);
        Block *block = d->input->memory;
        if (block->first)
            op_insert_before(copy, block->first);
        else
            op_append(block, copy);
        op_unlink(op);
    }
}

/* Each question for an item has its answer in the map; the ops that ask go. */
static void answer_items(Domain *d, const Gathered *g, Value *const *items) {
    Value *asked[4] = {0};
    VEC_FOR_EACH (i, &g->items) {
        Op *op = g->items.items[i];
        uint32_t dim = (uint32_t)attr_as_i64(op_attr(op, ATTR_KEY_DIM));
        if (asked[dim]) {
            value_replace_uses(op_result(op, 0), asked[dim]);
        } else {
            asked[dim] = op_result(op, 0);
            map_put_ptr(&d->map, asked[dim], items[dim]);
        }
        op_unlink(op);
    }
}

static void clone_body(Domain *d, Block *to) {
    BLOCK_FOR_EACH_OP (op, func_entry(d->kernel))
        if (!op_has(op, TERMINATOR))
            op_append(to, op_clone(d->kernel->module, op, &d->map));
}

/* The items first to end of one row; `indices` of the outer sizes are known. */
static void emit_row(Domain *d, const Gathered *g, Builder *b, Value *first, Value *end, Value *const *indices) {
    uint32_t last = d->rank - 1;
    Value *items[4], *one = build_i64(b, 1);
    for (uint32_t i = 0; i < last; i++)
        items[i] = build2(b, OP_ARITH_ADD, d->input->begins[i], indices[i]);
    Value *from = build2(b, OP_ARITH_ADD, d->input->begins[last], first);
    Value *sizes[] = {build2(b, OP_ARITH_SUB, end, first), one, one};
    Op *threads = build_op(b, OP_KERNEL_THREADS, sizes, 3, NULL, 0, 1);
    Block *body = region_add_block(threads, 0);
    for (uint32_t i = 0; i < 3; i++)
        block_add_arg(b->module, body, b->module->types->i64);
    Builder in = builder_at_end(b->module, body);
    in.span = b->span;
    items[last] = build2(&in, OP_ARITH_ADD, from, body->args[0]);
    answer_items(d, g, items);
    clone_body(d, body);
    build_yield(&in, NULL, 0);
}

/* The next row's place: the last outer index one on, with a carry into those before it. */
static void next_row(const Domain *d, Builder *b, Value *const *indices, Value **next) {
    Value *one = build_i64(b, 1), *zero = build_i64(b, 0), *carry = one;
    for (int i = (int)d->rank - 2; i >= 0; i--) {
        Value *more = build2(b, OP_ARITH_ADD, indices[i], carry);
        if (i == 0) {
            next[0] = more;
            return;
        }
        Value *full = build_cmp(b, "ge", more, d->input->extents[i]);
        next[i] = build_typed(b, OP_ARITH_SELECT, more->type, (Value *[]){full, zero, more}, 3);
        carry = build_convert(b, full, more->type);
    }
}

static void emit_rows(Domain *d, const Gathered *g, Builder *b) {
    const DomainInput *input = d->input;
    uint32_t outer = d->rank - 1;
    Value *extent = input->extents[outer], *zero = build_i64(b, 0);
    Value *operands[3 + 4], *indices[4], *next[4];
    const Type *types[4];
    operands[0] = build2(b, OP_ARITH_FLOOR_DIV, input->first, extent);
    operands[1] = build2(b, OP_ARITH_CEIL_DIV, input->end, extent);
    operands[2] = build_i64(b, 1);
    Value *rest = operands[0];
    for (int i = (int)outer - 1; i >= 0; i--) {
        types[i] = b->module->types->i64;
        operands[3 + i] = i == 0 ? rest : build2(b, OP_ARITH_MOD, rest, input->extents[i]);
        rest = i == 0 ? rest : build2(b, OP_ARITH_FLOOR_DIV, rest, input->extents[i]);
    }
    Op *loop = build_op(b, OP_LOOP_FOR, operands, 3 + outer, types, outer, 1);
    Block *body = region_add_block(loop, 0);
    block_add_arg(b->module, body, b->module->types->i64);
    for (uint32_t i = 0; i < outer; i++)
        indices[i] = block_add_arg(b->module, body, types[i]);
    Builder in = builder_at_end(b->module, body);
    in.span = b->span;
    Value *before = build2(&in, OP_ARITH_MUL, body->args[0], extent);
    Value *first = build2(&in, OP_ARITH_MAX, build2(&in, OP_ARITH_SUB, input->first, before), zero);
    Value *end = build2(&in, OP_ARITH_MIN, build2(&in, OP_ARITH_SUB, input->end, before), extent);
    emit_row(d, g, &in, first, end, indices);
    next_row(d, &in, indices, next);
    build_yield(&in, next, outer);
}

void domain_emit(Arena *scratch, Func *kernel, Builder *at, const DomainInput *input) {
    Domain d = {.scratch = scratch, .kernel = kernel, .input = input, .rank = kernel->kernel->over_rank, .map = {.arena = scratch}};
    const Block *entry = func_entry(kernel);
    for (uint32_t i = 0; i < entry->arg_count; i++)
        map_put_ptr(&d.map, entry->args[i], input->args[i]);
    Gathered g = {.arena = scratch};
    region_walk(kernel->body, gather, &g);
    place_memory(&d, &g);
    if (d.rank == 1)
        emit_row(&d, &g, at, input->first, input->end, NULL);
    else
        emit_rows(&d, &g, at);
}
