/* Operators: what each means for numbers, bools and SIMD values, and fma by the text.
 *
 * A product of f32 or f64 that stands directly beside a + or - of its own type is fused with it in
 * device code, the left one when both are products. check_binary() remembers the two sides of a
 * product in its operand (Operand.factors); whatever else happens to the operand (a sign, a
 * conversion, a name, an arm of a conditional) makes a new one without them. Parentheses leave no
 * node, so they change nothing. */
#include "sema/expr.h"
#include "sema/structure.h"

/* ------------------------------------------------------------------ ops */

static void mark_fast(FuncState *fs, Value *value) {
    if (fs->context == CONTEXT_DEVICE_FAST && value->op && value->op->code != OP_ARITH_CONST &&
        type_is_float(type_scalar_of(value->type)))
        op_set_attr(value->op, ATTR_KEY_FAST, attr_bool(fs->sema->types, true));
}

Value *arith1(FuncState *fs, Opcode code, Value *a) {
    Value *value = build1(&fs->b, code, a);
    mark_fast(fs, value);
    return value;
}

Value *arith2(FuncState *fs, Opcode code, Value *a, Value *b) {
    Value *value = build2(&fs->b, code, a, b);
    mark_fast(fs, value);
    return value;
}

static const Opcode operator_ops[OPERATOR_COUNT] = {
    [OPERATOR_ADD] = OP_ARITH_ADD,
    [OPERATOR_SUB] = OP_ARITH_SUB,
    [OPERATOR_MUL] = OP_ARITH_MUL,
    [OPERATOR_DIV] = OP_ARITH_DIV,
    [OPERATOR_FLOOR_DIV] = OP_ARITH_FLOOR_DIV,
    [OPERATOR_MOD] = OP_ARITH_MOD,
    [OPERATOR_AND] = OP_ARITH_AND,
    [OPERATOR_OR] = OP_ARITH_OR,
    [OPERATOR_XOR] = OP_ARITH_XOR,
    [OPERATOR_SHL] = OP_ARITH_SHL,
    [OPERATOR_SHR] = OP_ARITH_SHR,
    [OPERATOR_NEG] = OP_ARITH_NEG,
    [OPERATOR_INVERT] = OP_ARITH_NOT,
};

static bool is_bitwise(Operator op) {
    return op == OPERATOR_AND || op == OPERATOR_OR || op == OPERATOR_XOR;
}
static bool is_shift(Operator op) {
    return op == OPERATOR_SHL || op == OPERATOR_SHR;
}

static const char *quoted(FuncState *fs, Operator op) {
    return arena_printf(fs->sema->arena, "`%s`", operator_text(op));
}

/* ------------------------------------------------------------------ fma */

static bool fuses(const FuncState *fs, const Type *type) {
    return (fs->context == CONTEXT_DEVICE || fs->context == CONTEXT_DEVICE_FAST) &&
           fs->sema->options.target->has_fma && (type->kind == TYPE_F32 || type->kind == TYPE_F64);
}

static bool is_fusible(const FuncState *fs, const Operand *operand, const Type *type) {
    return operand->factors[0] && fuses(fs, type_scalar_of(type)) &&
           type_scalar_of(operand->type) == type_scalar_of(type);
}

static void drop_product(Value *product) {
    if (product->op && product->op->code == OP_ARITH_MUL && !value_is_used(product))
        op_erase(product->op);
}

/* a * b + c, the product's factors splat where the sum is of SIMD values. */
static Operand build_fma(FuncState *fs, const Operand *product, bool negated, Value *addend,
                         const Type *type, const Node *node) {
    Value *a = value_coerce(fs, product->factors[0], type, product->node, "this");
    Value *b = value_coerce(fs, product->factors[1], type, product->node, "this");
    drop_product(product->value);
    fs->b.span = node->span;
    if (negated)
        a = arith1(fs, OP_ARITH_NEG, a);
    Value *value = build3(&fs->b, OP_ARITH_FMA, a, b, addend);
    mark_fast(fs, value);
    return operand_of_value(value, node);
}

/* x*y + z, x*y - z = x*y + -z, z + x*y, z - x*y = -x*y + z. Kind POISON when nothing is to be
 * fused. */
static Operand try_fma(FuncState *fs, Operator op, const Operand *left, const Operand *right,
                       Value *a, Value *b, const Type *type, const Node *node) {
    bool subtract = op == OPERATOR_SUB;
    if (op != OPERATOR_ADD && !subtract)
        return operand_poison(node);
    if (is_fusible(fs, left, type))
        return build_fma(fs, left, false, subtract ? arith1(fs, OP_ARITH_NEG, b) : b, type, node);
    if (is_fusible(fs, right, type))
        return build_fma(fs, right, subtract, a, type, node);
    return operand_poison(node);
}

