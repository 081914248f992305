/* Type expressions: types are comptime values, so a name, a call or a conditional may give one;
 * here are the forms that only types have, and Tensor[...], which describes an argument and is no
 * type of its own. */
#include "sema/structure.h"

/* Whether `name` is the compiler's own here, and not hidden by a variable or a definition. */
static bool means_builtin(FuncState *fs, const Node *node, const char *name) {
    return node->kind == NODE_NAME && !strcmp(node->name, name) && !find_variable(fs, node->name) &&
           !module_symbol(fs->module, node->name);
}

static const Type *poison(FuncState *fs) {
    return fs->sema->types->poison;
}

static const Type *wrong_items(FuncState *fs, const Node *node, const char *name,
                               const char *wanted) {
    diag(fs->sema->diags, node->span, W0265, name, wanted, source_text(fs->sema, node->span));
    return poison(fs);
}

static bool is_plain_item(const Node *item) {
    return item->kind != NODE_SLICE && item->kind != NODE_KEYWORD;
}

/* ------------------------------------------------------------------ SIMD, Ptr, Array */

static const Type *simd_type(FuncState *fs, const Node *node) {
    NodeList items = node->index.items;
    if (items.len != 2 || !is_plain_item(items.items[0]) || !is_plain_item(items.items[1]))
        return wrong_items(fs, node, "SIMD", "a scalar type and a number of lanes");
    const Type *element = check_type(fs, items.items[0]);
    int64_t lanes;
    if (element->kind == TYPE_POISON ||
        !comptime_int(fs, items.items[1], "the width of a SIMD type", &lanes))
        return poison(fs);
    if (!type_is_scalar(element))
        return wrong_items(fs, node, "SIMD", "a scalar type and a number of lanes");
    if (lanes < 1 || lanes > MAX_LANES || (lanes & (lanes - 1))) {
        diag(fs->sema->diags, items.items[1]->span, W0263, (long long)lanes);
        return poison(fs);
    }
    return type_vector(fs->sema->types, element, (uint32_t)lanes);
}

static const Type *ptr_type(FuncState *fs, const Node *node) {
    if (node->index.items.len != 1 || !is_plain_item(node->index.items.items[0]))
        return wrong_items(fs, node, "Ptr", "a type");
    const Type *element = check_type(fs, node->index.items.items[0]);
    return element->kind == TYPE_POISON ? element
                                        : type_ptr(fs->sema->types, element, SPACE_GLOBAL);
}

static const Type *array_type(FuncState *fs, const Node *node) {
    NodeList items = node->index.items;
    if (items.len != 2 || !is_plain_item(items.items[0]) || !is_plain_item(items.items[1]))
        return wrong_items(fs, node, "Array", "a scalar type and a number of dims");
    const Type *element = check_type(fs, items.items[0]);
    int64_t rank;
    if (element->kind == TYPE_POISON ||
        !comptime_int(fs, items.items[1], "the number of dims of an Array", &rank))
        return poison(fs);
    if (!type_is_scalar(element) || rank < 0 || rank > MAX_RANK)
        return wrong_items(fs, node, "Array", "a scalar type and a number of dims from 0 to 8");
    return type_array(fs->sema->types, element, (uint32_t)rank);
}

/* ------------------------------------------------------------------ tuples, functions */

static const Type *tuple_type(FuncState *fs, const Node *node) {
    const Type **fields = arena_array(fs->sema->arena, const Type *, node->list.len + 1);
    for (uint32_t i = 0; i < node->list.len; i++) {
        fields[i] = check_type(fs, node->list.items[i]);
        if (fields[i]->kind == TYPE_POISON)
            return poison(fs);
    }
    return node->list.len ? type_tuple(fs->sema->types, fields, node->list.len)
                          : fs->sema->types->none;
}

static const Type *func_type(FuncState *fs, const Node *node) {
    NodeList list = node->func_type.args;
    const Type **args = arena_array(fs->sema->arena, const Type *, list.len + 1);
    for (uint32_t i = 0; i < list.len; i++) {
        args[i] = check_type(fs, list.items[i]);
        if (args[i]->kind == TYPE_POISON)
            return poison(fs);
    }
    const Type *result =
        node->func_type.result ? check_type(fs, node->func_type.result) : fs->sema->types->none;
    return result->kind == TYPE_POISON ? result
                                       : type_func(fs->sema->types, args, list.len, result);
}

/* ------------------------------------------------------------------ any type */

