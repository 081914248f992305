/* x86: a kernel, SIMT, becomes functions of the vector level that a CPU runs: IR in, IR out, no LLVM.
 *
 *     x86_lower_kernel(cx, kernel, &out);     // kernel: flat (flatten-views), no calls, structured exits
 *
 * All functions made here take the kernel's slots (runtime/include/weft_launch_table.h), but the bare one. */
#ifndef WEFT_TARGETS_X86_LOWER_H
#define WEFT_TARGETS_X86_LOWER_H

#include "passes/pass.h"

typedef struct X86Kernel {
    Func *run;   /* NAME.run(slots, begin, end), begin < end: items of the linear domain, or linear blocks, x fastest;
                  * NULL after x86_lower_launch() */
    Func *cpu;   /* EXPORT_cpu(arguments, dims): the bare C function; NULL when the kernel is not exported */
    Func *shape; /* NAME.shape_slots(slots): writes the shape's slots; sizes below 0 come out as 0 */
    Func *where; /* NAME.where_slots(slots) -> i64: -1, or the index of the first `where` that does not hold */
} X86Kernel;

/* False after an error, which is in cx->diags. The kernel itself stays as it is. */
bool x86_lower_kernel(PassContext *cx, Func *kernel, X86Kernel *out);

/* Of a kernel that the interpreter runs: what a launch calls before it, shape and where, and no code. */
void x86_lower_launch(PassContext *cx, Func *kernel, X86Kernel *out);

/* How an argument crosses in C: f16 and the like as their bits, structs and tensors by address. */
const Type *x86_c_type(Types *types, const Type *type);

/* How many slots a launch of the kernel fills, the shape's included. */
uint32_t x86_slot_count(const Func *kernel);

#endif
