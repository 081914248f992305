/* x.load[w](i, j, other=), y.store(i, j, v, bounded=), and memory that a kernel makes:
 * local_tensor, shared_tensor. */
#include "sema/expr.h"
#include "sema/builtins.h"

/* ------------------------------------------------------------------ load and store */

/* A tensor method's arguments: `indices` positional ones, then what the method takes itself. */
typedef struct Access {
    Operand base; /* the tensor, its value read */
    Value *indices[MAX_RANK];
    const Node *value; /* of a store */
    const Node *other, *bounded;
} Access;

static bool read_base(FuncState *fs, const Operand *method, Access *access) {
    access->base = *method->receiver;
    access->base.value = operand_value(fs, method->receiver);
    access->base.kind = OPERAND_VALUE;
    return access->base.value != NULL;
}

static bool keyword_argument(FuncState *fs, const Node *arg, bool store, Access *access) {
    Name name = arg->keyword.name;
    const Node **place = !store && strcmp(name, "other") == 0    ? &access->other
                         : store && strcmp(name, "bounded") == 0 ? &access->bounded
                                                                 : NULL;
    if (!place || *place) {
        Diag *d =
            diag(fs->sema->diags, arg->keyword.name_span, W0334, store ? "store" : "load", name);
        if (!place)
            diag_fix(d, arg->keyword.name_span, store ? "bounded" : "other");
        return false;
    }
    *place = arg->keyword.value;
    return true;
}

static bool sort_access(FuncState *fs, const Node *call, bool store, Access *access,
                        const Node **indices) {
    uint32_t rank = access->base.value->type->rank, wanted = rank + store, count = 0;
    for (uint32_t i = 0; i < call->call.args.len; i++) {
        const Node *arg = call->call.args.items[i];
        if (arg->kind == NODE_KEYWORD) {
            if (!keyword_argument(fs, arg, store, access))
                return false;
        } else if (count < wanted) {
            indices[count++] = arg;
        } else {
            count++;
        }
    }
    if (count != wanted) {
        diag(fs->sema->diags, call->span, W0408, operand_root(&access->base), rank,
             rank == 1 ? "" : "s", store ? "a store" : "a load", wanted, wanted == 1 ? "" : "s", count);
        return false;
    }
    if (store)
        access->value = indices[rank];
    return true;
}

/* `bounded=` is comptime; without it, it is false. False after an error. */
static bool is_bounded(FuncState *fs, const Node *node, bool *bounded) {
    *bounded = false;
    if (!node)
        return true;
    const Attr *constant = comptime_eval(fs, node, fs->sema->types->boolean, "bounded");
    if (!constant)
        return false;
    *bounded = attr_is_true(constant);
    return true;
}

static bool check_indices(FuncState *fs, const Node **nodes, bool bounded, Access *access) {
    for (uint32_t i = 0; i < access->base.value->type->rank; i++) {
        access->indices[i] = check_index_value(fs, nodes[i], &access->base, i, bounded);
        if (!access->indices[i])
            return false;
    }
    return true;
}

static bool load_type(FuncState *fs, const Operand *method, const Type *element,
                      const Type **type) {
    int64_t lanes = 1;
    const Node *params = method->params_node;
    *type = element;
    if (!params)
        return true;
    if (params->index.items.len != 1 ||
        !int_parameter(fs, params->index.items.items[0], "the width of a load", &lanes))
        return false;
    *type = lanes == 1 ? element : simd_type(fs, element, lanes, params->index.items.items[0]);
    return *type != NULL;
}

static Operand tensor_load(FuncState *fs, const Operand *method, const Node *call) {
    Access access = {0};
    const Node *indices[MAX_RANK + 1];
    const Type *type;
    if (!read_base(fs, method, &access) || !sort_access(fs, call, false, &access, indices) ||
        !check_indices(fs, indices, access.other != NULL, &access))
        return operand_poison(call);
    Value *view = access.base.value;
    uint32_t rank = view->type->rank;
    if (!load_type(fs, method, view->type->element, &type))
        return operand_poison(call);
    if (!access.other) {
        fs->b.span = call->span;
        return operand_of_value(build_load(&fs->b, view, access.indices, rank, type), call);
    }
    Value *operands[MAX_RANK + 2] = {check_value(fs, access.other, view->type->element, "other")};
    if (!operands[0])
        return operand_poison(call);
    operands[1] = view;
    for (uint32_t i = 0; i < rank; i++)
        operands[i + 2] = access.indices[i];
    fs->b.span = call->span;
    Op *op = build_op(&fs->b, OP_MEM_LOAD_BOUNDED, operands, rank + 2, &type, 1, 0);
    return operand_of_value(op_result(op, 0), call);
}

