/* The host's built-in functions: zeros, rand, load_npy, argv, assert_equal ... Each is a call or two of the
 * runtime's entries. */
#include "sema/host.h"

typedef struct HostBuiltin {
    const char *name;
    Operand (*call)(FuncState *fs, const Operand *callee, const Node *call);
} HostBuiltin;

/* ------------------------------------------------------------------ arguments */

static uint32_t params_given(const Operand *callee) {
    return callee->params_node ? callee->params_node->index.items.len : callee->param_count;
}

/* T of zeros[T], the first of `most` parameters: a scalar type; NULL after an error. */
static const Type *element_parameter(FuncState *fs, const Operand *callee, const Node *call, const char *name, uint32_t most) {
    const Type *type = NULL;
    if (params_given(callee) > most) {
        diag(fs->sema->diags, call->span, W0246, name, most, most == 1 ? "" : "s", params_given(callee));
        return NULL;
    }
    if (callee->param_count >= 1 && callee->params[0]->kind == ATTR_TYPE)
        type = callee->params[0]->as_type;
    else if (callee->params_node)
        type = type_parameter(fs, callee->params_node, 0, name);
    else
        diag(fs->sema->diags, call->span, W0489, name, name);
    if (type && type->kind != TYPE_POISON && !type_is_scalar(type)) {
        diag(fs->sema->diags, call->span, W0490, name, type_source(fs->sema->arena, type));
        return NULL;
    }
    return type && type->kind != TYPE_POISON ? type : NULL;
}

/* What stands in zeros(3, 4, device=d): dims, then options by name. */
typedef struct MakeArgs {
    const Type *element;
    VEC(Value *) dims;
    const Node *value, *seed;
    Value *device;
} MakeArgs;

static bool read_option(FuncState *fs, const Node *arg, const char *allowed, const char *name, MakeArgs *out) {
    const char *keyword = arg->keyword.name;
    if (!strcmp(keyword, "device")) {
        out->device = check_value(fs, arg->keyword.value, fs->sema->types->device, "device");
        return out->device != NULL;
    }
    if (strcmp(keyword, allowed)) {
        diag(fs->sema->diags, arg->keyword.name_span, W0491, name, keyword);
        return false;
    }
    if (!strcmp(keyword, "value"))
        out->value = arg->keyword.value;
    else
        out->seed = arg->keyword.value;
    return true;
}

static bool read_make_args(FuncState *fs, const Operand *callee, const Node *call, const char *name, const char *allowed, MakeArgs *out) {
    *out = (MakeArgs){.element = element_parameter(fs, callee, call, name, 1)};
    bool ok = out->element != NULL;
    for (uint32_t i = 0; i < call->call.args.len; i++) {
        const Node *arg = call->call.args.items[i];
        if (arg->kind == NODE_KEYWORD) {
            ok &= read_option(fs, arg, allowed, name, out);
            continue;
        }
        Value *dim = check_value(fs, arg, fs->sema->types->i64, "a dim");
        if (dim)
            vec_push(fs->sema->arena, &out->dims, dim);
        ok &= dim != NULL;
    }
    if (ok && (out->dims.len == 0 || out->dims.len > MAX_RANK)) {
        diag(fs->sema->diags, call->span, W0492, name, MAX_RANK);
        return false;
    }
    if (ok && !out->device)
        out->device = null_value(fs, fs->sema->types->device);
    return ok;
}

/* The bytes of a scalar in the low end of an i64. */
static Value *bits_of(FuncState *fs, Value *value) {
    Types *types = fs->sema->types;
    const Type *bits = type_bits(value->type) == 8    ? types->u8
                       : type_bits(value->type) == 16 ? types->u16
                       : type_bits(value->type) == 32 ? types->u32
                                                      : types->u64;
    bool convert = value->type->kind == TYPE_BOOL || value->type == bits;
    Value *raw = convert ? build_convert(&fs->b, value, bits) : build_typed(&fs->b, OP_ARITH_BITCAST, bits, &value, 1);
    return build_convert(&fs->b, raw, types->i64);
}

