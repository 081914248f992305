/* Ops, values, blocks and regions: the nouns of the IR.
 *
 * A region is a list of blocks; kernel- and host-level regions have exactly one block (control flow is
 * structured: if and loops hold regions). A block is a list of ops that ends in a terminator. A value is
 * the result of an op or the argument of a block, and knows its uses.
 * Always true between passes: an operand is defined earlier in the same block or in a block that encloses
 * it (verify.c). Ops live in their module's arena; erasing unlinks them. */
#ifndef WEFT_IR_OP_H
#define WEFT_IR_OP_H

#include "base/map.h"
#include "base/source.h"
#include "ir/attr.h"
#include "ir/type.h"

typedef enum Opcode {
#define OP(code, ...) OP_##code,
#include "ir/ops.def"
#undef OP
    OPCODE_COUNT
} Opcode;

/* Traits: what a pass asks for, instead of naming opcodes. */
typedef enum Trait {
    PURE = 1 << 0,        /* no effect, result depends on operands and attributes alone: may be moved, merged, dropped */
    COMMUTES = 1 << 1,    /* op(a, b) is op(b, a), bit for bit */
    COMMUTES_INT = 1 << 2,/* the same, of integers only */
    ASSOC_INT = 1 << 3,   /* associative on integers */
    TERMINATOR = 1 << 4,
    READS = 1 << 5,       /* reads memory */
    WRITES = 1 << 6,      /* writes memory, or has another effect that must stay and stay in order */
    BARRIER = 1 << 7,     /* orders memory between threads of a block */
    CONVERGENT = 1 << 8,  /* threads come to it together: may not be moved under or out of varying control flow */
    REGIONS = 1 << 9,     /* holds regions */
    UNIFORM = 1 << 10,    /* the result is the same in all threads of a block whatever the operands (block_idx) */
    VARYING = 1 << 11,    /* the result differs from thread to thread (thread_idx, item) */
    VIEW_OP = 1 << 12,    /* makes a view from a view: flatten-views takes it apart */
    ENTRY_ONLY = 1 << 13, /* may stand only in the entry block of its function */
    ALLOCATES = 1 << 14,  /* each execution gives new memory: not merged, dropped when unused */
} Trait;

/* Levels: where an op may stand. */
typedef enum Level {
    LEVEL_HOST = 1 << 0,   /* host functions */
    LEVEL_KERNEL = 1 << 1, /* kernels and what they call, SIMT */
    LEVEL_VECTOR = 1 << 2, /* what x86 lowering leaves: loops over threads, flat memory */
    LEVEL_GRAPH = 1 << 3,
    LEVEL_CODE = LEVEL_HOST | LEVEL_KERNEL | LEVEL_VECTOR,
} Level;

/* How many results an op has and what their type is. */
typedef enum ResultRule {
    RESULT_NONE,
    RESULT_SAME, /* one, of operand 0's type */
    RESULT_BOOL, /* one, bool or <n x bool> with operand 0's lanes */
    RESULT_I64,  /* one, i64 */
    RESULT_ANY,  /* one; the builder or the text says which */
    RESULT_MANY, /* any number; the builder or the text says which */
} ResultRule;

enum { OPERANDS_MANY = -1 };

typedef struct OpInfo {
    const char *code;  /* "ARITH_ADD" */
    const char *text;  /* "arith.add" */
    int operands;      /* or OPERANDS_MANY */
    ResultRule results;
    uint32_t traits, levels;
    const char *computes; /* the column as text, for docs/ir.md */
    const char *doc;
} OpInfo;

extern const OpInfo op_info[OPCODE_COUNT];

bool opcode_parse(const char *text, Opcode *code); /* "arith.add" */
uint32_t opcode_region_count(Opcode code);
/* The type that the row gives the result when operand 0 has the type `first`; NULL where the row doesn't say. */
const Type *opcode_result_type(Types *types, Opcode code, const Type *first);

typedef struct Op Op;
typedef struct Value Value;
typedef struct Use Use;
typedef struct Block Block;
typedef struct Region Region;
typedef struct Func Func;
typedef struct Module Module;

struct Value {
    const Type *type;
    Op *op;       /* who makes it; NULL for a block argument */
    Block *block; /* whose argument it is; NULL for a result */
    uint32_t index;
    uint32_t number; /* scratch for printers and passes */
    Use *uses;
    Name name;    /* a hint for the printer: the variable it came from; may be NULL */
};

