/* A branch of an expression without the branch:
 *
 *     %v = if %c { yield %a } else { yield %b }     ->     %v = arith.select %c, %a, %b
 *     %v = if %c { yield %a } else { yield false }  ->     %v = arith.and %c, %a
 *     %v = if true { yield %a } else { ... }        ->     %a
 *
 * Sound: the ops that move are pure, so nobody sees that they run; loads are not, so nothing is
 * read out of range. SIMD code and the vectorised form of SIMT code are where this pays. */
#include "sema/expr.h"

enum { CHEAP = 12 }; /* ops in an arm, constants not counted */

static bool is_cheap(const Block *arm) {
    uint32_t cost = 0;
    BLOCK_FOR_EACH_OP (op, arm) {
        if (op->code == OP_YIELD)
            return true;
        if (!op_has(op, PURE) || op->region_count || op->code == OP_AGG_TABLE)
            return false;
        cost += op->code != OP_ARITH_CONST;
        if (cost > CHEAP)
            return false;
    }
    return true;
}

static void hoist(Op *branch, Region *arm) {
    BLOCK_FOR_EACH_OP_SAFE (op, arm->first)
        if (op->code != OP_YIELD)
            op_move_before(op, branch);
}

static Value *yielded(const Region *arm) {
    return op_operand(arm->first->last, 0);
}

static bool is_bool_constant(const Value *value, bool wanted) {
    const Attr *constant = value_constant(value);
    return constant && constant->type->kind == TYPE_BOOL && attr_is_true(constant) == wanted;
}

static Value *build_choice(FuncState *fs, Value *condition, Value *a, Value *b) {
    if (is_bool_constant(b, false))
        return build2(&fs->b, OP_ARITH_AND, condition, a);
    if (is_bool_constant(a, true))
        return build2(&fs->b, OP_ARITH_OR, condition, b);
    return build_typed(&fs->b, OP_ARITH_SELECT, a->type, (Value *[]){condition, a, b}, 3);
}

static bool can_select(const Type *type) {
    return type_is_scalar(type) || type->kind == TYPE_VECTOR || type->kind == TYPE_STRUCT ||
           type->kind == TYPE_TUPLE;
}

Value *branch_end_flat(FuncState *fs, Branch *branch, Value *value0, Value *value1) {
    Value *value = branch_end(fs, branch, value0, value1);
    Op *op = value ? value_op(value) : NULL;
    if (!op || op->code != OP_IF || op->result_count != 1 || value_is_used(value))
        return value;
    Region *arms[2] = {op_region(op, 0), op_region(op, 1)};
    for (int i = 0; i < 2; i++)
        if (!arms[i]->first || !arms[i]->first->last || arms[i]->first->last->code != OP_YIELD)
            return value;
    Value *condition = op_operand(op, 0), *results[2] = {yielded(arms[0]), yielded(arms[1])};
    const Attr *known = value_constant(condition);
    if (known) {
        uint32_t taken = attr_is_true(known) ? 0 : 1;
        hoist(op, arms[taken]);
        op_erase(op);
        return results[taken];
    }
    if (!can_select(value->type) || !is_cheap(arms[0]->first) || !is_cheap(arms[1]->first))
        return value;
    hoist(op, arms[0]);
    hoist(op, arms[1]);
    op_erase(op);
    return build_choice(fs, condition, results[0], results[1]);
}

bool branch_is_cheap(FuncState *fs, Branch *branch) {
    branch_arm(fs, branch, 0);
    bool cheap = is_cheap(fs->b.block);
    branch_arm(fs, branch, 1);
    return cheap && is_cheap(fs->b.block);
}

void branch_end_empty(FuncState *fs, Branch *branch) {
    branch_end(fs, branch, NULL, NULL);
    Op *op = fs->b.before ? fs->b.before->previous : fs->b.block->last;
    if (!op || op->code != OP_IF || op->result_count)
        return;
    for (uint32_t i = 0; i < 2; i++)
        if (!is_cheap(op_region(op, i)->first))
            return;
    hoist(op, op_region(op, 0));
    hoist(op, op_region(op, 1));
    op_erase(op);
}
