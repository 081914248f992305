/* What the files of sema share: declarations, instances, the state of a function that is being typed, and
 * operands, which is what an expression gives.
 *
 * Typing and emission are one walk: check_expr() types an expression and emits its ops; what it gives is an
 * Operand, which stays a literal, a place or a comptime value until somebody asks for a Value. A literal
 * takes its type there (operand_value, unify). Errors give OPERAND_POISON, and poison in gives poison out
 * with no second message. */
#ifndef WEFT_SEMA_CONTEXT_H
#define WEFT_SEMA_CONTEXT_H

#include "base/map.h"
#include "ir/builder.h"
#include "sema/sema.h"
#include "syntax/ast.h"

typedef struct FuncDecl FuncDecl;
typedef struct StructDecl StructDecl;
typedef struct Instance Instance;
typedef struct FuncState FuncState;
typedef struct Closure Closure;
typedef struct Operand Operand;
typedef struct Builtin Builtin;

/* ------------------------------------------------------------------ declarations */

typedef enum SymbolKind {
    SYMBOL_COMPTIME, /* a module's comptime name: evaluated when first needed */
    SYMBOL_FUNC,
    SYMBOL_STRUCT,
    SYMBOL_MODULE,
    SYMBOL_BUILTIN,  /* a row of builtins.def */
} SymbolKind;

typedef struct Symbol {
    SymbolKind kind;
    Name name;
    SourceModule *module; /* where it was defined */
    const Node *node;
    Span span;
    bool used, yields; /* yields: anything else may take the name */
    union {
        struct { const Attr *value; bool busy, done; const char *define; } comptime;
        FuncDecl *func;
        StructDecl *struct_;
        SourceModule *as_module;
        const Builtin *builtin;
    };
} Symbol;

struct SourceModule {
    Name name;           /* "saxpy", "std.math" */
    SourceFile *file;
    const Node *tree;
    Map symbols;         /* Name -> Symbol*: own ones and imported ones */
    VEC(Symbol *) own;   /* in the order of the source */
    FuncState *scope;      /* what its comptime names and signatures are evaluated in */
    VEC(const Node *) checks; /* comptime assert and comptime for, where they stand outside functions */
    VEC(struct ImportedName *) imports; /* for the warning about unused ones */
    Map imports_by_name;   /* Name -> ImportedName* */
    bool is_root;        /* named on the command line: its exports are the library's */
    bool loading;
    SourceModule *asked_by; /* whose import loaded it */
    const char *folder;  /* where it was looked for: of pkg.vec, where pkg is */
    bool is_package;     /* what `import pkg.vec` calls pkg: it has what is imported so, and what `whole` has */
    SourceModule *whole; /* of a package: the module that `import pkg` names */
};

typedef struct KernelOptions { /* of @kernel(...), unevaluated */
    const Node *decorator, *over, *grid, *block, *math, *width, *unroll, *index, *max_threads, *min_blocks, *cluster;
} KernelOptions;

struct FuncDecl {
    const Node *node;          /* NODE_FUNC */
    Name name;
    SourceModule *module;
    StructDecl *owner;         /* of a method */
    FuncState *enclosing;      /* of a nested def: where it stands; NULL at module level */
    KernelOptions *kernel;     /* NULL when it is no kernel */
    const Node *export_;       /* the @export decorator; NULL */
    bool is_static, is_test, is_bench, is_graph;
    bool failed;               /* a mistake in its decorators or signature was reported: no instance is made */
    VEC(Instance *) instances; /* the memo, in order made */
    Map instances_by_hash;     /* of what tells them apart; those of one hash hang together */
    Map closures_by_hash;      /* the function as a value, one for each struct and parameters: "a name given twice is one" */
    enum { DEVICE_UNKNOWN, DEVICE_BUSY, DEVICE_NO, DEVICE_YES } device; /* its text names what only kernels have */
};

struct StructDecl {
    const Node *node;
    Name name;
    SourceModule *module;
    Map methods;               /* Name -> FuncDecl* */
    VEC(struct StructInstance *) instances;
    uint32_t busy_instances;   /* whose fields are being typed */
};

typedef struct StructInstance {
    StructDecl *decl;
    const Attr **params;
    const Type *type;          /* NULL while its fields are being typed */
    uint64_t parts;            /* the scalars in it, its fields' fields included */
    bool busy;
    FuncState *scope;          /* its parameters and comptime names; around its methods */
} StructInstance;

