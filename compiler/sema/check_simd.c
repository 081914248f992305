/* SIMD values: constructors, lanes, and the methods of section 8. SIMD[T, 1] is T, so scalars have
 * them too. */
#include "sema/expr.h"
#include "sema/structure.h"

/* ------------------------------------------------------------------ v[k] */

/* The lane that the brackets say; NULL after an error. */
static Value *lane_of(FuncState *fs, const Node *node, const Operand *base, uint32_t lanes) {
    const Node *item = node->index.items.items[0];
    if (node->index.items.len != 1) {
        diag(fs->sema->diags, node->span, W0433, node_text(fs, node->index.base),
             "a SIMD value", node->index.items.len);
        return NULL;
    }
    if (item->kind == NODE_SLICE) {
        diag(fs->sema->diags, item->span, W0415);
        return NULL;
    }
    Value *lane = check_index_value(fs, item, base, 0, true);
    const Attr *known = lane ? value_constant(lane) : NULL;
    if (!known || (attr_as_i64(known) >= 0 && attr_as_i64(known) < lanes))
        return lane;
    diag(fs->sema->diags, item->span, W0353, (long long)attr_as_i64(known), lanes);
    return NULL;
}

Operand simd_index(FuncState *fs, const Node *node, const Operand *base) {
    bool is_place = base->kind == OPERAND_PLACE && !base->place->lane;
    Value *whole = is_place || type_is_scalar(base->type) ? NULL : operand_value(fs, base);
    Value *lane = lane_of(fs, node, base, type_is_scalar(base->type) ? 1 : base->type->lanes);
    if (!lane)
        return operand_poison(node);
    fs->b.span = node->span;
    Operand result = *base;
    result.node = node;
    if (type_is_scalar(base->type))
        return result;
    if (whole)
        return operand_of_value(
            build_typed(&fs->b, OP_VEC_EXTRACT, base->type->element, (Value *[]){whole, lane}, 2),
            node);
    if (!is_place)
        return operand_poison(node);
    result.type = base->type->element;
    result.place = arena_copy(fs->sema->arena, base->place, sizeof *base->place);
    result.place->lane = lane;
    return result;
}

/* ------------------------------------------------------------------ SIMD[T, n](...), f32(x) */

static Operand construct_vector(FuncState *fs, const Type *type, const Node *call) {
    uint32_t count = call->call.args.len;
    if (count == 1) {
        Operand operand = check_expr(fs, call->call.args.items[0], type);
        const Type *given = operand_type(fs, &operand);
        bool is_whole = !given || given->kind == TYPE_VECTOR || type_is_literal(given);
        bool fits = is_whole || (type_is_scalar(given) && type_widens(given, type->element));
        Value *value = operand_coerce(fs, &operand, fits ? type : type->element,
                                      arena_printf(fs->sema->arena, "a lane of %s", type_source(fs->sema->arena, type)));
        return operand_of_value(value, call);
    }
    if (count != type->lanes) {
        diag(fs->sema->diags, call->span, W0352, type_source(fs->sema->arena, type), type->lanes,
             count);
        return operand_poison(call);
    }
    Value *lanes[MAX_LANES];
    const Attr *constants[MAX_LANES];
    bool known = true;
    for (uint32_t i = 0; i < count; i++) {
        lanes[i] = check_value(fs, call->call.args.items[i], type->element, "a lane");
        if (!lanes[i])
            return operand_poison(call);
        constants[i] = value_constant(lanes[i]);
        known &= constants[i] != NULL;
    }
    fs->b.span = call->span;
    if (known)
        return operand_of_const(attr_list(fs->sema->types, type, constants, count), call);
    return operand_of_value(build_typed(&fs->b, OP_VEC_BUILD, type, lanes, count), call);
}

/* int(s), f32(s), bool(s) of a struct: converted from what its method gives. */
static const char *conversion_dunder(const Type *scalar) {
    return scalar->kind == TYPE_BOOL ? "__bool__" : type_is_integer(scalar) ? "__int__" : "__float__";
}

Operand construct_type(FuncState *fs, const Type *type, const Node *call) {
    for (uint32_t i = 0; i < call->call.args.len; i++) {
        const Node *arg = call->call.args.items[i];
        if (arg->kind == NODE_KEYWORD) {
            diag(fs->sema->diags, arg->keyword.name_span, W0334, type_source(fs->sema->arena, type),
                 arg->keyword.name);
            return operand_poison(call);
        }
    }
    if (type->kind == TYPE_VECTOR)
        return construct_vector(fs, type, call);
    if (!type_is_scalar(type)) {
        diag(fs->sema->diags, call->span, W0359, type_source(fs->sema->arena, type));
        return operand_poison(call);
    }
    if (call->call.args.len != 1) {
        diag(fs->sema->diags, call->span, W0351, type_source(fs->sema->arena, type),
             call->call.args.len);
        return operand_poison(call);
    }
    Operand operand = check_expr(fs, call->call.args.items[0], NULL);
    const Type *from = operand_type(fs, &operand);
    if (from && from->kind == TYPE_STR && type->kind != TYPE_BOOL)
        return host_parse(fs, type, &operand, call);
    Operand number;
    if (dunder_call(fs, conversion_dunder(type), &operand, call, &number))
        operand = number;
    return convert_explicit(fs, type, &operand, call);
}

