/* base[...] and base.name: what they mean for each kind of base. Tensors, SIMD values and arrays
 * have files of their own; functions, structs and types take parameters in their brackets. */
#include "sema/expr.h"
#include "sema/structure.h"

/* ------------------------------------------------------------------ tuples */

static Operand index_table(FuncState *fs, const Operand *base, const Operand *index,
                           const Node *node) {
    const Attr *list = base->constant;
    Value *at = operand_coerce(fs, index, fs->sema->types->i64, "an index");
    if (!at)
        return operand_poison(node);
    bool literals = true;
    for (uint32_t i = 0; i < list->len; i++)
        literals &= attr_is_literal(list->items[i]);
    if (literals)
        return choose_of_table(fs, list->items, list->len, at, node);
    list = constant_default(fs, list, node);
    for (uint32_t i = 0; list && i < list->len; i++) {
        if (list->items[i]->type == list->items[0]->type)
            continue;
        diag(fs->sema->diags, node->span, W0328);
        return operand_poison(node);
    }
    if (!list)
        return operand_poison(node);
    Value *item =
        build_typed_attr(&fs->b, OP_AGG_TABLE, list->items[0]->type, &at, 1, ATTR_KEY_VALUE, list);
    return operand_of_value(item, node);
}

static Operand tuple_item(FuncState *fs, const Operand *base, uint32_t k, const Node *node) {
    if (base->kind == OPERAND_TUPLE) {
        Operand item = base->items[k];
        item.node = node;
        item.factors[0] = item.factors[1] = NULL;
        return item;
    }
    if (base->kind == OPERAND_CONST)
        return operand_of_const(base->constant->items[k], node);
    Value *tuple = operand_value(fs, base);
    if (!tuple)
        return operand_poison(node);
    Operand item = operand_of_value(build_agg_get(&fs->b, tuple, k), node);
    item.writable = base->writable;
    item.root = base->root;
    return item;
}

static bool constant_index(const Attr *constant, __int128 *index) {
    if (constant->kind == ATTR_LITERAL_INT)
        *index = constant->wide;
    else if (constant->kind == ATTR_INT && constant->type->kind != TYPE_BOOL)
        *index =
            type_is_signed(constant->type) ? (int64_t)constant->bits : (__int128)constant->bits;
    else
        return false;
    return true;
}

/* Whether a variable's value goes into an expression: folding may know it, and still it is not comptime. */
static bool reads_variable(FuncState *fs, const Node *node) {
    NameSet mentioned = {.arena = fs->sema->arena};
    scan_mentioned(node, &mentioned);
    VEC_FOR_EACH (i, &mentioned.names) {
        const Variable *variable = find_variable(fs, mentioned.names.items[i]);
        bool changes = variable && (variable->kind == VARIABLE_LOCAL || variable->kind == VARIABLE_ARG ||
                                    variable->kind == VARIABLE_PLACE);
        if (changes && variable->type && type_is_scalar(variable->type))
            return true;
    }
    return false;
}

static Operand index_tuple(FuncState *fs, const Node *node, const Operand *base) {
    const Type *type = operand_type(fs, base);
    if (node->index.items.len != 1) {
        diag(fs->sema->diags, node->span, W0433, node_text(fs, node->index.base),
             "a tuple", node->index.items.len);
        return operand_poison(node);
    }
    Operand index = check_expr(fs, node->index.items.items[0], NULL);
    if (index.kind == OPERAND_POISON)
        return index;
    Operand settled = settle(fs, index);
    const Attr *constant = operand_constant(&settled);
    uint32_t count = base->kind == OPERAND_TUPLE ? base->item_count : type->field_count;
    __int128 k;
    bool is_comptime = constant && !reads_variable(fs, node->index.items.items[0]);
    if (is_comptime && constant_index(constant, &k)) {
        if (k >= 0 && k < count)
            return tuple_item(fs, base, (uint32_t)k, node);
        diag(fs->sema->diags, node->index.items.items[0]->span, W0329, count,
             count == 1 ? "" : "s");
        return operand_poison(node);
    }
    Operand table = *base;
    const Attr *whole =
        base->kind == OPERAND_TUPLE ? operand_as_constant(fs, base) : operand_constant(base);
    if (!whole || !constant_has_value(whole)) {
        diag(fs->sema->diags, node->index.items.items[0]->span, W0330);
        return operand_poison(node);
    }
    table.constant = whole;
    return index_table(fs, &table, &settled, node);
}

/* ------------------------------------------------------------------ base[...] */