static Operand make_array(FuncState *fs, const char *entry, const MakeArgs *args, Value *extra, const Node *call) {
    const Type *type = type_array(fs->sema->types, args->element, args->dims.len);
    Value *operands[6] = {dtype_value(fs, args->element), int32_value(fs, (int32_t)args->dims.len),
                          i64_list(fs, args->dims.items, args->dims.len), extra, args->device, location_value(fs, call->span)};
    return array_temporary(fs, runtime_call(fs, entry, type, operands, 6, call->span), call);
}

/* ------------------------------------------------------------------ arrays from nothing */

static Operand call_zeros(FuncState *fs, const Operand *callee, const Node *call) {
    MakeArgs args;
    if (!read_make_args(fs, callee, call, "zeros", "device", &args))
        return operand_poison(call);
    return make_array(fs, "weft_array_full", &args, build_i64(&fs->b, 0), call);
}

static Operand call_ones(FuncState *fs, const Operand *callee, const Node *call) {
    MakeArgs args;
    if (!read_make_args(fs, callee, call, "ones", "device", &args))
        return operand_poison(call);
    const Attr *one = literal_convert(fs->sema->types, attr_literal_int(fs->sema->types, 1), args.element);
    return make_array(fs, "weft_array_full", &args, bits_of(fs, build_const(&fs->b, one)), call);
}

static Operand call_full(FuncState *fs, const Operand *callee, const Node *call) {
    MakeArgs args;
    if (!read_make_args(fs, callee, call, "full", "value", &args))
        return operand_poison(call);
    if (!args.value) {
        diag(fs->sema->diags, call->span, W0493, type_source(fs->sema->arena, args.element));
        return operand_poison(call);
    }
    Value *value = check_value(fs, args.value, args.element, "value");
    return value ? make_array(fs, "weft_array_full", &args, bits_of(fs, value), call) : operand_poison(call);
}

static Operand make_random(FuncState *fs, const Operand *callee, const Node *call, const char *name, const char *entry) {
    MakeArgs args;
    if (!read_make_args(fs, callee, call, name, "seed", &args))
        return operand_poison(call);
    bool whole = type_is_integer(args.element) || args.element->kind == TYPE_BOOL;
    if (!strcmp(name, "randn") && whole) {
        diag(fs->sema->diags, call->span, W0494, type_source(fs->sema->arena, args.element));
        return operand_poison(call);
    }
    Value *seed = args.seed ? check_value(fs, args.seed, fs->sema->types->i64, "seed") : build_i64(&fs->b, 0);
    return seed ? make_array(fs, entry, &args, seed, call) : operand_poison(call);
}

static Operand call_rand(FuncState *fs, const Operand *callee, const Node *call) {
    return make_random(fs, callee, call, "rand", "weft_array_rand");
}

static Operand call_randn(FuncState *fs, const Operand *callee, const Node *call) {
    return make_random(fs, callee, call, "randn", "weft_array_randn");
}

/* An end of arange, in `wide`. An f64 takes an integer too (`arange[f32](n)`): every length of an array is exact in one. */
static Value *arange_end(FuncState *fs, const Node *node, const Type *wide) {
    Operand operand = check_expr(fs, node, wide);
    const Type *type = operand_type(fs, &operand);
    if (type_is_float(wide) && type && type_is_integer(type)) {
        Value *whole = operand_value(fs, &operand);
        return whole ? build_convert(&fs->b, whole, wide) : NULL;
    }
    return operand_coerce(fs, &operand, wide, "an end of arange");
}

