/* Flat code: what the interpreter runs. A function is decoded once, into instructions over numbered
 * slots of a frame; regions become jumps, block arguments become moves.
 *
 * A value lies in as many slots of 8 bytes as its type needs:
 *     scalar    1, as a Scalar (eval.h)
 *     vector    one for each lane; tuple and struct those of the fields, in order
 *     pointer   3: address, and the first and past-the-end byte that may be touched through it
 *     view      3 + 2 * rank: as a pointer, then the extents, then the strides
 *     str       1, its characters
 *     others    1, the attribute: types, functions and whatever else only comptime has
 * So agg.get, mem.extent and the like are no instructions, only names for slots of their operand.
 * That is sound because slots are written when their value's op runs, and a block argument's only
 * when control comes to the block, where no value made from an earlier one can be seen any more.
 *
 * A frame is: 0, 1 and the function's constants, copied in by the call; its arguments; the rest. */
#ifndef WEFT_IR_DECODE_H
#define WEFT_IR_DECODE_H

#include "ir/eval.h"
#include "ir/func.h"

enum { SLOT_ZERO, SLOT_ONE };

/* The types whose arithmetic has instructions of its own; others go through eval.c. */
#define FAST_INTEGERS(X)                                                                           \
    X(I8, SIGNED, 8) X(I16, SIGNED, 16) X(I32, SIGNED, 32) X(I64, SIGNED, 64)                      \
    X(U8, UNSIGNED, 8) X(U16, UNSIGNED, 16) X(U32, UNSIGNED, 32) X(U64, UNSIGNED, 64)              \
    X(BOOL, UNSIGNED, 1)

typedef enum FastKind {
#define X(kind, class, width) FAST_##kind,
    FAST_INTEGERS(X)
#undef X
    FAST_F32, FAST_F64, FAST_KINDS
} FastKind;

#define FAST_CODE(opcode, kind) ((opcode) * FAST_KINDS + (kind))

typedef enum InstrCode {
    INSTR_LAST_FAST = OPCODE_COUNT * FAST_KINDS,
#define INSTR(code, doc) INSTR_##code,
#include "ir/interp_codes.def"
#undef INSTR
} InstrCode;

typedef struct Instr {
    uint16_t code, n;
    uint32_t d, a, b;
    union {
        uint64_t extra;
        const void *record;
        uint32_t target; /* index of an instruction */
    };
} Instr;

typedef struct EvalRecord {
    Opcode code;
    const Type *type, *result; /* scalars */
    Predicate predicate;
    uint32_t operands[3], count;
} EvalRecord;

typedef struct BitcastRecord {
    const Type *from, *to;
} BitcastRecord;

typedef struct TableRecord {
    uint32_t count; /* entries of n slots each */
    uint64_t *slots;
} TableRecord;

typedef struct ReduceRecord {
    Opcode code;
    const Type *type;
} ReduceRecord;

/* `len` slots at `from` in the caller go to `to` in the callee's arguments. */
typedef struct CallMove {
    uint32_t from, to, len;
} CallMove;

typedef struct CallRecord {
    Func *func;
    struct Code *code; /* decoded at the first call: functions may call each other in a circle */
    uint32_t move_count;
    const CallMove *moves;
} CallRecord;

/* Of every instruction that goes through a view or pointer. */
typedef struct MemoryRecord {
    const Type *type;    /* of the element, or of the view that is made */
    const Type *from;    /* of the view that it is made from */
    uint32_t size;       /* bytes of an element */
    uint32_t rank;       /* of the view at a; 0 with `flat` */
    uint32_t lanes;      /* elements moved, along the last dim */
    bool flat;           /* a pointer, and one index in elements */
    bool hangs;          /* the view at a */
    bool exchange;       /* an atomic that combines nothing */
    bool plain_load, plain_store;
    Opcode combine;      /* of an atomic */
    uint32_t value;      /* slot of a third operand */
    uint32_t index_count;
    const uint32_t *indices; /* slots */
    const uint32_t *kept;    /* of a subview: the dims that stay */
} MemoryRecord;

typedef struct AllocRecord {
    const Type *type; /* the view or pointer */
    uint64_t bytes, align;
    Name name;        /* of shared memory; one without a name is told apart by its op */
    const void *identity;
} AllocRecord;

typedef struct TextOperand {
    const Type *type;
    uint32_t slot;
} TextOperand;

typedef struct TextRecord {
    const Attr *parts; /* text, format, text, ..., text */
    bool to_stderr;
    uint32_t count;
    const TextOperand *operands;
} TextRecord;

typedef enum CollectiveKind {
    COLLECTIVE_REDUCE, COLLECTIVE_PREFIX, COLLECTIVE_BALLOT,
    SHUFFLE_DOWN, SHUFFLE_UP, SHUFFLE_XOR, SHUFFLE_IDX,
} CollectiveKind;

typedef struct CollectiveRecord {
    CollectiveKind kind;
    Opcode combine;
    const Type *type; /* of the value */
    uint32_t slots;   /* that it takes */
} CollectiveRecord;

/* What a thread knows, in the order of Thread.special. */
enum {
    SPECIAL_ITEM = 0,
    SPECIAL_THREAD = 4,
    SPECIAL_BLOCK = 7,
    SPECIAL_BLOCK_DIM = 10,
    SPECIAL_GRID_DIM = 13,
    SPECIAL_LANE = 16,
    SPECIAL_WARP = 17,
    SPECIAL_COUNT
};

typedef struct CodeLoop {
    uint32_t parent;      /* index + 1 of the loop about it */
    uint32_t turns; /* the slot that counts its turns, where threads may stop inside, else 0 */
    Span span;
} CodeLoop;

typedef struct Code {
    Func *func;
    Instr *instrs;
    uint32_t count;
    const Op **ops;       /* of each instruction: whom a failure names */
    uint32_t *loop_of;    /* of each instruction: index + 1 of its innermost loop */
    CodeLoop *loops;
    uint64_t *constants;
    uint32_t constant_count, first_arg, frame_size, result_slots;
} Code;

Code *decode_func(Arena *arena, Types *types, Func *func);

uint32_t slots_of(const Type *type);
uint32_t slot_of_field(const Type *aggregate, uint32_t field); /* from the aggregate's first slot */
enum { PTR_ADDRESS, PTR_LOW, PTR_HIGH, PTR_SLOTS };
static inline uint32_t slot_of_extent(uint32_t dim) { return PTR_SLOTS + dim; }
static inline uint32_t slot_of_stride(uint32_t rank, uint32_t dim) {
    return PTR_SLOTS + rank + dim;
}
/* Of a view that hangs: how long each dim is inside its tensor, and how many elements from its base on are. */
static inline uint32_t slot_of_inside(uint32_t rank, uint32_t dim) {
    return PTR_SLOTS + 2 * rank + dim;
}
static inline uint32_t slot_of_limit(uint32_t rank) { return PTR_SLOTS + 3 * rank; }
/* Constants to slots and back. */
void slots_from_attr(const Type *type, const Attr *attr, uint64_t *slots);
const Attr *slots_to_attr(Types *types, const Type *type, const uint64_t *slots);

#endif