/* What a type's declaration field points to: from a struct type to who made it. */
static inline StructInstance *struct_of(const Type *type) {
    return type->kind == TYPE_STRUCT ? (StructInstance *)type->declaration : NULL;
}

/* A function as a comptime value: a def, a nested def or lambda with what it captures, a generic's or the
 * prelude's name. `weft` passes it as an ATTR_CLOSURE that points here; one made from a name is made once. */
struct Closure {
    FuncDecl *decl;              /* a def; or */
    const Node *lambda;          /* a lambda (lambda_decl holds its instances); or */
    FuncDecl *lambda_decl;
    const Builtin *builtin;      /* a row of builtins.def */
    const Attr **params;         /* given explicitly: f[f32]; NULL */
    uint32_t param_count;
    FuncState *home;             /* where a lambda or nested def was made: names resolve there */
    StructInstance *self;        /* of a method: of which struct */
    struct Variable **captures;  /* the variables of `home` that the body reads */
    uint32_t capture_count;
    Name name;                   /* for messages */
    Closure *next_of_hash;
};

/* Interned things are told apart by their address: so are lists of them. Never 0. */
static inline uint64_t hash_with(uint64_t hash, const void *interned) {
    hash = (hash ^ (uint64_t)(uintptr_t)interned) * 0x9e3779b97f4a7c15u;
    return (hash ^ hash >> 29) | 1;
}

/* ------------------------------------------------------------------ instances */

/* The same text gives different IR in host code and in kernels (fma, asserts, prints). */
typedef enum Context {
    CONTEXT_HOST,          /* host code: no fma from the text */
    CONTEXT_COMPTIME,      /* run by the interpreter: the same */
    CONTEXT_DEVICE,        /* kernels and what they call */
    CONTEXT_DEVICE_STRICT, /* math="strict" */
    CONTEXT_DEVICE_FAST,   /* math="fast" */
} Context;

typedef enum InstanceState { INSTANCE_NEW, INSTANCE_BUSY, INSTANCE_DONE, INSTANCE_FAILED } InstanceState;

struct Instance {
    FuncDecl *decl;
    Closure *closure;            /* of a lambda or nested def; else NULL */
    Context context;
    StructInstance *self;        /* of a method: of which struct */
    const Attr **params;         /* one for each param of the decl */
    const Type **arg_types;      /* one for each arg: concrete (views with layout, space, static extents) */
    uint32_t param_count, arg_count;
    const Type *result;          /* types->none when it gives nothing */
    Func *func;                  /* dims, then args, then captured values (in the order of `captures`) */
    struct InstanceCapture *captures; /* what function parameters capture, passed along as extra arguments */
    uint32_t capture_count;
    InstanceState state;
    FuncState *asked_by;         /* "which call asked for it" */
    Span asked_at;
    const Type *wanted;          /* of a lambda: what its result is to become, or NULL */
    uint32_t comptime_level;     /* the Sema's when it was made */
    bool recursive;              /* it calls itself, perhaps through others: no kernel may call it */
    bool uses_threads, uses_shared, uses_barrier; /* needs a grid kernel above it (note_device_use); span below */
    Span uses_span;
    const char *uses_what;
    Instance *next_of_hash;
};

typedef struct InstanceCapture {
    Closure *closure;
    struct Variable *variable;   /* of closure->home */
    const Type *type;            /* as it is seen inside: kernels see a host array as a tensor */
    bool writable;               /* a tensor whose elements may be written */
} InstanceCapture;

/* ------------------------------------------------------------------ the function being typed */

typedef enum VariableKind {
    VARIABLE_LOCAL,    /* an SSA value that changes */
    VARIABLE_ARG,      /* read-only */
    VARIABLE_DIM,      /* read-only int: a new name in a tensor type */
    VARIABLE_PLACE,    /* a mut or out scalar or struct argument: a view of rank 0 */
    VARIABLE_COMPTIME, /* a comptime name, a parameter, a comptime loop's name */
    VARIABLE_FUNC,     /* a nested def: a comptime value */
} VariableKind;

