/* merge-barriers: drop a barrier when no memory is touched since the last one.
 *
 *     kernel.barrier                         kernel.barrier
 *     %2 = arith.add %0, %1 : f32     ->     %2 = arith.add %0, %1 : f32
 *     kernel.barrier
 *
 * Sound: a barrier orders the accesses on its two sides, and there are none between the two. A block-wide
 * collective is a barrier as well, so one that stands right after it goes too.
 * Inlined helpers that each begin and end with a barrier are where this pays. */
#include "passes/pass.h"

static bool touches_memory(const Op *op) {
    return op_has(op, READS | WRITES | REGIONS);
}

static bool merge_in_region(Region *region);

static bool merge_in_block(Block *block) {
    bool changed = false;
    bool covered = false; /* nothing has touched memory since the last barrier of this block */
    BLOCK_FOR_EACH_OP_SAFE (op, block) {
        for (uint32_t i = 0; i < op->region_count; i++)
            changed |= merge_in_region(op->regions[i]);
        if (touches_memory(op))
            covered = false;
        if (!op_has(op, BARRIER))
            continue;
        if (covered && op->code == OP_KERNEL_BARRIER) {
            op_erase(op);
            changed = true;
        }
        covered = true;
    }
    return changed;
}

static bool merge_in_region(Region *region) {
    bool changed = false;
    REGION_FOR_EACH_BLOCK (block, region)
        changed |= merge_in_block(block);
    return changed;
}

bool pass_merge_barriers(PassContext *cx, Func *func) {
    return merge_in_region(func->body);
}
