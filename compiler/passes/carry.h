/* Which operands of which terminators make which results: the wiring of structured control flow,
 * for passes that follow a value through a loop or an if, or drop one.
 *
 *     if          yields: results
 *     loop.for    operands start stop step init...; args counter carried...
 *                 yield, continue: carried; break: results
 *     loop.while  operands init...; region 0 args carried..., ends in condition c passed...
 *                 region 1 args passed...; yield, continue: carried; break: passed (the results)
 */
#ifndef WEFT_PASSES_CARRY_H
#define WEFT_PASSES_CARRY_H

#include "ir/func.h"

typedef VEC(Op *) OpVec;

static inline bool op_is_loop(const Op *op) {
    return op->code == OP_LOOP_FOR || op->code == OP_LOOP_WHILE;
}

/* The breaks and continues that belong to `loop` itself, not to a loop inside it. */
void loop_exits(Arena *arena, Op *loop, OpVec *exits);
bool loop_has_exits(const Op *loop); /* before structure-exits: also a return inside */

/* Takes away what `keep` does not hold. Of an if and a loop.for `keep` is for the results; of a
 * loop.while for the results (the passed values), `keep_carried` for the carried ones. In two
 * steps, since what a value that goes was made from may stand inside: */
void op_drop_operands(Arena *scratch, Op *op, const bool *keep,
                      const bool *keep_carried); /* initial values, terminators' operands */
Op *op_drop_results(Arena *scratch, Op *op, const bool *keep,
                    const bool *keep_carried); /* then args and results, unused by now; gives the op
                                                  that takes its place */

/* No effect but its results, and it always ends: may go when nobody uses them. Of an op with
 * regions this is about the op alone. */
bool op_may_be_dropped(const Op *op);

#endif
