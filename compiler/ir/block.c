/* Blocks and regions. */
#include "base/diag.h"
#include "ir/func.h"

Block *block_create(Module *module) {
    return arena_new(module->arena, Block);
}

/* The array's capacity is the power of two that holds its length, so it grows when the length is
 * one. */
Value *block_add_arg(Module *module, Block *block, const Type *type) {
    uint32_t count = block->arg_count;
    if ((count & (count - 1)) == 0) {
        Value **args = arena_array(module->arena, Value *, count ? 2 * count : 1);
        for (uint32_t i = 0; i < count; i++)
            args[i] = block->args[i];
        block->args = args;
    }
    Value *arg = arena_new(module->arena, Value);
    arg->type = type;
    arg->block = block;
    arg->index = count;
    block->args[block->arg_count++] = arg;
    return arg;
}

void block_remove_arg(Block *block, uint32_t index) {
    if (value_is_used(block->args[index]))
        weft_bug("a block's argument %u is removed while it is used", index);
    for (uint32_t i = index; i + 1 < block->arg_count; i++) {
        block->args[i] = block->args[i + 1];
        block->args[i]->index = i;
    }
    block->arg_count--;
}

void region_append(Region *region, Block *block) {
    Block **link = &region->first;
    while (*link)
        link = &(*link)->next;
    *link = block;
    block->region = region;
    BLOCK_FOR_EACH_OP (op, block)
        op_set_func(op, region->func);
}

void block_splice_before(Block *from, Op *before, bool without_terminator) {
    Op *end = without_terminator ? op_terminator(from) : NULL;
    while (from->first && from->first != end) {
        Op *op = from->first;
        op_unlink(op);
        op_insert_before(op, before);
    }
}

static void walk_block(Block *block, OpVisit visit, void *context) {
    BLOCK_FOR_EACH_OP_SAFE (op, block) {
        visit(op, context);
        if (op->block) /* not erased */
            for (uint32_t i = 0; i < op->region_count; i++)
                region_walk(op->regions[i], visit, context);
    }
}

void region_walk(Region *region, OpVisit visit, void *context) {
    REGION_FOR_EACH_BLOCK (block, region)
        walk_block(block, visit, context);
}
