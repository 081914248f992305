/* What a thread of a kernel knows and does with the others: item(), thread_idx, barrier(), warp.*,
 * block.*.
 *
 * Who may use what: item() stands in an over= kernel itself; the names of threads, blocks and
 * warps, barriers and shared memory in grid= kernels and what they call. note_device_use() says
 * when it is not so (kernels.c). */
#include "sema/builtins.h"

static Value *build_dim(FuncState *fs, Opcode code, int dim) {
    const Type *type = fs->sema->types->i64;
    Op *op = build_op(&fs->b, code, NULL, 0, &type, 1, 0);
    op_set_attr(op, ATTR_KEY_DIM, attr_i64(fs->sema->types, dim));
    return op_result(op, 0);
}

Operand builtin_item(FuncState *fs, const BuiltinCall *call) {
    if (!note_device_use(fs, call->node, USE_ITEM, "item"))
        return operand_poison(call->node);
    if (fs->over_rank == 1)
        return operand_of_value(build_dim(fs, OP_KERNEL_ITEM, 0), call->node);
    Operand tuple = {.kind = OPERAND_TUPLE, .node = call->node, .item_count = fs->over_rank};
    tuple.items = arena_array(fs->sema->arena, Operand, fs->over_rank);
    for (uint32_t i = 0; i < fs->over_rank; i++)
        tuple.items[i] = operand_of_value(build_dim(fs, OP_KERNEL_ITEM, (int)i), call->node);
    return tuple;
}

/* "thread_idx" of "thread_idx.x" */
static const char *namespace_of(FuncState *fs, const Builtin *builtin) {
    const char *dot = strchr(builtin->name, '.');
    return dot ? arena_strndup(fs->sema->arena, builtin->name, (size_t)(dot - builtin->name))
               : builtin->name;
}

Operand builtin_dim(FuncState *fs, const BuiltinCall *call) {
    if (!note_device_use(fs, call->node, USE_THREADS, namespace_of(fs, call->builtin)))
        return operand_poison(call->node);
    return operand_of_value(build_dim(fs, call->builtin->code, call->builtin->dim), call->node);
}

Operand builtin_global_idx(FuncState *fs, const BuiltinCall *call) {
    if (!note_device_use(fs, call->node, USE_THREADS, "global_idx"))
        return operand_poison(call->node);
    int dim = call->builtin->dim;
    Value *block = build_dim(fs, OP_KERNEL_BLOCK_IDX, dim),
          *size = build_dim(fs, OP_KERNEL_BLOCK_DIM, dim);
    Value *first = build2(&fs->b, OP_ARITH_MUL, block, size);
    return operand_of_value(
        build2(&fs->b, OP_ARITH_ADD, first, build_dim(fs, OP_KERNEL_THREAD_IDX, dim)), call->node);
}

Operand builtin_barrier(FuncState *fs, const BuiltinCall *call) {
    if (!note_device_use(fs, call->node, USE_BARRIER, "barrier"))
        return operand_poison(call->node);
    build_op(&fs->b, OP_KERNEL_BARRIER, NULL, 0, NULL, 0, 0);
    return (Operand){.kind = OPERAND_NONE, .node = call->node};
}

Operand builtin_lane(FuncState *fs, const BuiltinCall *call) {
    if (!note_device_use(fs, call->node, USE_WARP, call->builtin->name))
        return operand_poison(call->node);
    const Type *type = fs->sema->types->i64;
    return operand_of_value(
        op_result(build_op(&fs->b, call->builtin->code, NULL, 0, &type, 1, 0), 0), call->node);
}

/* ------------------------------------------------------------------ exchange and reductions */

static bool is_exchangeable(const Type *type) {
    if (type_is_scalar(type))
        return true;
    if (type->kind != TYPE_STRUCT && type->kind != TYPE_TUPLE)
        return false;
    for (uint32_t i = 0; i < type->field_count; i++)
        if (!is_exchangeable(type->fields[i]))
            return false;
    return true;
}

/* The value of the first argument; NULL after an error. */
static Value *exchanged(FuncState *fs, const BuiltinCall *call, bool numeric) {
    Operand operand = builtin_arg(fs, call, 0);
    Value *value = operand_value(fs, &operand);
    if (!value)
        return NULL;
    if (numeric ? type_is_numeric(value->type) : is_exchangeable(value->type))
        return value;
    diag(fs->sema->diags, call->node->span, W0340, call->builtin->name,
         numeric ? "a number" : "a scalar or a struct of scalars", operand_type_text(fs, &operand));
    return NULL;
}

static Value *index_argument(FuncState *fs, const BuiltinCall *call) {
    Operand operand = builtin_arg(fs, call, 1);
    Value *value = operand_coerce(fs, &operand, fs->sema->types->i64,
                                  arena_printf(fs->sema->arena, "%s", call->builtin->name));
    fs->b.span = call->node->span;
    return value;
}

static bool is_block_op(const BuiltinCall *call) {
    return call->builtin->code == OP_KERNEL_BLOCK ||
           call->builtin->code == OP_KERNEL_BLOCK_BROADCAST;
}

static bool note_collective(FuncState *fs, const BuiltinCall *call) {
    return note_device_use(fs, call->node, is_block_op(call) ? USE_BARRIER : USE_WARP,
                           call->builtin->name);
}

static Operand build_collective(FuncState *fs, const BuiltinCall *call, Value *const *operands,
                                uint32_t count, const Type *type) {
    fs->b.span = call->node->span;
    Op *op = build_op(&fs->b, call->builtin->code, operands, count, &type, 1, 0);
    if (call->builtin->kind)
        set_word(fs, op, ATTR_KEY_KIND, call->builtin->kind);
    return operand_of_value(op_result(op, 0), call->node);
}

Operand builtin_shuffle(FuncState *fs, const BuiltinCall *call) {
    if (!note_collective(fs, call))
        return operand_poison(call->node);
    Value *value = exchanged(fs, call, false);
    Value *lane = value ? index_argument(fs, call) : NULL;
    return lane ? build_collective(fs, call, (Value *[]){value, lane}, 2, value->type)
                : operand_poison(call->node);
}

Operand builtin_block_broadcast(FuncState *fs, const BuiltinCall *call) {
    return builtin_shuffle(fs, call);
}

Operand builtin_collective(FuncState *fs, const BuiltinCall *call) {
    if (!note_collective(fs, call))
        return operand_poison(call->node);
    Value *value = exchanged(fs, call, true);
    return value ? build_collective(fs, call, &value, 1, value->type) : operand_poison(call->node);
}

Operand builtin_vote(FuncState *fs, const BuiltinCall *call) {
    if (!note_collective(fs, call))
        return operand_poison(call->node);
    Types *types = fs->sema->types;
    Operand operand = builtin_arg(fs, call, 0);
    Value *condition = operand_value(fs, &operand);
    if (!condition)
        return operand_poison(call->node);
    if (condition->type != types->boolean) {
        diag(fs->sema->diags, operand.node->span, W0304, call->builtin->name,
             operand_type_text(fs, &operand));
        return operand_poison(call->node);
    }
    bool ballot = strcmp(call->builtin->kind, "ballot") == 0;
    return build_collective(fs, call, &condition, 1, ballot ? types->u64 : types->boolean);
}
