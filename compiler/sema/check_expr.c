/* Expressions: one function a kind, and the dispatch. Typing and emission are one walk; what an
 * expression gives is an operand, which takes a type only when somebody wants a value (convert.c).
 */
#include "sema/expr.h"
#include "sema/structure.h"

/* ------------------------------------------------------------------ atoms */

static Operand check_int(FuncState *fs, const Node *node) {
    if (node->integer.too_large || node->integer.value >> 127) {
        diag(fs->sema->diags, node->span, W0322, node->integer.text);
        return operand_poison(node);
    }
    return operand_of_const(attr_literal_int(fs->sema->types, (__int128)node->integer.value), node);
}

static Operand check_name(FuncState *fs, const Node *node) {
    Operand operand = name_operand(fs, node);
    if (operand.kind == OPERAND_BUILTIN)
        return builtin_operand(fs, operand.builtin, node);
    operand.node = node;
    return operand;
}

static Operand check_tuple(FuncState *fs, const Node *node, const Type *want) {
    uint32_t count = node->list.len;
    bool fits = want && want->kind == TYPE_TUPLE && want->field_count == count;
    Operand tuple = {.kind = OPERAND_TUPLE, .node = node, .item_count = count};
    tuple.items = arena_array(fs->sema->arena, Operand, count ? count : 1);
    bool poisoned = false;
    for (uint32_t i = 0; i < count; i++) {
        Operand item = check_expr(fs, node->list.items[i], fits ? want->fields[i] : NULL);
        poisoned |= item.kind == OPERAND_POISON;
        tuple.items[i] = settle(fs, item);
        poisoned |= tuple.items[i].kind == OPERAND_POISON;
    }
    return poisoned ? operand_poison(node) : tuple;
}

static Operand check_lambda(FuncState *fs, const Node *node) {
    return (Operand){.kind = OPERAND_FUNC, .closure = closure_of_lambda(fs, node), .node = node};
}

/* ------------------------------------------------------------------ x if c else y */

/* Comptime values choose comptime values: types, functions, strings, literals. */
static bool is_comptime_only(const Operand *operand) {
    if (operand->kind == OPERAND_CONST)
        return operand->type->kind == TYPE_TYPE || operand->type->kind == TYPE_NONE;
    return operand->kind == OPERAND_FUNC || operand->kind == OPERAND_STRUCT ||
           operand->kind == OPERAND_BUILTIN;
}

static Operand choose_value(FuncState *fs, Branch *branch, const Operand *a, const Operand *b,
                            const Node *node, const Type *want, uint32_t mark) {
    const Type *type = unify(fs, a, b, node, "the arms of `if`");
    if (type && type_is_literal(type) && want && type_is_scalar(want) && want->kind != TYPE_BOOL)
        type = want;
    type = type ? default_type(fs->sema->types, type) : NULL;
    Value *values[2] = {NULL, NULL};
    const Operand *arms[2] = {a, b};
    for (uint32_t i = 0; type && i < 2; i++) {
        branch_arm(fs, branch, i);
        values[i] = operand_coerce(fs, arms[i], type, "the other arm of `if`");
        if (!values[i])
            type = NULL;
        else if (type_holds_array(type))
            values[i] = array_take(fs, values[i]);
        arrays_release(fs, mark);
    }
    if (!type) {
        branch_end_empty(fs, branch);
        return operand_poison(node);
    }
    Value *result = branch_end_flat(fs, branch, values[0], values[1]);
    if (type_holds_array(type))
        return array_temporary(fs, result, node);
    Operand chosen = operand_of_value(result, node);
    chosen.writable = operand_is_writable(fs, a) && operand_is_writable(fs, b);
    return chosen;
}

static Operand check_conditional(FuncState *fs, const Node *node, const Type *want) {
    Value *condition =
        check_condition(fs, node->conditional.condition, "the condition of `x if c else y`");
    if (!condition)
        return operand_poison(node);
    const Attr *known = value_constant(condition);
    uint32_t mark = arrays_mark(fs);
    Branch *branch = branch_begin(fs, condition, node->span);
    Operand a = settle(fs, check_expr(fs, node->conditional.if_true, want));
    branch_arm(fs, branch, 1);
    Operand b = settle(fs, check_expr(fs, node->conditional.if_false, want));
    bool poisoned = a.kind == OPERAND_POISON || b.kind == OPERAND_POISON;
    bool comptime = is_comptime_only(&a) || is_comptime_only(&b);
    /* A choice among literals stays one where what chooses can be computed ahead. */
    bool literal = operand_is_literal(&a) && operand_is_literal(&b) && branch_is_cheap(fs, branch);
    if (!poisoned && !literal && !comptime)
        return choose_value(fs, branch, &a, &b, node, want, mark);
    branch_end_empty(fs, branch);
    if (poisoned)
        return operand_poison(node);
    if (known)
        return attr_is_true(known) ? take_arm(fs, &a, &b, node) : take_arm(fs, &b, &a, node);
    if (literal)
        return choose_literal(fs, condition, &a, &b, node);
    diag(fs->sema->diags, node->span, W0311, operand_type_text(fs, &a));
    return operand_poison(node);
}

/* ------------------------------------------------------------------ the dispatch */

Operand check_expr(FuncState *fs, const Node *node, const Type *want) {
    Types *types = fs->sema->types;
    switch (node->kind) {
    case NODE_ERROR: return operand_poison(node);
    case NODE_INT: return check_int(fs, node);
    case NODE_FLOAT: return operand_of_const(attr_literal_float(types, node->real.value), node);
    case NODE_STRING: return operand_of_const(attr_string(types, node->string), node);
    case NODE_FSTRING: return check_fstring(fs, node);
    case NODE_BOOL: return operand_of_const(attr_bool(types, node->boolean), node);
    case NODE_NONE_VALUE: return operand_of_const(attr_none(types), node);
    case NODE_NAME: return check_name(fs, node);
    case NODE_TUPLE: return check_tuple(fs, node, want);
    case NODE_UNARY: return check_unary(fs, node);
    case NODE_BINARY: return check_binary(fs, node, want);
    case NODE_COMPARE: return check_compare(fs, node);
    case NODE_CONDITIONAL: return check_conditional(fs, node, want);
    case NODE_LAMBDA: return check_lambda(fs, node);
    case NODE_CALL: return check_call(fs, node, want);
    case NODE_INDEX: return check_index(fs, node);
    case NODE_ATTRIBUTE: return check_attribute(fs, node);
    case NODE_FUNC_TYPE: return operand_of_const(attr_of_type(types, check_type(fs, node)), node);
    case NODE_LIST: /* outside of a decorator the parser said so, and it is kept once */
        diag(fs->sema->diags, node->span, W0127);
        return operand_poison(node);
    case NODE_SLICE:
    case NODE_KEYWORD: diag(fs->sema->diags, node->span, W0415); return operand_poison(node);
    default: weft_bug("check_expr of a node that is no expression: %s", node_kind_name(node->kind));
    }
}
