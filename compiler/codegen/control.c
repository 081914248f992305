/* Structured control flow as basic blocks. Each op builds its regions between blocks of its own; where paths meet
 * stands a Join, whose phis are the values that go on. Regions may still leave early (return, break, continue): their
 * block then has a terminator already, and brings nothing to the join. */
#include "codegen/handlers.h"

#include "base/diag.h"

#include <string.h>

/* ---- joins ---- */

static Join *join_create(Gen *g, const char *name, const Type *const *types, uint32_t count) {
    Join *join = arena_new(g->arena, Join);
    LLVMBasicBlockRef here = LLVMGetInsertBlock(g->builder);
    join->block = gen_block(g, name);
    join->count = count;
    join->phis = arena_array(g->arena, Val, count + 1);
    LLVMPositionBuilderAtEnd(g->builder, join->block);
    for (uint32_t i = 0; i < count; i++)
        join->phis[i] = LLVMBuildPhi(g->builder, gen_type(g, types[i]), "");
    LLVMPositionBuilderAtEnd(g->builder, here);
    return join;
}

static const Type **types_of(Gen *g, Value *const *values, uint32_t count) {
    const Type **types = arena_array(g->arena, const Type *, count + 1);
    for (uint32_t i = 0; i < count; i++)
        types[i] = values[i]->type;
    return types;
}

static Join *join_for_results(Gen *g, const char *name, const Op *op) {
    const Type **types = arena_array(g->arena, const Type *, op->result_count + 1);
    for (uint32_t i = 0; i < op->result_count; i++)
        types[i] = op->results[i].type;
    return join_create(g, name, types, op->result_count);
}

/* The values that an edge from the current block brings. */
static void join_add(Gen *g, Join *join, const Val *values) {
    LLVMBasicBlockRef from = LLVMGetInsertBlock(g->builder);
    for (uint32_t i = 0; i < join->count; i++)
        LLVMAddIncoming(join->phis[i], (Val *)&values[i], &from, 1);
    join->reached = true;
}

static void join_jump(Gen *g, Join *join, const Val *values) {
    join_add(g, join, values);
    LLVMBuildBr(g->builder, join->block);
}

/* Goes on at the join. One that nothing reaches has no values. */
static void join_enter(Gen *g, Join *join) {
    LLVMPositionBuilderAtEnd(g->builder, join->block);
    if (join->reached)
        return;
    for (uint32_t i = 0; i < join->count; i++) {
        Val phi = join->phis[i];
        join->phis[i] = LLVMGetPoison(LLVMTypeOf(phi));
        LLVMReplaceAllUsesWith(phi, join->phis[i]);
        LLVMInstructionEraseFromParent(phi);
    }
}

static void bind(Gen *g, Block *block, uint32_t first, const Val *values) {
    for (uint32_t i = first; i < block->arg_count; i++)
        gen_set(g, block->args[i], values[i - first]);
}

static void bind_results(Gen *g, const Op *op, const Join *join) {
    for (uint32_t i = 0; i < op->result_count; i++)
        gen_set(g, op_result(op, i), join->phis[i]);
}

static Val *operands_from(Gen *g, const Op *op, uint32_t first) {
    Val *values = arena_array(g->arena, Val, op->operand_count + 1);
    for (uint32_t i = first; i < op->operand_count; i++)
        values[i - first] = gen_operand(g, op, i);
    return values;
}

/* ---- the ops of a block ---- */

void gen_block_ops(Gen *g, Block *block) {
    BLOCK_FOR_EACH_OP (op, block) {
        if (g->error || op->code == OP_YIELD || op->code == OP_LOOP_CONDITION)
            return; /* what ends a region is the business of the op about it */
        debug_at(g, op->span);
        GenOp handler = gen_handler(op->code);
        if (!handler) {
            gen_fail(g, op, "not built yet: %s for %s", op_info[op->code].text, g->target->name);
            return;
        }
        handler(g, op);
    }
}

/* A region that ends in a yield, or leaves: what it yields goes to the join. */
static void region_into(Gen *g, Region *region, Join *join) {
    Block *block = region_entry(region);
    gen_block_ops(g, block);
    if (g->error || gen_terminated(g))
        return;
    Op *yield = op_terminator(block);
    if (!yield)
        weft_bug("code generation of @%s: a region has no terminator", g->func->name);
    debug_at(g, yield->span);
    join_jump(g, join, operands_from(g, yield, 0));
}

void gen_if_op(Gen *g, Op *op) {
    LLVMBasicBlockRef arms[2] = {gen_block(g, "then"), gen_block(g, "else")};
    LLVMBuildCondBr(g->builder, gen_operand(g, op, 0), arms[0], arms[1]);
    Join *join = join_for_results(g, "endif", op);
    for (uint32_t i = 0; i < 2 && !g->error; i++) {
        LLVMPositionBuilderAtEnd(g->builder, arms[i]);
        region_into(g, op_region(op, i), join);
    }
    join_enter(g, join);
    bind_results(g, op, join);
}

/* ---- loops ---- */