/* arange[T](stop) or (start, stop): of an integer type in i64, of a float type in f64. */
static Operand call_arange(FuncState *fs, const Operand *callee, const Node *call) {
    const Type *element = element_parameter(fs, callee, call, "arange", 1);
    const Node *nodes[3];
    if (!element || !sort_arguments(fs, call, "arange", "start stop device", 1, nodes))
        return operand_poison(call);
    Types *types = fs->sema->types;
    bool floats = type_is_float(element);
    const Type *wide = floats ? types->f64 : types->i64;
    Value *first = arange_end(fs, nodes[0], wide);
    Value *second = nodes[1] ? arange_end(fs, nodes[1], wide) : first;
    Value *device = nodes[2] ? check_value(fs, nodes[2], types->device, "device") : null_value(fs, types->device);
    if (!first || !second || !device)
        return operand_poison(call);
    Value *start = nodes[1] ? first : build_zero(&fs->b, wide);
    Value *args[] = {dtype_value(fs, element), start, second, device, location_value(fs, call->span)};
    const char *entry = floats ? "weft_array_arange_f64" : "weft_array_arange_i64";
    return array_temporary(fs, runtime_call(fs, entry, type_array(types, element, 1), args, 5, call->span), call);
}

/* ------------------------------------------------------------------ files, the machine */

/* load_npy[T, rank](path) */
static Operand call_load_npy(FuncState *fs, const Operand *callee, const Node *call) {
    Types *types = fs->sema->types;
    const Type *element = element_parameter(fs, callee, call, "load_npy", 2);
    const Node *nodes[2];
    if (!element || !sort_arguments(fs, call, "load_npy", "path device", 1, nodes))
        return operand_poison(call);
    int64_t rank = -1;
    if (callee->param_count >= 2 && callee->params[1]->kind == ATTR_LITERAL_INT)
        rank = (int64_t)callee->params[1]->wide;
    else if (callee->param_count >= 2 && callee->params[1]->kind == ATTR_INT)
        rank = attr_as_i64(callee->params[1]);
    else if (callee->params_node && callee->params_node->index.items.len >= 2)
        int_parameter(fs, callee->params_node->index.items.items[1], "the rank of load_npy", &rank);
    if (rank < 0 || rank > MAX_RANK) {
        diag(fs->sema->diags, call->span, W0495, MAX_RANK);
        return operand_poison(call);
    }
    Value *path = check_value(fs, nodes[0], types->str, "the path of load_npy");
    Value *device = nodes[1] ? check_value(fs, nodes[1], types->device, "device") : null_value(fs, types->device);
    if (!path || !device)
        return operand_poison(call);
    Value *args[] = {path, dtype_value(fs, element), int32_value(fs, (int32_t)rank), device, location_value(fs, call->span)};
    return array_temporary(fs, runtime_call(fs, "weft_array_load_npy", type_array(types, element, (uint32_t)rank), args, 5, call->span), call);
}

/* An operand that must be an array; NULL after an error. */
static Value *check_array(FuncState *fs, const Node *node, const char *what) {
    Operand operand = check_expr(fs, node, NULL);
    if (operand.kind == OPERAND_POISON)
        return NULL;
    const Type *type = operand_type(fs, &operand);
    if (!type || !type_is_number_array(type)) {
        diag(fs->sema->diags, node->span, W0496, what, operand_type_text(fs, &operand));
        return NULL;
    }
    return operand_value(fs, &operand);
}

static Operand nothing(const Node *call) {
    return (Operand){.kind = OPERAND_NONE, .node = call};
}

static Operand call_save_npy(FuncState *fs, const Operand *callee, const Node *call) {
    (void)callee;
    const Node *nodes[2];
    if (!sort_arguments(fs, call, "save_npy", "path array", 2, nodes))
        return operand_poison(call);
    Value *path = check_value(fs, nodes[0], fs->sema->types->str, "the path of save_npy");
    Value *array = path ? check_array(fs, nodes[1], "save_npy saves") : NULL;
    if (!array)
        return operand_poison(call);
    Value *args[] = {path, array, location_value(fs, call->span)};
    runtime_call(fs, "weft_array_save_npy", NULL, args, 3, call->span);
    return nothing(call);
}

static Operand call_argv(FuncState *fs, const Operand *callee, const Node *call) {
    (void)callee;
    if (!sort_arguments(fs, call, "argv", "", 0, NULL))
        return operand_poison(call);
    const Type *type = type_array(fs->sema->types, fs->sema->types->str, 1);
    return operand_of_value(null_value(fs, type), call);
}

