/* Deep copies of ops, blocks and functions. */
#include "ir/func.h"

static Value *mapped(const Map *map, Value *value) {
    Value *copy = value ? map_get_ptr(map, value) : NULL;
    return copy ? copy : value;
}

static void clone_region(Module *module, const Region *from, Region *to, Map *map) {
    REGION_FOR_EACH_BLOCK (block, from) {
        Block *copy = block_create(module);
        for (uint32_t i = 0; i < block->arg_count; i++) {
            Value *arg = block_add_arg(module, copy, block->args[i]->type);
            arg->name = block->args[i]->name;
            map_put_ptr(map, block->args[i], arg);
        }
        region_append(to, copy);
        block_clone_ops(module, block, copy, map);
    }
}

Op *op_clone(Module *module, const Op *op, Map *map) {
    Value *few_operands[16], **operands = few_operands;
    const Type *few_types[16], **types = few_types;
    if (op->operand_count > 16)
        operands = arena_array(module->arena, Value *, op->operand_count);
    if (op->result_count > 16)
        types = arena_array(module->arena, const Type *, op->result_count);
    for (uint32_t i = 0; i < op->operand_count; i++)
        operands[i] = mapped(map, op_operand(op, i));
    for (uint32_t i = 0; i < op->result_count; i++)
        types[i] = op->results[i].type;
    Op *copy = op_create(module, op->code, op->span, operands, op->operand_count, types,
                         op->result_count, op->region_count);
    for (uint32_t i = 0; i < op->result_count; i++) {
        copy->results[i].name = op->results[i].name;
        map_put_ptr(map, &op->results[i], &copy->results[i]);
    }
    copy->attr_count = op->attr_count;
    copy->attrs = arena_copy(module->arena, op->attrs, sizeof *op->attrs * op->attr_count);
    for (uint32_t i = 0; i < op->region_count; i++)
        clone_region(module, op->regions[i], copy->regions[i], map);
    return copy;
}

void block_clone_ops(Module *module, const Block *from, Block *to, Map *map) {
    BLOCK_FOR_EACH_OP (op, from)
        op_append(to, op_clone(module, op, map));
}

static KernelInfo *clone_kernel(Arena *arena, const KernelInfo *kernel) {
    KernelInfo *copy = arena_copy(arena, kernel, sizeof *kernel);
    copy->where = arena_copy(arena, kernel->where, sizeof *kernel->where * kernel->where_count);
    return copy;
}

Func *func_clone(Func *func, Name name) {
    Module *module = func->module;
    Func *copy = func_create(module, func->kind, name, func->dims, func->dim_count, func->args,
                             func->arg_count, func->results, func->result_count);
    Region *body = copy->body;
    Func *next = copy->next;
    const FuncDimName *dims = copy->dims;
    FuncArg *args = copy->args;
    const Type **results = copy->results;
    *copy = *func;
    copy->name = name;
    copy->dims = (FuncDimName *)dims;
    copy->args = args;
    copy->results = results;
    copy->body = NULL;
    copy->next = next;
    copy->scratch = NULL;
    copy->kernel = func->kernel ? clone_kernel(module->arena, func->kernel) : NULL;
    if (func->body) {
        Map map = {.arena = module->arena};
        body->first = NULL;
        copy->body = body;
        clone_region(module, func->body, body, &map);
    }
    return copy;
}
