/* Arrays, devices and strings in host code: a[i, j], a.shape, a.to(dev), dev.sync(), argv()[k]. */
#include "sema/host.h"

static bool is_argv(const Type *type) {
    return type && type->kind == TYPE_ARRAY && !type_is_number_array(type);
}

/* ------------------------------------------------------------------ a[i, j] */

/* A read-only argument's elements may not be written, by another name neither. */
static const char *why_read_only(FuncState *fs, const Variable *variable) {
    if (!variable || variable->writable_view)
        return NULL;
    return arena_printf(fs->sema->arena, variable->kind == VARIABLE_ARG ? "%s is not mut" : "%s names an array that is not mut",
                        variable->name);
}

static bool has_slice(const Node *node) {
    for (uint32_t i = 0; i < node->index.items.len; i++)
        if (node->index.items.items[i]->kind == NODE_SLICE)
            return true;
    return false;
}

Operand array_index(FuncState *fs, const Node *node, const Operand *base) {
    const Type *type = operand_type(fs, base);
    uint32_t count = node->index.items.len;
    Value *array = operand_value(fs, base);
    if (!array)
        return operand_poison(node);
    if (has_slice(node)) {
        diag(fs->sema->diags, node->span, W0380, node_text(fs, node->index.base));
        return operand_poison(node);
    }
    if (count != type->rank) {
        diag(fs->sema->diags, node->span, W0486, node_text(fs, node->index.base), type->rank,
             type->rank == 1 ? "ex" : "ices", count);
        return operand_poison(node);
    }
    Value **indices = arena_array(fs->sema->arena, Value *, count ? count : 1);
    for (uint32_t i = 0; i < count; i++) {
        indices[i] = check_index_value(fs, node->index.items.items[i], base, i, false);
        if (!indices[i])
            return operand_poison(node);
    }
    if (is_argv(type)) {
        Value *args[] = {indices[0], location_value(fs, node->span)};
        return operand_of_value(runtime_call(fs, "weft_host_argv", fs->sema->types->str, args, 2, node->span), node);
    }
    Place *place = arena_new(fs->sema->arena, Place);
    Variable *variable = base->kind == OPERAND_PLACE ? base->place->variable : NULL;
    const char *why_not = why_read_only(fs, variable);
    *place = (Place){.array = array, .indices = indices, .index_count = count, .writable = !why_not, .why_not = why_not, .root = variable};
    return (Operand){.kind = OPERAND_PLACE, .type = type->element, .place = place, .node = node};
}

/* The address of an element: out of range is an error of the program's. */
static Value *element_address(FuncState *fs, const Place *place, Span span) {
    const Type *address = type_ptr(fs->sema->types, place->array->type->element, SPACE_GLOBAL);
    Value *location = location_value(fs, span);
    if (place->index_count == 1) {
        Value *args[] = {place->array, place->indices[0], location};
        return runtime_call(fs, "weft_array_element1", address, args, 3, span);
    }
    if (place->index_count == 2) {
        Value *args[] = {place->array, place->indices[0], place->indices[1], location};
        return runtime_call(fs, "weft_array_element2", address, args, 4, span);
    }
    Value *args[] = {place->array, i64_list(fs, place->indices, place->index_count), location};
    return runtime_call(fs, "weft_array_element", address, args, 3, span);
}

Value *array_element_read(FuncState *fs, const Place *place, Span span) {
    Value *operands[] = {element_address(fs, place, span), build_i64(&fs->b, 0)};
    return build_typed(&fs->b, OP_MEM_PTR_LOAD, place->array->type->element, operands, 2);
}

void array_element_write(FuncState *fs, const Place *place, Value *value, Span span) {
    Value *operands[] = {value, element_address(fs, place, span), build_i64(&fs->b, 0)};
    build_op(&fs->b, OP_MEM_PTR_STORE, operands, 3, NULL, 0, 0);
}

/* ------------------------------------------------------------------ attributes */

static Operand shape_of(FuncState *fs, Value *array, const Node *node) {
    uint32_t rank = array->type->rank;
    Operand shape = {.kind = OPERAND_TUPLE, .node = node, .item_count = rank};
    shape.items = arena_array(fs->sema->arena, Operand, rank ? rank : 1);
    for (uint32_t k = 0; k < rank; k++) {
        Value *args[] = {array, build_i64(&fs->b, k)};
        Value *extent = runtime_call(fs, "weft_array_extent", fs->sema->types->i64, args, 2, node->span);
        shape.items[k] = operand_of_value(extent, node);
    }
    return shape;
}

static Operand method_operand(FuncState *fs, const Operand *base, const Node *node) {
    Operand *receiver = arena_new(fs->sema->arena, Operand);
    *receiver = *base;
    return (Operand){.kind = OPERAND_METHOD, .receiver = receiver, .name = node->attribute.name, .node = node};
}

static Operand unknown_attribute(FuncState *fs, const Node *node, const Type *type, const char *has) {
    diag(fs->sema->diags, node->attribute.name_span, W0487, type_source(fs->sema->arena, type), node->attribute.name, has);
    return operand_poison(node);
}