typedef struct Variable {
    VariableKind kind;
    Name name;
    const Type *type;      /* NULL until the first assignment is typed */
    const Attr *constant;  /* of VARIABLE_COMPTIME and VARIABLE_FUNC */
    Value *view;           /* of VARIABLE_PLACE */
    ArgMode mode;          /* of arguments */
    uint32_t index;        /* into the flow state */
    FuncState *owner;
    Span span;
    bool used, assigned_anywhere;
    bool writable_view;    /* a tensor variable whose elements may be written (mut, out, own memory, views of such) */
    bool by_literal;       /* declared by a bare literal: an int or f64 that nobody asked for, perhaps */
    bool mistaken;         /* its type was reported as a mistake: what it reads is poison, what it is given is right */
    uint32_t first_field;  /* of an out struct: its fields have places in the flow of their own, from here on; else 0 */
} Variable;

typedef enum AssignState { UNASSIGNED, MAYBE_ASSIGNED, ASSIGNED } AssignState;

/* What is known where the walk is: the current value of each variable. Copied at branches, merged after. */
typedef struct Flow {
    Value **values;        /* by Variable.index; NULL when unassigned */
    uint8_t *states;       /* AssignState */
    uint32_t len, cap;
    bool reachable;        /* false after return, break, continue */
} Flow;

typedef struct LoopState {
    struct LoopState *outer;
    struct Variable **carried; /* variables that the loop carries, in the order of its arguments */
    uint32_t carried_count;
    bool is_while;             /* the walk is in a loop.while's body */
    bool unrolled;             /* a comptime for or a for over a tuple: break and continue are errors there when not comptime-decidable */
    Span span;
    void *flow;                /* flow.c's */
} LoopState;

struct FuncState {
    Sema *sema;
    Instance *instance;
    SourceModule *imports; /* the names that imports inside the function bring; NULL */
    FuncState *parent;     /* whose names a nested def, lambda or comptime expression sees */
    SourceModule *module;
    StructInstance *self;  /* of a method */
    Context context;
    Func *func;
    Builder b;
    Flow flow;
    Map variables;         /* Name -> Variable* */
    VEC(Variable *) order;
    LoopState *loop;
    bool is_kernel, is_comptime_expr;
    uint32_t over_rank;    /* of the kernel, when it is one */
    uint32_t turns;        /* of its comptime for loops, so far */
    uint32_t errors_before; /* its body was looked at: what was to set an out argument may be among those since */
    const Type *result;    /* NULL while it is inferred (lambda) */
    Arena *scratch;
    void *arrays;          /* host: temporaries to release (arrays.c) */
    const Variable *runtime; /* of a comptime expression: a run-time variable that it looked at (only its type may matter) */
    const Instance *captures_of; /* whose captured values `func` takes */
    Value **captured;      /* they, in the order of its captures: a launch's function has none for a tensor */
    uint32_t flow_len;     /* places in the flow that are taken */
    bool left_by_comptime; /* a branch that comptime took has left the function: what follows may run in another instance */
};

struct Sema {
    Arena *arena;
    Interner *names;
    Types *types;
    Sources *sources;
    Diags *diags;
    SemaOptions options;
    Module *ir;
    Map modules;           /* canonical path -> SourceModule* */
    Map builtins;          /* Name -> Builtin: filled by builtin_find() */
    SourceModule *prelude; /* NULL until a name is looked for there */
    SemaFound found;
    struct Interp *interp; /* of comptime */
    Map builtin_closures;  /* Builtin* -> Closure*: a built-in's name as a value */
    Map told;              /* mistakes and where they were met: each is told once in a function */
    Map func_names;        /* Name -> how many functions of the IR have it, with a number behind it */
    uint32_t comptime_level; /* comptime expressions that wait for one another */
    bool incomplete;       /* a statement could not be read, or a module not found: what is said of names would be no news */
    uint32_t depth;        /* of instantiation: a limit with a sentence, not a crash */
    uint32_t unique;       /* for names of throw-away functions */
};

/* ------------------------------------------------------------------ operands */

