/* Lifting: a function of scalars called with SIMD values. The scalar instance is made as for any
 * call; vec.map runs it for each lane, branches and loops included, and makes vectors of what it
 * gives. */
#include "sema/expr.h"
#include "sema/structure.h"

static Operand refuse(FuncState *fs, const Node *node, const char *name, const char *why) {
    diag(fs->sema->diags, node->span, W0354, name, why);
    return operand_poison(node);
}

/* What the function is instantiated for: scalars where vectors stand; literals as the first
 * vector's lanes. */
static const Type **scalar_types(FuncState *fs, const Operand *args, uint32_t count) {
    const Type **types = arena_array(fs->sema->arena, const Type *, count ? count : 1);
    const Type *lane = NULL;
    for (uint32_t i = 0; i < count; i++) {
        const Type *type = operand_type(fs, &args[i]);
        if (type && type->kind == TYPE_VECTOR && !lane)
            lane = type->element;
    }
    for (uint32_t i = 0; i < count; i++) {
        const Type *type = operand_type(fs, &args[i]);
        types[i] = !type || type_is_literal(type) ? lane : type_scalar_of(type);
    }
    return types;
}

typedef struct EffectSearch {
    const char *what;
    bool stores_count;    /* it captures a tensor that may be written */
    VEC(const Func *) seen;
    Arena *arena;
} EffectSearch;

static void find_effect(Op *op, void *context);

/* What a lifted function calls is lifted with it. */
static void look_into(EffectSearch *search, const Func *callee) {
    VEC_FOR_EACH (i, &search->seen)
        if (search->seen.items[i] == callee)
            return;
    vec_push(search->arena, &search->seen, callee);
    if (callee->body)
        region_walk(callee->body, find_effect, search);
}

static void find_effect(Op *op, void *context) {
    EffectSearch *search = context;
    const Attr *callee = op->code == OP_FUNC_CALL || op->code == OP_VEC_MAP ? op_attr(op, ATTR_KEY_CALLEE) : NULL;
    if (callee)
        look_into(search, callee->func);
    else if (op->code == OP_FUNC_PRINT)
        search->what = "it prints";
    else if (op->code == OP_FUNC_ASSERT)
        search->what = "it asserts";
    else if (op->code == OP_MEM_ATOMIC || op->code == OP_MEM_ATOMIC_CAS || op->code == OP_MEM_ATOMIC_STORE ||
             (search->stores_count && (op->code == OP_MEM_STORE || op->code == OP_MEM_STORE_BOUNDED)))
        search->what = "it writes memory";
    else if (op->code == OP_KERNEL_BARRIER || op->code == OP_MEM_ALLOC_SHARED)
        search->what = "its threads meet";
}

static bool is_scalar_result(const Type *type) {
    if (type_is_scalar(type))
        return true;
    if (type->kind != TYPE_TUPLE || type->field_count == 0)
        return false;
    for (uint32_t i = 0; i < type->field_count; i++)
        if (!type_is_scalar(type->fields[i]))
            return false;
    return true;
}

/* What the declaration alone tells. */
static const char *why_not_declared(const FuncDecl *decl) {
    for (uint32_t i = 0; decl->node->kind == NODE_FUNC && i < decl->node->func.args.len; i++) {
        const Node *arg = decl->node->func.args.items[i];
        if (arg->arg.mode != ARG_READ)
            return "it has a mut or out argument";
        if (is_tensor_type(arg->arg.type))
            return "it has a tensor argument";
    }
    return NULL;
}

/* NULL when the instance can be lifted; else why not. */
static const char *why_not(const Instance *instance) {
    for (uint32_t i = 0; i < instance->arg_count; i++) {
        if (!type_is_scalar(instance->arg_types[i]))
            return instance->arg_types[i]->kind == TYPE_STRUCT ? "it has a struct argument" : "an argument is no scalar";
    }
    if (!is_scalar_result(instance->result))
        return "its result is no scalar";
    if (instance->recursive)
        return "it calls itself";
    EffectSearch search = {.arena = instance->func->module->arena};
    for (uint32_t i = 0; i < instance->capture_count; i++)
        search.stores_count |= instance->captures[i].writable;
    look_into(&search, instance->func);
    return search.what;
}

static const Type *lifted_result(Types *types, const Type *type, uint32_t lanes) {
    if (type_is_scalar(type))
        return type_vector(types, type, lanes);
    const Type *fields[MAX_LANES];
    if (type->field_count > MAX_LANES)
        weft_bug("a tuple of %u results is lifted", type->field_count);
    for (uint32_t i = 0; i < type->field_count; i++)
        fields[i] = type_vector(types, type->fields[i], lanes);
    return type_tuple(types, fields, type->field_count);
}

Operand call_lifted(FuncState *fs, Closure *closure, Operand *args, uint32_t arg_count,
                    uint32_t lanes, const Node *node) {
    Types *types = fs->sema->types;
    const char *name = closure_name(closure);
    const char *unfit = why_not_declared(closure_decl(closure));
    if (unfit)
        return refuse(fs, node, name, unfit);
    const Type **wanted = scalar_types(fs, args, arg_count);
    Instance *instance = instantiate(fs, closure, NULL, wanted, arg_count, fs->context, node->span);
    if (!instance)
        return operand_poison(node);
    if (instance->state == INSTANCE_BUSY)
        return refuse(fs, node, name, "it calls itself");
    const char *why = why_not(instance);
    if (why)
        return refuse(fs, node, name, why);
    inherit_uses(fs, instance, node);
    ValueVec operands = {0};
    uint32_t count = 0;
    Value **captured = arena_array(fs->sema->arena, Value *, instance->capture_count + 1);
    if (!push_captures(fs, instance, node->span, captured, &count))
        return operand_poison(node);
    push_capture_dims(fs, instance, captured, &operands);
    for (uint32_t i = 0; i < arg_count; i++) {
        const Type *type = instance->arg_types[i], *given = operand_type(fs, &args[i]);
        if (given && given->kind == TYPE_VECTOR)
            type = type_vector(types, type, lanes);
        Value *value = operand_coerce(fs, &args[i], type,
                                      arena_printf(fs->sema->arena, "an argument of %s", name));
        if (!value)
            return operand_poison(node);
        vec_push(fs->sema->arena, &operands, value);
    }
    for (uint32_t i = 0; i < count; i++)
        vec_push(fs->sema->arena, &operands, captured[i]);
    fs->b.span = node->span;
    const Type *result = lifted_result(types, instance->result, lanes);
    Op *op = build_op(&fs->b, OP_VEC_MAP, operands.items, operands.len, &result, 1, 0);
    op_set_attr(op, ATTR_KEY_CALLEE, attr_func(types, instance->func));
    return operand_of_value(op_result(op, 0), node);
}
