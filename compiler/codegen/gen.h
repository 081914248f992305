/* The LLVM builder: what its files share.
 *
 * How values look in LLVM:
 *   bool, i8..u64    i1, i8..i64; a bool in memory is a byte
 *   f16 bf16 f8      their bits, i16 and i8: arithmetic widens to f32 and rounds back (small_float.c), so that each
 *                    operation rounds once on every target, whatever its hardware has
 *   f32 f64          float, double
 *   vectors          <n x these>
 *   tuples, structs  a literal struct of the fields; in memory each field lies where type_field_offset says
 *   ptr              ptr, in the vendor's address space
 *   handles, str     ptr
 *
 * A function that can't go on (an op that is not built for the vendor) says so by gen_fail() and gives a poison
 * value; the first sentence is the result of the whole. */
#ifndef WEFT_CODEGEN_GEN_H
#define WEFT_CODEGEN_GEN_H

#include "codegen/codegen.h"
#include "codegen/vendor.h"

#include <llvm-c/Core.h>

typedef LLVMValueRef Val;

/* A place where several paths of control meet, with the values that each brings. */
typedef struct Join {
    LLVMBasicBlockRef block;
    uint32_t count;     /* of values */
    LLVMValueRef *phis;
    bool reached;
} Join;

/* The loop that is being built: where its `break` and `continue` go. */
typedef struct LoopScope {
    struct LoopScope *outer;
    Join *exit, *next;
} LoopScope;

typedef struct DebugInfo DebugInfo;

typedef struct SharedPiece {
    struct SharedPiece *next;
    const Func *func;
    Name name;
    Val memory;
} SharedPiece;

struct Gen {
    const CodegenRequest *request;
    Arena *arena;
    Types *types;
    const Target *target;
    const VendorOps *vendor;
    const char *error; /* the first */

    LLVMContextRef context;
    LLVMModuleRef module;
    LLVMBuilderRef builder;
    LLVMTargetMachineRef machine;
    LLVMTypeRef i1, i8, i16, i32, i64, half, f32, f64, none, ptr;
    Map functions;       /* Func * to its LLVM function */
    Map texts;           /* Name to its constant */
    VEC(Func *) pending; /* declared, to be built */
    DebugInfo *debug;
    bool soft_linked;

    /* of the function that is being built */
    Func *func;
    Val function;
    Val *values;                  /* by Value.number */
    LLVMBasicBlockRef allocas;    /* the entry block: allocas stand there, and it jumps to the body */
    LoopScope *loop;
    struct AliasScopes *alias;
    SharedPiece *shared;          /* of all functions */
};

typedef void (*GenOp)(Gen *g, Op *op);

/* module.c */
void gen_fail(Gen *g, const Op *op, const char *format, ...) __attribute__((format(printf, 3, 4)));
bool gen_module(Gen *g);          /* the whole request as an LLVM module; false after an error */
Val gen_function(Gen *g, Func *func); /* declares it, and has it built, when it is first asked for */
LLVMTypeRef gen_function_type(Gen *g, Func *func);
Val gen_extern(Gen *g, const char *name, LLVMTypeRef type); /* a function of the runtime, say */
Val gen_table(Gen *g, Func *kernel);
Val gen_text(Gen *g, const char *chars);  /* a NUL-terminated constant */
Val gen_chars(Gen *g, const char *chars, size_t len); /* the same of characters that may be NUL */
const char *gen_location(Gen *g, Span span); /* "file.weft:12" */

/* types.c */
LLVMTypeRef gen_type(Gen *g, const Type *type);
LLVMTypeRef gen_int_type(Gen *g, uint32_t bits, uint32_t lanes);
LLVMTypeRef gen_lanes(LLVMTypeRef scalar, uint32_t lanes); /* the scalar itself for one */
Val gen_constant(Gen *g, const Attr *attr, const Type *type);
Val gen_int(Gen *g, const Type *like, uint64_t value);     /* an integer constant, in every lane */
Val gen_bits(LLVMTypeRef type, uint64_t value);            /* the same of an LLVM type */
Val gen_float(LLVMTypeRef type, double value);
Val gen_splat(Gen *g, Val scalar, uint32_t lanes);
Val gen_i64(Gen *g, int64_t value);
uint32_t gen_type_lanes(LLVMTypeRef type);
void gen_serialise(uint8_t *bytes, const Attr *attr, const Type *type); /* as it lies in memory */