typedef enum OperandKind {
    OPERAND_POISON,   /* an error was reported */
    OPERAND_NONE,     /* a call that gives nothing */
    OPERAND_VALUE,    /* .value, of .type */
    OPERAND_CONST,    /* .constant: number, literal, bool, str, type, function, tuple of these, None */
    OPERAND_PLACE,    /* .place: can be read, and written when .writable */
    OPERAND_TUPLE,    /* .items: several operands, each still what it is */
    OPERAND_FUNC,     /* .closure: a function or generic, perhaps with parameters given, not called yet */
    OPERAND_STRUCT,   /* .struct_decl: a generic struct's name without parameters */
    OPERAND_METHOD,   /* .receiver (an Operand*) and .method (FuncDecl) or .name (a built-in method) */
    OPERAND_BUILTIN,  /* .builtin: a row of builtins.def, perhaps with .params given */
    OPERAND_MODULE,   /* .module */
    OPERAND_CHOICE,   /* one of several literals, which takes its type as a literal does. .value is a bool: items[0] where
                         it is true, else items[1] (each a literal or a choice); or an i64: an element of the list .constant */
} OperandKind;

/* Where a place is: a local variable, or memory (a view and an index for each dim), then fields within. */
typedef struct Place {
    Variable *variable;      /* a local variable; or NULL and */
    Value *view;             /* memory; */
    Value **indices;
    uint32_t index_count;
    uint32_t *fields;        /* the path into a struct */
    uint32_t field_count;
    bool writable;
    const char *why_not;     /* for the message when it is not: "y is not mut" */
    Value *array;            /* an element of a host Array: the handle, with `indices`; view is NULL then */
    Value *lane;             /* then one lane of the SIMD value that is there: v[k] */
    struct Operand *receiver;/* s[i, j] of a struct: read by __getitem__, written by __setitem__; */
    struct Operand *keys;    /* its arguments, evaluated */
    uint32_t key_count;
    const Type *base_type;   /* of what is there before `fields` and `lane` */
    Variable *root;          /* the variable that the place is in, for "y is not mut"; may be NULL */
} Place;

struct Operand {
    OperandKind kind;
    const Type *type;        /* of VALUE, CONST, PLACE, TUPLE (when all items have one) */
    const Node *node;        /* what was written; for spans and for fma, which follows the text */
    Value *value;
    const Attr *constant;
    Place *place;
    Operand *items;
    uint32_t item_count;
    Closure *closure;
    StructDecl *struct_decl;
    Operand *receiver;
    FuncDecl *method;
    Name name;
    const Builtin *builtin;
    const Attr **params;     /* given in [...] */
    uint32_t param_count;
    const Node *params_node; /* unevaluated [...] of a built-in method: x.load[8], v.shuffle[3, 2, 1, 0] */
    SourceModule *module;
    bool writable;           /* of a view value: its elements may be written */
    const char *root;        /* of a view: the argument's name, for messages; may be NULL */
    Value *factors[2];       /* of a VALUE that is a product written just here (f32, f64): fma by the text uses them */
};

/* ------------------------------------------------------------------ who does what (one file a group) */

/* check_expr.c: every expression. `want`: the type the place wants, or NULL; only literals, lambdas, tuples and
 * conditionals look at it. The result need not have that type: operand_value() or coerce() see to that. */
Operand check_expr(FuncState *fs, const Node *node, const Type *want);
/* check_expr + operand_value to exactly `type` (implicit widening allowed, else an error that offers the conversion). */
Value *check_value(FuncState *fs, const Node *node, const Type *type, const char *what);
/* A bool for if, while, and, or, not, assert: NULL after an error. */
Value *check_condition(FuncState *fs, const Node *node, const char *what);

/* convert.c */
bool type_widens(const Type *from, const Type *to);     /* implicitly, losing nothing; equal types too */
/* The value of an operand: a literal becomes int or f64, a place is read. NULL after an error. */
Value *operand_value(FuncState *fs, const Operand *operand);
/* The same as `type`: literals take it when they fit exactly, scalars widen, scalars splat to vectors. `what` starts the
 * message ("y[i]", "the argument x of lerp"); NULL after an error (W03xx with a fix such as f32(a)). */
