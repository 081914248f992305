/* Comparisons: of numbers, lane by lane of SIMD values, of strings in host code, of tuples, and of
 * comptime values (types, functions, None), which are equal when they are the same. */
#include "sema/expr.h"
#include "sema/structure.h"

bool operator_is_comparison(Operator op) {
    return op >= OPERATOR_EQ && op <= OPERATOR_GE;
}

static const char *const predicates[OPERATOR_COUNT] = {
    [OPERATOR_EQ] = "eq", [OPERATOR_NE] = "ne", [OPERATOR_LT] = "lt",
    [OPERATOR_LE] = "le", [OPERATOR_GT] = "gt", [OPERATOR_GE] = "ge",
};

static bool is_equality(Operator op) {
    return op == OPERATOR_EQ || op == OPERATOR_NE;
}

static const char *quoted(FuncState *fs, Operator op) {
    return arena_printf(fs->sema->arena, "`%s`", operator_text(op));
}

static Operand report_incomparable(FuncState *fs, Operator op, const Operand *left,
                                   const Operand *right, const Node *node) {
    diag(fs->sema->diags, node->span, W0308, quoted(fs, op), operand_type_text(fs, left),
         operand_type_text(fs, right));
    return operand_poison(node);
}

/* ------------------------------------------------------------------ comptime values */

/* What a comptime value is told by; NULL when it is none. */
static const void *identity(const Operand *operand) {
    if (operand->kind == OPERAND_FUNC)
        return operand->closure;
    if (operand->kind == OPERAND_BUILTIN)
        return operand->builtin;
    if (operand->kind != OPERAND_CONST)
        return NULL;
    AttrKind kind = operand->constant->kind;
    return kind == ATTR_TYPE || kind == ATTR_NONE_VALUE ? operand->constant : NULL;
}

static Operand compare_identities(FuncState *fs, Operator op, const Operand *left,
                                  const Operand *right, const Node *node) {
    bool same = identity(left) == identity(right);
    return operand_of_const(attr_bool(fs->sema->types, same == (op == OPERATOR_EQ)), node);
}

/* ------------------------------------------------------------------ strings */

static bool is_string(FuncState *fs, const Operand *operand) {
    const Type *type = operand_type(fs, operand);
    return type && type->kind == TYPE_STR;
}

static bool holds(Operator op, int order) {
    switch (op) {
    case OPERATOR_EQ: return order == 0;
    case OPERATOR_NE: return order != 0;
    case OPERATOR_LT: return order < 0;
    case OPERATOR_LE: return order <= 0;
    case OPERATOR_GT: return order > 0;
    default: return order >= 0;
    }
}

static Value *call_runtime(FuncState *fs, const char *entry, Value *a, Value *b,
                           const Type *result) {
    Op *op = build_op(&fs->b, OP_HOST_CALL, (Value *[]){a, b}, 2, &result, 1, 0);
    op_set_attr(op, ATTR_KEY_NAME,
                attr_string(fs->sema->types, intern_cstr(fs->sema->names, entry)));
    return op_result(op, 0);
}

static Operand compare_strings(FuncState *fs, Operator op, const Operand *left,
                               const Operand *right, const Node *node) {
    Types *types = fs->sema->types;
    const Attr *x = operand_constant(left), *y = operand_constant(right);
    if (x && y)
        return operand_of_const(attr_bool(types, holds(op, strcmp(x->string, y->string))), node);
    if (context_is_device(fs->context)) {
        diag(fs->sema->diags, node->span, W0325);
        return operand_poison(node);
    }
    Value *a = operand_value(fs, left), *b = a ? operand_value(fs, right) : NULL;
    if (!b)
        return operand_poison(node);
    fs->b.span = node->span;
    if (!is_equality(op)) {
        Value *order = call_runtime(fs, "weft_str_compare", a, b, types->i64);
        return operand_of_value(build_cmp(&fs->b, predicates[op], order, build_i64(&fs->b, 0)),
                                node);
    }
    Value *equal = call_runtime(fs, "weft_str_equal", a, b, types->boolean);
    return operand_of_value(op == OPERATOR_EQ ? equal : build1(&fs->b, OP_ARITH_NOT, equal), node);
}

/* ------------------------------------------------------------------ tuples */

static Operand tuple_item(FuncState *fs, const Operand *tuple, Value *value, uint32_t i) {
    if (tuple->kind == OPERAND_TUPLE)
        return tuple->items[i];
    if (tuple->kind == OPERAND_CONST)
        return operand_of_const(tuple->constant->items[i], tuple->node);
    return operand_of_value(build_agg_get(&fs->b, value, i), tuple->node);
}

