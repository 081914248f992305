/* abs, min, sqrt, select and the like: functions that are one op, for scalars and SIMD values. */
#include "sema/builtins.h"

static Operand report_argument(FuncState *fs, const BuiltinCall *call, const Type *type,
                               const char *wanted) {
    diag(fs->sema->diags, call->node->span, W0340, call->builtin->name, wanted,
         type_source(fs->sema->arena, type));
    return operand_poison(call->node);
}

static bool is_numeric(const Type *type) {
    return type_is_numeric(type_scalar_of(type));
}
static bool is_float(const Type *type) {
    return type_is_float(type_scalar_of(type));
}

Operand builtin_abs(FuncState *fs, const BuiltinCall *call) {
    Value *x;
    const Type *type = builtin_unified(fs, call, 0, 1, &x);
    if (!type)
        return operand_poison(call->node);
    if (!is_numeric(type))
        return report_argument(fs, call, type, "a number");
    return operand_of_value(arith1(fs, OP_ARITH_ABS, x), call->node);
}

Operand builtin_extreme(FuncState *fs, const BuiltinCall *call) {
    Value *values[2];
    const Type *type = builtin_unified(fs, call, 0, 2, values);
    if (!type)
        return operand_poison(call->node);
    if (!is_numeric(type))
        return report_argument(fs, call, type, "numbers");
    return operand_of_value(arith2(fs, call->builtin->code, values[0], values[1]), call->node);
}

Operand builtin_clamp(FuncState *fs, const BuiltinCall *call) {
    Value *values[3];
    const Type *type = builtin_unified(fs, call, 0, 3, values);
    if (!type)
        return operand_poison(call->node);
    if (!is_numeric(type))
        return report_argument(fs, call, type, "numbers");
    Value *above = arith2(fs, OP_ARITH_MAX, values[0], values[1]);
    return operand_of_value(arith2(fs, OP_ARITH_MIN, above, values[2]), call->node);
}

/* The arguments as floats: an integer literal alone counts as an f64. */
static const Type *float_arguments(FuncState *fs, const BuiltinCall *call, uint32_t count,
                                   Value **values) {
    Operand operands[MAX_BUILTIN_ARGS];
    for (uint32_t i = 0; i < count; i++) {
        operands[i] = builtin_arg(fs, call, i);
        if (operands[i].kind == OPERAND_POISON)
            return NULL;
    }
    const Type *type = unify_all(fs, operands, count, call->node, call->builtin->name);
    if (!type)
        return NULL;
    if (type_is_literal(type))
        type = fs->sema->types->f64;
    if (!is_float(type)) {
        report_argument(fs, call, type, count == 1 ? "a float" : "floats");
        return NULL;
    }
    const char *what = arena_printf(fs->sema->arena, "%s", call->builtin->name);
    for (uint32_t i = 0; i < count; i++)
        if (!(values[i] = operand_coerce(fs, &operands[i], type, what)))
            return NULL;
    fs->b.span = call->node->span;
    return type;
}

Operand builtin_float_unary(FuncState *fs, const BuiltinCall *call) {
    Value *x;
    if (!float_arguments(fs, call, 1, &x))
        return operand_poison(call->node);
    return operand_of_value(arith1(fs, call->builtin->code, x), call->node);
}

Operand builtin_float_test(FuncState *fs, const BuiltinCall *call) {
    Value *x;
    if (!float_arguments(fs, call, 1, &x))
        return operand_poison(call->node);
    return operand_of_value(build1(&fs->b, call->builtin->code, x), call->node);
}

Operand builtin_copysign(FuncState *fs, const BuiltinCall *call) {
    Value *values[2];
    if (!float_arguments(fs, call, 2, values))
        return operand_poison(call->node);
    return operand_of_value(arith2(fs, OP_MATH_COPYSIGN, values[0], values[1]), call->node);
}

Operand builtin_fma(FuncState *fs, const BuiltinCall *call) {
    Value *values[3];
    if (!float_arguments(fs, call, 3, values))
        return operand_poison(call->node);
    return operand_of_value(build3(&fs->b, OP_ARITH_FMA, values[0], values[1], values[2]),
                            call->node);
}

Operand builtin_ceildiv(FuncState *fs, const BuiltinCall *call) {
    Value *values[2];
    const Type *type = builtin_unified(fs, call, 0, 2, values);
    if (!type)
        return operand_poison(call->node);
    if (!type_is_integer(type_scalar_of(type)))
        return report_argument(fs, call, type, "integers");
    return operand_of_value(arith2(fs, OP_ARITH_CEIL_DIV, values[0], values[1]), call->node);
}