/* s[i, j] of a struct: a place of __getitem__ and __setitem__. */
static Operand index_struct(FuncState *fs, const Node *node, const Operand *base) {
    FuncDecl *get =
        struct_method(struct_of(base->type), intern_cstr(fs->sema->names, "__getitem__"));
    FuncDecl *set =
        struct_method(struct_of(base->type), intern_cstr(fs->sema->names, "__setitem__"));
    if (!get && !set) {
        diag(fs->sema->diags, node->span, W0306, base->type->name, "[]", "__getitem__");
        return operand_poison(node);
    }
    uint32_t count = node->index.items.len;
    Place *place = arena_new(fs->sema->arena, Place);
    place->receiver = arena_copy(fs->sema->arena, base, sizeof *base);
    place->receiver->node = node;
    place->keys = arena_array(fs->sema->arena, Operand, count);
    place->key_count = count;
    for (uint32_t i = 0; i < count; i++) {
        place->keys[i] = settle(fs, check_expr(fs, node->index.items.items[i], NULL));
        if (place->keys[i].kind == OPERAND_POISON)
            return operand_poison(node);
    }
    place->writable = set && base->kind == OPERAND_PLACE && base->place->writable;
    place->why_not =
        set ? base->kind == OPERAND_PLACE ? base->place->why_not : "it is a value, no place"
            : arena_printf(fs->sema->arena, "%s has no __setitem__", base->type->name);
    place->root = base->kind == OPERAND_PLACE ? base->place->variable : NULL;
    return (Operand){.kind = OPERAND_PLACE, .node = node, .place = place};
}

static Operand index_value(FuncState *fs, const Node *node, const Operand *base, const Type *type) {
    switch (type->kind) {
    case TYPE_VIEW: return tensor_index(fs, node, base);
    case TYPE_VECTOR: return simd_index(fs, node, base);
    case TYPE_TUPLE: return index_tuple(fs, node, base);
    case TYPE_STRUCT: return index_struct(fs, node, base);
    case TYPE_ARRAY: return array_index(fs, node, base);
    default: break;
    }
    if (type_is_scalar(type)) /* SIMD[T, 1] is T */
        return simd_index(fs, node, base);
    diag(fs->sema->diags, node->span, W0331, operand_type_text(fs, base));
    return operand_poison(node);
}

/* base[...] as a place, as it stands on the left of an assignment. */
Operand check_index_place(FuncState *fs, const Node *node) {
    Operand base = check_expr(fs, node->index.base, NULL);
    switch (base.kind) {
    case OPERAND_POISON: return operand_poison(node);
    case OPERAND_FUNC:
    case OPERAND_STRUCT: return apply_params(fs, &base, node);
    case OPERAND_METHOD:
        if (base.method)
            return apply_params(fs, &base, node);
        base.params_node = node;
        base.node = node;
        return base;
    case OPERAND_BUILTIN: return builtin_params(fs, &base, node);
    default: break;
    }
    const Type *type = operand_type(fs, &base);
    if (!type) {
        operand_value(fs, &base);
        return operand_poison(node);
    }
    return index_value(fs, node, &base, type);
}

Operand check_index(FuncState *fs, const Node *node) {
    Operand operand = check_index_place(fs, node);
    if (operand.kind == OPERAND_PLACE && operand.place->receiver)
        return operand_of_value(place_read(fs, operand.place, NULL, node->span), node);
    return operand;
}

/* ------------------------------------------------------------------ base.name */

static Operand field_of(FuncState *fs, const Node *node, const Operand *base, uint32_t field) {
    const Type *type = base->type->fields[field];
    if (base->kind == OPERAND_CONST)
        return operand_of_const(base->constant->items[field], node);
    if (base->kind != OPERAND_PLACE || base->place->lane) {
        Value *value = operand_value(fs, base);
        return value ? operand_of_value(build_agg_get(&fs->b, value, field), node)
                     : operand_poison(node);
    }
    Place *place = arena_copy(fs->sema->arena, base->place, sizeof *base->place);
    place->fields = arena_array(fs->sema->arena, uint32_t, place->field_count + 1);
    for (uint32_t i = 0; i < place->field_count; i++)
        place->fields[i] = base->place->fields[i];
    place->fields[place->field_count++] = field;
    return (Operand){.kind = OPERAND_PLACE, .type = type, .node = node, .place = place};
}

