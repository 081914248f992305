/* Operators of structs: Python's dunder methods. The left side's own comes first, then the right
 * side's reflected one; != > >= follow from __eq__, __lt__ and __le__. */
#include "sema/expr.h"

bool operand_is_struct(const Operand *operand) {
    return (operand->kind == OPERAND_VALUE || operand->kind == OPERAND_PLACE ||
            operand->kind == OPERAND_CONST) &&
           operand->type && operand->type->kind == TYPE_STRUCT;
}

static FuncDecl *find_method(FuncState *fs, const Operand *operand, const char *dunder) {
    if (!dunder || !operand_is_struct(operand))
        return NULL;
    return struct_method(struct_of(operand->type), intern_cstr(fs->sema->names, dunder));
}

static Operand call(FuncState *fs, FuncDecl *method, const Operand *receiver,
                    const Operand *argument, const Node *node) {
    Operand self = *receiver, other = argument ? *argument : (Operand){0};
    return call_method(fs, method, &self, argument ? &other : NULL, argument ? 1 : 0, node);
}

static Operand negate(FuncState *fs, Operand result, const Node *node) {
    Value *value = operand_value(fs, &result);
    if (value && !type_is_mask(value->type)) {
        diag(fs->sema->diags, node->span, W0304, "`!=`, which follows from __eq__,", type_source(fs->sema->arena, value->type));
        value = NULL;
    }
    if (!value)
        return operand_poison(node);
    fs->b.span = node->span;
    return operand_of_value(build1(&fs->b, OP_ARITH_NOT, value), node);
}

static Operand report_missing(FuncState *fs, const Operand *operand, const char *symbol,
                              const char *dunder, const Node *node) {
    diag(fs->sema->diags, node->span, W0306, operand->type->name, symbol,
         dunder ? dunder : "method for it");
    return operand_poison(node);
}

Operand dunder_binary(FuncState *fs, Operator op, const Operand *left, const Operand *right,
                      const Node *node) {
    FuncDecl *method = find_method(fs, left, operator_dunder(op));
    if (method)
        return call(fs, method, left, right, node);
    method = find_method(fs, right, operator_reflected(op));
    if (method)
        return call(fs, method, right, left, node);
    if (op == OPERATOR_NE) {
        method = find_method(fs, left, "__eq__");
        if (method)
            return negate(fs, call(fs, method, left, right, node), node);
        method = find_method(fs, right, "__eq__");
        if (method)
            return negate(fs, call(fs, method, right, left, node), node);
    }
    const Operand *owner = operand_is_struct(left) ? left : right;
    const char *wanted = op == OPERATOR_NE   ? "__eq__"
                         : op == OPERATOR_GT ? "__lt__"
                         : op == OPERATOR_GE ? "__le__"
                         : owner == left     ? operator_dunder(op)
                                             : operator_reflected(op);
    return report_missing(fs, owner, operator_text(op), wanted, node);
}

Operand dunder_unary(FuncState *fs, Operator op, const Operand *operand, const Node *node) {
    FuncDecl *method = find_method(fs, operand, operator_dunder(op));
    if (method)
        return call(fs, method, operand, NULL, node);
    return report_missing(fs, operand, operator_text(op), operator_dunder(op), node);
}

bool dunder_in_place(FuncState *fs, Operator op, const Operand *place, const Operand *value,
                     const Node *node, Operand *result) {
    const char *dunder = operator_dunder(op);
    const char *in_place = dunder ? arena_printf(fs->sema->arena, "__i%s", dunder + 2) : NULL;
    FuncDecl *method = find_method(fs, place, in_place);
    if (method)
        *result = call(fs, method, place, value, node);
    return method != NULL;
}

bool dunder_call(FuncState *fs, const char *dunder, const Operand *operand, const Node *node, Operand *result) {
    FuncDecl *method = find_method(fs, operand, dunder);
    if (method)
        *result = call(fs, method, operand, NULL, node);
    return method != NULL;
}
