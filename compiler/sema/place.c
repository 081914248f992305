/* Places: what can be read and written. A place is a variable, an element of a tensor or array, or
 * what a struct's __getitem__ and __setitem__ make of a key; then fields within it, then perhaps
 * one lane of a SIMD value. The indices and keys are values by the time the place exists, so it is
 * evaluated once however often it is read and written (x op= v, swap(a[i], b[j])). */
#include "sema/expr.h"

/* ------------------------------------------------------------------ writable */

static const Variable *root_of(const Place *place) {
    return place->root ? place->root : place->variable;
}

bool place_is_writable(FuncState *fs, const Place *place, Span span) {
    if (place->writable)
        return true;
    const Variable *root = root_of(place);
    const char *why = place->why_not ? place->why_not : "it is read-only here";
    if (root && told_in_function(fs, W0406, intern_cstr(fs->sema->names, why), span))
        return false;
    Diag *d = diag(fs->sema->diags, span, W0406, why);
    if (root && root->kind == VARIABLE_ARG && root->owner == fs && root->span.file)
        diag_fix(d, (Span){root->span.file, root->span.start, root->span.start}, "mut ");
    return false;
}

Operand place_of(FuncState *fs, const Node *node) {
    Operand operand =
        node->kind == NODE_INDEX ? check_index_place(fs, node) : check_expr(fs, node, NULL);
    if (operand.kind == OPERAND_PLACE || operand.kind == OPERAND_POISON)
        return operand;
    const Type *type = operand_type(fs, &operand);
    if (type && type->kind == TYPE_VIEW)
        diag(fs->sema->diags, node->span, W0407, type_source(fs->sema->arena, type));
    else
        diag(fs->sema->diags, node->span, W0327, node_text(fs, node));
    return operand_poison(node);
}

/* ------------------------------------------------------------------ fields and lanes of a value */

static Value *get_fields(FuncState *fs, Value *value, const uint32_t *path, uint32_t count) {
    for (uint32_t i = 0; value && i < count; i++)
        value = build_agg_get(&fs->b, value, path[i]);
    return value;
}

static Value *set_fields(FuncState *fs, Value *whole, const uint32_t *path, uint32_t count,
                         Value *value) {
    if (count == 0)
        return value;
    Value *inner = build_agg_get(&fs->b, whole, path[0]);
    return build_agg_set(&fs->b, whole, path[0], set_fields(fs, inner, path + 1, count - 1, value));
}

static Value *get_lane(FuncState *fs, Value *value, Value *lane) {
    if (!value || !lane)
        return value;
    return build_typed(&fs->b, OP_VEC_EXTRACT, value->type->element, (Value *[]){value, lane}, 2);
}

/* ------------------------------------------------------------------ memory */

static Value *field_views(FuncState *fs, Value *view, const uint32_t *path, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        const Type *type = view->type->element->fields[path[i]];
        view = build_typed_attr(
            &fs->b, OP_MEM_FIELD,
            type_view(fs->sema->types, type, 0, NULL, LAYOUT_ROW_MAJOR, view->type->space), &view,
            1, ATTR_KEY_INDEX, attr_i64(fs->sema->types, path[i]));
    }
    return view;
}

/* The element's fields as a view of rank 0: touches those bytes only. */
static Value *memory_view(FuncState *fs, const Place *place) {
    Value *view = place->view;
    if (view->type->rank)
        view = build_element_view(fs, view, place->indices);
    return field_views(fs, view, place->fields, place->field_count);
}

static Value *read_memory(FuncState *fs, const Place *place) {
    if (place->field_count == 0)
        return build_load(&fs->b, place->view, place->indices, place->index_count,
                          place->view->type->element);
    Value *view = memory_view(fs, place);
    return build_load(&fs->b, view, NULL, 0, view->type->element);
}

static void write_memory(FuncState *fs, const Place *place, Value *value) {
    if (place->field_count == 0) {
        build_store(&fs->b, place->view, place->indices, place->index_count, value);
        return;
    }
    build_store(&fs->b, memory_view(fs, place), NULL, 0, value);
}

/* ------------------------------------------------------------------ __getitem__ and __setitem__ */

static FuncDecl *item_method(FuncState *fs, const Place *place, const char *name) {
    return struct_method(struct_of(place->receiver->type), intern_cstr(fs->sema->names, name));
}

static Value *get_item(FuncState *fs, const Place *place) {
    FuncDecl *method = item_method(fs, place, "__getitem__");
    if (!method) {
        diag(fs->sema->diags, place->receiver->node->span, W0306, place->receiver->type->name, "[]",
             "__getitem__");
        return NULL;
    }
    Operand result = call_method(fs, method, place->receiver, place->keys, place->key_count,
                                 place->receiver->node);
    return operand_value(fs, &result);
}

static void set_item(FuncState *fs, const Place *place, const Operand *value) {
    FuncDecl *method = item_method(fs, place, "__setitem__");
    if (!method) {
        diag(fs->sema->diags, place->receiver->node->span, W0306, place->receiver->type->name,
             "[] =", "__setitem__");
        return;
    }
    Operand *args = arena_array(fs->sema->arena, Operand, place->key_count + 1);
    for (uint32_t i = 0; i < place->key_count; i++)
        args[i] = place->keys[i];
    args[place->key_count] = *value;
    call_method(fs, method, place->receiver, args, place->key_count + 1, place->receiver->node);
}

