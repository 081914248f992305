/* dce: drop what nobody uses.
 *
 *     %3 = arith.mul %1, %2 : f32
 *     %4, %5 = loop.for ... (%s = %0, %t = %3)      ->   %4 = loop.for ... (%s = %0)
 *     mem.store %4, ...                                  mem.store %4, ...
 *
 * Marks what is needed from the effects back through operands, and through loops and ifs value by
 * value (carry.h says which operand becomes which result), so that a carried value which only feeds
 * itself goes. Sound: what is dropped has no effect, and control that it decided decides nothing
 * that stays. A load is dropped too; a loop.while never is, since that it goes on for ever would
 * not be seen any more. Every pass before it may leave its leavings. */
#include "passes/carry.h"
#include "passes/pass.h"

typedef struct Marker {
    Arena *arena;
    VEC(Value *) values; /* needed, not followed yet */
    VEC(Op *) branchers; /* every op with regions, outer ones first */
} Marker;

/* Marks lie in Value.number and in Op.scratch. */
static bool is_live(const Op *op) {
    return op->scratch != NULL;
}

static void need_value(Marker *m, Value *value) {
    if (value->number)
        return;
    value->number = 1;
    vec_push(m->arena, &m->values, value);
}

/* The op itself must stay, and whatever decides whether control comes to it. */
static void need_op(Marker *m, Op *op) {
    for (; op && !is_live(op); op = op_parent(op)) {
        op->scratch = op;
        uint32_t deciding = op->code == OP_LOOP_FOR     ? 3
                            : op->code == OP_LOOP_WHILE ? 0
                                                        : op->operand_count;
        if (op->code == OP_YIELD || op->code == OP_LOOP_BREAK || op->code == OP_LOOP_CONTINUE)
            deciding = 0; /* value by value */
        if (op->code == OP_LOOP_CONDITION)
            deciding = 1;
        for (uint32_t i = 0; i < deciding; i++)
            need_value(m, op_operand(op, i));
        for (uint32_t i = 0; i < op->region_count; i++)
            need_op(m, op_terminator(region_entry(op_region(op, i))));
    }
}

static void need_exits(Marker *m, Op *loop, Opcode code, uint32_t i) {
    OpVec exits = {0};
    loop_exits(m->arena, loop, &exits);
    VEC_FOR_EACH (k, &exits)
        if (exits.items[k]->code == code)
            need_value(m, op_operand(exits.items[k], i));
}

static void need_yield(Marker *m, Region *region, uint32_t i) {
    Op *end = op_terminator(region_entry(region));
    if (end->code == OP_YIELD)
        need_value(m, op_operand(end, i));
}

/* The carried value `i` of a loop: what it starts with and what goes round. */
static void need_carried(Marker *m, Op *loop, uint32_t i) {
    bool is_for = loop->code == OP_LOOP_FOR;
    need_value(m, op_operand(loop, is_for ? 3 + i : i));
    need_yield(m, op_region(loop, is_for ? 0 : 1), i);
    need_exits(m, loop, OP_LOOP_CONTINUE, i);
}

/* The result `i` of a loop, with the block argument that holds it in between. */
static void need_passed(Marker *m, Op *loop, uint32_t i) {
    need_value(m, op_result(loop, i));
    need_exits(m, loop, OP_LOOP_BREAK, i);
    if (loop->code == OP_LOOP_FOR) {
        need_value(m, region_entry(op_region(loop, 0))->args[1 + i]);
        need_carried(m, loop, i);
    } else {
        need_value(m, region_entry(op_region(loop, 1))->args[i]);
        Op *end = op_terminator(region_entry(op_region(loop, 0)));
        if (end->code == OP_LOOP_CONDITION)
            need_value(m, op_operand(end, 1 + i));
    }
}

static void follow_arg(Marker *m, Value *arg) {
    Op *op = arg->block->region->op;
    if (!op)
        return;
    need_op(m, op);
    if (op->code == OP_LOOP_FOR && arg->index > 0)
        need_passed(m, op, arg->index - 1);
    else if (op->code == OP_LOOP_WHILE && arg->block->region == op_region(op, 1))
        need_passed(m, op, arg->index);
    else if (op->code == OP_LOOP_WHILE)
        need_carried(m, op, arg->index);
}

