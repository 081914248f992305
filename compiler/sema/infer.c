/* Parameters from argument types: a declared type is laid over an actual one, and where it says a
 * parameter, the actual type tells its value. */
#include "sema/expr.h"
#include "sema/structure.h"

static int32_t find_unbound(const Signature *sig, const Node *node) {
    for (uint32_t i = 0; node->kind == NODE_NAME && i < sig->param_count; i++)
        if (!sig->params[i] && sig->param_nodes.items[i]->param.name == node->name)
            return (int32_t)i;
    return -1;
}

static void infer_value(Signature *sig, const Node *node, const Attr *value, Span span) {
    int32_t param = find_unbound(sig, node);
    if (param >= 0)
        signature_bind(sig, (uint32_t)param, value, NULL, span);
}

/* T itself: a DType takes the scalar of a SIMD value, for which the function is then lifted. */
static void infer_name(Signature *sig, const Node *node, const Type *actual, Span span) {
    int32_t param = find_unbound(sig, node);
    if (param < 0)
        return;
    const Node *kind = sig->param_nodes.items[param]->param.kind;
    if (is_dtype_kind(kind))
        actual = type_scalar_of(actual);
    if (kind->kind == NODE_NAME &&
        (is_dtype_kind(kind) ? type_is_scalar(actual) : !strcmp(kind->name, "type")))
        signature_bind(sig, (uint32_t)param, attr_of_type(sig->sema->types, actual), NULL, span);
}

static void infer_dims(Signature *sig, NodeList items, const Type *actual, Span span) {
    uint32_t position = 0;
    for (uint32_t i = 1; i < items.len; i++) {
        if (items.items[i]->kind == NODE_KEYWORD)
            continue;
        bool known =
            actual->kind == TYPE_VIEW && position < actual->rank && actual->extents[position] >= 0;
        if (known)
            infer_value(sig, items.items[i], attr_i64(sig->sema->types, actual->extents[position]),
                        span);
        position++;
    }
}

/* The struct that V, pkg.V or the name of an import means; NULL. Says nothing. */
static const StructDecl *struct_named(FuncState *fs, const Node *node) {
    Symbol *symbol = symbol_of_path(fs, node);
    return symbol && symbol->kind == SYMBOL_STRUCT ? symbol->struct_ : NULL;
}

/* Which parameter of the struct an item of [...] is; -1. */
static int32_t param_of_item(const StructDecl *decl, const Node *item, uint32_t position) {
    NodeList params = decl->node->struct_.params;
    if (item->kind != NODE_KEYWORD)
        return position < params.len ? (int32_t)position : -1;
    for (uint32_t i = 0; i < params.len; i++)
        if (params.items[i]->param.name == item->keyword.name)
            return (int32_t)i;
    return -1;
}

static void infer_struct(Signature *sig, NodeList items, const Node *base, const Type *actual,
                         Span span) {
    const StructInstance *made = struct_of(actual);
    if (!made || made->decl != struct_named(sig->fs, base))
        return;
    for (uint32_t i = 0; i < items.len; i++) {
        int32_t param = param_of_item(made->decl, items.items[i], i);
        if (param < 0)
            return;
        const Attr *value = made->params[param];
        const Node *item = items.items[i];
        item = item->kind == NODE_KEYWORD ? item->keyword.value : item;
        if (value->kind == ATTR_TYPE)
            infer_from(sig, item, value->as_type, span);
        else
            infer_value(sig, item, value, span);
    }
}

static void infer_index(Signature *sig, const Node *node, const Type *actual, Span span) {
    NodeList items = node->index.items;
    const Node *base = node->index.base;
    const char *name = base->kind == NODE_NAME ? base->name : "";
    if (items.len == 0)
        return;
    bool is_simd = actual->kind == TYPE_VECTOR || (sig->scalar_is_simd && type_is_scalar(actual));
    if (!strcmp(name, "SIMD") && is_simd && items.len == 2) {
        bool one = actual->kind != TYPE_VECTOR;
        infer_from(sig, items.items[0], one ? actual : actual->element, span);
        infer_value(sig, items.items[1], attr_i64(sig->sema->types, one ? 1 : actual->lanes), span);
    } else if (!strcmp(name, "Tensor") &&
               (actual->kind == TYPE_VIEW || actual->kind == TYPE_ARRAY)) {
        infer_from(sig, items.items[0], actual->element, span);
        infer_dims(sig, items, actual, span);
    } else if (!strcmp(name, "Array") && actual->kind == TYPE_ARRAY && items.len == 2) {
        infer_from(sig, items.items[0], actual->element, span);
        infer_value(sig, items.items[1], attr_i64(sig->sema->types, actual->rank), span);
    } else if (!strcmp(name, "Ptr") && actual->kind == TYPE_PTR) {
        infer_from(sig, items.items[0], actual->element, span);
    } else {
        infer_struct(sig, items, base, actual, span);
    }
}

void infer_from(Signature *sig, const Node *node, const Type *actual, Span span) {
    if (!node || sig->param_count == 0 || actual->kind == TYPE_POISON)
        return;
    if (node->kind == NODE_NAME)
        infer_name(sig, node, actual, span);
    else if (node->kind == NODE_INDEX)
        infer_index(sig, node, actual, span);
    else if (node->kind == NODE_TUPLE && actual->kind == TYPE_TUPLE)
        for (uint32_t i = 0; i < node->list.len && i < actual->field_count; i++)
            infer_from(sig, node->list.items[i], actual->fields[i], span);
}

void infer_from_operand(FuncState *fs, Signature *sig, const Node *node, const Operand *operand, InferRound round) {
    const Type *type = operand_type(fs, operand);
    const Type *taken = type ? default_type(fs->sema->types, type) : NULL;
    if (!taken || (taken != type) != (round == INFER_LITERALS))
        return;
    sig->scalar_is_simd = round == INFER_SCALARS;
    infer_from(sig, node, taken, operand->node ? operand->node->span : (Span){0});
}

bool infer_finish(Signature *sig, const Node *at) {
    Sema *sema = sig->sema;
    for (uint32_t i = 0; i < sig->param_count && !sig->failed; i++) {
        if (sig->params[i])
            continue;
        const Node *param = sig->param_nodes.items[i];
        const Attr *given = signature_given(sig, i);
        if (given) { /* its kind mentions parameters that are known only now */
            signature_bind(sig, i, given, NULL, at->span);
            continue;
        }
        if (!param->param.default_value) {
            if (param_kind_type(sig->fs, param->param.kind)->kind != TYPE_POISON)
                diag(sema->diags, at->span, W0244, param->param.name, sig->name,
                     sig->name);
            sig->failed = true;
            break;
        }
        const Attr *value = comptime_eval(sig->fs, param->param.default_value, NULL, "a parameter");
        sig->failed |=
            !value || !signature_bind(sig, i, value, param->param.default_value, param->span);
    }
    return !sig->failed;
}