static const Type *named_type(FuncState *fs, const Node *node) {
    Sema *sema = fs->sema;
    uint32_t errors = diags_errors(sema->diags);
    const Attr *value = comptime_eval(fs, node, NULL, "a type");
    if (value && value->kind == ATTR_TYPE)
        return value->as_type;
    if (value || diags_errors(sema->diags) == errors)
        diag(sema->diags, node->span, W0238, source_text(sema, node->span));
    return poison(fs);
}

/* Names are the common case, and need no function to be evaluated in. */
static const Type *type_of_name(FuncState *fs, const Node *node) {
    Operand operand = name_operand(fs, node);
    if (operand.kind == OPERAND_CONST && operand.constant->kind == ATTR_TYPE)
        return operand.constant->as_type;
    if (operand.kind != OPERAND_POISON)
        diag(fs->sema->diags, node->span, W0238, node->name);
    return poison(fs);
}

const Type *check_type(FuncState *fs, const Node *node) {
    if (!node)
        return fs->sema->types->none;
    switch (node->kind) {
    case NODE_ERROR: return poison(fs);
    case NODE_NONE_VALUE: return fs->sema->types->none;
    case NODE_NAME:
        return means_builtin(fs, node, "Device") ? fs->sema->types->device : type_of_name(fs, node);
    case NODE_TUPLE: return tuple_type(fs, node);
    case NODE_FUNC_TYPE: return func_type(fs, node);
    case NODE_INDEX:
        if (means_builtin(fs, node->index.base, "SIMD"))
            return simd_type(fs, node);
        if (means_builtin(fs, node->index.base, "Ptr"))
            return ptr_type(fs, node);
        if (means_builtin(fs, node->index.base, "Array"))
            return array_type(fs, node);
        if (is_tensor_type(node)) {
            diag(fs->sema->diags, node->span, W0266, "there is no tensor to view");
            return poison(fs);
        }
        return named_type(fs, node);
    default: return named_type(fs, node);
    }
}

/* ------------------------------------------------------------------ tensors */

bool is_tensor_type(const Node *node) {
    return node && node->kind == NODE_INDEX && node->index.base->kind == NODE_NAME &&
           !strcmp(node->index.base->name, "Tensor");
}

static bool check_layout(FuncState *fs, const Node *item, Layout *layout) {
    static const char *const names[] = {"row_major", "col_major", "strided"};
    const Node *value = item->keyword.value;
    if (strcmp(item->keyword.name, "layout")) {
        diag(fs->sema->diags, item->keyword.name_span, W0242, "Tensor[...]", item->keyword.name);
        return false;
    }
    for (uint32_t i = 0; i < 3; i++) {
        if (value->kind != NODE_NAME || strcmp(value->name, names[i]))
            continue;
        *layout = (Layout)i;
        return true;
    }
    diag(fs->sema->diags, value->span, W0265, "layout=", "row_major, col_major or strided",
         source_text(fs->sema, value->span));
    return false;
}

bool type_stays_on_host(const Type *type) {
    for (uint32_t i = 0; i < type->field_count; i++)
        if (type_stays_on_host(type->fields[i]))
            return true;
    return type->kind == TYPE_STR || type->kind == TYPE_DEVICE || type->kind == TYPE_ARRAY;
}

TensorType check_tensor_type(FuncState *fs, const Node *node) {
    NodeList items = node->index.items;
    TensorType type = {.ok = items.len > 0};
    type.dims = arena_array(fs->sema->arena, const Node *, items.len + 1);
    for (uint32_t i = 0; i < items.len; i++) {
        const Node *item = items.items[i];
        if (item->kind == NODE_KEYWORD)
            type.ok &= check_layout(fs, item, &type.layout);
        else if (item->kind == NODE_SLICE || (i > 0 && type.rank == MAX_RANK))
            type.ok = false;
        else if (i > 0)
            type.dims[type.rank++] = item;
        else
            type.element = check_type(fs, item);
        if (!type.ok && item->kind != NODE_KEYWORD)
            wrong_items(fs, node, "Tensor", "an element type and at most 8 dims");
    }
    const Type *element = type.element;
    bool fits = element && (type_is_scalar(element) || (element->kind == TYPE_STRUCT && !type_stays_on_host(element)));
    if (type.ok && !fits && (!element || element->kind != TYPE_POISON))
        wrong_items(fs, node, "Tensor", "a scalar type or a struct for its elements");
    type.ok &= fits;
    return type;
}