/* As many lanes as the value has. */
static Value *stored_value(FuncState *fs, const Access *access) {
    const Type *element = access->base.value->type->element;
    Operand value = check_expr(fs, access->value, element);
    const Type *type = operand_type(fs, &value);
    if (type && type->kind == TYPE_VECTOR && type_is_scalar(element))
        element = type_vector(fs->sema->types, element, type->lanes);
    return operand_coerce(
        fs, &value, element,
        arena_printf(fs->sema->arena, "an element of %s", operand_root(&access->base)));
}

static Operand tensor_store(FuncState *fs, const Operand *method, const Node *call) {
    Access access = {0};
    const Node *indices[MAX_RANK + 1];
    bool bounded;
    if (!read_base(fs, method, &access) || !sort_access(fs, call, true, &access, indices) ||
        !is_bounded(fs, access.bounded, &bounded) || !check_indices(fs, indices, bounded, &access))
        return operand_poison(call);
    Value *value = stored_value(fs, &access), *view = access.base.value;
    if (!value)
        return operand_poison(call);
    if (!access.base.writable) {
        const Operand *receiver = method->receiver;
        Variable *variable = receiver->kind == OPERAND_PLACE ? receiver->place->variable : NULL;
        Place place = {
            .root = variable,
            .why_not = arena_printf(fs->sema->arena, "%s is not mut", operand_root(&access.base))};
        place_is_writable(fs, &place, call->span);
        return operand_poison(call);
    }
    fs->b.span = call->span;
    uint32_t rank = view->type->rank;
    if (!bounded) {
        build_store(&fs->b, view, access.indices, rank, value);
    } else {
        Value *operands[MAX_RANK + 2] = {value, view};
        for (uint32_t i = 0; i < rank; i++)
            operands[i + 2] = access.indices[i];
        build_op(&fs->b, OP_MEM_STORE_BOUNDED, operands, rank + 2, NULL, 0, 0);
    }
    return (Operand){.kind = OPERAND_NONE, .node = call};
}

Operand tensor_method(FuncState *fs, const Operand *method, const Node *call) {
    static const struct {
        const char *name;
        Operand (*check)(FuncState *, const Operand *, const Node *);
    } methods[] = {
        {"load", tensor_load},       {"store", tensor_store},         {"tile", tensor_tile},
        {"reshape", tensor_reshape}, {"transpose", tensor_transpose}, {"bitcast", tensor_bitcast},
    };
    for (uint32_t i = 0; i < sizeof methods / sizeof *methods; i++)
        if (strcmp(method->name, methods[i].name) == 0)
            return methods[i].check(fs, method, call);
    weft_bug("tensors have no method %s", method->name);
}

/* ------------------------------------------------------------------ memory of a kernel's own */

enum { HOST_MOST = INT32_MAX };

/* Of a kernel one tensor at a time; x86's lowering looks at all of a block's (W0541). */
static bool memory_fits(FuncState *fs, const Node *node, const Type *element, const int64_t *extents,
                        uint32_t rank) {
    uint64_t most = context_is_device(fs->context) ? BLOCK_STACK_MOST : HOST_MOST, bytes = type_size(element);
    for (uint32_t i = 0; i < rank && extents[i]; i++)
        bytes = bytes > most || (uint64_t)extents[i] > most ? most + 1 : bytes * (uint64_t)extents[i];
    for (uint32_t i = 0; i < rank; i++)
        bytes = extents[i] ? bytes : 0;
    if (bytes > most)
        diag(fs->sema->diags, node->span, W0440, node_text(fs, node), (unsigned long long)most >> 20);
    return bytes <= most;
}

/* [T, d0, d1, ...]: T a scalar or a struct of them, the dims comptime. */
static const Type *memory_type(FuncState *fs, const BuiltinCall *call, Space space) {
    const Node *params = call->params_node;
    if (!params || params->index.items.len < 1) {
        diag(fs->sema->diags, call->node->span, W0335, call->builtin->name);
        return NULL;
    }
    const Type *element = check_type(fs, params->index.items.items[0]);
    uint32_t rank = params->index.items.len - 1;
    if (element->kind == TYPE_POISON)
        return NULL;
    bool fits = type_is_scalar(element) || element->kind == TYPE_STRUCT || element->kind == TYPE_VECTOR;
    if (!fits || type_stays_on_host(element)) {
        diag(fs->sema->diags, params->index.items.items[0]->span, W0409,
             type_source(fs->sema->arena, element));
        return NULL;
    }
    if (rank > MAX_RANK) {
        diag(fs->sema->diags, params->span, W0410, MAX_RANK);
        return NULL;
    }
    int64_t extents[MAX_RANK];
    for (uint32_t i = 0; i < rank; i++) {
        const Node *item = params->index.items.items[i + 1];
        if (!int_parameter(fs, item, "a dim of memory that a kernel makes", &extents[i]))
            return NULL;
        if (extents[i] < 0) {
            diag(fs->sema->diags, item->span, W0411, (long long)extents[i]);
            return NULL;
        }
    }
    return memory_fits(fs, call->node, element, extents, rank)
               ? type_view(fs->sema->types, element, rank, extents, LAYOUT_ROW_MAJOR, space)
               : NULL;
}

