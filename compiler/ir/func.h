/* Functions, kernels and modules.
 *
 * The block arguments of a function are its dims, then its arguments. A dim is an i64: the extent of a
 * new name (N) or of a `_` in a tensor argument's type, in the order of first appearance. So the same
 * name in two tensors is one value. An `int` argument that serves as a dim is no dim of this list.
 *
 * A kernel carries what its launch needs (KernelInfo); the predicates of `where` and the launch shape
 * are functions of their own, of the dims and the scalar arguments. */
#ifndef WEFT_IR_FUNC_H
#define WEFT_IR_FUNC_H

#include "ir/op.h"

typedef enum FuncKind {
    FUNC_DEVICE, /* called from kernels (or from anywhere): plain values in and out */
    FUNC_KERNEL, /* a @kernel: many threads run it */
    FUNC_HOST,   /* may launch, print, hold arrays */
} FuncKind;

typedef enum FuncArgMode { FUNC_ARG_READ, FUNC_ARG_MUT, FUNC_ARG_OUT } FuncArgMode;

/* One dim of a tensor argument's type. Exactly one of the three says what it is. */
typedef struct FuncDim {
    int64_t extent; /* >= 0: comptime */
    int32_t dim;    /* >= 0: index into the function's dims */
    int32_t arg;    /* >= 0: index of the int argument whose value it is */
} FuncDim;

typedef struct FuncArg {
    Name name;
    const Type *type; /* TYPE_VIEW for a tensor; a mut or out scalar is a view of rank 0 */
    FuncArgMode mode;
    FuncDim *dims;    /* of a view: type->rank of them */
    Span span;
} FuncArg;

typedef struct FuncDimName {
    Name name; /* "N"; "_" for an unnamed one */
} FuncDimName;

typedef struct KernelWhere {
    Func *predicate;  /* (dims, non-tensor arguments) -> bool */
    const char *text; /* as written: "N % 8 == 0" */
    Span span;
} KernelWhere;

typedef enum MathMode { MATH_DEFAULT, MATH_STRICT, MATH_FAST } MathMode;

typedef struct KernelInfo {
    uint32_t over_rank;   /* 1 to 4 for over=, 0 for grid= */
    Func *shape;          /* (dims, non-tensor arguments) -> over: begin0, end0, begin1, ...; grid: gx gy gz bx by bz */
    uint32_t block[3];    /* block sizes where comptime, else 0 */
    KernelWhere *where;
    uint32_t where_count;
    MathMode math;
    bool index_i32;
    int32_t width, unroll, max_threads, min_blocks, cluster; /* 0: not given */
} KernelInfo;

struct Func {
    Module *module;
    Name name;            /* unique in the module; the symbol is made from it */
    const char *shown;    /* in messages, as the source has it: "lerp[f32]"; the name, where it comes from IR text */
    FuncKind kind;
    uint32_t level;       /* one Level: LEVEL_HOST, LEVEL_KERNEL, LEVEL_VECTOR */
    FuncDimName *dims;
    uint32_t dim_count;
    FuncArg *args;        /* after flatten-views: as before, for the launch table; the block arguments tell the flat form */
    uint32_t arg_count;
    const Type **results; /* a function's result is one; shapes have several */
    uint32_t result_count;
    Region *body;         /* NULL: declared only */
    KernelInfo *kernel;   /* of FUNC_KERNEL */
    Name export_name;     /* the C name; NULL when not exported */
    const char *doc;      /* the docstring; may be NULL */
    bool always_inline, strict_host; /* strict_host: no fma was made from its text */
    bool is_test, is_bench, is_main;
    bool flat;            /* flatten-views has run */
    Span span;
    Func *next;
    void *scratch;
};

struct Module {
    Arena *arena;
    Types *types;
    Interner *names;
    Sources *sources; /* for locations in messages and debug info; may be NULL (text from a test) */
    Func *first, *last;
    Name name;
};

Module *module_create(Arena *arena, Types *types, Interner *names, Sources *sources);
Func *module_find(const Module *module, Name name);
/* An empty function: an entry block with one argument for each dim and each arg. */
Func *func_create(Module *module, FuncKind kind, Name name, const FuncDimName *dims, uint32_t dim_count,
                  const FuncArg *args, uint32_t arg_count, const Type *const *results, uint32_t result_count);
void func_erase(Func *func);
Block *func_entry(const Func *func);
Value *func_dim(const Func *func, uint32_t i);
Value *func_arg(const Func *func, uint32_t i);
/* What a call gives: the entry block's arguments (of a declaration: the dims, then the arguments). */
uint32_t func_input_count(const Func *func);
const Type *func_input_type(const Func *func, uint32_t i);
Func *func_clone(Func *func, Name name); /* body included */
/* Whether a launch in the kernel's module gives its blocks another size than their own: then code is for any. */
bool kernel_block_is_overridden(const Func *kernel);

#define MODULE_FOR_EACH_FUNC(f, m) for (Func *f = (m)->first; f; f = f->next)

#endif