Value *operand_coerce(FuncState *fs, const Operand *operand, const Type *type, const char *what);
const Attr *const_coerce(FuncState *fs, const Attr *constant, const Type *type, const Node *node, const char *what);
/* Reports a float that goes to a variable which is an int by a bare literal only: true then. */
bool literal_is_to_blame(FuncState *fs, Variable *variable, const Operand *operand);
/* The common type of two operands of an operator, a comparison or a conditional's arms; NULL after an error. */
const Type *unify(FuncState *fs, const Operand *a, const Operand *b, const Node *node, const char *what);
/* f32(x), i32(x), bool(x), SIMD[T, n](x): written out. */
Operand convert_explicit(FuncState *fs, const Type *to, const Operand *operand, const Node *node);
Operand operand_of_value(Value *value, const Node *node);
Operand operand_of_const(const Attr *constant, const Node *node);
Operand operand_poison(const Node *node);
/* The comptime constant an operand is (an arith.const value counts), or NULL. */
const Attr *operand_constant(const Operand *operand);
bool type_stays_on_host(const Type *type); /* it is a str, an array or a device, or holds one */
bool operand_gives_nothing(const Operand *operand); /* a call that gives nothing, or None */
const char *operand_type_text(FuncState *fs, const Operand *operand); /* "f32", "an integer literal" */

/* operators.c: unary, binary, compare, dunder methods, fma by the text. */
Operand check_unary(FuncState *fs, const Node *node);
Operand check_binary(FuncState *fs, const Node *node, const Type *want);
Operand check_compare(FuncState *fs, const Node *node);
Operand apply_operator(FuncState *fs, Operator op, const Operand *left, const Operand *right, const Node *node); /* also of += */
/* Calls the struct's __iadd__ for x += v; false when it has none. What it gives, if anything, is what x becomes. */
bool dunder_in_place(FuncState *fs, Operator op, const Operand *place, const Operand *value, const Node *node, Operand *result);

/* check_call.c: f(x), f[T](x), methods, constructors, kernels, built-ins. */
Operand check_call(FuncState *fs, const Node *node, const Type *want);
/* Calls a function whose operands are at hand (dunder methods, function parameters, lifting). */
Operand call_closure(FuncState *fs, Closure *closure, Operand *args, uint32_t arg_count, const Node *node, const Type *want);
Operand call_method(FuncState *fs, FuncDecl *method, Operand *receiver, Operand *args, uint32_t arg_count, const Node *node);

/* instantiate.c, infer.c: an instance for these parameters and argument types, made now if it is new. NULL after an error. */
Instance *instantiate(FuncState *asker, Closure *closure, const Attr **params, const Type **arg_types, uint32_t arg_count, Context context, Span asked_at);

/* comptime.c */
const Attr *comptime_eval(FuncState *fs, const Node *node, const Type *want, const char *what); /* NULL after an error */
const Type *check_type(FuncState *fs, const Node *node); /* a type expression: f32, SIMD[T, 8], (A, B), a struct; poison after an error */
/* Tensor[...] of an argument: element, layout, and the dim expressions. */
typedef struct TensorType {
    const Type *element;
    Layout layout;
    const Node **dims; /* NODE_NAME or an expression */
    uint32_t rank;
    bool ok;
} TensorType;
bool is_tensor_type(const Node *node);
TensorType check_tensor_type(FuncState *fs, const Node *node);

/* What [...] after the name of a function, a generic struct or a static method gives: f[f32], Complex[f32]. check_index()
 * of B calls it for a base of kind FUNC, STRUCT; type names (SIMD[f32, 8], Ptr[f32]) go to check_type(). */
Operand apply_params(FuncState *fs, const Operand *base, const Node *index_node);

/* struct_.c */
StructInstance *struct_instantiate(FuncState *fs, StructDecl *decl, const Attr **params, uint32_t count, Span span);
FuncDecl *struct_method(const StructInstance *instance, Name name); /* NULL */
int32_t struct_field(const Type *type, Name name);                  /* -1 */
/* T.name of a struct type: a static method, a comptime name. Kind POISON and no message when it has none. */
Operand struct_member(FuncState *fs, StructInstance *instance, const Node *attribute);
Operand construct_struct(FuncState *fs, StructInstance *instance, const Node *call);

/* scope.c */
Variable *find_variable(FuncState *fs, Name name);  /* here or in the enclosing functions; NULL */
Symbol *symbol_of_path(FuncState *fs, const Node *node); /* V, pkg.V, a.b.V; NULL, and says nothing */
Symbol *find_symbol(FuncState *fs, Name name);      /* module, then prelude; NULL */
Operand name_operand(FuncState *fs, const Node *name_node); /* a NODE_NAME as an operand, with "did you mean" */
Variable *declare_variable(FuncState *fs, Name name, VariableKind kind, const Type *type, Span span);
const char *nearest_name(FuncState *fs, Name name); /* for "did you mean"; NULL */
/* elsewhere.c: what a name that nothing has here would be called, or NULL, and a word of advice, or NULL; of a module. */
const char *name_from_elsewhere(Sema *sema, Name name, const char **advice);
const char *module_from_elsewhere(Name name);
Operand module_member(FuncState *fs, SourceModule *module, const Node *attribute); /* m.name */

