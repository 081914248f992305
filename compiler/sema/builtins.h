/* The prelude's names that the compiler knows: rows of builtins.def, and what their handlers are given. */
#ifndef WEFT_SEMA_BUILTINS_H
#define WEFT_SEMA_BUILTINS_H

#include "sema/expr.h"

typedef enum BuiltinGroup {
    BUILTIN_CALL,      /* name(...), perhaps name[...](...) */
    BUILTIN_DEVICE,    /* the same, of kernels alone */
    BUILTIN_VALUE,     /* the name alone is a value: warp_size, target.vendor, thread_idx.x */
    BUILTIN_PARAMS,    /* name[...] is a value: target.simd_width[f32] */
    BUILTIN_NAMESPACE, /* thread_idx, warp, block, target: has names behind a dot */
    BUILTIN_TYPE,      /* SIMD, Tensor, Ptr, Array: a type with [...]; Device: a type */
    BUILTIN_KIND,      /* DType, type: what a parameter may be */
    BUILTIN_HOST,      /* a call that host code makes (call_host_builtin) */
} BuiltinGroup;

enum { MAX_BUILTIN_ARGS = 6 };

typedef struct BuiltinCall {
    const Builtin *builtin;
    const Node *node;                   /* of the call: for spans */
    const Node *params_node;            /* NODE_INDEX of name[...]; NULL */
    const Node *args[MAX_BUILTIN_ARGS]; /* by the names of the row; NULL where left out. Unused when `operands` is set */
    const Operand *operands;            /* arguments at hand: the built-in stands for a function parameter */
    uint32_t count;                     /* of operands */
    const Type *want;
} BuiltinCall;

struct Builtin {
    const char *name;
    BuiltinGroup group;
    Operand (*handler)(FuncState *fs, const BuiltinCall *call);
    const char *args;  /* names, one blank between */
    uint32_t required; /* of them */
    Opcode code;       /* of rows that share a handler */
    const char *kind;  /* the same: "sum"; "__abs__": the method of a struct that is called instead */
    int dim;           /* the same: 0 x, 1 y, 2 z */
};

/* Argument `i` as an operand; a place is read. Kind POISON after an error. */
Operand builtin_arg(FuncState *fs, const BuiltinCall *call, uint32_t i);
/* The arguments, unified to one type: values[i]. NULL after an error. A literal alone becomes what default_type() says. */
const Type *builtin_unified(FuncState *fs, const BuiltinCall *call, uint32_t first, uint32_t count, Value **values);
/* A comptime string argument that is one of `words` (blanks between); `fallback` when it is left out. NULL after an error. */
const char *builtin_word(FuncState *fs, const BuiltinCall *call, uint32_t i, const char *fallback, const char *words);
void set_word(FuncState *fs, Op *op, AttrKey key, const char *word);

#define BUILTIN(name, group, handler, args, required, code, kind, dim)                             \
    Operand handler(FuncState *fs, const BuiltinCall *call);
#define NO_HANDLER(name, group)
#include "sema/builtins.def"
#undef BUILTIN
#undef NO_HANDLER

#endif