static int64_t element_count(const Type *view) {
    int64_t count = 1;
    for (uint32_t i = 0; i < view->rank; i++)
        count *= view->extents[i];
    return count;
}

enum {
    UNROLLED_FILL = 16
}; /* stores with constant indices: what promote-local keeps in registers */

static void fill_unrolled(FuncState *fs, Value *view, Value *fill, int64_t count) {
    const Type *type = view->type;
    for (int64_t flat = 0; flat < count; flat++) {
        Value *indices[MAX_RANK];
        int64_t rest = flat;
        for (uint32_t i = type->rank; i-- > 0; rest /= type->extents[i])
            indices[i] = build_i64(&fs->b, rest % type->extents[i]);
        build_store(&fs->b, view, indices, type->rank, fill);
    }
}

static void fill_in_loop(FuncState *fs, Value *view, Value *fill, int64_t count) {
    Types *types = fs->sema->types;
    Value *total = build_i64(&fs->b, count);
    const Type *flat_type =
        type_view(types, view->type->element, 1, &count, LAYOUT_ROW_MAJOR, view->type->space);
    Value *flat = view->type->rank == 1
                      ? view
                      : build_typed(&fs->b, OP_MEM_RESHAPE, flat_type, (Value *[]){view, total}, 2);
    Value *bounds[3] = {build_i64(&fs->b, 0), total, build_i64(&fs->b, 1)};
    Op *loop = build_op(&fs->b, OP_LOOP_FOR, bounds, 3, NULL, 0, 1);
    Block *body = block_create(fs->b.module);
    Value *counter = block_add_arg(fs->b.module, body, types->i64);
    region_append(op_region(loop, 0), body);
    Builder b = builder_at_end(fs->b.module, body);
    b.span = fs->b.span;
    build_store(&b, flat, &counter, 1, fill);
    build_yield(&b, NULL, 0);
}

Operand builtin_local_tensor(FuncState *fs, const BuiltinCall *call) {
    const Type *type = memory_type(fs, call, SPACE_LOCAL);
    if (!type)
        return operand_poison(call->node);
    Value *fill = NULL;
    if (call->args[0]) {
        fill = check_value(fs, call->args[0], type->element, "what local_tensor is filled with");
        if (!fill)
            return operand_poison(call->node);
    }
    fs->b.span = call->node->span;
    Value *view = build_local(fs, type);
    int64_t count = element_count(type);
    if (fill && count <= UNROLLED_FILL)
        fill_unrolled(fs, view, fill, count);
    else if (fill)
        fill_in_loop(fs, view, fill, count);
    Operand operand = operand_of_value(view, call->node);
    operand.writable = true;
    return operand;
}

Operand builtin_shared_tensor(FuncState *fs, const BuiltinCall *call) {
    if (!note_device_use(fs, call->node, USE_SHARED, "shared_tensor"))
        return operand_poison(call->node);
    const Type *type = memory_type(fs, call, SPACE_SHARED);
    if (!type)
        return operand_poison(call->node);
    const Region *region = fs->b.block->region;
    if (fs->loop || (region && region->op)) {
        diag(fs->sema->diags, call->node->span, W0412);
        return operand_poison(call->node);
    }
    fs->b.span = call->node->span;
    Op *op = build_op(&fs->b, OP_MEM_ALLOC_SHARED, NULL, 0, &type, 1, 0);
    /* One piece for each text and instance: every call of the instance shares it, whatever is
     * inlined where. */
    const char *name =
        arena_printf(fs->sema->arena, "%s.%u", fs->func->name, call->node->span.start);
    op_set_attr(op, ATTR_KEY_NAME,
                attr_string(fs->sema->types, intern_cstr(fs->sema->names, name)));
    Operand operand = operand_of_value(op_result(op, 0), call->node);
    operand.writable = true;
    return operand;
}
