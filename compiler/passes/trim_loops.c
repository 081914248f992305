/* trim-loops: a loop whose turns do nothing beyond a limit ends there.
 *
 *     loop.for 0, %n, 1 { (%i)                       %m = arith.min %n, %d : i64
 *         %0 = arith.cmp %i, %d {"lt"} : bool        loop.for 0, %m, 1 { (%i)
 *         if %0 { ... }                       ->         if true { ... }
 *     }                                              }
 *
 * Sound: the counter goes up by one, the limit does not change in the loop, and a turn that skips the `if` has no
 * effect, so the turns that are left out are those at the ends that did nothing. Of `a and b` each side trims by
 * itself. A block's tree of additions (`if thread_idx.x < stride`) profits: its loops over threads become half as
 * long with each level, and the vectoriser sees no mask. Wants invariants outside (licm); simplify takes the `if`
 * away. */
#include "passes/edit.h"
#include "passes/pass.h"

#include "ir/eval.h"

static bool has_no_effect(const Op *op) {
    return op->region_count == 0 && (op_has(op, PURE) || (op_has(op, READS) && !op_has(op, WRITES)));
}

static bool has_else(const Op *guard) {
    return guard->regions[1] && region_entry(guard->regions[1]) &&
           region_entry(guard->regions[1])->first != op_terminator(region_entry(guard->regions[1]));
}

/* The `if` that holds all that a turn does; NULL when there is none. */
static Op *find_guard(const Op *loop) {
    Op *guard = NULL;
    if (loop->result_count > 0)
        return NULL;
    BLOCK_FOR_EACH_OP (op, region_entry(loop->regions[0])) {
        if (op->code == OP_IF && !guard)
            guard = op;
        else if (!op_has(op, TERMINATOR) && !has_no_effect(op))
            return NULL;
    }
    return guard && guard->result_count == 0 && !has_else(guard) ? guard : NULL;
}

static bool is_one(const Value *value) {
    const Attr *constant = value_constant(value);
    return constant && constant->kind == ATTR_INT && constant->bits == 1;
}

/* `limit` + 1 where that is known to be no wrap; else NULL. */
static Value *behind(Builder *b, Value *limit) {
    const Attr *constant = value_constant(limit);
    if (!constant || constant->kind != ATTR_INT || (int64_t)constant->bits == INT64_MAX)
        return NULL;
    return build_i64(b, (int64_t)constant->bits + 1);
}

static void trim_start(Builder *b, Op *loop, Value *start) {
    op_set_operand(loop, 0, build2(b, OP_ARITH_MAX, op_operand(loop, 0), start));
}

static void trim_stop(Builder *b, Op *loop, Value *stop) {
    op_set_operand(loop, 1, build2(b, OP_ARITH_MIN, op_operand(loop, 1), stop));
}

/* The counter stands in `predicate` to `limit` in each turn that does anything. */
static bool trim(Op *loop, Predicate predicate, Value *limit) {
    Builder b = builder_before(loop);
    bool is_plain = predicate == PREDICATE_LT || predicate == PREDICATE_GE;
    Value *next = is_plain || predicate == PREDICATE_NE ? NULL : behind(&b, limit);
    if (!is_plain && !next)
        return false;
    if (predicate == PREDICATE_GE || predicate == PREDICATE_EQ)
        trim_start(&b, loop, limit);
    if (predicate == PREDICATE_GT)
        trim_start(&b, loop, next);
    if (predicate == PREDICATE_LT)
        trim_stop(&b, loop, limit);
    if (predicate == PREDICATE_LE || predicate == PREDICATE_EQ)
        trim_stop(&b, loop, next);
    return true;
}

/* `a < b` as `b > a`. */
static Predicate turned_round(Predicate predicate) {
    switch (predicate) {
    case PREDICATE_LT: return PREDICATE_GT;
    case PREDICATE_LE: return PREDICATE_GE;
    case PREDICATE_GT: return PREDICATE_LT;
    case PREDICATE_GE: return PREDICATE_LE;
    default: return predicate;
    }
}

static bool trim_by_compare(Op *loop, const Op *compare) {
    const Value *counter = region_entry(loop->regions[0])->args[0];
    Predicate predicate;
    bool counter_is_right = op_operand(compare, 1) == counter;
    Value *limit = op_operand(compare, counter_is_right ? 0 : 1);
    if (op_operand(compare, counter_is_right ? 1 : 0) != counter || value_is_defined_in(limit, loop) ||
        !eval_predicate(op_attr(compare, ATTR_KEY_PREDICATE)->string, &predicate))
        return false;
    return trim(loop, counter_is_right ? turned_round(predicate) : predicate, limit);
}

/* What was a condition for the loop's turns holds in all that are left. */
static bool trim_by(Op *loop, Value *condition) {
    Op *op = condition->op;
    if (!op || !op_is_in(op, loop))
        return false;
    if (op->code == OP_ARITH_AND) {
        bool by_left = trim_by(loop, op_operand(op, 0));
        return trim_by(loop, op_operand(op, 1)) || by_left;
    }
    if (op->code != OP_ARITH_CMP || !trim_by_compare(loop, op))
        return false;
    Builder b = builder_before(loop);
    value_replace_uses(condition, build_bool(&b, true));
    return true;
}

static bool counts_by_one(const Op *loop) {
    return loop->code == OP_LOOP_FOR && op_operand(loop, 0)->type == loop->module->types->i64 && is_one(op_operand(loop, 2));
}

static bool trim_in_region(Region *region) {
    bool changed = false;
    REGION_FOR_EACH_BLOCK (block, region) {
        BLOCK_FOR_EACH_OP (op, block) {
            for (uint32_t i = 0; i < op->region_count; i++)
                changed |= trim_in_region(op->regions[i]);
            Op *guard = counts_by_one(op) ? find_guard(op) : NULL;
            changed |= guard && trim_by(op, op_operand(guard, 0));
        }
    }
    return changed;
}

bool pass_trim_loops(PassContext *cx, Func *func) {
    return trim_in_region(func->body);
}