/* closures.c: a function as a value. `self` for a static method: Counter.fast */
Closure *closure_of(FuncState *fs, FuncDecl *decl, StructInstance *self);
/* The capture that a variable of a function around this one is here; NULL when it is none. */
const InstanceCapture *capture_of(const FuncState *fs, const Variable *variable);
/* What the instance's function takes behind its arguments: appends the values that its captures have here. False after an error. */
bool push_captures(FuncState *fs, const Instance *callee, Span span, Value **values, uint32_t *count);

/* flow.c */
Value *variable_read(FuncState *fs, Variable *variable, Span span); /* NULL after "may be unassigned" */
void variable_write(FuncState *fs, Variable *variable, Value *value);
/* A field within a struct variable (`path`: which field, then which field of that, ...). The struct may have no value as
 * a whole yet: `out self` is set field by field. */
Value *variable_read_field(FuncState *fs, Variable *variable, const uint32_t *path, uint32_t count, Span span);
void variable_write_field(FuncState *fs, Variable *variable, const uint32_t *path, uint32_t count, Value *value);
Flow flow_copy(FuncState *fs, const Flow *flow);
/* An `if` op with two arms, whose variables are merged after it: for statements, and for `and`, `or` and the conditional
 * expression (an arm may call something that writes a variable).
 *
 *     Branch *branch = branch_begin(fs, condition, node->span);   // the walk stands in arm 0
 *     ... branch_arm(fs, branch, 1); ... branch_arm(fs, branch, 0); ...  // at the end of that arm so far
 *     Value *v = branch_end(fs, branch, in_arm_0, in_arm_1);      // of one type; NULL, NULL: gives nothing */
typedef struct Branch Branch;
Branch *branch_begin(FuncState *fs, Value *condition, Span span);
void branch_arm(FuncState *fs, Branch *branch, uint32_t arm);
Value *branch_end(FuncState *fs, Branch *branch, Value *value0, Value *value1);

/* check_stmt.c */
void check_statements(FuncState *fs, NodeList statements);
/* Assigns to a NAME, element, field or tuple of these. */
void assign(FuncState *fs, const Node *target, Operand *value, const Type *declared, bool var);

/* told.c: whether the mistake was told of another place in the function, or in the item of the module; it then counts
 * as an error, and nothing is to be said. `what`: an interned name that tells it from others of its code; NULL. */
bool told_in_function(FuncState *fs, DiagCode code, const void *what, Span span);
bool told_in_item(FuncState *fs, DiagCode code, const void *what, Span span);

/* place.c */
Operand place_of(FuncState *fs, const Node *node);              /* evaluates a target once */
Value *place_read(FuncState *fs, const Place *place, const Type *type, Span span);
void place_write(FuncState *fs, const Place *place, Value *value, Span span);
/* place = value: the operand becomes a value of the place's type and is written. What assignments call: a place of
 * __setitem__ has no type of its own (Operand.type is NULL), its method takes the operand as it is. */
void place_assign(FuncState *fs, const Operand *place, const Operand *value, Span span);
/* Says why a place may not be written; true when it may. place_write() and place_as_view() ask it. */
bool place_is_writable(FuncState *fs, const Place *place, Span span);
/* The place as a view of rank 0, for a mut or out scalar argument. A local variable gets memory that is read back after the call:
 * `after` is called with it once the call was emitted. */
Value *place_as_view(FuncState *fs, const Place *place, Span span);
/* The `after` of it: whoever took place_as_view() calls this with the view once the call was emitted. */
void place_after_call(FuncState *fs, const Place *place, Value *view, Span span);

/* check_tensor.c: x[i, j], x[a:b], x.tile, x.load, x.shape ...; a host Array's too (check_array.c). */
Operand check_index(FuncState *fs, const Node *node);
Operand check_attribute(FuncState *fs, const Node *node);
Operand call_builtin_method(FuncState *fs, const Operand *method, const Node *call); /* of tensors, SIMD values, arrays, devices */