Operand builtin_select(FuncState *fs, const BuiltinCall *call) {
    Operand condition = builtin_arg(fs, call, 0);
    Value *mask = operand_value(fs, &condition), *values[2];
    if (!mask)
        return operand_poison(call->node);
    if (!type_is_mask(mask->type)) {
        diag(fs->sema->diags, condition.node->span, W0304, "the condition of select",
             operand_type_text(fs, &condition));
        return operand_poison(call->node);
    }
    const Type *type = builtin_unified(fs, call, 1, 2, values);
    if (!type)
        return operand_poison(call->node);
    if (mask->type->kind == TYPE_VECTOR) {
        if (!type_is_scalar(type_scalar_of(type)) ||
            (type->kind == TYPE_VECTOR && type->lanes != mask->type->lanes)) {
            diag(fs->sema->diags, call->node->span, W0310, "`select`",
                 operand_type_text(fs, &condition), type_source(fs->sema->arena, type),
                 mask->type->lanes, type_lanes(type));
            return operand_poison(call->node);
        }
        type = type_vector(fs->sema->types, type_scalar_of(type), mask->type->lanes);
        for (int i = 0; i < 2; i++)
            values[i] = value_coerce(fs, values[i], type, call->node, "select");
    }
    return operand_of_value(
        build_typed(&fs->b, OP_ARITH_SELECT, type, (Value *[]){mask, values[0], values[1]}, 3),
        call->node);
}

/* ------------------------------------------------------------------ bits and lanes */

/* A literal has no bits of its own: it takes the unsigned integer or float of the size that is
 * asked for. */
static const Type *literal_bits(Types *types, const Attr *literal, const Type *to) {
    bool integer = literal->kind == ATTR_LITERAL_INT;
    switch (type_bits(to)) {
    case 8: return types->u8;
    case 16: return integer ? types->u16 : types->f16;
    case 32: return integer ? types->u32 : types->f32;
    default: return integer ? types->u64 : types->f64;
    }
}

Operand builtin_bitcast(FuncState *fs, const BuiltinCall *call) {
    const Type *to = type_parameter(fs, call->params_node, 0, "bitcast");
    if (!to)
        return operand_poison(call->node);
    Operand x = builtin_arg(fs, call, 0);
    bool literal = x.kind == OPERAND_CONST && attr_is_literal(x.constant) && type_is_scalar(to);
    Value *value =
        literal ? operand_coerce(fs, &x, literal_bits(fs->sema->types, x.constant, to), "bitcast")
                : operand_value(fs, &x);
    if (!value)
        return operand_poison(call->node);
    const Type *from = value->type;
    if (type_is_scalar(to) && from->kind == TYPE_VECTOR)
        to = type_vector(fs->sema->types, to, from->lanes);
    bool plain = type_is_scalar(type_scalar_of(from)) && type_is_scalar(type_scalar_of(to)) &&
                 !type_is_mask(from) && !type_is_mask(to);
    if (!plain || type_size(from) != type_size(to)) {
        diag(fs->sema->diags, call->node->span, W0341, type_source(fs->sema->arena, from),
             type_source(fs->sema->arena, to));
        return operand_poison(call->node);
    }
    fs->b.span = call->node->span;
    return operand_of_value(
        from == to ? value : build_typed(&fs->b, OP_ARITH_BITCAST, to, &value, 1), call->node);
}

Operand builtin_iota(FuncState *fs, const BuiltinCall *call) {
    const Type *element = type_parameter(fs, call->params_node, 0, "iota");
    int64_t lanes;
    if (!element)
        return operand_poison(call->node);
    if (call->params_node->index.items.len != 2) {
        diag(fs->sema->diags, call->node->span, W0342);
        return operand_poison(call->node);
    }
    if (!int_parameter(fs, call->params_node->index.items.items[1], "the width of iota", &lanes))
        return operand_poison(call->node);
    const Type *type = simd_type(fs, element, lanes, call->params_node->index.items.items[1]);
    if (!type)
        return operand_poison(call->node);
    if (!is_numeric(type))
        return report_argument(fs, call, element, "a numeric type");
    fs->b.span = call->node->span;
    if (type->kind != TYPE_VECTOR)
        return operand_of_value(build_zero(&fs->b, type), call->node);
    return operand_of_value(build_typed(&fs->b, OP_VEC_IOTA, type, NULL, 0), call->node);
}

Operand builtin_range(FuncState *fs, const BuiltinCall *call) {
    diag(fs->sema->diags, call->node->span, W0343);
    return operand_poison(call->node);
}