/* values */
Val gen_get(Gen *g, const Value *value);
void gen_set(Gen *g, const Value *value, Val val);
static inline Val gen_operand(Gen *g, const Op *op, uint32_t i) { return gen_get(g, op_operand(op, i)); }
static inline void gen_result(Gen *g, const Op *op, Val val) { gen_set(g, op_result(op, 0), val); }
Val gen_intrinsic(Gen *g, const char *name, const LLVMTypeRef *overloads, uint32_t overload_count, const Val *args, uint32_t count);
Val gen_alloca(Gen *g, LLVMTypeRef type, uint64_t align); /* in the entry block */
LLVMBasicBlockRef gen_block(Gen *g, const char *name);
LLVMMetadataRef gen_distinct_node(Gen *g, const LLVMMetadataRef *parts, uint32_t count); /* a node whose first operand is itself */

/* memory.c */
Val gen_address(Gen *g, Val base, const Type *element, Val offset); /* offset in elements */
Val gen_load(Gen *g, const Type *type, Val address, uint64_t align);
void gen_store(Gen *g, const Type *type, Val value, Val address, uint64_t align);
Val gen_byte_offset(Gen *g, Val base, uint64_t bytes);

/* arith.c, divide.c: on values of IR type `type` (a scalar or vector of it) */
Val gen_binary(Gen *g, const Op *op, Opcode code, const Type *type, Val a, Val b);
Val gen_divide(Gen *g, const Op *op, Opcode code, const Type *type, Val a, Val b, const Attr *divisor);
Val gen_float_divide(Gen *g, const Op *op, Opcode code, const Type *type, Val a, Val b);
Val gen_trips(Gen *g, const Type *type, Val start, Val stop, Val step, const Attr *constant_step);
Val gen_compare(Gen *g, const char *predicate, const Type *type, Val a, Val b);
bool gen_is_signed(const Type *type);  /* of a scalar or vector */
bool gen_is_float(const Type *type);   /* f32, f64 and the small ones */
bool gen_is_small_float(const Type *type);
void gen_fast(const Op *op, Val value);/* fast-math flags where the op has them */

/* small_float.c */
Val gen_widen(Gen *g, const Type *type, Val value);  /* f16 bf16 f8 to f32, exact; others as they are */
Val gen_narrow(Gen *g, const Type *type, Val value); /* f32 or f64 to `type`, rounded once */
Val gen_to_odd(Gen *g, Val wide);                    /* f64 to f32, to odd */

/* convert.c */
Val gen_convert(Gen *g, const Type *from, const Type *to, Val value);

/* soft.c: functions in LLVM IR text for what no instruction does */
Val gen_soft_call(Gen *g, const char *name, Val a, Val b);

/* control.c */
void gen_block_ops(Gen *g, Block *block);
bool gen_terminated(Gen *g); /* the current LLVM block has its terminator */

/* alias.c */
void alias_begin(Gen *g, Func *func);
void alias_through(Gen *g, const Value *pointer); /* the accesses that follow are through it */
void alias_mark(Gen *g, Val access);
void alias_parameters(Gen *g, Func *kernel, Val function);

/* The handlers, by opcode: ops.c. */
GenOp gen_handler(Opcode code);
void gen_unary_op(Gen *g, Op *op);

/* debug_info.c; all of them do nothing when there is none */
void debug_begin(Gen *g);
void debug_function(Gen *g, Func *func, Val function);
void debug_at(Gen *g, Span span);
void debug_variable(Gen *g, Op *op);
void debug_end(Gen *g);

/* optimise.c, emit.c */
bool gen_optimise(Gen *g);
LLVMTargetMachineRef gen_machine(Gen *g);
CodegenResult codegen_emit(Arena *arena, const CodegenRequest *request);

#endif