/* The time of LLVM's vectoriser, and of what then works on the wide code, grows with the square of a body's ops, of its
 * ifs above all (1,250 of them take 1.2 s, 10,000 statements 3 s), so a body past this is left as it is. What people
 * write and what unrolls stays far below. */
enum { VECTORISED_WEIGHT = 8192, IF_WEIGHT = 8 };

static uint32_t weight_of(const Block *block, uint32_t weight) {
    BLOCK_FOR_EACH_OP (op, block) {
        weight += op->code == OP_IF ? IF_WEIGHT : 1;
        for (uint32_t i = 0; i < op->region_count && weight <= VECTORISED_WEIGHT; i++)
            weight = weight_of(region_entry(op->regions[i]), weight);
        if (weight > VECTORISED_WEIGHT)
            return weight;
    }
    return weight;
}

static LLVMMetadataRef loop_hint(Gen *g, const char *name, Val value) {
    LLVMMetadataRef parts[] = {LLVMMDStringInContext2(g->context, name, strlen(name)), value ? LLVMValueAsMetadata(value) : NULL};
    return LLVMMDNodeInContext2(g->context, parts, value ? 2 : 1);
}

/* What LLVM is to do with a loop goes to the branch back: {unroll} of the op, and no vectors of what is too large. */
static void mark_loop(Gen *g, const Op *op, Val branch) {
    LLVMMetadataRef hints[2];
    uint32_t count = 0;
    const Attr *unroll = op_attr(op, ATTR_KEY_UNROLL);
    if (unroll && attr_as_i64(unroll) > 1)
        hints[count++] = loop_hint(g, "llvm.loop.unroll.count", LLVMConstInt(g->i32, attr_as_i64(unroll), false));
    else if (unroll)
        hints[count++] = loop_hint(g, "llvm.loop.unroll.disable", NULL);
    if (weight_of(region_entry(op->regions[0]), 0) > VECTORISED_WEIGHT)
        hints[count++] = loop_hint(g, "llvm.loop.vectorize.enable", LLVMConstInt(g->i1, 0, false));
    if (count == 0)
        return;
    LLVMMetadataRef node = gen_distinct_node(g, hints, count);
    LLVMSetMetadata(branch, LLVMGetMDKindIDInContext(g->context, "llvm.loop", 9), LLVMMetadataAsValue(g->context, node));
}

/* The counter's next value. Past the last turn it may wrap, and is then not used: so it may be poison. */
static Val step_counter(Gen *g, const Type *type, Val counter, Val step) {
    return gen_is_signed(type) ? LLVMBuildNSWAdd(g->builder, counter, step, "") : LLVMBuildNUWAdd(g->builder, counter, step, "");
}

/* A loop that counts its turns in 64 bits, tested at the end (how often it goes round is computed once, before it):
 *     if turns != 0: do { body } while (++turn != turns)                                                        */
typedef struct CountedLoop {
    LLVMBasicBlockRef before, body;
    Val turns, turn;
} CountedLoop;

static CountedLoop counted_begin(Gen *g, Val turns, Join *exit, const Val *initial) {
    CountedLoop loop = {.turns = turns, .body = gen_block(g, "loop")};
    Val none = LLVMBuildICmp(g->builder, LLVMIntEQ, turns, gen_i64(g, 0), "");
    join_add(g, exit, initial);
    loop.before = LLVMGetInsertBlock(g->builder);
    LLVMBuildCondBr(g->builder, none, exit->block, loop.body);
    LLVMPositionBuilderAtEnd(g->builder, loop.body);
    loop.turn = LLVMBuildPhi(g->builder, g->i64, "");
    return loop;
}

static void phi_add(Val phi, Val first, LLVMBasicBlockRef before, Val next, LLVMBasicBlockRef latch) {
    LLVMAddIncoming(phi, (Val[]){first, next}, (LLVMBasicBlockRef[]){before, latch}, 2);
}

/* At the latch. */
static Val counted_end(Gen *g, CountedLoop *loop, Join *exit, const Val *values) {
    LLVMBasicBlockRef latch = LLVMGetInsertBlock(g->builder);
    Val next = LLVMBuildNUWAdd(g->builder, loop->turn, gen_i64(g, 1), "");
    phi_add(loop->turn, gen_i64(g, 0), loop->before, next, latch);
    join_add(g, exit, values);
    return LLVMBuildCondBr(g->builder, LLVMBuildICmp(g->builder, LLVMIntEQ, next, loop->turns, ""), exit->block, loop->body);
}

static bool is_constant(const Value *value, int64_t wanted) {
    const Attr *constant = value_constant(value);
    return constant && constant->kind == ATTR_INT && (int64_t)constant->bits == wanted;
}

/* range(n) of 64 bits: the number of the turn is the counter. */
static bool counter_is_turn(const Op *op) {
    return type_bits(op_operand(op, 0)->type) == 64 && is_constant(op_operand(op, 0), 0) && is_constant(op_operand(op, 2), 1);
}