static Operand call_now(FuncState *fs, const Operand *callee, const Node *call) {
    (void)callee;
    if (!sort_arguments(fs, call, "now", "", 0, NULL))
        return operand_poison(call);
    return operand_of_value(runtime_call(fs, "weft_host_now", fs->sema->types->f64, NULL, 0, call->span), call);
}

/* ------------------------------------------------------------------ assert_equal, assert_close */

/* What a scalar is compared as: the entry's suffix, and the type it takes. Closeness is a matter of floats. */
static const char *compared_as(Types *types, const Type *type, bool close, const Type **as) {
    *as = close && type_is_integer(type) ? types->f64 : type;
    type = *as;
    if (type->kind == TYPE_STR)
        return "str";
    if (type->kind == TYPE_BOOL)
        return "bool";
    if (type->kind == TYPE_F64)
        return "f64";
    bool integer = type_is_integer(type);
    *as = !integer ? types->f32 : type->kind == TYPE_U64 ? types->u64 : types->i64;
    return !integer ? "f32" : type->kind == TYPE_U64 ? "u64" : "i64";
}

static void compare_scalars(FuncState *fs, Value *a, Value *b, Value *rtol, Value *atol, Span span) {
    const Type *as;
    const char *suffix = compared_as(fs->sema->types, a->type, rtol != NULL, &as);
    const char *entry = arena_printf(fs->sema->arena, "weft_assert_%s_%s", rtol ? "close" : "equal", suffix);
    Value *args[5] = {a->type == as ? a : build_convert(&fs->b, a, as), b->type == as ? b : build_convert(&fs->b, b, as)};
    uint32_t count = 2;
    if (rtol) {
        args[count++] = rtol;
        args[count++] = atol;
    }
    args[count++] = location_value(fs, span);
    runtime_call(fs, entry, NULL, args, count, span);
}

static Value *lane(FuncState *fs, Value *vector, uint32_t k) {
    Value *operands[] = {vector, build_i64(&fs->b, k)};
    return build_typed(&fs->b, OP_VEC_EXTRACT, vector->type->element, operands, 2);
}

static void compare_values(FuncState *fs, Value *a, Value *b, Value *rtol, Value *atol, const Node *call) {
    const Type *type = a->type;
    if (type_is_scalar(type) || type->kind == TYPE_STR) {
        compare_scalars(fs, a, b, rtol, atol, call->span);
        return;
    }
    if (type->kind == TYPE_VECTOR) {
        for (uint32_t k = 0; k < type->lanes; k++)
            compare_scalars(fs, lane(fs, a, k), lane(fs, b, k), rtol, atol, call->span);
        return;
    }
    if (type->kind == TYPE_TUPLE) {
        for (uint32_t k = 0; k < type->field_count; k++)
            compare_values(fs, build_agg_get(&fs->b, a, k), build_agg_get(&fs->b, b, k), rtol, atol, call);
        return;
    }
    diag(fs->sema->diags, call->span, W0497, type_source(fs->sema->arena, type));
}

static void compare_arrays(FuncState *fs, Value *a, Value *b, Value *rtol, Value *atol, Span span) {
    Value *args[5] = {a, b};
    uint32_t count = 2;
    if (rtol) {
        args[count++] = rtol;
        args[count++] = atol;
    }
    args[count++] = location_value(fs, span);
    runtime_call(fs, rtol ? "weft_assert_close_array" : "weft_assert_equal_array", NULL, args, count, span);
}

static bool is_array(FuncState *fs, const Operand *operand) {
    const Type *type = operand_type(fs, operand);
    return type && type_is_number_array(type);
}

static bool holds_numbers_only(const Type *type) {
    for (uint32_t k = 0; type->kind == TYPE_TUPLE && k < type->field_count; k++)
        if (!holds_numbers_only(type->fields[k]))
            return false;
    return type->kind != TYPE_STR && type_scalar_of(type)->kind != TYPE_BOOL;
}