static void follow_result(Marker *m, Op *op, uint32_t index) {
    need_op(m, op);
    if (op_is_loop(op))
        need_passed(m, op, index);
    else if (op->code == OP_IF)
        for (uint32_t i = 0; i < op->region_count; i++)
            need_yield(m, op_region(op, i), index);
}

static void clear_marks(Op *op, void *context) {
    Marker *m = context;
    op->scratch = NULL;
    for (uint32_t i = 0; i < op->result_count; i++)
        op_result(op, i)->number = 0;
    for (uint32_t i = 0; i < op->region_count; i++)
        REGION_FOR_EACH_BLOCK (block, op_region(op, i))
            for (uint32_t k = 0; k < block->arg_count; k++)
                block->args[k]->number = 0;
    if (op->region_count)
        vec_push(m->arena, &m->branchers, op);
}

static void need_effects(Op *op, void *context) {
    if (op->code == OP_YIELD || op->code == OP_LOOP_CONDITION)
        return; /* with the op whose region they end */
    if (!op_may_be_dropped(op))
        need_op(context, op);
}

static void mark(Marker *m, Func *func) {
    region_walk(func->body, clear_marks, m);
    region_walk(func->body, need_effects, m);
    while (m->values.len > 0) {
        Value *value = vec_pop(&m->values);
        if (value->op)
            follow_result(m, value->op, value->index);
        else
            follow_arg(m, value);
    }
}

static const bool *live_values(Arena *arena, Value *const *args, uint32_t first, uint32_t count) {
    bool *live = arena_array(arena, bool, count);
    for (uint32_t i = 0; i < count; i++)
        live[i] = args[first + i]->number != 0;
    return live;
}

static const bool *live_results(Arena *arena, Op *op) {
    bool *live = arena_array(arena, bool, op->result_count);
    for (uint32_t i = 0; i < op->result_count; i++)
        live[i] = op_result(op, i)->number != 0;
    return live;
}

typedef struct Keeping {
    Op *op;
    const bool *results, *carried;
} Keeping;

static Keeping what_to_keep(Arena *arena, Op *op) {
    Keeping keep = {op, live_results(arena, op), NULL};
    if (op->code == OP_LOOP_WHILE) {
        Block *head = region_entry(op_region(op, 0));
        keep.carried = live_values(arena, head->args, 0, head->arg_count);
    }
    return keep;
}

static bool keeps_all(const Keeping *keep) {
    for (uint32_t i = 0; i < keep->op->result_count; i++)
        if (!keep->results[i])
            return false;
    if (keep->carried)
        for (uint32_t i = 0; i < keep->op->operand_count; i++)
            if (!keep->carried[i])
                return false;
    return true;
}

/* From the back, so that users go before what they use. */
static bool erase_dead(Block *block) {
    bool changed = false;
    for (Op *op = block->last, *previous; op; op = previous) {
        previous = op->previous;
        if (!is_live(op)) {
            op_erase(op);
            changed = true;
            continue;
        }
        for (uint32_t i = op->region_count; i-- > 0;)
            REGION_FOR_EACH_BLOCK (inner, op_region(op, i))
                changed |= erase_dead(inner);
    }
    return changed;
}

bool pass_dce(PassContext *cx, Func *func) {
    Marker m = {.arena = cx->scratch};
    mark(&m, func);
    VEC(Keeping) narrower = {0};
    VEC_FOR_EACH (i, &m.branchers) {
        Op *op = m.branchers.items[i];
        if (!is_live(op) || !(op_is_loop(op) || op->code == OP_IF))
            continue;
        Keeping keep = what_to_keep(cx->scratch, op);
        if (keeps_all(&keep))
            continue;
        vec_push(cx->scratch, &narrower, keep);
        op_drop_operands(cx->scratch, op, keep.results, keep.carried);
    }
    bool changed = false;
    REGION_FOR_EACH_BLOCK (block, func->body)
        changed |= erase_dead(block);
    /* inner ones first: an outer one that is made anew leaves pointers to the inner ones as they
     * are */
    for (uint32_t i = narrower.len; i-- > 0;)
        op_drop_results(cx->scratch, narrower.items[i].op, narrower.items[i].results,
                        narrower.items[i].carried);
    return changed || narrower.len > 0;
}
