/* inline: a call becomes the callee's body. In kernels and what they call every call goes; in host code those
 * of functions that must be inlined (lambdas, function parameters).
 *
 *     %r = func.call %a {callee = @square}      ->      %r = arith.mul %a, %a
 *
 * The callee is made ready first: what it calls is inlined into it, and its early returns become conditions,
 * so it has one return, at its end. Sound: arguments are values or places that were evaluated once, before
 * the call. Memory that the callee makes moves to the caller's entry block: "each execution gives new,
 * uninitialised memory" holds there too, and a loop around the call does not grow the stack.
 * A call of a function that is being inlined already is left (sema has reported recursion in kernels). */
#include "passes/inline.h"

#include "passes/edit.h"

#include "base/diag.h"

bool pass_inline(PassContext *cx, Func *func);
bool pass_structure_exits(PassContext *cx, Func *func);

enum { MOST_OPS = 1 << 18 };

static Func *callee_of(const Op *op) {
    const Attr *callee = op_attr(op, ATTR_KEY_CALLEE);
    return callee && callee->kind == ATTR_FUNC ? callee->func : NULL;
}

static bool is_wanted(const Func *func, const Op *call) {
    const Func *callee = callee_of(call);
    if (!callee || !callee->body || callee->scratch == callee)
        return false;
    return func->level != LEVEL_HOST || callee->always_inline;
}

typedef VEC(Op *) OpVec;

typedef struct CallSearch {
    Arena *arena;
    const Func *func;
    OpVec calls;
} CallSearch;

static void collect_call(Op *op, void *context) {
    CallSearch *search = context;
    if (op->code == OP_FUNC_CALL && is_wanted(search->func, op))
        vec_push(search->arena, &search->calls, op);
}

static void hoist_alloc(Op *op, void *context) {
    Func *func = context;
    if (!op_has(op, ALLOCATES) || op->operand_count > 0)
        return;
    Block *entry = func_entry(func);
    if (op->block != entry)
        op_move_before(op, entry->first);
}

static void replace_by_body(Func *func, Op *call) {
    Module *module = func->module;
    Func *callee = callee_of(call);
    Block *body = func_entry(callee);
    Map map = {.arena = module->arena};
    for (uint32_t i = 0; i < body->arg_count; i++)
        map_put_ptr(&map, body->args[i], op_operand(call, i));
    BLOCK_FOR_EACH_OP (op, body) {
        if (op->code == OP_FUNC_RETURN) {
            for (uint32_t i = 0; i < op->operand_count; i++) {
                Value *value = map_get_ptr(&map, op_operand(op, i));
                value_replace_uses(op_result(call, i), value ? value : op_operand(op, i));
            }
            break;
        }
        Op *copy = op_clone(module, op, &map);
        op_insert_before(copy, call);
    }
    op_erase(call);
}

static void count_op(Op *op, void *context) {
    (void)op;
    ++*(uint32_t *)context;
}

static uint32_t size_of(const Func *func) {
    uint32_t count = 0;
    region_walk(func->body, count_op, &count);
    return count;
}

static bool has_failed(const PassContext *cx) {
    return cx->diags && diags_errors(cx->diags) > 0;
}

/* Calls of calls may double with each level: that ends in a sentence, not in all memory. */
static bool has_room(PassContext *cx, const Func *func, const Op *call, uint32_t *size) {
    *size += size_of(callee_of(call));
    if (*size <= MOST_OPS || !cx->diags)
        return true;
    diag(cx->diags, call->span, W0840, func->shown, (unsigned)MOST_OPS);
    return false;
}

static void make_ready(PassContext *cx, Func *callee) {
    pass_inline(cx, callee);
    pass_structure_exits(cx, callee);
}

void inline_call(PassContext *cx, Func *func, Op *call) {
    make_ready(cx, callee_of(call));
    replace_by_body(func, call);
    region_walk(func->body, hoist_alloc, func);
}

bool pass_inline(PassContext *cx, Func *func) {
    if (!func->body || func->scratch == func)
        return false;
    func->scratch = func; /* marks it as being inlined into */
    CallSearch search = {.arena = cx->scratch, .func = func};
    region_walk(func->body, collect_call, &search);
    uint32_t size = search.calls.len ? size_of(func) : 0;
    VEC_FOR_EACH (i, &search.calls) {
        make_ready(cx, callee_of(search.calls.items[i]));
        if (has_failed(cx) || !has_room(cx, func, search.calls.items[i], &size))
            break;
        replace_by_body(func, search.calls.items[i]);
    }
    if (search.calls.len > 0)
        region_walk(func->body, hoist_alloc, func);
    func->scratch = NULL;
    return search.calls.len > 0;
}