/* ------------------------------------------------------------------ reading and writing */

/* What is there before the lane. */
static Value *read_whole(FuncState *fs, const Place *place, Span span) {
    if (place->variable && place->field_count)
        return variable_read_field(fs, place->variable, place->fields, place->field_count, span);
    if (place->variable)
        return variable_read(fs, place->variable, span);
    if (place->receiver)
        return get_fields(fs, get_item(fs, place), place->fields, place->field_count);
    if (place->array) {
        Place element = *place;
        element.field_count = 0;
        return get_fields(fs, array_element_read(fs, &element, span), place->fields,
                          place->field_count);
    }
    return read_memory(fs, place);
}

static void write_whole(FuncState *fs, const Place *place, Value *value, Span span) {
    if (place->variable && place->field_count) {
        variable_write_field(fs, place->variable, place->fields, place->field_count, value);
    } else if (place->variable) {
        variable_write(fs, place->variable, value);
    } else if (place->view) {
        write_memory(fs, place, value);
    } else {
        Place element = *place;
        element.field_count = 0;
        element.lane = NULL;
        if (place->field_count) {
            Value *whole = read_whole(fs, &element, span);
            if (!whole)
                return;
            value = set_fields(fs, whole, place->fields, place->field_count, value);
        }
        Operand operand = operand_of_value(value, place->receiver ? place->receiver->node : NULL);
        if (place->receiver)
            set_item(fs, place, &operand);
        else
            array_element_write(fs, &element, value, span);
    }
}

Value *place_read(FuncState *fs, const Place *place, const Type *type, Span span) {
    (void)type;
    fs->b.span = span;
    return get_lane(fs, read_whole(fs, place, span), place->lane);
}

void place_write(FuncState *fs, const Place *place, Value *value, Span span) {
    if (!place_is_writable(fs, place, span))
        return;
    fs->b.span = span;
    if (place->lane) {
        Value *vector = read_whole(fs, place, span);
        if (!vector)
            return;
        value = build3(&fs->b, OP_VEC_INSERT, vector, value, place->lane);
    }
    write_whole(fs, place, value, span);
}

void place_assign(FuncState *fs, const Operand *place, const Operand *value, Span span) {
    if (place->kind != OPERAND_PLACE || value->kind == OPERAND_POISON ||
        !place_is_writable(fs, place->place, span))
        return;
    if (!place->type && place->place->receiver && !place->place->field_count) {
        fs->b.span = span;
        set_item(fs, place->place, value);
        return;
    }
    Value *coerced = operand_coerce(fs, value, place->type, node_text(fs, place->node));
    if (coerced)
        place_write(fs, place->place, coerced, span);
}

/* ------------------------------------------------------------------ as a view */

Value *build_local(FuncState *fs, const Type *view_type) {
    Block *entry = func_entry(fs->func);
    Builder b = entry->first ? builder_before(entry->first) : builder_at_end(fs->b.module, entry);
    b.span = fs->b.span;
    return op_result(build_op(&b, OP_MEM_ALLOC_LOCAL, NULL, 0, &view_type, 1, 0), 0);
}

/* Whether the place is memory that a view can point to; the others go by way of a local piece. */
static bool is_memory(const Place *place) {
    if (place->lane)
        return false;
    return place->view ||
           (place->variable && place->variable->kind == VARIABLE_PLACE && place->variable->view);
}

/* Whether there is something to copy in: a variable that is assigned here for the first time has no
 * value yet. */
static bool has_value(FuncState *fs, const Place *place) {
    if (!place->variable)
        return true;
    uint32_t index = place->variable->index;
    return index < fs->flow.len && fs->flow.states[index] == ASSIGNED;
}

Value *place_as_view(FuncState *fs, const Place *place, Span span) {
    if (!place_is_writable(fs, place, span))
        return NULL;
    fs->b.span = span;
    if (is_memory(place)) {
        if (place->view)
            return memory_view(fs, place);
        return field_views(fs, place->variable->view, place->fields, place->field_count);
    }
    const Type *type =
        place->variable && !place->field_count && !place->lane ? place->variable->type : NULL;
    Value *value = has_value(fs, place) ? place_read(fs, place, NULL, span) : NULL;
    if (!value && (!type || has_value(fs, place)))
        return NULL;
    type = value ? value->type : type;
    Value *view =
        build_local(fs, type_view(fs->sema->types, type, 0, NULL, LAYOUT_ROW_MAJOR, SPACE_LOCAL));
    if (value)
        build_store(&fs->b, view, NULL, 0, value);
    return view;
}

void place_after_call(FuncState *fs, const Place *place, Value *view, Span span) {
    if (!view || is_memory(place))
        return;
    fs->b.span = span;
    place_write(fs, place, build_load(&fs->b, view, NULL, 0, view->type->element), span);
}