void gen_for_op(Gen *g, Op *op) {
    Block *body = region_entry(op_region(op, 0));
    const Type *type = op_operand(op, 0)->type;
    Val start = gen_operand(g, op, 0), step = gen_operand(g, op, 2);
    Val turns = gen_trips(g, type, start, gen_operand(g, op, 1), step, value_constant(op_operand(op, 2)));
    Val *initial = operands_from(g, op, 3);
    uint32_t carried = op->operand_count - 3;
    Join *exit = join_for_results(g, "endfor", op);
    CountedLoop loop = counted_begin(g, turns, exit, initial);
    bool plain = counter_is_turn(op);
    Val counter = plain ? loop.turn : LLVMBuildPhi(g->builder, gen_type(g, type), "");
    Val *phis = arena_array(g->arena, Val, carried + 1);
    for (uint32_t i = 0; i < carried; i++)
        phis[i] = LLVMBuildPhi(g->builder, gen_type(g, body->args[i + 1]->type), "");
    gen_set(g, body->args[0], counter);
    bind(g, body, 1, phis);
    Join *next = join_create(g, "next", types_of(g, body->args + 1, carried), carried);
    LoopScope scope = {g->loop, exit, next};
    g->loop = &scope;
    region_into(g, op_region(op, 0), next);
    g->loop = scope.outer;
    debug_at(g, op->span);
    join_enter(g, next);
    if (!plain)
        phi_add(counter, start, loop.before, step_counter(g, type, counter, step), next->block);
    for (uint32_t i = 0; i < carried; i++)
        phi_add(phis[i], initial[i], loop.before, next->phis[i], next->block);
    mark_loop(g, op, counted_end(g, &loop, exit, next->phis));
    join_enter(g, exit);
    bind_results(g, op, exit);
}

void gen_while_op(Gen *g, Op *op) {
    Block *test = region_entry(op_region(op, 0)), *body = region_entry(op_region(op, 1));
    Join *exit = join_for_results(g, "endwhile", op);
    Join *head = join_create(g, "while", types_of(g, test->args, test->arg_count), test->arg_count);
    join_jump(g, head, operands_from(g, op, 0));
    join_enter(g, head);
    bind(g, test, 0, head->phis);
    LoopScope scope = {g->loop, exit, head};
    g->loop = &scope;
    gen_block_ops(g, test);
    if (!g->error && !gen_terminated(g)) {
        Op *condition = op_terminator(test);
        Val *passed = operands_from(g, condition, 1);
        LLVMBasicBlockRef inside = gen_block(g, "do");
        join_add(g, exit, passed);
        LLVMBuildCondBr(g->builder, gen_operand(g, condition, 0), inside, exit->block);
        LLVMPositionBuilderAtEnd(g->builder, inside);
        bind(g, body, 0, passed);
        region_into(g, op_region(op, 1), head);
    }
    g->loop = scope.outer;
    join_enter(g, exit);
    bind_results(g, op, exit);
}

void gen_break_op(Gen *g, Op *op) {
    join_jump(g, g->loop->exit, operands_from(g, op, 0));
}

void gen_continue_op(Gen *g, Op *op) {
    join_jump(g, g->loop->next, operands_from(g, op, 0));
}

/* The threads of a block one after the other, x fastest: three loops, from z down to x. */
static void thread_loops(Gen *g, Op *op, uint32_t dim) {
    Val size = gen_operand(g, op, dim), zero = gen_i64(g, 0);
    Val turns = LLVMBuildSelect(g->builder, LLVMBuildICmp(g->builder, LLVMIntSGT, size, zero, ""), size, zero, "");
    Join *exit = join_create(g, "endthreads", NULL, 0), *next = join_create(g, "thread", NULL, 0);
    CountedLoop loop = counted_begin(g, turns, exit, NULL);
    gen_set(g, region_entry(op_region(op, 0))->args[dim], loop.turn);
    if (dim > 0) {
        thread_loops(g, op, dim - 1);
        join_jump(g, next, NULL);
    } else {
        region_into(g, op_region(op, 0), next);
    }
    join_enter(g, next);
    counted_end(g, &loop, exit, NULL);
    join_enter(g, exit);
}

void gen_threads_op(Gen *g, Op *op) {
    thread_loops(g, op, 2);
}

/* ---- functions ---- */

void gen_call_op(Gen *g, Op *op) {
    Val function = gen_function(g, op_attr(op, ATTR_KEY_CALLEE)->func);
    Val result = LLVMBuildCall2(g->builder, LLVMGlobalGetValueType(function), function, operands_from(g, op, 0), op->operand_count, "");
    if (op->result_count == 1)
        gen_result(g, op, result);
    for (uint32_t i = 0; op->result_count > 1 && i < op->result_count; i++)
        gen_set(g, op_result(op, i), LLVMBuildExtractValue(g->builder, result, i, ""));
}

void gen_return_op(Gen *g, Op *op) {
    Val *values = operands_from(g, op, 0);
    if (op->operand_count == 0)
        LLVMBuildRetVoid(g->builder);
    else if (op->operand_count == 1)
        LLVMBuildRet(g->builder, values[0]);
    else
        LLVMBuildAggregateRet(g->builder, values, op->operand_count);
}

void gen_unreachable_op(Gen *g, Op *op) {
    LLVMBuildUnreachable(g->builder);
}
