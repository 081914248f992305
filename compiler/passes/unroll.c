/* unroll: a short counted loop whose bounds are constants becomes its turns, one after the other.
 *
 *     %s = loop.for 0, 3, 1, %a { (%i, %x)           %0 = arith.mul %a, 0
 *         %y = arith.mul %x, %i               ->     %1 = arith.mul %0, 1
 *         yield %y                                   %2 = arith.mul %1, 2        (%s is %2)
 *     }
 *
 * Sound: the turns are the same ops in the same order, each with its counter as a constant. Loops around a
 * barrier or collective stay: their cuts would double, and with them the loops over threads. What pays is what
 * constants then do: tables, filters' weights, local memory whose indices become known. Inner loops go first;
 * a loop of no turn gives its initial values. Wants structured exits. */
#include "passes/analysis/uniformity.h"
#include "passes/edit.h"
#include "passes/pass.h"

#include "base/diag.h"
#include "ir/eval.h"

enum { TURNS_MAX = 32, OPS_MAX = 96 }; /* of all turns together; larger bodies cost instruction cache, and LLVM unrolls too */

static bool constant_of(const Value *value, Scalar *scalar) {
    const Attr *constant = value_constant(value);
    if (!constant || constant->kind != ATTR_INT)
        return false;
    scalar->bits = constant->bits;
    return true;
}

static uint32_t count_ops(const Region *region) {
    uint32_t count = 0;
    REGION_FOR_EACH_BLOCK (block, region)
        BLOCK_FOR_EACH_OP (op, block) {
            count++;
            for (uint32_t i = 0; i < op->region_count; i++)
                count += count_ops(op->regions[i]);
        }
    return count;
}

/* How often the loop goes round, where that is known and unrolling pays. */
static bool find_turns(const Op *loop, uint64_t *turns) {
    Scalar bounds[3], result;
    for (uint32_t i = 0; i < 3; i++)
        if (!constant_of(op_operand(loop, i), &bounds[i]))
            return false;
    const Type *type = op_operand(loop, 0)->type;
    if (!eval_scalar(OP_ARITH_RANGE_TRIPS, type, type, NULL, bounds, &result))
        return false;
    *turns = result.bits;
    return *turns <= TURNS_MAX && *turns * count_ops(loop->regions[0]) <= OPS_MAX && !op_holds_convergent(loop);
}

static void unroll(Arena *scratch, Op *loop, uint64_t turns) {
    Module *module = loop->module;
    Block *body = region_entry(loop->regions[0]);
    uint32_t carried = loop->result_count;
    Value **values = arena_array(scratch, Value *, carried);
    for (uint32_t i = 0; i < carried; i++)
        values[i] = op_operand(loop, 3 + i);
    Builder b = builder_before(loop);
    Value *counter = op_operand(loop, 0);
    for (uint64_t turn = 0; turn < turns; turn++) {
        Map map = {.arena = scratch};
        map_put_ptr(&map, body->args[0], counter);
        for (uint32_t i = 0; i < carried; i++)
            map_put_ptr(&map, body->args[1 + i], values[i]);
        const Op *yield = op_terminator(body);
        BLOCK_FOR_EACH_OP (op, body)
            if (op != yield)
                op_insert_before(op_clone(module, op, &map), loop);
        for (uint32_t i = 0; i < carried; i++) {
            Value *mapped = map_get_ptr(&map, op_operand(yield, i));
            values[i] = mapped ? mapped : op_operand(yield, i);
        }
        counter = build2(&b, OP_ARITH_ADD, counter, op_operand(loop, 2));
    }
    for (uint32_t i = 0; i < carried; i++)
        value_replace_uses(op_result(loop, i), values[i]);
    op_erase(loop);
}

static bool unroll_in_region(Arena *scratch, Region *region) {
    bool changed = false;
    REGION_FOR_EACH_BLOCK (block, region) {
        BLOCK_FOR_EACH_OP_SAFE (op, block) {
            uint64_t turns;
            for (uint32_t i = 0; i < op->region_count; i++)
                changed |= unroll_in_region(scratch, op->regions[i]);
            if (op->code != OP_LOOP_FOR || !find_turns(op, &turns))
                continue;
            unroll(scratch, op, turns);
            changed = true;
        }
    }
    return changed;
}

bool pass_unroll(PassContext *cx, Func *func) {
    return !func_has_early_exits(func) && unroll_in_region(cx->scratch, func->body);
}
