/* thread-loop: kernel.threads becomes loops over one thread at a time, x innermost.
 *
 *     kernel.threads %bx, %by, 1 (x, y, z) {      loop.for %y = 0 to %by step 1 {
 *         ...                              ->         loop.for %x = 0 to %bx step 1 {
 *     }                                                   ...
 *
 * This is the plain body: width 1, which stays as -O0 and -g, so that a debugger shows one thread's scalars. A
 * size that is known to be 1 makes no loop. Sound: the region meets nobody, so its threads may run in any
 * order, one to the end and then the next. */
#include "passes/edit.h"
#include "passes/pass.h"

typedef VEC(Op *) OpVec;

typedef struct ThreadsSearch {
    Arena *arena;
    OpVec found;
} ThreadsSearch;

static void collect_threads(Op *op, void *context) {
    ThreadsSearch *search = context;
    if (op->code == OP_KERNEL_THREADS)
        vec_push(search->arena, &search->found, op);
}

/* A loop from 0 to `count`; gives its counter, and moves the builder into it, before its yield. */
static Value *open_loop(Builder *b, Value *count) {
    const Attr *constant = value_constant(count);
    if (constant && attr_as_i64(constant) == 1)
        return build_i64(b, 0);
    Value *operands[] = {build_i64(b, 0), count, build_i64(b, 1)};
    Op *loop = build_op(b, OP_LOOP_FOR, operands, 3, NULL, 0, 1);
    Block *body = region_add_block(loop, 0);
    Value *counter = block_add_arg(b->module, body, b->module->types->i64);
    Builder in = builder_at_end(b->module, body);
    in.span = b->span;
    Op *yield = build_yield(&in, NULL, 0);
    in.before = yield;
    *b = in;
    return counter;
}

static void expand_threads(Op *op) {
    Block *source = region_entry(op->regions[0]);
    Builder b = builder_before(op);
    for (int i = 2; i >= 0; i--) {
        Value *counter = open_loop(&b, op_operand(op, (uint32_t)i));
        value_replace_uses(source->args[i], counter);
    }
    op_erase(op_terminator(source));
    for (Op *inner = source->first, *next; inner; inner = next) {
        next = inner->next;
        op_unlink(inner);
        op_insert_before(inner, b.before);
    }
    op_erase(op);
}

bool pass_thread_loop(PassContext *cx, Func *func) {
    ThreadsSearch search = {.arena = cx->scratch};
    region_walk(func->body, collect_threads, &search);
    VEC_FOR_EACH (i, &search.found)
        expand_threads(search.found.items[i]);
    return search.found.len > 0;
}
