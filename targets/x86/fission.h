/* Fission: the threads of a block, as a sequence of loops over them, cut wherever they meet.
 *
 *     FissionInput input = {...};
 *     fission_emit(cx, kernel, &at, entry, &input);
 *
 * emits, at `at`, what one block does: kernel.threads regions between cuts, and around them the control flow
 * that holds cuts. What the regions contain meets nobody, so a thread may run through it alone, or as many
 * as a vector has lanes: how is the next pass's choice (thread_loop.c). */
#ifndef WEFT_TARGETS_X86_FISSION_H
#define WEFT_TARGETS_X86_FISSION_H

#include "passes/analysis/uniformity.h"
#include "passes/edit.h"
#include "passes/pass.h"

typedef struct FissionInput {
    Value *const *args;    /* for the kernel's block arguments */
    Value *block_idx[3], *grid_dim[3];
    Value *block_dim[3];   /* constants where the size of a block is fixed */
    int64_t max_threads;   /* of a block: arrays of the block have as many elements */
    Block *memory;         /* where memory of the block and of its threads is made: before its terminator or first */
} FissionInput;

/* The kernel: flat, no calls, structured exits. It is used up: what remains of it is for func_erase. */
void fission_emit(PassContext *cx, Func *kernel, Builder *at, const FissionInput *input);

/* ---- What fission.c and collectives.c share ------------------------------------------------------ */

/* A run of ops between two cuts, while it is being emitted: the inside of a kernel.threads op. */
typedef struct Segment {
    Op *threads;
    Value *linear;         /* the thread's number, x fastest */
    Builder in;
    Map map;               /* values of the kernel -> values here */
    const Block *source;   /* whose ops run in it */
    const Op *next_cut;    /* that ends it: reads its direct operands while the segment is open; NULL */
} Segment;

typedef struct Fission {
    Arena *scratch;
    Module *module;
    Types *types;
    Func *kernel;
    const FissionInput *input;
    Uniformity *uniformity;
    Builder out;           /* where the block's own ops go */
    Map block_values;      /* values of the kernel -> values that the block has once */
    Map kept;              /* values of the kernel -> ptr to an element for each thread */
    Map thread_memory;     /* mem.ptr_local of the kernel -> ptr to the memory of all threads */
    Segment *segment;      /* the open one; NULL */
    Value *thread_count;
    uint32_t lanes;        /* of a group of threads: collective_lanes() */
    Value *geometry[5];    /* the kernel's thread_idx x y z, lane_id, warp_id; NULL where it has none */
} Fission;

/* The open segment, under `predicate` (ptr to a bool for each thread; NULL: all threads run). */
Segment *fission_open(Fission *f, Value *predicate, const Block *source, Op *first);
void fission_close(Fission *f);
Value *fission_resolve(Fission *f, Value *value);       /* in the open segment */
Value *fission_block_value(Fission *f, Value *value);   /* outside of segments; the value does not vary */
/* Memory of the block: `count` elements, or, where 0, one for each thread, with room for whole groups. */
Value *fission_memory(Fission *f, const Type *element, int64_t count);
Value *fission_kept(Fission *f, Value *value);          /* its array, made on demand */
Value *fission_load(Builder *b, Value *ptr, Value *offset);
void fission_store(Builder *b, Value *value, Value *ptr, Value *offset);
/* How many threads a collective takes at a time: a warp, or the next power of two (at least 2) of a smaller block. */
uint32_t collective_lanes(int64_t max_threads);
/* A kernel.collective: its operands are stored by each thread, then the block computes. */
void fission_collective(Fission *f, Op *op, Value *predicate, const Block *source);

#endif