/* builtins.c, builtins.def: the prelude's names that the compiler knows. */
const Builtin *builtin_find(Sema *sema, Name name);
/* What the name alone is: f32 a type, warp_size a number, sqrt an OPERAND_BUILTIN. */
Operand builtin_operand(FuncState *fs, const Builtin *builtin, const Node *node);
const char *builtin_name(const Builtin *builtin);
/* name[...] of a built-in: bitcast[u32] waits for its call, target.simd_width[f32] is a number, SIMD[f32, 8] a type. */
Operand builtin_params(FuncState *fs, const Operand *builtin, const Node *index);
Operand call_builtin(FuncState *fs, const Operand *callee, const Node *call, const Type *want);
Operand call_builtin_with(FuncState *fs, const Builtin *builtin, Operand *args, uint32_t count, const Node *node);
/* T(...) of a type that is no struct: conversions f32(x), SIMD[T, n](...), Ptr[T](...). */
Operand construct_type(FuncState *fs, const Type *type, const Node *call);
/* kernels.c: thread_idx, barrier(), shared memory ...: an error where there are no such things, else noted in the instance. */
typedef enum DeviceUse { USE_ITEM, USE_THREADS, USE_SHARED, USE_BARRIER, USE_WARP } DeviceUse;
bool note_device_use(FuncState *fs, const Node *node, DeviceUse use, const char *what);
Operand builtin_attribute(FuncState *fs, const Operand *builtin, const Node *attribute); /* target.vendor, thread_idx.x, warp.sum, Device.default */

/* check_array.c, arrays.c: what host code does with arrays and devices. */
Operand array_index(FuncState *fs, const Node *node, const Operand *base);      /* a[i, j]: a place with .array */
Operand host_attribute(FuncState *fs, const Node *node, const Operand *base);   /* a.shape, dev.sync: arrays, devices, argv, str */
Operand host_method(FuncState *fs, const Operand *method, const Node *call);    /* a.to(dev), a.copy(), dev.sync() */
Operand host_parse(FuncState *fs, const Type *type, const Operand *text, const Node *call); /* int(s), f64(s) of a str */
Value *array_element_read(FuncState *fs, const Place *place, Span span);
void array_element_write(FuncState *fs, const Place *place, Value *value, Span span);
Operand call_host_builtin(FuncState *fs, const Operand *callee, const Node *call, const Type *want); /* builtins.def: BUILTIN_HOST */

/* print.c: f-strings, print, assert messages. */
Operand check_fstring(FuncState *fs, const Node *node);
void check_assert(FuncState *fs, const Node *node);

/* launch.c: kernel(args) and kernel.launch(...)(args) from host code; contracts.c: where, shape, dims. */
Operand check_launch(FuncState *fs, Closure *kernel, const Node *call, const Node *launch_options);
/* sema.c: a kernel instance that host code launches: the program needs its launch table. */
void found_kernel(Sema *sema, Func *kernel);

/* arrays.c: who releases which array when (host code). */
bool type_holds_array(const Type *type);            /* an array, or a tuple with one within */
uint32_t arrays_mark(FuncState *fs);                /* before a statement, an arm of an expression */
void arrays_release(FuncState *fs, uint32_t mark);  /* at its end: what it made and nobody took */
void array_hold(FuncState *fs, Value *value);       /* to the end of the statement; of other types nothing */
Operand array_temporary(FuncState *fs, Value *array, const Node *node); /* released at the end of the statement */
Value *array_take(FuncState *fs, Value *value);     /* the caller owns a reference from here on */
void array_variable_write(FuncState *fs, Variable *variable, Value *value);
/* What a variable holds on a path that did not assign it. */
Value *missing_value(Builder *b, const Type *type);
void arrays_end_function(FuncState *fs, Value *result);

/* lift.c */
Operand call_lifted(FuncState *fs, Closure *closure, Operand *args, uint32_t arg_count, uint32_t lanes, const Node *node);

/* "not built yet: ..." (W09xx) */
Operand not_built(FuncState *fs, const Node *node, DiagCode code, ...);

static inline bool context_is_device(Context context) { return context >= CONTEXT_DEVICE; }

#endif