/* ------------------------------------------------------------------ binary operators of numbers */

static Span operator_span(const Node *node) {
    return node->kind == NODE_AUGMENTED ? node->augmented.op_span
           : node->kind == NODE_BINARY  ? node->binary.op_span
                                        : node->span;
}

static Operand report_no_operator(FuncState *fs, Operator op, const Operand *left,
                                  const Operand *right, const Node *node) {
    Diag *d = diag(fs->sema->diags, node->span, W0308, quoted(fs, op), operand_type_text(fs, left),
                   operand_type_text(fs, right));
    const Type *base = operand_type(fs, left);
    if (op == OPERATOR_XOR && node->kind == NODE_BINARY && base && type_is_float(type_scalar_of(base)))
        diag_fix(d, operator_span(node), "**");
    return operand_poison(node);
}

static Operand report_integer_slash(FuncState *fs, const Operand *left, const Operand *right,
                                    const Node *node) {
    Diag *d = diag(fs->sema->diags, node->span, W0305, operand_type_text(fs, left),
                   operand_type_text(fs, right));
    diag_fix(d, operator_span(node), node->kind == NODE_AUGMENTED ? "//=" : "//");
    return operand_poison(node);
}

/* What the element type must be for this operator; reports and says false otherwise. */
static bool operator_takes(FuncState *fs, Operator op, const Type *scalar, const Operand *left,
                           const Operand *right, const Node *node) {
    if (!type_is_scalar(scalar)) {
        report_no_operator(fs, op, left, right, node);
        return false;
    }
    if (type_class(scalar) == CLASS_STORAGE_FLOAT) {
        diag(fs->sema->diags, node->span, W0307, scalar->name);
        return false;
    }
    if (scalar->kind == TYPE_BOOL ? is_bitwise(op)
                                  : !(is_bitwise(op) || is_shift(op)) || type_is_integer(scalar))
        return true;
    report_no_operator(fs, op, left, right, node);
    return false;
}

static Operand apply_numeric(FuncState *fs, Operator op, const Operand *left, const Operand *right,
                             const Node *node) {
    const Type *type = unify(fs, left, right, node, quoted(fs, op));
    if (!type || !operator_takes(fs, op, type_scalar_of(type), left, right, node))
        return operand_poison(node);
    if (op == OPERATOR_DIV && type_is_integer(type_scalar_of(type)))
        return report_integer_slash(fs, left, right, node);
    const char *what = arena_printf(fs->sema->arena, "the other side of `%s`", operator_text(op));
    Value *a = operand_coerce(fs, left, type, what);
    Value *b = a ? operand_coerce(fs, right, type, what) : NULL;
    if (!b)
        return operand_poison(node);
    fs->b.span = node->span;
    Operand fused = try_fma(fs, op, left, right, a, b, type, node);
    if (fused.kind != OPERAND_POISON)
        return fused;
    Operand result = operand_of_value(arith2(fs, operator_ops[op], a, b), node);
    if (op == OPERATOR_MUL && fuses(fs, type_scalar_of(type))) {
        result.factors[0] = a;
        result.factors[1] = b;
    }
    return result;
}

/* ------------------------------------------------------------------ shifts */

/* The count as the left side's type, so that a count outside 0 .. width-1 stays outside: one that
 * is wider or unsigned is cut to at most `width` before it is converted. */
static Value *shift_count(FuncState *fs, Value *count, const Type *type) {
    Types *types = fs->sema->types;
    const Type *scalar = type_scalar_of(type), *from = type_scalar_of(count->type);
    if (from == scalar)
        return value_coerce(fs, count, type, NULL, NULL);
    uint32_t width = type_bits(scalar);
    const Type *wide =
        type_with_scalar(types, count->type, type_is_signed(from) ? types->i64 : types->u64);
    count = build_convert(&fs->b, count, wide);
    Value *limit = build_const(&fs->b, attr_int(types, type_scalar_of(wide), width));
    Value *most = value_coerce(fs, limit, wide, NULL, NULL);
    count = build2(&fs->b, OP_ARITH_MIN, count, most);
    if (type_is_signed(from)) {
        /* Below 0 is past the width too: with all negative counts at `width`, any type can hold the
         * count. */
        Value *zero = build_zero(&fs->b, wide);
        Value *negative = build_cmp(&fs->b, "lt", count, zero);
        count = build_typed(&fs->b, OP_ARITH_SELECT, wide, (Value *[]){negative, most, count}, 3);
    }
    count = build_convert(&fs->b, count, type_with_scalar(types, wide, scalar));
    return value_coerce(fs, count, type, NULL, NULL);
}