static const char *nearest_member(const Type *type, Name name) {
    const StructInstance *instance = struct_of(type);
    const char *best = NULL;
    size_t limit = name_len(name) / 3 + 1;
    for (uint32_t i = 0; i < type->field_count; i++) {
        size_t distance = edit_distance(name, type->field_names[i], limit);
        if (distance <= limit) {
            best = type->field_names[i];
            limit = distance;
        }
    }
    const Node *decl = instance->decl->node;
    for (uint32_t i = 0; i < decl->struct_.members.len; i++) {
        const Node *member = decl->struct_.members.items[i];
        size_t distance =
            member->kind == NODE_FUNC ? edit_distance(name, member->func.name, limit) : SIZE_MAX;
        if (distance < limit) {
            best = member->func.name;
            limit = distance;
        }
    }
    return best;
}

static Operand struct_attribute(FuncState *fs, const Node *node, const Operand *base) {
    Name name = node->attribute.name;
    int32_t field = struct_field(base->type, name);
    if (field >= 0)
        return field_of(fs, node, base, (uint32_t)field);
    StructInstance *instance = struct_of(base->type);
    FuncDecl *method = struct_method(instance, name);
    if (method && !method->is_static) {
        Operand *receiver = arena_copy(fs->sema->arena, base, sizeof *base);
        return (Operand){.kind = OPERAND_METHOD,
                         .node = node,
                         .receiver = receiver,
                         .method = method,
                         .name = name};
    }
    Operand member = struct_member(fs, instance, node);
    if (member.kind != OPERAND_POISON)
        return member;
    Name full = intern_cstr(fs->sema->names, arena_printf(fs->sema->arena, "%s.%s", base->type->name, name));
    if (told_in_function(fs, W0332, full, node->attribute.name_span))
        return operand_poison(node);
    Diag *d = diag(fs->sema->diags, node->attribute.name_span, W0332, base->type->name, name);
    const char *nearest = nearest_member(base->type, name);
    if (nearest)
        diag_fix(d, node->attribute.name_span, "%s", nearest);
    return operand_poison(node);
}

static Operand type_attribute(FuncState *fs, const Node *node, const Operand *base) {
    const Type *type = base->constant->as_type;
    if (type->kind == TYPE_DEVICE || type->kind == TYPE_ARRAY)
        return host_attribute(fs, node, base);
    Operand member = type->kind == TYPE_STRUCT
                         ? struct_member(fs, (StructInstance *)type->declaration, node)
                         : operand_poison(node);
    if (member.kind != OPERAND_POISON)
        return member;
    Diag *d = diag(fs->sema->diags, node->attribute.name_span, W0332, type_source(fs->sema->arena, type),
                   node->attribute.name);
    const char *advice, *weft = name_from_elsewhere(fs->sema, node->attribute.name, &advice);
    if (weft) /* DType.float32 */
        diag_fix(d, node->span, "%s", weft);
    return member;
}

static Operand value_attribute(FuncState *fs, const Node *node, const Operand *base,
                               const Type *type) {
    switch (type->kind) {
    case TYPE_VIEW: return tensor_attribute(fs, node, base);
    case TYPE_STRUCT: return struct_attribute(fs, node, base);
    case TYPE_VECTOR: return simd_attribute(fs, node, base);
    case TYPE_TYPE: return type_attribute(fs, node, base);
    case TYPE_ARRAY:
    case TYPE_DEVICE:
    case TYPE_STR: return host_attribute(fs, node, base);
    default: break;
    }
    if (type_is_scalar(type)) /* SIMD[T, 1] is T */
        return simd_attribute(fs, node, base);
    diag(fs->sema->diags, node->attribute.name_span, W0332, operand_type_text(fs, base),
         node->attribute.name);
    return operand_poison(node);
}

Operand check_attribute(FuncState *fs, const Node *node) {
    Operand base = check_expr(fs, node->attribute.base, NULL);
    if (base.kind == OPERAND_POISON)
        return operand_poison(node);
    if (base.kind == OPERAND_MODULE)
        return module_member(fs, base.module, node);
    if (base.kind == OPERAND_BUILTIN)
        return builtin_attribute(fs, &base, node);
    const Type *type = operand_type(fs, &base);
    if (!type) {
        diag(fs->sema->diags, node->attribute.name_span, W0332, operand_type_text(fs, &base),
             node->attribute.name);
        return operand_poison(node);
    }
    fs->b.span = node->span;
    return value_attribute(fs, node, &base, type);
}

Operand call_builtin_method(FuncState *fs, const Operand *method, const Node *call) {
    const Type *type = operand_type(fs, method->receiver);
    switch (type ? type->kind : TYPE_POISON) {
    case TYPE_POISON: return operand_poison(call);
    case TYPE_VIEW: return tensor_method(fs, method, call);
    case TYPE_ARRAY:
    case TYPE_DEVICE:
    case TYPE_STR:
    case TYPE_TYPE: return host_method(fs, method, call);
    default: return simd_method(fs, method, call);
    }
}
