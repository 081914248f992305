/* Uniform or varying: whether a value is the same in all threads of a block that come to it together.
 *
 *     Uniformity *u = uniformity_compute(arena, func, UNIFORM_FOR_GANG);
 *     if (uniformity_varies(u, op_operand(branch, 0))) ...
 *
 * Inferred, never written. A value is varying when it is made by a varying op (thread_idx, item), when an
 * operand of its op is, when memory that threads may have changed is read, or when varying control decides
 * which value it is: the results of an if with a varying condition, and all that a loop carries whose
 * threads leave it at different turns.
 *
 * UNIFORM_FOR_BLOCK asks for more: that the value can be computed once for the block, apart from its
 * threads, so an op with an effect in it makes nothing uniform, whatever it gives. Fission asks that. */
#ifndef WEFT_PASSES_ANALYSIS_UNIFORMITY_H
#define WEFT_PASSES_ANALYSIS_UNIFORMITY_H

#include "ir/func.h"

typedef enum UniformityKind { UNIFORM_FOR_GANG, UNIFORM_FOR_BLOCK } UniformityKind;

typedef struct Uniformity Uniformity;

/* Of a kernel with structured exits; flat or not. The function's own arguments are uniform. */
Uniformity *uniformity_compute(Arena *arena, Func *func, UniformityKind kind);
bool uniformity_varies(const Uniformity *u, const Value *value);

/* A barrier or a collective of block or warp in the op's regions, at any depth, or the op itself. */
bool op_holds_convergent(const Op *op);
/* Nothing but pure ops, ifs and loops in the op's regions; true of a pure op. */
bool op_is_pure_at_any_depth(const Op *op);

#endif