static const Attr *constant_count(FuncState *fs, const Attr *literal, const Type *scalar) {
    __int128 width = type_bits(scalar);
    __int128 count = literal->wide < 0 || literal->wide > width ? width : literal->wide;
    return attr_int(fs->sema->types, scalar, (uint64_t)count);
}

static Operand apply_shift(FuncState *fs, Operator op, const Operand *left, const Operand *right,
                           const Node *node) {
    const Type *count_type = operand_type(fs, right);
    /* A literal takes its type from what stands beside it here too: 1 << n is an i32 for an n of
     * i32. */
    bool beside =
        operand_is_literal(left) && count_type && type_is_integer(type_scalar_of(count_type));
    Value *value =
        beside ? operand_coerce(fs, left, count_type, "what is shifted") : operand_value(fs, left);
    if (!value)
        return operand_poison(node);
    const Type *type = value->type, *scalar = type_scalar_of(type);
    bool literal = operand_is_literal(right);
    const Type *count_scalar = count_type ? type_scalar_of(count_type) : NULL;
    bool is_count =
        count_scalar && (type_is_integer(count_scalar) || count_scalar->kind == TYPE_LITERAL_INT);
    if (!type_is_integer(scalar) || !is_count)
        return report_no_operator(fs, op, left, right, node);
    Value *count;
    if (literal && right->kind == OPERAND_CONST) {
        count = build_const(&fs->b, constant_count(fs, right->constant, scalar));
    } else {
        count = operand_value(fs, right);
        if (!count)
            return operand_poison(node);
        if (type->kind != TYPE_VECTOR && count->type->kind == TYPE_VECTOR) {
            type = type_vector(fs->sema->types, scalar, count->type->lanes);
            value = value_coerce(fs, value, type, left->node, "this");
        } else if (type->kind == TYPE_VECTOR && count->type->kind == TYPE_VECTOR &&
                   type->lanes != count->type->lanes) {
            diag(fs->sema->diags, node->span, W0310, quoted(fs, op), operand_type_text(fs, left),
                 operand_type_text(fs, right), type->lanes, count->type->lanes);
            return operand_poison(node);
        }
    }
    fs->b.span = node->span;
    return operand_of_value(arith2(fs, operator_ops[op], value, shift_count(fs, count, type)),
                            node);
}

/* ------------------------------------------------------------------ any binary operator */

Operand apply_operator(FuncState *fs, Operator op, const Operand *left, const Operand *right,
                       const Node *node) {
    if (left->kind == OPERAND_POISON || right->kind == OPERAND_POISON)
        return operand_poison(node);
    fs->b.span = node->span;
    if (operand_is_struct(left) || operand_is_struct(right))
        return dunder_binary(fs, op, left, right, node);
    if (operator_is_comparison(op))
        return apply_comparison(fs, op, left, right, node);
    bool literals = operand_is_literal(left) && operand_is_literal(right) && op != OPERATOR_MATMUL;
    if (literals && literals_are_few(left, right))
        return apply_to_literals(fs, op, left, right, node);
    if (op == OPERATOR_POW)
        return apply_power(fs, left, right, node);
    if (is_shift(op))
        return apply_shift(fs, op, left, right, node);
    if (operator_ops[op] == OP_ARITH_CONST)
        return report_no_operator(fs, op, left, right, node);
    /* Choices among too many literals: the values they have alone. */
    if (literals) {
        const Type *type = unify(fs, left, right, node, quoted(fs, op));
        if (!type)
            return operand_poison(node);
        type = op == OPERATOR_DIV ? fs->sema->types->f64 : default_type(fs->sema->types, type);
        Operand a = operand_of_value(operand_coerce(fs, left, type, "this"), left->node);
        Operand b = operand_of_value(operand_coerce(fs, right, type, "this"), right->node);
        return apply_operator(fs, op, &a, &b, node);
    }
    return apply_numeric(fs, op, left, right, node);
}

/* ------------------------------------------------------------------ and, or */

/* The right side runs only where the left side has not decided. `right` is a node, or NULL with
 * `check` to make it. */