static const Type *type_to_compare(FuncState *fs, const Operand *a, const Operand *b, bool close, const Node *call) {
    const Type *type = unify(fs, a, b, call, close ? "assert_close" : "assert_equal");
    if (!type)
        return NULL;
    type = default_type(fs->sema->types, type);
    if (close && !holds_numbers_only(type)) {
        diag(fs->sema->diags, call->span, W0498, type_source(fs->sema->arena, type));
        return NULL;
    }
    return type;
}

static Operand compare(FuncState *fs, const Node *call, const Node *const *nodes, Value *rtol, Value *atol) {
    bool close = rtol != NULL;
    Operand a = check_expr(fs, nodes[0], NULL);
    if (a.kind == OPERAND_PLACE && !is_array(fs, &a)) {
        Value *read = operand_value(fs, &a);
        a = read ? operand_of_value(read, nodes[0]) : operand_poison(nodes[0]);
    }
    Operand b = check_expr(fs, nodes[1], NULL);
    if (a.kind == OPERAND_POISON || b.kind == OPERAND_POISON)
        return operand_poison(call);
    if (is_array(fs, &a) && is_array(fs, &b)) {
        Value *left = operand_value(fs, &a), *right = operand_value(fs, &b);
        if (left && right)
            compare_arrays(fs, left, right, rtol, atol, call->span);
        return left && right ? nothing(call) : operand_poison(call);
    }
    const Type *type = type_to_compare(fs, &a, &b, close, call);
    Value *left = type ? operand_coerce(fs, &a, type, "the first argument") : NULL;
    Value *right = left ? operand_coerce(fs, &b, type, "the second argument") : NULL;
    if (!right)
        return operand_poison(call);
    compare_values(fs, left, right, rtol, atol, call);
    return nothing(call);
}

static Operand call_assert_equal(FuncState *fs, const Operand *callee, const Node *call) {
    (void)callee;
    const Node *nodes[2];
    if (!sort_arguments(fs, call, "assert_equal", "a b", 2, nodes))
        return operand_poison(call);
    return compare(fs, call, nodes, NULL, NULL);
}

static Value *tolerance(FuncState *fs, const Node *node, double otherwise, const char *what) {
    const Type *f64 = fs->sema->types->f64;
    return node ? check_value(fs, node, f64, what) : build_const(&fs->b, attr_float(fs->sema->types, f64, otherwise));
}

static Operand call_assert_close(FuncState *fs, const Operand *callee, const Node *call) {
    (void)callee;
    const Node *nodes[4];
    if (!sort_arguments(fs, call, "assert_close", "a b rtol atol", 2, nodes))
        return operand_poison(call);
    Value *rtol = tolerance(fs, nodes[2], 1e-5, "rtol");
    Value *atol = tolerance(fs, nodes[3], 1e-8, "atol");
    return rtol && atol ? compare(fs, call, nodes, rtol, atol) : operand_poison(call);
}

/* ------------------------------------------------------------------ the table */

static Operand call_print(FuncState *fs, const Operand *callee, const Node *call) {
    (void)callee;
    check_print(fs, call);
    return nothing(call);
}

static const HostBuiltin builtins[] = {
    {"zeros", call_zeros},       {"ones", call_ones},         {"full", call_full},
    {"rand", call_rand},         {"randn", call_randn},       {"arange", call_arange},
    {"load_npy", call_load_npy}, {"save_npy", call_save_npy}, {"argv", call_argv},
    {"time.now", call_now},
    {"assert_equal", call_assert_equal}, {"assert_close", call_assert_close},
};

Operand call_host_builtin(FuncState *fs, const Operand *callee, const Node *call, const Type *want) {
    (void)want;
    const char *name = builtin_name(callee->builtin);
    if (!strcmp(name, "print"))
        return call_print(fs, callee, call);
    if (!wants_host(fs, call, name))
        return operand_poison(call);
    for (size_t i = 0; i < sizeof builtins / sizeof *builtins; i++)
        if (!strcmp(name, builtins[i].name))
            return builtins[i].call(fs, callee, call);
    weft_bug("the host has no function %s", name);
}
