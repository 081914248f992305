/* Edits that several passes make. */
#include "passes/edit.h"

#include "base/diag.h"

static void adopt_region(Op *op, uint32_t index, Region *region) {
    op->regions[index] = region;
    region->op = op;
}

Op *op_remake(Op *op, Value *const *operands, uint32_t operand_count, const Type *const *types, uint32_t type_count) {
    Op *made = op_create(op->module, op->code, op->span, operands, operand_count, types, type_count, 0);
    made->attrs = op->attrs;
    made->attr_count = op->attr_count;
    made->regions = op->regions;
    made->region_count = op->region_count;
    for (uint32_t i = 0; i < made->region_count; i++)
        adopt_region(made, i, made->regions[i]);
    op->regions = NULL;
    op->region_count = 0;
    for (uint32_t i = 0; i < type_count && i < op->result_count; i++)
        made->results[i].name = op->results[i].name;
    op_insert_before(made, op);
    return made;
}

void region_move(Op *from, uint32_t from_index, Op *to, uint32_t to_index) {
    Region *empty = to->regions[to_index];
    if (empty->first)
        weft_bug("a region is moved over one that has a block");
    adopt_region(to, to_index, from->regions[from_index]);
    adopt_region(from, from_index, empty);
    op_set_func(to, empty->func ? empty->func : op_func(to));
}

Block *region_add_block(Op *op, uint32_t index) {
    Block *block = block_create(op->module);
    region_append(op->regions[index], block);
    return block;
}

void ops_move_to_end(Op *first, Block *to) {
    while (first) {
        Op *next = first->next;
        op_unlink(first);
        op_append(to, first);
        first = next;
    }
}

Op *op_ancestor_in(Op *op, const Block *block) {
    while (op && op->block != block)
        op = op_parent(op);
    return op;
}

bool op_is_in(const Op *op, const Op *ancestor) {
    while ((op = op_parent(op)))
        if (op == ancestor)
            return true;
    return false;
}

Block *value_block(const Value *value) {
    return value->op ? value->op->block : value->block;
}

bool value_is_defined_in(const Value *value, const Op *ancestor) {
    const Block *block = value_block(value);
    for (const Op *op = block ? block->region->op : NULL; op; op = op_parent(op))
        if (op == ancestor)
            return true;
    return false;
}

Op *loop_for_to_while(Op *loop) {
    Module *module = loop->module;
    Builder b = builder_before(loop);
    uint32_t count = loop->operand_count - 3 + 2;
    Value *start = op_operand(loop, 0), *step = op_operand(loop, 2);
    Value **initial = arena_array(module->arena, Value *, count), **values = arena_array(module->arena, Value *, count + 1);
    const Type **types = arena_array(module->arena, const Type *, count);
    initial[0] = build3(&b, OP_ARITH_RANGE_TRIPS, start, op_operand(loop, 1), step);
    initial[1] = start;
    for (uint32_t i = 2; i < count; i++)
        initial[i] = op_operand(loop, i + 1);
    for (uint32_t i = 0; i < count; i++)
        types[i] = initial[i]->type;
    Op *made = build_op(&b, OP_LOOP_WHILE, initial, count, types, count, 2);

    Block *before = region_add_block(made, 0), *body = region_add_block(made, 1), *old = region_entry(loop->regions[0]);
    Builder in = builder_at_end(module, before);
    in.span = loop->span;
    for (uint32_t i = 0; i < count; i++) {
        values[i + 1] = block_add_arg(module, before, types[i]);
        block_add_arg(module, body, types[i]);
    }
    values[0] = build_cmp(&in, "ne", before->args[0], build_i64(&in, 0));
    build_op(&in, OP_LOOP_CONDITION, values, count + 1, NULL, 0, 0);

    for (uint32_t i = 0; i < old->arg_count; i++)
        value_replace_uses(old->args[i], body->args[i + 1]);
    ops_move_to_end(old->first, body);
    Op *yield = op_terminator(body);
    Builder end = builder_before(yield);
    values[0] = build2(&end, OP_ARITH_SUB, body->args[0], build_i64(&end, 1));
    values[1] = build2(&end, OP_ARITH_ADD, body->args[1], step);
    for (uint32_t i = 2; i < count; i++)
        values[i] = op_operand(yield, i - 2);
    op_set_operands(yield, values, count);
    for (uint32_t i = 0; i < loop->result_count; i++)
        value_replace_uses(op_result(loop, i), op_result(made, i + 2));
    op_erase(loop);
    return made;
}

Func *func_create_plain(Module *module, const char *name, const char *const *arg_names, const Type *const *types,
                        uint32_t count, const Type *result) {
    FuncArg *args = arena_array(module->arena, FuncArg, count);
    for (uint32_t i = 0; i < count; i++)
        args[i] = (FuncArg){.name = intern_cstr(module->names, arg_names[i]), .type = types[i]};
    Func *func = func_create(module, FUNC_DEVICE, intern_cstr(module->names, name), NULL, 0, args, count, &result,
                             result ? 1 : 0);
    func->level = LEVEL_VECTOR;
    func->flat = true;
    return func;
}

static bool block_has_exits(const Block *block, bool is_body) {
    BLOCK_FOR_EACH_OP (op, block) {
        if (op_is_exit(op) && !(is_body && op == block->last && op->code == OP_FUNC_RETURN))
            return true;
        for (uint32_t i = 0; i < op->region_count; i++)
            REGION_FOR_EACH_BLOCK (inner, op->regions[i])
                if (block_has_exits(inner, false))
                    return true;
    }
    return false;
}

bool func_has_early_exits(const Func *func) {
    return func->body && block_has_exits(func_entry(func), true);
}
