/* x ** n: with a literal integer it multiplies, by squaring and without fusing; otherwise it is
 * std.math's pow. */
#include "sema/expr.h"
#include "sema/structure.h"

/* The squares that the exponent has, from the smallest: x ** 7 is (x * (x*x)) * ((x*x)*(x*x)). */
static Value *multiply_squares(FuncState *fs, Value *base, uint64_t exponent) {
    Value *product = NULL, *square = base;
    for (;;) {
        if (exponent & 1)
            product = product ? arith2(fs, OP_ARITH_MUL, product, square) : square;
        exponent >>= 1;
        if (!exponent)
            return product;
        square = arith2(fs, OP_ARITH_MUL, square, square);
    }
}

static Value *build_one(FuncState *fs, const Type *type, const Node *node) {
    Operand one = operand_of_const(attr_literal_int(fs->sema->types, 1), node);
    return operand_coerce(fs, &one, type, "this");
}

static Operand power_by_literal(FuncState *fs, Value *base, __int128 exponent, const Operand *left,
                                const Node *node) {
    const Type *type = base->type, *scalar = type_scalar_of(type);
    if (!type_is_numeric(scalar)) {
        if (type_is_scalar(scalar) && type_class(scalar) == CLASS_STORAGE_FLOAT)
            diag(fs->sema->diags, node->span, W0307, scalar->name);
        else
            diag(fs->sema->diags, node->span, W0308, "`**`", operand_type_text(fs, left),
                 "an integer literal");
        return operand_poison(node);
    }
    if (exponent < -INT64_MAX || exponent > INT64_MAX) {
        diag(fs->sema->diags, node->span, W0302, "exponent", "int");
        return operand_poison(node);
    }
    fs->b.span = node->span;
    if (exponent == 0)
        return operand_of_value(build_one(fs, type, node), node);
    if (exponent > 0)
        return operand_of_value(multiply_squares(fs, base, (uint64_t)exponent), node);
    if (type_is_integer(scalar))
        return operand_of_value(build_zero(&fs->b, type), node);
    Value *below = multiply_squares(fs, base, (uint64_t)-exponent);
    return operand_of_value(arith2(fs, OP_ARITH_DIV, build_one(fs, type, node), below), node);
}

/* The function that `**` is, whatever hides its name where the operator stands: pow of the prelude,
 * and integer_pow beside it in std.math. */
static Closure *library_power(FuncState *fs, bool integers) {
    SourceModule *prelude = module_prelude(fs->sema);
    Symbol *symbol = prelude ? module_symbol(prelude, intern_cstr(fs->sema->names, "pow")) : NULL;
    if (symbol && symbol->kind == SYMBOL_FUNC && integers)
        symbol = module_symbol(symbol->func->module, intern_cstr(fs->sema->names, "integer_pow"));
    return symbol && symbol->kind == SYMBOL_FUNC ? closure_of(fs, symbol->func, NULL) : NULL;
}

Operand apply_power(FuncState *fs, const Operand *left, const Operand *right, const Node *node) {
    if (right->kind == OPERAND_CONST && right->constant->kind == ATTR_LITERAL_INT) {
        Value *base = operand_value(fs, left);
        return base ? power_by_literal(fs, base, right->constant->wide, left, node)
                    : operand_poison(node);
    }
    const Type *type = unify(fs, left, right, node, "`**`");
    if (!type)
        return operand_poison(node);
    type = default_type(fs->sema->types, type);
    const Type *scalar = type_scalar_of(type);
    if (!type_is_numeric(scalar)) {
        diag(fs->sema->diags, node->span, W0308, "`**`", operand_type_text(fs, left),
             operand_type_text(fs, right));
        return operand_poison(node);
    }
    Value *base = operand_coerce(fs, left, type, "the other side of `**`");
    Value *exponent = base ? operand_coerce(fs, right, type, "the other side of `**`") : NULL;
    Closure *power = exponent ? library_power(fs, type_is_integer(scalar)) : NULL;
    if (!exponent)
        return operand_poison(node);
    if (!power) {
        diag(fs->sema->diags, node->span, W0282);
        return operand_poison(node);
    }
    Operand args[2] = {operand_of_value(base, left->node), operand_of_value(exponent, right->node)};
    return call_closure(fs, power, args, 2, node, NULL);
}
