/* simplify: fold constants and apply the rewrite rules (passes/rules) to a fixed point.
 *
 *     if %true : f32 { ... yield %a } else { ... }      ->   ..., and %a for the result
 *     %r = loop.for %0, %n, %1, %x { (%i, %c) ... yield %c }  ->   %x for %c and for %r
 *     %2 = arith.add %1, 0                              ->   %1
 *
 * Beside the rules, which look at an op and its operands, it takes away structure that decides
 * nothing: an if with a known condition or the same yields, a loop that goes round never or once, a
 * carried value that never changes. Each is sound by the meaning of the op alone; what is left
 * unused goes to dce. It runs after each pass that leaves constants or copies behind. */
#include "passes/carry.h"
#include "passes/pass.h"
#include "passes/rules/rules.h"

const RuleTable *const all_rules[] = {
    &arith_rules, &compare_rules, &select_rules, &bool_rules, &convert_rules, &math_rules, NULL,
};

static const HandRule *const hand_rules[] = {vec_hand_rules, mem_hand_rules, NULL};

static Block *body_of(const Op *op, uint32_t region) {
    return region_entry(op_region(op, region));
}

/* The yield that ends the region, or NULL when control leaves otherwise. */
static Op *yield_of(const Op *op, uint32_t region) {
    Op *end = op_terminator(body_of(op, region));
    return end && end->code == OP_YIELD ? end : NULL;
}

static bool is_inside(const Op *op, const Op *outer) {
    for (; op; op = op_parent(op))
        if (op == outer)
            return true;
    return false;
}

/* Whether the value can be named before `op`: it was made neither by it nor in it. */
static bool comes_before(const Value *value, const Op *op) {
    const Op *maker = value->op ? value->op : value->block->region->op;
    return !maker || !is_inside(maker, op);
}

static void look_into(Op *op, void *rewriter) {
    rewriter_look_at(rewriter, op);
}

/* Puts the ops of the region before `op`, `results` in the place of its results, and erases it. */
static void replace_by_region(Rewriter *r, Op *op, uint32_t region, Value *const *results) {
    region_walk(op_region(op, region), look_into, r);
    block_splice_before(body_of(op, region), op, true);
    for (uint32_t i = 0; i < op->result_count; i++)
        rewriter_replace(r, op_result(op, i), results[i]);
    op_erase(op);
}

static void copy_operands(const Op *op, uint32_t first, Value **values) {
    for (uint32_t i = first; i < op->operand_count; i++)
        values[i - first] = op_operand(op, i);
}

enum { MAX_RESULTS = 256 };

/* Ifs. */

static bool take_known_arm(Rewriter *r, Op *op) {
    const Attr *condition = value_constant(op_operand(op, 0));
    if (!condition)
        return false;
    uint32_t region = condition->bits ? 0 : 1;
    Value *results[MAX_RESULTS];
    Op *yield = yield_of(op, region);
    if (!yield || yield->operand_count > MAX_RESULTS)
        return false;
    copy_operands(yield, 0, results);
    replace_by_region(r, op, region, results);
    return true;
}

static bool is_empty(const Op *op, uint32_t region) {
    Op *yield = yield_of(op, region);
    return yield && body_of(op, region)->first == yield;
}

/* A result that both arms yield is that value, made before the `if`, or a constant. */
static bool take_same_yields(Rewriter *r, Op *op) {
    Op *first = yield_of(op, 0), *second = yield_of(op, 1);
    bool changed = false;
    for (uint32_t i = 0; first && second && i < op->result_count; i++) {
        Value *a = op_operand(first, i), *c = op_operand(second, i), *by = NULL;
        const Attr *constant = value_constant(a);
        Builder b = builder_before(op);
        if (!value_is_used(op_result(op, i)))
            continue;
        if (a == c && comes_before(a, op))
            by = a;
        else if (constant && constant == value_constant(c) && a->type == c->type)
            by = build_const(&b, constant);
        if (!by)
            continue;
        rewriter_replace(r, op_result(op, i), by);
        changed = true;
    }
    return changed;
}

static bool may_be_selected(const Type *type) {
    return type_is_scalar(type) || type->kind == TYPE_VECTOR;
}

/* if c { yield a } else { yield b } -> select c, a, b */
static bool make_selects(Rewriter *r, Op *op) {
    if (!is_empty(op, 0) || !is_empty(op, 1) || op->result_count > MAX_RESULTS)
        return false;
    for (uint32_t i = 0; i < op->result_count; i++)
        if (!may_be_selected(op_result(op, i)->type))
            return false;
    Builder b = builder_before(op);
    b.span = op->span;
    for (uint32_t i = 0; i < op->result_count; i++) {
        Value *in[] = {op_operand(op, 0), op_operand(yield_of(op, 0), i),
                       op_operand(yield_of(op, 1), i)};
        Value *selected = build_typed(&b, OP_ARITH_SELECT, op_result(op, i)->type, in, 3);
        if (selected->op)
            rewriter_look_at(r, selected->op);
        rewriter_replace(r, op_result(op, i), selected);
    }
    op_erase(op);
    return true;
}

static bool simplify_if(Rewriter *r, Op *op) {
    return take_known_arm(r, op) || make_selects(r, op) || take_same_yields(r, op);
}

