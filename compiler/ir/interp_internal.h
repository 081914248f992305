/* The interpreter, between its files: interp.c runs one thread's code, interp_memory.c touches
 * memory, interp_text.c prints, interp_threads.c runs kernels, many threads that stop and go on. */
#ifndef WEFT_IR_INTERP_INTERNAL_H
#define WEFT_IR_INTERP_INTERNAL_H

#include "ir/decode.h"
#include "ir/interp.h"

typedef struct Frame {
    Code *code;
    uint32_t base;      /* its first slot */
    uint32_t results;   /* where its results go, from the stack's first slot on */
    uint32_t return_to; /* the instruction of the caller to go on with */
    ArenaMark locals;   /* what was in use when it began */
} Frame;

typedef struct Thread {
    uint64_t *slots;  /* the stack */
    uint32_t slot_cap;
    Frame *frames;
    uint32_t frame_count, frame_cap;
    uint32_t at;      /* the instruction it stopped at, of its last frame */
    Arena *locals;    /* local memory; NULL while there is none */
    int64_t special[SPECIAL_COUNT];
    bool finished;
} Thread;

typedef struct SharedPiece {
    const void *identity; /* the name, or the op */
    void *memory;
    uint64_t bytes;
} SharedPiece;

struct Interp {
    Arena *arena;
    Types *types;
    uint64_t step_limit;
    uint64_t steps_left;
    Map codes; /* Func * -> Code * */
    VEC(SharedPiece) shared; /* of the launch */
    const Func *kernel;      /* of the launch; NULL where comptime code runs */
    InterpResult result;
};

typedef enum RunStatus { RUN_FINISHED, RUN_STOPPED, RUN_FAILED } RunStatus;

Code *interp_code(Interp *in, Func *func);
void thread_start(
    Interp *in, Thread *thread,
    Code *code); /* an empty stack with one frame; arguments are the caller's to write */
RunStatus thread_run(Interp *in,
                     Thread *thread); /* until it is through, stops at a convergent op, or fails */
void thread_destroy(Thread *thread);
static inline uint64_t *thread_frame(const Thread *thread) {
    return thread->slots + thread->frames[thread->frame_count - 1].base;
}
static inline const Instr *thread_instr(const Thread *thread) {
    return &thread->frames[thread->frame_count - 1].code->instrs[thread->at];
}
/* Sets the result; gives RUN_FAILED. `op` is who failed. */
RunStatus interp_fail(Interp *in, const Op *op, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Memory. Each gives a sentence when the access is not allowed, else NULL. */
const char *memory_load(Interp *in, const MemoryRecord *r, uint64_t *slots, const Instr *instr);
const char *memory_store(Interp *in, const MemoryRecord *r, uint64_t *slots, const Instr *instr);
const char *memory_load_bounded(Interp *in, const MemoryRecord *r, uint64_t *slots,
                                const Instr *instr);
const char *memory_store_bounded(Interp *in, const MemoryRecord *r, uint64_t *slots,
                                 const Instr *instr);
const char *memory_atomic(Interp *in, const MemoryRecord *r, uint64_t *slots, const Instr *instr);
const char *memory_cas(Interp *in, const MemoryRecord *r, uint64_t *slots, const Instr *instr);
/* A value's bytes as C lays them out, to slots and back. */
void slots_from_bytes(const Type *type, const void *bytes, uint64_t *slots);
void slots_to_bytes(const Type *type, const uint64_t *slots, void *bytes);
void memory_bitcast(const BitcastRecord *r, uint64_t *slots, const Instr *instr);
/* Views. */
void view_make(const MemoryRecord *r, uint64_t *slots, const Instr *instr);
void view_subview(const MemoryRecord *r, uint64_t *slots, const Instr *instr);
void view_reshape(const MemoryRecord *r, uint64_t *slots, const Instr *instr);
void view_transpose(uint64_t *slots, const Instr *instr);
void view_bitcast(const MemoryRecord *r, uint64_t *slots, const Instr *instr);
void view_of_memory(const Type *type, void *memory, uint64_t bytes,
                    uint64_t *to);                   /* static extents; also a pointer */
void fill_strides(const Type *type, uint64_t *view); /* those that follow from the extents */

/* Text. */
void text_append_parts(const TextRecord *r, const uint64_t *slots);
void text_print_parts(const TextRecord *r, const uint64_t *slots);
const char *text_take_parts(const TextRecord *r, const uint64_t *slots);
const char *text_place(const Func *kernel, const int64_t *special); /* the thread, as messages name it */

#endif
