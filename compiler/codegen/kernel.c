/* What a thread of a GPU kernel knows and does with the others. Most are one intrinsic, which the target's own table
 * names; the vendor's record builds the rest. */
#include "codegen/handlers.h"

static const char *intrinsic_for(Gen *g, const Op *op) {
    const Attr *dim = op_attr(op, ATTR_KEY_DIM);
    for (const TargetIntrinsic *row = g->vendor->vendor->intrinsics; row && row->name; row++)
        if (row->op == op->code && (row->dim < 0 || (dim && row->dim == attr_as_i64(dim))))
            return row->name;
    return NULL;
}

void gen_kernel_op(Gen *g, Op *op) {
    const char *name = intrinsic_for(g, op);
    Val value = name                   ? gen_intrinsic(g, name, NULL, 0, NULL, 0)
                : g->vendor->kernel_op ? g->vendor->kernel_op(g, op)
                                       : NULL;
    if (!value) {
        gen_fail(g, op, "not built yet: %s for %s", op_info[op->code].text, g->target->name);
        return;
    }
    gen_result(g, op, LLVMTypeOf(value) == g->i64 ? value : LLVMBuildZExt(g->builder, value, g->i64, ""));
}

void gen_barrier_op(Gen *g, Op *op) {
    if (g->vendor->barrier)
        g->vendor->barrier(g);
    else
        gen_fail(g, op, "not built yet: %s for %s", op_info[op->code].text, g->target->name);
}