static Operand apply_logical(FuncState *fs, Operator op, const Operand *left, const Node *right,
                             const Node *node) {
    bool is_and = op == OPERATOR_LOGICAL_AND;
    const char *what = is_and ? "`and`" : "`or`";
    Value *a = operand_value(fs, left);
    if (a && a->type->kind != TYPE_BOOL) {
        Diag *d = diag(fs->sema->diags, left->node->span, W0304, what, operand_type_text(fs, left));
        if (type_is_mask(a->type))
            diag_note(d, node->span, "masks are joined lane by lane with `%s`", is_and ? "&" : "|");
        else if (type_is_numeric(a->type))
            diag_fix(d, left->node->span, "%s != 0", node_text(fs, left->node));
        a = NULL;
    }
    if (!a)
        return operand_poison(node);
    Branch *branch = branch_begin(fs, a, node->span);
    uint32_t mark = arrays_mark(fs);
    branch_arm(fs, branch, is_and ? 0 : 1);
    Value *b = check_condition(fs, right, what);
    arrays_release(fs, mark);
    if (!b) {
        branch_end_empty(fs, branch);
        return operand_poison(node);
    }
    branch_arm(fs, branch, is_and ? 1 : 0);
    fs->b.span = node->span;
    Value *decided = build_bool(&fs->b, !is_and);
    Value *value =
        is_and ? branch_end_flat(fs, branch, b, decided) : branch_end_flat(fs, branch, decided, b);
    return operand_of_value(value, node);
}

/* A long sum leans to the left: its spine is walked down and then up, so that its length costs no C
 * stack. */
Operand check_binary(FuncState *fs, const Node *node, const Type *want) {
    (void)want;
    VEC(const Node *) spine = {0};
    const Node *at = node;
    for (; at->kind == NODE_BINARY; at = at->binary.left)
        vec_push(fs->sema->arena, &spine, at);
    Operand left = settle(fs, check_expr(fs, at, NULL));
    while (spine.len > 0) {
        const Node *top = vec_pop(&spine);
        Operator op = top->binary.op;
        if (op == OPERATOR_LOGICAL_AND || op == OPERATOR_LOGICAL_OR) {
            if (left.kind == OPERAND_POISON)
                check_expr(fs, top->binary.right, NULL);
            left = left.kind == OPERAND_POISON
                       ? operand_poison(top)
                       : apply_logical(fs, op, &left, top->binary.right, top);
            continue;
        }
        Operand right = check_expr(fs, top->binary.right, NULL);
        left = apply_operator(fs, op, &left, &right, top);
    }
    return left;
}

/* ------------------------------------------------------------------ unary */

static Operand check_not(FuncState *fs, const Node *node) {
    Value *value = check_condition(fs, node->unary.operand, "`not`");
    if (!value)
        return operand_poison(node);
    fs->b.span = node->span;
    return operand_of_value(build1(&fs->b, OP_ARITH_NOT, value), node);
}

static bool unary_takes(Operator op, const Type *scalar) {
    if (op == OPERATOR_INVERT)
        return type_is_integer(scalar) || scalar->kind == TYPE_BOOL;
    return type_is_numeric(scalar);
}

Operand check_unary(FuncState *fs, const Node *node) {
    Operator op = node->unary.op;
    if (op == OPERATOR_NOT)
        return check_not(fs, node);
    Operand operand = check_expr(fs, node->unary.operand, NULL);
    if (operand.kind == OPERAND_POISON)
        return operand_poison(node);
    if (operand_is_struct(&operand))
        return dunder_unary(fs, op, &operand, node);
    if (operand.kind == OPERAND_CHOICE)
        return apply_to_choice(fs, op, &operand, node);
    if (operand_is_literal(&operand))
        return operand_of_const(literal_unary(fs, op, operand.constant, node), node);
    Value *value = operand_value(fs, &operand);
    if (!value)
        return operand_poison(node);
    const Type *scalar = type_scalar_of(value->type);
    if (!type_is_scalar(scalar) || !unary_takes(op, scalar)) {
        if (type_is_scalar(scalar) && type_class(scalar) == CLASS_STORAGE_FLOAT)
            diag(fs->sema->diags, node->span, W0307, scalar->name);
        else
            diag(fs->sema->diags, node->span, W0319, quoted(fs, op),
                 operand_type_text(fs, &operand));
        return operand_poison(node);
    }
    fs->b.span = node->span;
    if (op == OPERATOR_POS)
        return operand_of_value(value, node);
    return operand_of_value(arith1(fs, operator_ops[op], value), node);
}
