/* Parameters: what stands in [...] after a name, and what kind a parameter is of. */
#include "sema/structure.h"

/* ------------------------------------------------------------------ what is given */

static const Attr *check_param(FuncState *fs, const Node *item) {
    if (item->kind == NODE_SLICE || item->kind == NODE_KEYWORD) {
        diag(fs->sema->diags, item->span, W0238, source_text(fs->sema, item->span));
        return NULL;
    }
    if (is_tensor_type(item)) {
        diag(fs->sema->diags, item->span, W0266, "it would be a parameter");
        return NULL;
    }
    return comptime_eval(fs, item, NULL, "a parameter");
}

bool check_params(FuncState *fs, const Node *index_node, const Attr ***params, uint32_t *count) {
    NodeList items = index_node->index.items;
    *params = arena_array(fs->sema->arena, const Attr *, items.len + 1);
    *count = items.len;
    bool ok = true;
    for (uint32_t i = 0; i < items.len; i++) {
        (*params)[i] = check_param(fs, items.items[i]);
        ok &= (*params)[i] != NULL;
    }
    return ok;
}

Operand apply_params(FuncState *fs, const Operand *base, const Node *index_node) {
    const Attr **params;
    uint32_t count;
    if (base->kind == OPERAND_POISON || !check_params(fs, index_node, &params, &count))
        return operand_poison(index_node);
    if (base->kind == OPERAND_STRUCT) {
        StructInstance *made = struct_instantiate(fs, base->struct_decl, params, count, index_node->span);
        return made && made->type ? operand_of_const(attr_of_type(fs->sema->types, made->type), index_node)
                                  : operand_poison(index_node);
    }
    const FuncDecl *decl = base->kind == OPERAND_FUNC ? base->closure->decl : NULL;
    if (!decl || base->closure->param_count || base->type) {
        diag(fs->sema->diags, index_node->span, W0246, source_text(fs->sema, index_node->index.base->span), 0u, "s", count);
        return operand_poison(index_node);
    }
    uint32_t own = decl->node->func.params.len;
    if (count > own) {
        diag(fs->sema->diags, index_node->span, W0246, decl->name, own, own == 1 ? "" : "s", count);
        return operand_poison(index_node);
    }
    Operand operand = *base;
    operand.closure = closure_with_params(fs, base->closure, params, count);
    operand.node = index_node;
    return operand;
}

/* ------------------------------------------------------------------ kinds */

bool is_dtype_kind(const Node *kind) { return kind->kind == NODE_NAME && !strcmp(kind->name, "DType"); }

const Type *param_kind_type(FuncState *fs, const Node *kind) {
    if (!kind)
        return fs->sema->types->poison;
    if (is_dtype_kind(kind) || (kind->kind == NODE_NAME && !strcmp(kind->name, "type")))
        return fs->sema->types->type;
    const Type *type = check_type(fs, kind);
    bool fits = type_is_scalar(type) || type->kind == TYPE_STR || type->kind == TYPE_FUNC || type->kind == TYPE_POISON;
    if (!fits)
        diag(fs->sema->diags, kind->span, W0238, arena_printf(fs->sema->arena, "a parameter of kind %s, which", type_source(fs->sema->arena, type)));
    return fits ? type : fs->sema->types->poison;
}