static Operand argv_attribute(FuncState *fs, const Node *node) {
    if (strcmp(node->attribute.name, "size")) {
        diag(fs->sema->diags, node->attribute.name_span, W0487, "argv()", node->attribute.name, "size");
        return operand_poison(node);
    }
    return operand_of_value(runtime_call(fs, "weft_host_argc", fs->sema->types->i64, NULL, 0, node->span), node);
}

/* Device.default: what a type offers. */
static Operand type_attribute(FuncState *fs, const Node *node, const Operand *base) {
    if (base->constant->as_type->kind == TYPE_DEVICE && !strcmp(node->attribute.name, "default"))
        return method_operand(fs, base, node);
    return unknown_attribute(fs, node, base->constant->as_type, "default()");
}

Operand host_attribute(FuncState *fs, const Node *node, const Operand *base) {
    const Type *type = operand_type(fs, base);
    const char *name = node->attribute.name;
    if (base->kind == OPERAND_PLACE && base->place->variable)
        base->place->variable->used = true;
    if (type->kind == TYPE_TYPE)
        return type_attribute(fs, node, base);
    if (is_argv(type))
        return argv_attribute(fs, node);
    if (type->kind == TYPE_DEVICE)
        return strcmp(name, "sync") ? unknown_attribute(fs, node, type, "sync()") : method_operand(fs, base, node);
    if (type->kind != TYPE_ARRAY)
        return unknown_attribute(fs, node, type, "no attributes");
    if (!strcmp(name, "to") || !strcmp(name, "copy"))
        return method_operand(fs, base, node);
    if (!strcmp(name, "rank"))
        return operand_of_const(attr_i64(fs->sema->types, type->rank), node);
    if (strcmp(name, "shape") && strcmp(name, "size"))
        return unknown_attribute(fs, node, type, "shape, size, rank, to(device) and copy()");
    Value *array = operand_value(fs, base);
    if (!array)
        return operand_poison(node);
    if (!strcmp(name, "shape"))
        return shape_of(fs, array, node);
    return operand_of_value(runtime_call(fs, "weft_array_size", fs->sema->types->i64, &array, 1, node->span), node);
}

/* ------------------------------------------------------------------ methods */

static Operand no_arguments(FuncState *fs, const Operand *method, const Node *call) {
    diag(fs->sema->diags, call->span, W0488, method->name, "no arguments");
    return operand_poison(call);
}

static Operand array_to(FuncState *fs, Value *array, const Node *call) {
    const Node *device_node;
    if (!sort_arguments(fs, call, "to", "device", 1, &device_node))
        return operand_poison(call);
    Value *device = check_value(fs, device_node, fs->sema->types->device, "the argument of to");
    if (!device)
        return operand_poison(call);
    Value *args[] = {array, device, location_value(fs, call->span)};
    return array_temporary(fs, runtime_call(fs, "weft_array_to", array->type, args, 3, call->span), call);
}

static Operand default_device(FuncState *fs, const Operand *method, const Node *call) {
    if (!wants_host(fs, call, "Device.default()"))
        return operand_poison(call);
    if (call->call.args.len)
        return no_arguments(fs, method, call);
    Value *location = location_value(fs, call->span);
    const Type *device = fs->sema->types->device;
    return operand_of_value(runtime_call(fs, "weft_host_device_default", device, &location, 1, call->span), call);
}

/* int(s), f64(s): as Python reads it; what is no number stops the program. */
Operand host_parse(FuncState *fs, const Type *type, const Operand *text, const Node *call) {
    Types *types = fs->sema->types;
    if (!wants_host(fs, call, "a str as a number"))
        return operand_poison(call);
    Value *args[] = {operand_value(fs, text), location_value(fs, call->span)};
    if (!args[0])
        return operand_poison(call);
    bool integer = type_is_integer(type);
    Value *number = runtime_call(fs, integer ? "weft_str_to_i64" : "weft_str_to_f64", integer ? types->i64 : types->f64, args, 2, call->span);
    Operand wide = operand_of_value(number, call);
    return convert_explicit(fs, type, &wide, call);
}

Operand host_method(FuncState *fs, const Operand *method, const Node *call) {
    if (operand_type(fs, method->receiver)->kind == TYPE_TYPE)
        return default_device(fs, method, call);
    Value *receiver = operand_value(fs, method->receiver);
    if (!receiver)
        return operand_poison(call);
    if (!strcmp(method->name, "to"))
        return array_to(fs, receiver, call);
    if (call->call.args.len)
        return no_arguments(fs, method, call);
    Value *args[] = {receiver, location_value(fs, call->span)};
    if (!strcmp(method->name, "copy"))
        return array_temporary(fs, runtime_call(fs, "weft_array_copy", receiver->type, args, 2, call->span), call);
    runtime_call(fs, "weft_host_device_sync", NULL, args, 2, call->span);
    return (Operand){.kind = OPERAND_NONE, .node = call};
}
