/* The wiring of structured control flow (carry.h). */
#include "passes/carry.h"

static void find_exits(Arena *arena, Region *region, OpVec *exits) {
    REGION_FOR_EACH_BLOCK (block, region) {
        BLOCK_FOR_EACH_OP (op, block) {
            if (op->code == OP_LOOP_BREAK || op->code == OP_LOOP_CONTINUE)
                vec_push(arena, exits, op);
            if (!op_is_loop(op))
                for (uint32_t i = 0; i < op->region_count; i++)
                    find_exits(arena, op_region(op, i), exits);
        }
    }
}

void loop_exits(Arena *arena, Op *loop, OpVec *exits) {
    for (uint32_t i = 0; i < loop->region_count; i++)
        find_exits(arena, op_region(loop, i), exits);
}

static bool leaves_early(const Region *region, bool in_inner_loop) {
    REGION_FOR_EACH_BLOCK (block, region) {
        BLOCK_FOR_EACH_OP (op, block) {
            bool leaves_loop = op->code == OP_LOOP_BREAK || op->code == OP_LOOP_CONTINUE;
            if (op->code == OP_FUNC_RETURN || (leaves_loop && !in_inner_loop))
                return true;
            for (uint32_t i = 0; i < op->region_count; i++)
                if (leaves_early(op_region(op, i), in_inner_loop || op_is_loop(op)))
                    return true;
        }
    }
    return false;
}

bool loop_has_exits(const Op *loop) {
    for (uint32_t i = 0; i < loop->region_count; i++)
        if (leaves_early(op_region(loop, i), false))
            return true;
    return false;
}

static void filter_operands(Arena *scratch, Op *op, uint32_t first, const bool *keep) {
    Value **kept = arena_array(scratch, Value *, op->operand_count);
    uint32_t count = 0;
    for (uint32_t i = 0; i < op->operand_count; i++)
        if (i < first || keep[i - first])
            kept[count++] = op_operand(op, i);
    if (count != op->operand_count)
        op_set_operands(op, kept, count);
}

void op_drop_operands(Arena *scratch, Op *op, const bool *keep, const bool *keep_carried) {
    bool is_while = op->code == OP_LOOP_WHILE;
    const bool *carried = is_while ? keep_carried : keep;
    if (op_is_loop(op)) {
        OpVec exits = {0};
        loop_exits(scratch, op, &exits);
        VEC_FOR_EACH (i, &exits)
            filter_operands(scratch, exits.items[i], 0,
                            exits.items[i]->code == OP_LOOP_BREAK ? keep : carried);
        filter_operands(scratch, op, is_while ? 0 : 3, carried);
    }
    for (uint32_t i = 0; i < op->region_count; i++) {
        Op *end = op_terminator(region_entry(op_region(op, i)));
        if (end->code == OP_LOOP_CONDITION)
            filter_operands(scratch, end, 1, keep);
        else if (end->code == OP_YIELD)
            filter_operands(scratch, end, 0, op_is_loop(op) ? carried : keep);
    }
}

static void filter_args(Block *block, uint32_t first, const bool *keep) {
    for (uint32_t i = block->arg_count; i-- > first;)
        if (!keep[i - first])
            block_remove_arg(block, i);
}

static Op *copy_head(Arena *scratch, Op *op, const bool *keep) {
    Value **operands = arena_array(scratch, Value *, op->operand_count);
    const Type **types = arena_array(scratch, const Type *, op->result_count);
    uint32_t kept = 0;
    for (uint32_t i = 0; i < op->operand_count; i++)
        operands[i] = op_operand(op, i);
    for (uint32_t i = 0; i < op->result_count; i++)
        if (keep[i])
            types[kept++] = op->results[i].type;
    Op *copy = op_create(op->module, op->code, op->span, operands, op->operand_count, types, kept,
                         op->region_count);
    for (uint32_t i = 0; i < op->attr_count; i++)
        op_set_attr(copy, op->attrs[i].key, op->attrs[i].attr);
    return copy;
}

static void move_regions(Op *from, Op *to) {
    for (uint32_t i = 0; i < from->region_count; i++) {
        Block *block = op_region(from, i)->first;
        op_region(from, i)->first = NULL;
        while (block) {
            Block *next = block->next;
            block->next = NULL;
            region_append(op_region(to, i), block);
            block = next;
        }
    }
}

Op *op_drop_results(Arena *scratch, Op *op, const bool *keep, const bool *keep_carried) {
    if (op->code == OP_LOOP_FOR) {
        filter_args(region_entry(op_region(op, 0)), 1, keep);
    } else if (op->code == OP_LOOP_WHILE) {
        filter_args(region_entry(op_region(op, 0)), 0, keep_carried);
        filter_args(region_entry(op_region(op, 1)), 0, keep);
    }
    Op *copy = copy_head(scratch, op, keep);
    uint32_t kept = 0;
    for (uint32_t i = 0; i < op->result_count; i++) {
        if (!keep[i])
            continue;
        op_result(copy, kept)->name = op_result(op, i)->name;
        value_replace_uses(op_result(op, i), op_result(copy, kept++));
    }
    op_insert_before(copy, op);
    move_regions(op, copy);
    op_erase(op);
    return copy;
}

/* A loop.while may go on for ever, which is to be seen. */
bool op_may_be_dropped(const Op *op) {
    return !op_has(op, WRITES | BARRIER | TERMINATOR) && op->code != OP_LOOP_WHILE;
}
