/* Uniform or varying: a walk that only ever turns values from uniform to varying, repeated until nothing turns
 * (loops carry facts back to their start). Linear in the ops for each walk; walks are few: one more than
 * the depth of loops through which a fact travels. */
#include "passes/analysis/uniformity.h"

#include "passes/edit.h"

struct Uniformity {
    UniformityKind kind;
    const Func *func;
    Map varying; /* Value* -> itself */
    bool changed;
};

/* Each thread has its own, also when fission has taken the op out of the function to give each its part. */
static bool is_own_memory(const Value *value) {
    return value->op && (value->op->code == OP_MEM_PTR_LOCAL || value->op->code == OP_MEM_ALLOC_LOCAL);
}

bool uniformity_varies(const Uniformity *u, const Value *value) {
    return map_has_ptr(&u->varying, value) || is_own_memory(value);
}

static void set_varying(Uniformity *u, Value *value) {
    if (map_has_ptr(&u->varying, value))
        return;
    map_put_ptr(&u->varying, value, value);
    u->changed = true;
}

static void set_results_varying(Uniformity *u, Op *op) {
    for (uint32_t i = 0; i < op->result_count; i++)
        set_varying(u, op_result(op, i));
}

static bool any_operand_varies(const Uniformity *u, const Op *op) {
    for (uint32_t i = 0; i < op->operand_count; i++)
        if (uniformity_varies(u, op_operand(op, i)))
            return true;
    return false;
}

/* ------------------------------------------------------------------ questions about ops */

bool op_holds_convergent(const Op *op) {
    if (op_has(op, CONVERGENT))
        return true;
    for (uint32_t i = 0; i < op->region_count; i++)
        REGION_FOR_EACH_BLOCK (block, op->regions[i])
            BLOCK_FOR_EACH_OP (inner, block)
                if (op_holds_convergent(inner))
                    return true;
    return false;
}

bool op_is_pure_at_any_depth(const Op *op) {
    if (op->region_count == 0)
        return op_has(op, PURE) || op_has(op, TERMINATOR);
    for (uint32_t i = 0; i < op->region_count; i++)
        REGION_FOR_EACH_BLOCK (block, op->regions[i])
            BLOCK_FOR_EACH_OP (inner, block)
                if (!op_is_pure_at_any_depth(inner))
                    return false;
    return true;
}

/* The argument of the function that a pointer or view was made from; NULL when that is not known. */
static const FuncArg *memory_argument(const Func *func, const Value *memory) {
    while (memory->op && memory->op->operand_count > 0 &&
           (op_has(memory->op, VIEW_OP) || memory->op->code == OP_MEM_PTR_OFFSET || memory->op->code == OP_MEM_PTR_CAST ||
            memory->op->code == OP_MEM_PTR))
        memory = op_operand(memory->op, 0);
    if (memory->op || memory->block != func_entry(func))
        return NULL;
    uint32_t at = func->dim_count;
    for (uint32_t i = 0; i < func->arg_count; i++) {
        const FuncArg *arg = &func->args[i];
        if (at == memory->index)
            return arg->type->kind == TYPE_VIEW ? arg : NULL;
        bool strided = func->flat && arg->type->kind == TYPE_VIEW && arg->type->layout == LAYOUT_STRIDED;
        at += 1 + (strided ? arg->type->rank : 0);
    }
    return NULL;
}

/* A read-only tensor shares no element with one that the kernel writes: the launch checks that. */
static bool reads_what_nobody_writes(const Func *func, const Op *op) {
    if (op->code != OP_MEM_LOAD && op->code != OP_MEM_PTR_LOAD)
        return false;
    const FuncArg *arg = func->kind == FUNC_KERNEL ? memory_argument(func, op_operand(op, 0)) : NULL;
    return arg && arg->mode == FUNC_ARG_READ;
}

/* Collectives whose result is the same for the whole block. */
static bool is_block_wide(const Op *op) {
    if (op->code == OP_KERNEL_BLOCK_BROADCAST)
        return true;
    if (op->code != OP_KERNEL_BLOCK)
        return false;
    const Attr *kind = op_attr(op, ATTR_KEY_KIND);
    return kind && strcmp(kind->string, "prefix_sum") != 0;
}

static bool plain_op_varies(const Uniformity *u, const Op *op) {
    if (op_has(op, VARYING))
        return true;
    if (op_has(op, UNIFORM) || is_block_wide(op))
        return false;
    if (op_has(op, PURE))
        return any_operand_varies(u, op);
    if (u->kind == UNIFORM_FOR_GANG && reads_what_nobody_writes(u->func, op))
        return any_operand_varies(u, op);
    return true;
}

