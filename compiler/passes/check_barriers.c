/* check-barriers: report a barrier, or a block-wide collective, that provably only some threads of the block reach.
 *
 *     %c = arith.cmp %thread_idx_x, 0 {predicate = "eq"}
 *     if %c { kernel.barrier }                               -> error: ... only thread 0 does
 *
 * The conditions around it are computed for each thread of the block, as far as they are made of thread indices and
 * constants; a condition that is not known but the same for all threads is left out, for it lets all or none come.
 * It is an error when some thread surely comes wherever another surely does not, or when two go round a loop about
 * it a different number of times. What is not provable is found by --check at run time. Changes nothing. Wants
 * calls inlined and exits structured, since an early return is a condition too. */
#include "passes/analysis/uniformity.h"
#include "passes/edit.h"
#include "passes/pass.h"

#include "base/diag.h"
#include "ir/eval.h"

enum { EVAL_BUDGET = 64 }; /* ops looked at for one condition of one thread */

typedef struct Threads {
    const KernelInfo *info;
    Uniformity *uniformity;
    int64_t count;
    int64_t idx[3]; /* of the thread that is looked at */
    int64_t linear;
    int budget;
} Threads;

/* ------------------------------------------------------------------ values of one thread */

static bool eval_value(Threads *t, const Value *value, Scalar *result);

static bool eval_geometry(const Threads *t, const Op *op, Scalar *result) {
    const Attr *dim = op_attr(op, ATTR_KEY_DIM);
    uint32_t d = dim ? (uint32_t)attr_as_i64(dim) : 0;
    switch (op->code) {
    case OP_KERNEL_THREAD_IDX: result->i = t->idx[d]; return true;
    case OP_KERNEL_BLOCK_DIM:  result->i = t->info->block[d]; return true;
    case OP_KERNEL_LANE_ID:    result->i = t->linear % 32; return true;
    case OP_KERNEL_WARP_ID:    result->i = t->linear / 32; return true;
    default:                   return false;
    }
}

static bool eval_op(Threads *t, const Op *op, Scalar *result) {
    Scalar operands[3];
    if (eval_geometry(t, op, result))
        return true;
    if (!op_has(op, PURE) || op->operand_count == 0 || op->operand_count > 3 || op->result_count != 1 ||
        !type_is_scalar(op_result(op, 0)->type))
        return false;
    for (uint32_t i = 0; i < op->operand_count; i++)
        if (!type_is_scalar(op_operand(op, i)->type) || !eval_value(t, op_operand(op, i), &operands[i]))
            return false;
    if (op->code == OP_ARITH_SELECT) {
        *result = operands[0].bits & 1 ? operands[1] : operands[2];
        return true;
    }
    const Attr *predicate = op_attr(op, ATTR_KEY_PREDICATE);
    return eval_scalar(op->code, op_operand(op, 0)->type, op_result(op, 0)->type, predicate ? predicate->string : NULL,
                       operands, result);
}

static bool eval_value(Threads *t, const Value *value, Scalar *result) {
    const Attr *constant = value_constant(value);
    if (constant) {
        result->bits = constant->bits;
        return constant->kind == ATTR_INT || constant->kind == ATTR_FLOAT;
    }
    return value->op && --t->budget >= 0 && eval_op(t, value->op, result);
}

static bool eval_fresh(Threads *t, const Value *value, Scalar *result) {
    t->budget = EVAL_BUDGET;
    return eval_value(t, value, result);
}

/* ------------------------------------------------------------------ who comes */

typedef enum Comes { COMES_NOT, COMES_PERHAPS, COMES } Comes;

/* Whether the op that holds `inner` lets the thread come to it. */
static Comes passes_if(Threads *t, const Op *op, const Region *inner) {
    Scalar condition;
    if (!eval_fresh(t, op_operand(op, 0), &condition))
        return uniformity_varies(t->uniformity, op_operand(op, 0)) ? COMES_PERHAPS : COMES;
    bool is_then = inner == op->regions[0];
    return (condition.bits & 1) == is_then ? COMES : COMES_NOT;
}

static bool eval_trips(Threads *t, const Op *loop, Scalar *trips) {
    Scalar bounds[3];
    for (uint32_t i = 0; i < 3; i++)
        if (!eval_fresh(t, op_operand(loop, i), &bounds[i]))
            return false;
    return eval_scalar(OP_ARITH_RANGE_TRIPS, op_operand(loop, 0)->type, op_operand(loop, 0)->type, NULL, bounds, trips);
}

static Comes passes_loop(Threads *t, const Op *op) {
    if (op->code == OP_LOOP_FOR) {
        Scalar trips;
        if (eval_trips(t, op, &trips))
            return trips.bits ? COMES : COMES_NOT;
        for (uint32_t i = 0; i < 3; i++)
            if (uniformity_varies(t->uniformity, op_operand(op, i)))
                return COMES_PERHAPS;
        return COMES;
    }
    const Op *condition = op_terminator(region_entry(op->regions[0]));
    return uniformity_varies(t->uniformity, op_operand(condition, 0)) ? COMES_PERHAPS : COMES;
}

