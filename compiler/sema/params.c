/* Parameters: what stands in [...] after a name, and what kind a parameter is of. */
#include "sema/structure.h"

/* ------------------------------------------------------------------ what is given */

static const Attr *check_param(FuncState *fs, const Node *item) {
    if (item->kind == NODE_SLICE) {
        diag(fs->sema->diags, item->span, W0238, source_text(fs->sema, item->span));
        return NULL;
    }
    if (is_tensor_type(item)) {
        diag(fs->sema->diags, item->span, W0266, "it would be a parameter");
        return NULL;
    }
    return comptime_eval(fs, item, NULL, "a parameter");
}

/* A value of the parameter's own type, where its kind is the name of one: the message is at the value then. What mentions
 * other parameters is looked at when those are known. */
static const Attr *fit_param(FuncState *fs, const Node *formal, const Attr *value, const Node *item) {
    const Node *kind = formal->param.kind;
    bool has_value = value && value->kind != ATTR_TYPE && value->kind != ATTR_CLOSURE && value->kind != ATTR_NONE_VALUE;
    if (!has_value || kind->kind != NODE_NAME)
        return value;
    const Type *type = !strcmp(kind->name, "str") ? fs->sema->types->str : type_scalar_named(fs->sema->types, kind->name);
    if (!type)
        return value;
    return const_coerce(fs, value, type, item, arena_printf(fs->sema->arena, "the parameter %s", formal->param.name));
}

/* Where the parameter `name` stands; -1 after an error. */
static int32_t param_named(FuncState *fs, const char *owner, NodeList formals, const Node *item) {
    for (uint32_t i = 0; i < formals.len; i++)
        if (formals.items[i]->param.name == item->keyword.name)
            return (int32_t)i;
    diag(fs->sema->diags, item->keyword.name_span, W0278, owner, item->keyword.name);
    return -1;
}

/* The values in [...], each at its parameter's place: those in order first, then those by name.
 * NULL where none is given. */
static bool check_params(FuncState *fs, const Node *index_node, const char *owner, NodeList formals,
                         const Attr **params) {
    NodeList items = index_node->index.items;
    bool ok = true;
    if (items.len > formals.len) {
        diag(fs->sema->diags, index_node->span, W0246, owner, formals.len,
             formals.len == 1 ? "" : "s", items.len);
        return false;
    }
    for (uint32_t i = 0; i < items.len; i++) {
        const Node *item = items.items[i];
        bool by_name = item->kind == NODE_KEYWORD;
        int32_t at = by_name ? param_named(fs, owner, formals, item) : (int32_t)i;
        if (at < 0)
            return false;
        if (params[at]) {
            diag(fs->sema->diags, item->span, W0243, formals.items[at]->param.name);
            return false;
        }
        const Node *value = by_name ? item->keyword.value : item;
        params[at] = fit_param(fs, formals.items[at], check_param(fs, value), value);
        ok &= params[at] != NULL;
    }
    return ok;
}

Operand apply_params(FuncState *fs, const Operand *base, const Node *index_node) {
    Sema *sema = fs->sema;
    if (base->kind == OPERAND_POISON)
        return operand_poison(index_node);
    bool is_func = base->kind == OPERAND_FUNC && base->closure->decl &&
                   !base->closure->param_count && !base->type;
    const FuncDecl *decl = is_func ? base->closure->decl
                           : base->kind == OPERAND_METHOD && !base->param_count ? base->method
                                                                                : NULL;
    NodeList formals = {0};
    const char *owner = source_text(sema, index_node->index.base->span);
    if (base->kind == OPERAND_STRUCT) {
        formals = base->struct_decl->node->struct_.params;
        owner = base->struct_decl->name;
    } else if (decl) {
        formals = decl->node->func.params;
        owner = decl->name;
    }
    const Attr **params = arena_array(sema->arena, const Attr *, formals.len + 1);
    if (!check_params(fs, index_node, owner, formals, params))
        return operand_poison(index_node);
    if (base->kind == OPERAND_STRUCT) {
        StructInstance *made =
            struct_instantiate(fs, base->struct_decl, params, formals.len, index_node->span);
        return made && made->type
                   ? operand_of_const(attr_of_type(sema->types, made->type), index_node)
                   : operand_poison(index_node);
    }
    Operand operand = *base;
    operand.node = index_node;
    if (is_func) {
        operand.closure = closure_with_params(fs, base->closure, params, formals.len);
    } else {
        operand.params = params;
        operand.param_count = formals.len;
    }
    return operand;
}

/* ------------------------------------------------------------------ kinds */

bool is_dtype_kind(const Node *kind) {
    return kind->kind == NODE_NAME && !strcmp(kind->name, "DType");
}

const Type *param_kind_type(FuncState *fs, const Node *kind) {
    if (!kind)
        return fs->sema->types->poison;
    if (is_dtype_kind(kind) || (kind->kind == NODE_NAME && !strcmp(kind->name, "type")))
        return fs->sema->types->type;
    const Type *type = check_type(fs, kind);
    bool fits = type_is_scalar(type) || type->kind == TYPE_STR || type->kind == TYPE_FUNC ||
                type->kind == TYPE_POISON;
    if (!fits)
        diag(fs->sema->diags, kind->span, W0238,
             arena_printf(fs->sema->arena, "a parameter of kind %s, which",
                          type_source(fs->sema->arena, type)));
    return fits ? type : fs->sema->types->poison;
}