/* ------------------------------------------------------------------ methods */

typedef struct SimdMethod {
    const char *name;
    Operand (*check)(FuncState *fs, const Operand *method, Value *value, const Node *call);
    const char *kind; /* of the methods that share a function */
    bool of_masks;    /* of bools; the others are of numbers, or of any when `of_any` */
    bool of_any;
} SimdMethod;

static const SimdMethod *find_method(const char *name);

/* any() and all() too: `or` and `and` of the lanes. */
static Operand simd_reduce(FuncState *fs, const Operand *method, Value *value, const Node *call) {
    if (!wants_arguments(fs, method, call, 0))
        return operand_poison(call);
    if (value->type->kind != TYPE_VECTOR)
        return operand_of_value(value, call);
    const Attr *kind =
        attr_string(fs->sema->types, intern_cstr(fs->sema->names, find_method(method->name)->kind));
    return operand_of_value(build_typed_attr(&fs->b, OP_VEC_REDUCE, value->type->element, &value, 1,
                                             ATTR_KEY_KIND, kind),
                            call);
}

static Operand simd_select(FuncState *fs, const Operand *method, Value *mask, const Node *call) {
    if (!wants_arguments(fs, method, call, 2))
        return operand_poison(call);
    Operand arms[2];
    for (int i = 0; i < 2; i++)
        arms[i] = settle(fs, check_expr(fs, call->call.args.items[i], NULL));
    const Type *type = unify(fs, &arms[0], &arms[1], call, "the arms of select");
    if (!type)
        return operand_poison(call);
    type = default_type(fs->sema->types, type);
    const Type *scalar = type_scalar_of(type);
    if (mask->type->kind == TYPE_VECTOR) {
        if (!type_is_scalar(scalar) ||
            (type->kind == TYPE_VECTOR && type->lanes != mask->type->lanes)) {
            diag(fs->sema->diags, call->span, W0310, "select",
                 type_source(fs->sema->arena, mask->type), type_source(fs->sema->arena, type),
                 mask->type->lanes, type_lanes(type));
            return operand_poison(call);
        }
        type = type_vector(fs->sema->types, scalar, mask->type->lanes);
    }
    Value *values[2];
    for (int i = 0; i < 2; i++)
        if (!(values[i] = operand_coerce(fs, &arms[i], type, "the other arm of select")))
            return operand_poison(call);
    fs->b.span = call->span;
    return operand_of_value(
        build_typed(&fs->b, OP_ARITH_SELECT, type, (Value *[]){mask, values[0], values[1]}, 3),
        call);
}

static Operand simd_shuffle(FuncState *fs, const Operand *method, Value *value, const Node *call) {
    Types *types = fs->sema->types;
    const Node *params = method->params_node;
    uint32_t count = params ? params->index.items.len : 0, lanes = type_lanes(value->type);
    const Attr *picked[MAX_LANES];
    if (!wants_arguments(fs, method, call, 0))
        return operand_poison(call);
    const Type *type = simd_type(fs, type_scalar_of(value->type), count, call);
    if (!type)
        return operand_poison(call);
    for (uint32_t i = 0; i < count; i++) {
        int64_t lane;
        if (!int_parameter(fs, params->index.items.items[i], "a lane of shuffle", &lane))
            return operand_poison(call);
        if (lane < 0 || lane >= lanes) {
            diag(fs->sema->diags, params->index.items.items[i]->span, W0353, (long long)lane,
                 lanes);
            return operand_poison(call);
        }
        picked[i] = attr_i64(types, lane);
    }
    if (value->type->kind != TYPE_VECTOR)
        return operand_of_value(value_coerce(fs, value, type, call, "shuffle"), call);
    fs->b.span = call->span;
    if (type->kind != TYPE_VECTOR) {
        Value *lane = build_const(&fs->b, picked[0]);
        return operand_of_value(
            build_typed(&fs->b, OP_VEC_EXTRACT, type, (Value *[]){value, lane}, 2), call);
    }
    const Attr *list = attr_list(types, NULL, picked, count);
    return operand_of_value(
        build_typed_attr(&fs->b, OP_VEC_SHUFFLE, type, &value, 1, ATTR_KEY_LANES, list), call);
}

static Operand simd_join(FuncState *fs, const Operand *method, Value *value, const Node *call) {
    if (!wants_arguments(fs, method, call, 1))
        return operand_poison(call);
    Value *other = check_value(fs, call->call.args.items[0], value->type, "what is joined");
    const Type *type = other ? simd_type(fs, type_scalar_of(value->type),
                                         2 * (int64_t)type_lanes(value->type), call)
                             : NULL;
    if (!type)
        return operand_poison(call);
    fs->b.span = call->span;
    Opcode code = value->type->kind == TYPE_VECTOR ? OP_VEC_JOIN : OP_VEC_BUILD;
    return operand_of_value(build_typed(&fs->b, code, type, (Value *[]){value, other}, 2), call);
}