/* Equal when all items are. The items are values already, so nothing is left to short-circuit. */
static Operand compare_tuples(FuncState *fs, Operator op, const Operand *left, const Operand *right,
                              const Node *node) {
    const Type *x = operand_type(fs, left), *y = operand_type(fs, right);
    if (!is_equality(op) || x->field_count != y->field_count)
        return report_incomparable(fs, op, left, right, node);
    bool left_is_value = left->kind == OPERAND_VALUE || left->kind == OPERAND_PLACE;
    bool right_is_value = right->kind == OPERAND_VALUE || right->kind == OPERAND_PLACE;
    Value *a = left_is_value ? operand_value(fs, left) : NULL;
    Value *b = right_is_value ? operand_value(fs, right) : NULL;
    if ((left_is_value && !a) || (right_is_value && !b))
        return operand_poison(node);
    Operand all = operand_of_const(attr_bool(fs->sema->types, true), node);
    for (uint32_t i = 0; i < x->field_count; i++) {
        Operand p = tuple_item(fs, left, a, i), q = tuple_item(fs, right, b, i);
        Operand equal = apply_operator(fs, OPERATOR_EQ, &p, &q, node);
        Value *so_far = operand_value(fs, &all), *one = operand_value(fs, &equal);
        if (!one)
            return operand_poison(node);
        all = operand_of_value(build2(&fs->b, OP_ARITH_AND, so_far, one), node);
    }
    if (op == OPERATOR_EQ)
        return all;
    return operand_of_value(build1(&fs->b, OP_ARITH_NOT, operand_value(fs, &all)), node);
}

/* ------------------------------------------------------------------ numbers */

static Operand compare_numbers(FuncState *fs, Operator op, const Operand *left,
                               const Operand *right, const Node *node) {
    const Type *type = unify(fs, left, right, node, quoted(fs, op));
    if (!type)
        return operand_poison(node);
    type = default_type(fs->sema->types, type); /* of two choices of literals */
    const Type *scalar = type_scalar_of(type);
    if (!type_is_scalar(scalar) || (scalar->kind == TYPE_BOOL && !is_equality(op)))
        return report_incomparable(fs, op, left, right, node);
    if (type_class(scalar) == CLASS_STORAGE_FLOAT) {
        diag(fs->sema->diags, node->span, W0307, scalar->name);
        return operand_poison(node);
    }
    const char *what = arena_printf(fs->sema->arena, "the other side of `%s`", operator_text(op));
    Value *a = operand_coerce(fs, left, type, what);
    Value *b = a ? operand_coerce(fs, right, type, what) : NULL;
    if (!b)
        return operand_poison(node);
    fs->b.span = node->span;
    return operand_of_value(build_cmp(&fs->b, predicates[op], a, b), node);
}

Operand apply_comparison(FuncState *fs, Operator op, const Operand *left, const Operand *right,
                         const Node *node) {
    if (identity(left) && identity(right) && is_equality(op))
        return compare_identities(fs, op, left, right, node);
    if (left->kind == OPERAND_CONST && right->kind == OPERAND_CONST &&
        attr_is_literal(left->constant) && attr_is_literal(right->constant))
        return operand_of_const(literal_binary(fs, op, left->constant, right->constant, node),
                                node);
    if (is_string(fs, left) && is_string(fs, right))
        return compare_strings(fs, op, left, right, node);
    const Type *x = operand_type(fs, left), *y = operand_type(fs, right);
    if (x && y && x->kind == TYPE_TUPLE && y->kind == TYPE_TUPLE)
        return compare_tuples(fs, op, left, right, node);
    return compare_numbers(fs, op, left, right, node);
}

/* ------------------------------------------------------------------ chains */

static Operand join_masks(FuncState *fs, const Operand *a, const Operand *b, const Node *node) {
    return apply_operator(fs, OPERATOR_AND, a, b, node);
}

/* operands[i] ops[i] operands[i + 1] and ...: `left` is operands[i], a value by now, so that each
 * stands for one evaluation; those behind a comparison that is false are not evaluated. */
static Operand compare_from(FuncState *fs, const Node *node, uint32_t i, const Operand *left) {
    Operand right = settle(fs, check_expr(fs, node->compare.operands[i + 1], NULL));
    Operand here = apply_operator(fs, node->compare.ops[i], left, &right, node);
    if (i + 2 == node->compare.len || here.kind == OPERAND_POISON)
        return here;
    Value *condition = operand_value(fs, &here);
    if (!condition)
        return operand_poison(node);
    if (condition->type->kind == TYPE_VECTOR) {
        Operand rest = compare_from(fs, node, i + 1, &right);
        return join_masks(fs, &here, &rest, node);
    }
    if (condition->type->kind != TYPE_BOOL) {
        diag(fs->sema->diags, node->span, W0304, "a chained comparison",
             operand_type_text(fs, &here));
        return operand_poison(node);
    }
    Branch *branch = branch_begin(fs, condition, node->span);
    Operand rest = compare_from(fs, node, i + 1, &right);
    Value *value = operand_coerce(fs, &rest, fs->sema->types->boolean, "a chained comparison");
    if (!value) {
        branch_end_empty(fs, branch);
        return operand_poison(node);
    }
    branch_arm(fs, branch, 1);
    Value *no = build_bool(&fs->b, false);
    return operand_of_value(branch_end_flat(fs, branch, value, no), node);
}

Operand check_compare(FuncState *fs, const Node *node) {
    for (uint32_t i = 0; i + 1 < node->compare.len; i++) {
        if (!operator_is_comparison(node->compare.ops[i])) {
            Operator op = node->compare.ops[i];
            bool member = op == OPERATOR_IN;
            diag(fs->sema->diags, node->span, W0326, operator_text(op),
                 member ? "write the comparisons, `x == a or x == b`, or a loop" : "values are compared with `==` and `!=`");
            return operand_poison(node);
        }
    }
    Operand left = settle(fs, check_expr(fs, node->compare.operands[0], NULL));
    return compare_from(fs, node, 0, &left);
}
