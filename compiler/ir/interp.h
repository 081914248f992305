/* The interpreter: the plain meaning of the IR, at host, kernel and vector level, after any pass.
 *
 * A function is decoded once into flat code with numbered slots; frames are explicit, so a thread
 * can stop at any barrier or warp operation and go on later, and deep recursion is no C recursion.
 */
#ifndef WEFT_IR_INTERP_H
#define WEFT_IR_INTERP_H

#include "ir/func.h"

typedef struct Interp Interp;

typedef enum InterpStatus {
    INTERP_OK,
    INTERP_STEP_LIMIT, /* ran past the limit; `where` is the loop or call it was in */
    INTERP_FAILED,     /* a failed assert, memory that is not there, an op with no meaning here: see
                          `message` */
} InterpStatus;

typedef struct InterpResult {
    InterpStatus status;
    Span where;
    const char *message; /* in the interpreter's arena */
    const char *place;   /* the thread of a kernel: "block (0, 0, 0), thread (5, 0, 0)"; NULL elsewhere */
} InterpResult;

/* `step_limit` 0: none. With one, which comptime code has, an index that is out of a table's range is an error. */
Interp *interp_create(Arena *arena, Types *types, uint64_t step_limit);

/* Calls a function of plain values (comptime): arguments and results are attributes.
 * `arena` marks are the caller's. */
InterpResult interp_call(Interp *interp, Func *func, const Attr *const *args, uint32_t arg_count,
                         const Attr **results);

/* A view as the interpreter and the runtime see it. */
typedef struct InterpView {
    void *base;
    int64_t extents[MAX_RANK], strides[MAX_RANK]; /* strides in elements */
} InterpView;

/* Runs a kernel over its whole domain or grid. `args` holds one pointer for each argument of the
 * kernel: to the scalar's or struct's bytes, or to an InterpView; `dims` the dims. For over=:
 * `shape` is begin, end for each size; for grid=: gx gy gz bx by bz. */
InterpResult interp_launch(Interp *interp, Func *kernel, const int64_t *dims, void *const *args,
                           const int64_t *shape);

#endif