struct Use {
    Value *value;
    Op *user;
    uint32_t index; /* which operand */
    Use *next, **link;
};

typedef struct AttrEntry {
    AttrKey key;
    const Attr *attr;
} AttrEntry;

struct Op {
    Opcode code;
    uint32_t operand_count, result_count, region_count, attr_count;
    Use *operands;   /* operands[i].value */
    Value *results;  /* an array */
    Region **regions;
    AttrEntry *attrs;
    Block *block;    /* NULL while detached */
    Op *previous, *next;
    Module *module;  /* whose arena it lives in */
    Span span;
    void *scratch;   /* of the pass that runs */
};

struct Block {
    Region *region;
    Value **args;
    uint32_t arg_count;
    Op *first, *last;
    Block *next;
};

struct Region {
    Op *op;     /* the op that holds it, or NULL for a function's body */
    Func *func; /* the function it belongs to */
    Block *first;
};

static inline bool op_has(const Op *op, uint32_t trait) { return (op_info[op->code].traits & trait) != 0; }
static inline Value *op_operand(const Op *op, uint32_t i) { return op->operands[i].value; }
static inline Value *op_result(const Op *op, uint32_t i) { return &op->results[i]; }
static inline Region *op_region(const Op *op, uint32_t i) { return op->regions[i]; }

/* Makes a detached op. Values and types are copied. */
Op *op_create(Module *module, Opcode code, Span span, Value *const *operands, uint32_t operand_count,
              const Type *const *result_types, uint32_t result_count, uint32_t region_count);
void op_insert_before(Op *op, Op *before);
void op_insert_after(Op *op, Op *after);
void op_append(Block *block, Op *op);
void op_unlink(Op *op);               /* keeps it and its uses */
void op_move_before(Op *op, Op *before);
void op_erase(Op *op);                /* its results must be unused; regions go with it */
void op_set_operand(Op *op, uint32_t i, Value *value);
void op_set_operands(Op *op, Value *const *values, uint32_t count); /* another number of operands */
/* Adds results at the end: only while no result of the op has a use (the array moves). */
void op_set_results(Op *op, const Type *const *types, uint32_t count);
void op_set_attr(Op *op, AttrKey key, const Attr *attr); /* NULL takes it away */
const Attr *op_attr(const Op *op, AttrKey key); /* NULL when absent */
Op *op_terminator(const Block *block);          /* the last op when it is one, else NULL */
Func *op_func(const Op *op);
void op_set_func(Op *op, Func *func);           /* of the regions in it; the functions that link an op do it */
Op *op_parent(const Op *op);                    /* the op whose region holds it; NULL in a function's body */
/* A deep copy with operands mapped through `map` (from old Value* to new Value*, kept up to date with
 * the copy's results and block arguments); an operand that is not in the map stays as it is. */
Op *op_clone(Module *module, const Op *op, Map *map);
void block_clone_ops(Module *module, const Block *from, Block *to, Map *map); /* appends, terminator included */

void value_replace_uses(Value *value, Value *by);
static inline bool value_is_used(const Value *value) { return value->uses != NULL; }
Op *value_op(const Value *value);               /* its op, or NULL for a block argument */
const Attr *value_constant(const Value *value); /* the constant it is (arith.const), or NULL */

Block *block_create(Module *module);
Value *block_add_arg(Module *module, Block *block, const Type *type);
void block_remove_arg(Block *block, uint32_t index); /* must be unused */
void region_append(Region *region, Block *block);
static inline Block *region_entry(const Region *region) { return region->first; }
/* Moves all ops of `from` (but not its terminator when `without_terminator`) to before `before`. */
void block_splice_before(Block *from, Op *before, bool without_terminator);

#define BLOCK_FOR_EACH_OP(op, b) for (Op *op = (b)->first; op; op = op->next)
#define BLOCK_FOR_EACH_OP_SAFE(op, b)                                                              \
    for (Op *op = (b)->first, *op##_next = op ? op->next : NULL; op;                               \
         op = op##_next, op##_next = op ? op->next : NULL)
#define REGION_FOR_EACH_BLOCK(b, r) for (Block *b = (r)->first; b; b = b->next)
/* Pre-order over all ops of a function or of a region, nested ones included; `visit` may erase the op it is given. */
typedef void (*OpVisit)(Op *op, void *context);
void region_walk(Region *region, OpVisit visit, void *context);

#endif