/* ------------------------------------------------------------------ control flow */

static void visit_block(Uniformity *u, Block *block);

static void flow(Uniformity *u, const Value *from, Value *to, bool varying_control) {
    if (varying_control || uniformity_varies(u, from))
        set_varying(u, to);
}

static bool any_operand_varies_at_any_depth(const Uniformity *u, const Op *op) {
    if (any_operand_varies(u, op))
        return true;
    for (uint32_t i = 0; i < op->region_count; i++)
        REGION_FOR_EACH_BLOCK (block, op->regions[i])
            BLOCK_FOR_EACH_OP (inner, block)
                if (any_operand_varies_at_any_depth(u, inner))
                    return true;
    return false;
}

/* An if or loop that is kept whole in its threads gives nothing that the block could know. */
static bool stays_in_threads(const Uniformity *u, const Op *op) {
    return u->kind == UNIFORM_FOR_BLOCK && !op_holds_convergent(op) &&
           (!op_is_pure_at_any_depth(op) || any_operand_varies_at_any_depth(u, op));
}

static void visit_if(Uniformity *u, Op *op) {
    bool varies = uniformity_varies(u, op_operand(op, 0)) || stays_in_threads(u, op);
    for (uint32_t r = 0; r < 2; r++) {
        Block *block = region_entry(op->regions[r]);
        visit_block(u, block);
        const Op *yield = op_terminator(block);
        for (uint32_t i = 0; yield && yield->code == OP_YIELD && i < op->result_count; i++)
            flow(u, op_operand(yield, i), op_result(op, i), varies);
    }
}

static void visit_for(Uniformity *u, Op *op) {
    Block *body = region_entry(op->regions[0]);
    bool varies = uniformity_varies(u, op_operand(op, 0)) || uniformity_varies(u, op_operand(op, 1)) ||
                  uniformity_varies(u, op_operand(op, 2)) || stays_in_threads(u, op);
    if (varies)
        set_varying(u, body->args[0]);
    for (uint32_t i = 3; i < op->operand_count; i++)
        flow(u, op_operand(op, i), body->args[i - 2], varies);
    visit_block(u, body);
    const Op *yield = op_terminator(body);
    for (uint32_t i = 0; i < op->result_count; i++) {
        if (yield && yield->code == OP_YIELD)
            flow(u, op_operand(yield, i), body->args[1 + i], varies);
        flow(u, body->args[1 + i], op_result(op, i), varies);
    }
}

static void visit_while(Uniformity *u, Op *op) {
    Block *before = region_entry(op->regions[0]), *body = region_entry(op->regions[1]);
    bool stays = stays_in_threads(u, op);
    for (uint32_t i = 0; i < op->operand_count; i++)
        flow(u, op_operand(op, i), before->args[i], stays);
    visit_block(u, before);
    const Op *condition = op_terminator(before);
    bool varies = stays || uniformity_varies(u, op_operand(condition, 0));
    for (uint32_t i = 0; i < op->result_count; i++) {
        flow(u, op_operand(condition, 1 + i), body->args[i], varies);
        flow(u, body->args[i], op_result(op, i), varies);
    }
    visit_block(u, body);
    const Op *yield = op_terminator(body);
    for (uint32_t i = 0; yield && yield->code == OP_YIELD && i < before->arg_count; i++)
        flow(u, op_operand(yield, i), before->args[i], varies);
}

static void visit_op(Uniformity *u, Op *op) {
    switch (op->code) {
    case OP_IF:         visit_if(u, op); return;
    case OP_LOOP_FOR:   visit_for(u, op); return;
    case OP_LOOP_WHILE: visit_while(u, op); return;
    default:
        if (plain_op_varies(u, op))
            set_results_varying(u, op);
    }
}

static void visit_block(Uniformity *u, Block *block) {
    BLOCK_FOR_EACH_OP (op, block)
        visit_op(u, op);
}

Uniformity *uniformity_compute(Arena *arena, Func *func, UniformityKind kind) {
    Uniformity *u = arena_new(arena, Uniformity);
    u->kind = kind;
    u->func = func;
    u->varying.arena = arena;
    do {
        u->changed = false;
        visit_block(u, func_entry(func));
    } while (u->changed);
    return u;
}