static Comes comes_to(Threads *t, const Op *barrier) {
    Comes comes = COMES;
    const Region *inner = barrier->block->region;
    for (const Op *op = inner->op; op; inner = op->block->region, op = inner->op) {
        Comes here = op->code == OP_IF ? passes_if(t, op, inner) : passes_loop(t, op);
        if (here < comes)
            comes = here;
    }
    return comes;
}

static void look_at_thread(Threads *t, int64_t linear) {
    const uint32_t *size = t->info->block;
    t->linear = linear;
    t->idx[0] = linear % size[0];
    t->idx[1] = linear / size[0] % size[1];
    t->idx[2] = linear / size[0] / size[1];
}

/* ------------------------------------------------------------------ messages */

static const char *name_of(Arena *arena, const Op *op) {
    if (op->code == OP_KERNEL_BARRIER)
        return "barrier()";
    if (op->code == OP_KERNEL_BLOCK_BROADCAST)
        return "barrier of block.broadcast";
    const Attr *kind = op_attr(op, ATTR_KEY_KIND);
    return arena_printf(arena, "barrier of block.%s", kind ? kind->string : "");
}

static void report(PassContext *cx, const Op *op, const char *who) {
    diag(cx->diags, op->span, W0540, name_of(cx->scratch, op), who);
}

static bool check_who_comes(PassContext *cx, Threads *t, const Op *op) {
    int64_t come = 0, stay = 0, last = 0;
    for (int64_t i = 0; i < t->count; i++) {
        look_at_thread(t, i);
        Comes comes = comes_to(t, op);
        come += comes == COMES;
        stay += comes == COMES_NOT;
        if (comes == COMES)
            last = i;
    }
    if (come == 0 || stay == 0)
        return false;
    if (come + stay < t->count)
        report(cx, op, arena_printf(cx->scratch, "%lld of its %lld never do", (long long)stay, (long long)t->count));
    else if (come == 1)
        report(cx, op, arena_printf(cx->scratch, "only thread %lld of the %lld does", (long long)last, (long long)t->count));
    else
        report(cx, op, arena_printf(cx->scratch, "only %lld of the %lld do", (long long)come, (long long)t->count));
    return true;
}

/* Two threads that go round a loop about the barrier a different number of times. */
static bool check_loops(PassContext *cx, Threads *t, const Op *barrier) {
    for (const Op *op = op_parent(barrier); op; op = op_parent(op)) {
        if (op->code != OP_LOOP_FOR)
            continue;
        Scalar first, trips;
        look_at_thread(t, 0);
        if (!eval_trips(t, op, &first))
            continue;
        for (int64_t i = 1; i < t->count; i++) {
            look_at_thread(t, i);
            if (!eval_trips(t, op, &trips) || trips.bits == first.bits)
                continue;
            report(cx, barrier, arena_printf(cx->scratch, "thread 0 comes %lld times round the loop, thread %lld %lld times",
                                             (long long)first.i, (long long)i, (long long)trips.i));
            return true;
        }
    }
    return false;
}

/* The statement of the kernel's own block that the barrier stands in. */
static const Op *outermost(const Op *op) {
    while (op_parent(op))
        op = op_parent(op);
    return op;
}

typedef VEC(Op *) OpVec;

typedef struct BarrierSearch {
    Arena *arena;
    OpVec found;
} BarrierSearch;

static void collect_barrier(Op *op, void *context) {
    BarrierSearch *search = context;
    if (op_has(op, BARRIER) && op_parent(op))
        vec_push(search->arena, &search->found, op);
}

bool pass_check_barriers(PassContext *cx, Func *func) {
    const KernelInfo *info = func->kernel;
    if (func->kind != FUNC_KERNEL || !cx->diags || info->over_rank || !info->block[0] || !info->block[1] || !info->block[2] ||
        func_has_early_exits(func))
        return false;
    BarrierSearch search = {.arena = cx->scratch};
    region_walk(func->body, collect_barrier, &search);
    if (search.found.len == 0)
        return false;
    Threads t = {.info = info, .uniformity = uniformity_compute(cx->scratch, func, UNIFORM_FOR_GANG)};
    t.count = (int64_t)info->block[0] * info->block[1] * info->block[2];
    if (t.count > 1024)
        return false;
    const Op *said = NULL; /* both arms of an `if` that diverges are one mistake */
    VEC_FOR_EACH (i, &search.found) {
        Op *barrier = search.found.items[i];
        if (outermost(barrier) == said)
            continue;
        if (check_who_comes(cx, &t, barrier) || check_loops(cx, &t, barrier))
            said = outermost(barrier);
    }
    return false;
}
