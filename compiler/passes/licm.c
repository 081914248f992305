/* licm: what a loop computes again and again without change moves in front of it.
 *
 *     loop.for %i = ... {                        %2 = arith.mul %0, %1 : i64
 *         %2 = arith.mul %0, %1 : i64     ->     loop.for %i = ... {
 *         %3 = arith.add %2, %i : i64                %3 = arith.add %2, %i : i64
 *     }                                          }
 *
 * Sound: only pure ops move, whose result depends on operands alone and which no input can trap (division by
 * zero is 0), so computing one that a loop of no turns would not have computed is harmless. Inner loops go
 * first, so that a value climbs as far as it can. Only ops of the loop's own blocks move, not those under an
 * if in it: these may never run. Index arithmetic profits, above all after views have been flattened.
 *
 * The threads of kernel.threads are one at least, and each does all that stands there: so out of it move pure ifs and
 * loops too, whole. LLVM would not: it moves no control flow, and its vectoriser, which makes selects of it, takes
 * time that doubles with each op of what then is the same in all lanes. */
#include "passes/analysis/uniformity.h"
#include "passes/edit.h"
#include "passes/pass.h"

/* Whether nothing that `op` reads, at any depth, is made in `loop` outside of `whole`. */
static bool reads_from_outside(const Op *op, const Op *whole, const Op *loop) {
    for (uint32_t i = 0; i < op->operand_count; i++)
        if (value_is_defined_in(op_operand(op, i), loop) && !value_is_defined_in(op_operand(op, i), whole))
            return false;
    for (uint32_t i = 0; i < op->region_count; i++)
        REGION_FOR_EACH_BLOCK (block, op->regions[i])
            BLOCK_FOR_EACH_OP (inner, block)
                if (!reads_from_outside(inner, whole, loop))
                    return false;
    return true;
}

static bool is_invariant(const Op *op, const Op *loop) {
    bool may_move = op->region_count == 0 ? op_has(op, PURE) && !op_has(op, TERMINATOR)
                                          : loop->code == OP_KERNEL_THREADS && op_is_pure_at_any_depth(op);
    return may_move && reads_from_outside(op, op, loop);
}

static bool hoist_from_loop(Op *loop) {
    bool changed = false;
    for (uint32_t i = 0; i < loop->region_count; i++) {
        REGION_FOR_EACH_BLOCK (block, loop->regions[i]) {
            BLOCK_FOR_EACH_OP_SAFE (op, block) {
                if (is_invariant(op, loop)) {
                    op_move_before(op, loop);
                    changed = true;
                }
            }
        }
    }
    return changed;
}

static bool hoist_in_region(Region *region) {
    bool changed = false;
    REGION_FOR_EACH_BLOCK (block, region) {
        BLOCK_FOR_EACH_OP (op, block) {
            for (uint32_t i = 0; i < op->region_count; i++)
                changed |= hoist_in_region(op->regions[i]);
            if (op_is_loop(op) || op->code == OP_KERNEL_THREADS)
                changed |= hoist_from_loop(op);
        }
    }
    return changed;
}

bool pass_licm(PassContext *cx, Func *func) {
    return hoist_in_region(func->body);
}
