/* The decoder, between decode.c (values, control flow) and decode_ops.c (everything else). */
#ifndef WEFT_IR_DECODE_INTERNAL_H
#define WEFT_IR_DECODE_INTERNAL_H

#include "base/vec.h"
#include "ir/decode.h"

typedef struct Decoder {
    Arena *arena;
    Types *types;
    Code *code;
    Map slots; /* Value * -> slot + 1 */
    VEC(Instr) instrs;
    VEC(const Op *) ops;
    VEC(uint32_t) loop_of;
    VEC(CodeLoop) loops;
    const Op *op;  /* being decoded */
    uint32_t loop; /* index + 1 of the innermost */
    uint32_t next_slot;
    struct LoopContext *around; /* where break and continue go */
} Decoder;

Instr *emit(Decoder *d, InstrCode code, uint32_t to, uint32_t a, uint32_t b);
void emit_moves(Decoder *d, const CallMove *moves,
                uint32_t count); /* all at once: sources are read before any is written */
uint32_t new_slots(Decoder *d, uint32_t count);
uint32_t slot_of(Decoder *d, const Value *value);
void set_slot(Decoder *d, const Value *value,
              uint32_t slot);                   /* the value is only another name for these slots */
uint32_t result_slot(Decoder *d, const Op *op); /* fresh slots for the op's one result */
void decode_op(Decoder *d, Op *op);             /* of an op without regions that is no terminator */

#endif