static Operand simd_slice(FuncState *fs, const Operand *method, Value *value, const Node *call) {
    const Node *params = method->params_node;
    int64_t lanes;
    if (!wants_arguments(fs, method, call, 1))
        return operand_poison(call);
    if (!params || params->index.items.len != 1) {
        diag(fs->sema->diags, call->span, W0418);
        return operand_poison(call);
    }
    if (!int_parameter(fs, params->index.items.items[0], "the width of a slice", &lanes))
        return operand_poison(call);
    const Type *type =
        simd_type(fs, type_scalar_of(value->type), lanes, params->index.items.items[0]);
    Value *start = type ? check_value(fs, call->call.args.items[0], fs->sema->types->i64,
                                      "the start of a slice")
                        : NULL;
    if (!start)
        return operand_poison(call);
    const Attr *known = value_constant(start);
    uint32_t whole = type_lanes(value->type);
    int64_t last = known ? attr_as_i64(known) + lanes - 1 : lanes - 1;
    if (last >= whole || (known && attr_as_i64(known) < 0)) {
        diag(fs->sema->diags, call->span, W0353,
             (long long)(known && attr_as_i64(known) < 0 ? attr_as_i64(known) : last), whole);
        return operand_poison(call);
    }
    fs->b.span = call->span;
    if (value->type->kind != TYPE_VECTOR)
        return operand_of_value(value, call);
    Opcode code = type->kind == TYPE_VECTOR ? OP_VEC_SLICE : OP_VEC_EXTRACT;
    return operand_of_value(build_typed(&fs->b, code, type, (Value *[]){value, start}, 2), call);
}

static Operand simd_cast(FuncState *fs, const Operand *method, Value *value, const Node *call) {
    const Type *to = type_parameter(fs, method->params_node, 0, "cast");
    if (!to || !wants_arguments(fs, method, call, 0))
        return operand_poison(call);
    if (!type_is_scalar(to)) {
        diag(fs->sema->diags, call->span, W0320, type_source(fs->sema->arena, to));
        return operand_poison(call);
    }
    Operand operand = operand_of_value(value, call);
    return convert_explicit(fs, type_with_scalar(fs->sema->types, value->type, to), &operand, call);
}

static const SimdMethod methods[] = {
    {"any", simd_reduce, "or", true, false},
    {"all", simd_reduce, "and", true, false},
    {"select", simd_select, NULL, true, false},
    {"reduce_add", simd_reduce, "add", false, false},
    {"reduce_mul", simd_reduce, "mul", false, false},
    {"reduce_min", simd_reduce, "min", false, false},
    {"reduce_max", simd_reduce, "max", false, false},
    {"shuffle", simd_shuffle, NULL, false, true},
    {"join", simd_join, NULL, false, true},
    {"slice", simd_slice, NULL, false, true},
    {"cast", simd_cast, NULL, false, true},
};

enum { METHODS = sizeof methods / sizeof *methods };

static const SimdMethod *find_method(const char *name) {
    for (uint32_t i = 0; i < METHODS; i++)
        if (strcmp(methods[i].name, name) == 0)
            return &methods[i];
    return NULL;
}

Operand simd_attribute(FuncState *fs, const Node *node, const Operand *base) {
    Name name = node->attribute.name;
    if (!find_method(name)) {
        const char *words[METHODS];
        for (uint32_t i = 0; i < METHODS; i++)
            words[i] = methods[i].name;
        Diag *d = diag(fs->sema->diags, node->attribute.name_span, W0332,
                       operand_type_text(fs, base), name);
        bool scalar = operand_type(fs, base)->kind !=
                      TYPE_VECTOR; /* has the methods, but nobody means them by a typo */
        const char *nearest = scalar                ? NULL
                              : strstr(name, "sum") ? "reduce_add"
                                                    : nearest_word(name, words, METHODS);
        if (nearest)
            diag_fix(d, node->attribute.name_span, "%s", nearest);
        return operand_poison(node);
    }
    Operand *receiver = arena_copy(fs->sema->arena, base, sizeof *base);
    return (Operand){.kind = OPERAND_METHOD, .node = node, .receiver = receiver, .name = name};
}

Operand simd_method(FuncState *fs, const Operand *method, const Node *call) {
    const SimdMethod *row = find_method(method->name);
    for (uint32_t i = 0; i < call->call.args.len; i++) {
        const Node *arg = call->call.args.items[i];
        if (arg->kind == NODE_KEYWORD) {
            diag(fs->sema->diags, arg->keyword.name_span, W0334, method->name, arg->keyword.name);
            return operand_poison(call);
        }
    }
    Value *value = operand_value(fs, method->receiver);
    if (!value)
        return operand_poison(call);
    const Type *scalar = type_scalar_of(value->type);
    if (!row->of_any && (row->of_masks ? scalar->kind != TYPE_BOOL : !type_is_numeric(scalar))) {
        diag(fs->sema->diags, call->span, W0340, method->name, row->of_masks ? "a mask" : "numbers",
             type_source(fs->sema->arena, value->type));
        return operand_poison(call);
    }
    fs->b.span = call->span;
    return row->check(fs, method, value, call);
}