/* Loops. */

static bool constant_trips(const Op *op, uint64_t *trips) {
    const Attr *bounds[3];
    Scalar in[3], out;
    for (uint32_t i = 0; i < 3; i++) {
        bounds[i] = value_constant(op_operand(op, i));
        if (!bounds[i])
            return false;
        in[i].bits = bounds[i]->bits;
    }
    if (!eval_scalar(OP_ARITH_RANGE_TRIPS, bounds[0]->type, NULL, NULL, in, &out))
        return false;
    *trips = out.bits;
    return true;
}

static bool run_no_turn(Rewriter *r, Op *op) {
    for (uint32_t i = 0; i < op->result_count; i++)
        rewriter_replace(r, op_result(op, i), op_operand(op, 3 + i));
    op_erase(op);
    return true;
}

static bool run_one_turn(Rewriter *r, Op *op) {
    Value *results[MAX_RESULTS];
    Op *yield = yield_of(op, 0);
    if (!yield || yield->operand_count > MAX_RESULTS)
        return false;
    Block *body = body_of(op, 0);
    rewriter_replace(r, body->args[0], op_operand(op, 0));
    for (uint32_t i = 1; i < body->arg_count; i++)
        rewriter_replace(r, body->args[i], op_operand(op, 2 + i));
    copy_operands(yield, 0, results);
    replace_by_region(r, op, 0, results);
    return true;
}

static bool replace_if_used(Rewriter *r, Value *value, Value *by) {
    if (!value_is_used(value))
        return false;
    rewriter_replace(r, value, by);
    return true;
}

/* A carried value that each turn passes on as it is. */
static bool take_constant_carried(Rewriter *r, Op *op) {
    Op *yield = yield_of(op, 0);
    bool changed = false;
    for (uint32_t i = 0; yield && i < op->result_count; i++) {
        Value *arg = body_of(op, 0)->args[1 + i], *start = op_operand(op, 3 + i),
              *next = op_operand(yield, i);
        if (next != arg && next != start)
            continue;
        changed |= replace_if_used(r, arg, start);
        changed |= replace_if_used(r, op_result(op, i), start);
    }
    return changed;
}

static bool simplify_for(Rewriter *r, Op *op) {
    uint64_t trips;
    bool known = constant_trips(op, &trips);
    if (known && trips == 0)
        return run_no_turn(r, op);
    if (loop_has_exits(op))
        return false;
    if (known && trips == 1)
        return run_one_turn(r, op);
    return take_constant_carried(r, op);
}

/* What loop.condition passes on, when it was made before the loop, is the same in the body and
 * after it. */
static bool take_passed_from_outside(Rewriter *r, Op *op, Op *condition) {
    bool changed = false;
    for (uint32_t i = 0; i < op->result_count; i++) {
        Value *passed = op_operand(condition, 1 + i);
        if (!comes_before(passed, op))
            continue;
        changed |= replace_if_used(r, body_of(op, 1)->args[i], passed);
        changed |= replace_if_used(r, op_result(op, i), passed);
    }
    return changed;
}

/* Carried value i that the head passes on as j and the body yields as i again. */
static bool take_constant_turns(Rewriter *r, Op *op, Op *condition) {
    Op *yield = yield_of(op, 1);
    bool changed = false;
    for (uint32_t i = 0; yield && i < op->operand_count; i++) {
        Value *head_arg = body_of(op, 0)->args[i], *next = op_operand(yield, i),
              *start = op_operand(op, i);
        bool from_body = !next->op && next->block == body_of(op, 1);
        if (next != start && !(from_body && op_operand(condition, 1 + next->index) == head_arg))
            continue;
        changed |= replace_if_used(r, head_arg, start);
    }
    return changed;
}

/* A condition that is false at once: the head runs, and that is all. */
static bool run_head_only(Rewriter *r, Op *op, Op *condition) {
    const Attr *constant = value_constant(op_operand(condition, 0));
    Value *results[MAX_RESULTS];
    if (!constant || constant->bits || condition->operand_count > MAX_RESULTS)
        return false;
    for (uint32_t i = 0; i < op->operand_count; i++)
        rewriter_replace(r, body_of(op, 0)->args[i], op_operand(op, i));
    copy_operands(condition, 1, results);
    replace_by_region(r, op, 0, results);
    return true;
}

static bool simplify_while(Rewriter *r, Op *op) {
    Op *condition = op_terminator(body_of(op, 0));
    if (!condition || condition->code != OP_LOOP_CONDITION || loop_has_exits(op))
        return false;
    if (run_head_only(r, op, condition))
        return true;
    bool changed = take_constant_turns(r, op, condition);
    changed |= take_passed_from_outside(r, op, condition);
    return changed;
}

static bool restructure(Rewriter *r, Op *op) {
    switch (op->code) {
    case OP_IF:         return simplify_if(r, op);
    case OP_LOOP_FOR:   return simplify_for(r, op);
    case OP_LOOP_WHILE: return simplify_while(r, op);
    default:            return false;
    }
}

bool pass_simplify(PassContext *cx, Func *func) {
    static const RewriteRules rules = {all_rules, hand_rules, restructure};
    return rewrite_func(cx->scratch, func, &rules);
}
