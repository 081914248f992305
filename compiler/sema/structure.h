/* What the files about structure share among themselves: walks over syntax, signatures, instances
 * in the making, loops. Expressions see context.h only.
 *
 * The way of a call: match.c pairs the arguments with what the signature names; infer.c finds the
 * parameters; signature.c makes the argument types concrete; instantiate.c finds or makes the
 * instance; check_func.c emits it. */
#ifndef WEFT_SEMA_STRUCTURE_H
#define WEFT_SEMA_STRUCTURE_H

#include "base/diag.h"
#include "sema/context.h"

typedef VEC(Value *) ValueVec;
typedef VEC(Name) NameVec;

/* ------------------------------------------------------------------ walk.c */

typedef void (*NodeVisit)(const Node *node, void *context);
/* Calls `visit` for each child, in the order of the text. */
void node_children(const Node *node, NodeVisit visit, void *context);

typedef struct NameSet {
    Arena *arena;
    Map has;
    VEC(const Node *)
    nodes; /* one for each name, in the order of the text: where it stands first */
    NameVec names;
} NameSet;

/* The names that statements declare by assigning them: they hide the module's in the whole
 * function. Nested functions are functions of their own. */
void scan_declared(NodeList statements, NameSet *set);
/* The names that statements may write: those, and the bases of places, call arguments and receivers
 * of methods. */
void scan_written(NodeList statements, NameSet *set);
void scan_written_by(const Node *expr, NameSet *set);
/* Every name that is mentioned, nested functions included. */
void scan_mentioned(const Node *node, NameSet *set);
/* In how many places the name is assigned. */
uint32_t count_assignments(NodeList statements, Name name);
bool has_loop_exit(
    NodeList statements); /* a break or continue of the loop that these are the body of */

const char *source_text(Sema *sema, Span span); /* as written, on one line */

/* ------------------------------------------------------------------ modules.c, resolve.c, scope.c
 */

typedef struct ImportedName {
    Name name;
    Span span;
    bool used, quiet;
} ImportedName;

/* NULL after an error. `folder`: where an import found it; NULL for a file of the command line, whose
 * exports are the library's. `asked_by`: whose import it is; NULL for that and the prelude. */
SourceModule *module_load(Sema *sema, Name name, const char *path, const char *folder,
                          SourceModule *asked_by);
/* Finds and loads "std.math" for an import that stands in `from`. NULL after an error. */
SourceModule *module_import(Sema *sema, SourceModule *from, Name name, const Node *import);
bool module_exists(Sema *sema, SourceModule *from, Name name); /* whether there is such a file */
SourceModule *module_prelude(Sema *sema);
SourceModule *module_of_path(Sema *sema, const char *path); /* NULL when it was not loaded yet */
void resolve_module(Sema *sema, SourceModule *module);
void check_import(FuncState *fs, const Node *node); /* inside a function */
FuncDecl *make_func_decl(Sema *sema, SourceModule *module, const Node *node, StructDecl *owner,
                         FuncState *enclosing);
Symbol *module_symbol(SourceModule *module, Name name); /* its own and what it imported */
Operand symbol_operand(FuncState *fs, Symbol *symbol, const Node *node);
FuncState *module_scope(Sema *sema, SourceModule *module);
FuncState *state_create(Sema *sema, FuncState *parent, SourceModule *module, Context context);
Variable *declare_constant(FuncState *fs, Name name, const Attr *value, Span span);
/* The names that stand in `words`, the nearest to `name`; NULL. */
const char *nearest_word(const char *name, const char *const *words, uint32_t count);

/* ------------------------------------------------------------------ comptime.c */

const Attr *symbol_value(Sema *sema,
                         Symbol *symbol); /* of a module's comptime name; NULL after an error */
const Type *constant_type(Types *types, const Attr *constant);
/* Constants of all items as one tuple; NULL when some is none. */
const Attr *operand_as_constant(FuncState *fs, const Operand *operand);
const Attr *comptime_bool(FuncState *fs, const Node *node,
                          const char *what); /* NULL after an error */
bool comptime_int(FuncState *fs, const Node *node, const char *what, int64_t *value);

/* ------------------------------------------------------------------ closures.c */

Closure *closure_with_params(FuncState *fs, const Closure *base, const Attr **params,
                             uint32_t count);
Closure *closure_of_lambda(FuncState *fs, const Node *lambda);
Closure *closure_of_nested(FuncState *fs, FuncDecl *decl);
const char *closure_name(const Closure *closure);
FuncDecl *closure_decl(const Closure *closure); /* its def's or lambda's; NULL of a built-in */
/* The captures of an instance: its own closure's, and those of its function parameters. */
void collect_captures(Sema *sema, Instance *instance);
/* A parameter's value is a function that reads variables around it. */
bool closure_has_captures(const Attr *param);
/* The captures become known in a function that takes them from argument `first` on. */
void declare_captures(FuncState *fs, const Instance *instance, uint32_t first, bool tensors);
/* How many dims of the instance's function are extents of captured tensors: they stand behind the signature's. */
uint32_t capture_dim_count(const Instance *instance);
/* Appends those extents, of the captured values. */
void push_capture_dims(FuncState *fs, const Instance *callee, Value *const *captured, ValueVec *operands);
/* In an instance: the value that a captured variable has. NULL when it is none of its captures. */
Value *captured_value(FuncState *fs, const Variable *variable);

/* ------------------------------------------------------------------ signature.c */

typedef struct NamedDim {
    Name name;      /* "N", or "_" */
    int64_t extent; /* EXTENT_DYNAMIC until an argument's type shows it */
    int32_t dim;    /* index into the function's dims; -1 where the extent is known */
    uint32_t arg, position;
    Span span;
} NamedDim;

typedef struct ArgDim {
    int64_t extent; /* >= 0: comptime in the declaration */
    int32_t arg;    /* >= 0: an int argument */
    int32_t named;  /* >= 0: index into Signature.dims */
} ArgDim;

typedef struct ArgSignature {
    const Node *node; /* NODE_ARG; NULL for a lambda's */
    Name name;
    Span span;
    ArgMode mode;
    const Type *type; /* as declared; of a tensor NULL; poison after an error */
    bool is_tensor;
    TensorType tensor;
    ArgDim *dims;
    const Type
        *concrete; /* what the function takes: a view for tensors and for mut and out arguments */
} ArgSignature;

typedef struct Signature {
    Sema *sema;
    Closure *closure;
    FuncDecl *decl;
    FuncState *fs;        /* the function's own scope: parameters are names in it */
    NodeList param_nodes; /* of the function, or of the struct that is made */
    const char *name;
    const Attr **params;
    uint32_t param_count;
    ArgSignature *args;
    uint32_t arg_count;
    VEC(NamedDim) dims;
    bool failed;
    bool scalar_is_simd; /* while parameters are inferred: SIMD[T, 1] is T */
} Signature;

/* Who tells what a parameter is: values, and where they don't, scalars as SIMD values of one lane,
 * then literals. */
typedef enum InferRound { INFER_VALUES, INFER_SCALARS, INFER_LITERALS, INFER_ROUNDS } InferRound;

/* The names and modes; no types yet. Parameters given explicitly are bound. */
void signature_begin(Signature *sig, Sema *sema, Closure *closure, Context context, Span at);
/* What [...] gives for the parameter; NULL. */
const Attr *signature_given(const Signature *sig, uint32_t param);
bool signature_bind(Signature *sig, uint32_t param, const Attr *value, const Node *where,
                    Span span);
/* The declared types, once all parameters are bound. False after an error. */
bool signature_types(Signature *sig);
bool signature_defaults(Signature *sig); /* checks those of all arguments; false after an error */
/* The concrete types for actual ones (NULL: what the declaration says alone). False after an error
 * at `at`. */
bool signature_concrete(Signature *sig, const Type **actual, Span at);
void signature_func_dims(Signature *sig, uint32_t arg, FuncDim *dims);
const Type *
param_kind_type(FuncState *fs,
                const Node *kind); /* types->type for DType and type; poison after an error */
bool is_dtype_kind(const Node *kind);
/* The parameters of a generic struct, without arguments: for signature_bind() and infer_*(). */
void signature_begin_struct(Signature *sig, Sema *sema, StructDecl *decl);
/* Whether all names in a type are known by now (no unbound parameter among them). */
bool type_is_ready(const Signature *sig, const Node *type);

/* ------------------------------------------------------------------ infer.c */

/* Binds what `actual` tells of the parameters in the declared type `node`. */
void infer_from(Signature *sig, const Node *node, const Type *actual, Span span);
/* The same for an argument, where it is its round; a literal tells what it is without a type from
 * elsewhere. */
void infer_from_operand(FuncState *fs, Signature *sig, const Node *node, const Operand *operand, InferRound round);
/* Defaults for the rest, then an error at `at` when one is not known. */
bool infer_finish(Signature *sig, const Node *at);

/* ------------------------------------------------------------------ instantiate.c, check_func.c */

/* The instance that a finished signature names. `result`: what a lambda's result is to become, or
 * NULL. */
Instance *instance_for(FuncState *asker, Signature *sig, const Type *result, Context context,
                       Span asked_at);
bool emit_instance(Signature *sig, Instance *instance,
                   const Type *result); /* false after an error */
Context kernel_context(Sema *sema, FuncDecl *decl);
const char *instance_name(Sema *sema, const Instance *instance); /* "lerp[f32]" */
bool is_of_library(const Sema *sema, Span span); /* text of stdlib/ */
bool func_is_mentioning_device(Sema *sema, FuncDecl *decl);
void end_function(FuncState *fs,
                  Value *result); /* out arguments are set, arrays released, func.return */
/* Dims, arguments and variables of a function that is about to be emitted. */
void declare_inputs(Signature *sig, Func *func, bool tensors);
/* Ends the block the walk is in with `code` unless it has a terminator. */
void close_unreachable(FuncState *fs);

/* ------------------------------------------------------------------ check_call.c, match.c */

typedef struct ArgList { /* what stands in a call's parentheses, by the formal it goes to */
    const Node **nodes;  /* NULL: a default, or an operand at hand */
    Operand *operands;
    bool *given;
    uint32_t *order; /* formals in the order of the text */
    uint32_t count, order_count;
} ArgList;

/* What takes arguments by name: a function's, a struct's fields. */
typedef struct Formals {
    const char *owner;
    const Name *names;
    const bool *optional;  /* has a default */
    uint32_t count, first; /* those before `first` (self) are at hand */
} Formals;

Formals formals_of(FuncState *fs, const FuncDecl *decl, uint32_t first);
/* Pairs the arguments of `call` with formals. False after an error. */
bool match_arguments(FuncState *fs, const Formals *formals, const Node *call, ArgList *list);
/* Operands at hand, for the formals in order. False after an error at `node`. */
bool match_operands(FuncState *fs, const Formals *formals, Operand *args, uint32_t count,
                    const Node *node, ArgList *list);
Operand call_with(FuncState *fs, Closure *closure, ArgList *list, const Node *call,
                  const Type *want);
/* A launch from host code: the sizes that .launch(grid=, block=) gives, three for each that
 * `override` names. */
typedef struct LaunchShape {
    const char *override; /* "grid", "block", "grid block" */
    Value *sizes[6];
    uint32_t size_count;
} LaunchShape;

Operand launch_with(FuncState *fs, Closure *kernel, ArgList *list, const Node *node,
                    const LaunchShape *shape);
void check_defaults(StructInstance *made); /* of its fields */
/* A generic struct's name called: its parameters come from the arguments. */
Operand construct_generic(FuncState *fs, StructDecl *decl, const Node *call);
Operand call_lambda(FuncState *fs, Closure *closure, Operand *args, uint32_t count,
                    const Node *node, const Type *want);
Value *cast_view(FuncState *fs, Value *view, const Type *type);
/* Two tensors, one of them written: they share no element. */
bool args_are_apart(const ArgSignature *a, const ArgSignature *b);
void assert_call(FuncState *fs, const Signature *sig, Value **values, Span span); /* call_checks.c */
bool views_share(const Value *x, const Value *y); /* sharing.c: an element, for certain */
bool layout_fits(Layout given, Layout wanted, uint32_t rank);
const char *layout_text(Layout layout); /* as layout= says it */
/* A call of the instance with values for its arguments. */
Operand emit_call(FuncState *fs, Signature *sig, Instance *callee, Value **values,
                  const Node *node);
/* Whether a value of type `given` goes where a tensor with this signature is wanted; reports what
 * does not fit. */
bool tensor_fits(FuncState *fs, const Signature *sig, uint32_t arg, const Type *given,
                 const Node *node);
/* Reads a place now; literals, tuples and functions stay what they are. */
Operand settle(FuncState *fs, Operand operand);
/* Of a tensor, or a tuple that holds some: whether their elements may be written. */
bool operand_is_writable(FuncState *fs, const Operand *operand);

/* ------------------------------------------------------------------ flow.c, loops.c */

bool flow_assigned(const Flow *flow, uint32_t index);
void flow_set(FuncState *fs, uint32_t index, Value *value);
bool is_in_entry(const FuncState *fs, const Value *value); /* an argument, or memory that a variable has */
uint32_t flow_reserve(FuncState *fs); /* a place of its own */
void describe_to_debugger(FuncState *fs, const Variable *variable,
                          Value *value); /* dbg.value, with -g */
void check_while(FuncState *fs, const Node *node);
void check_for(FuncState *fs, const Node *node);
void check_comptime_for(FuncState *fs, const Node *node);
void check_break(FuncState *fs, const Node *node);
void check_continue(FuncState *fs, const Node *node);
/* Whether a loop that is being emitted carries the variable: its type is fixed then. */
bool loop_carries(const FuncState *fs, const Variable *variable);
Block *open_region(FuncState *fs, Op *op, uint32_t region); /* the walk goes on at its end */
Variable *loop_variable(FuncState *fs, const Node *target, const Type *type);

/* ------------------------------------------------------------------ check_stmt.c */

void check_statement(FuncState *fs, const Node *node);
/* Takes a tuple apart: for a, b in ... */
void assign_targets(FuncState *fs, NodeList targets, const Operand *value, const Node *node);

/* ------------------------------------------------------------------ decorators.c, kernels.c,
 * contracts.c, exports.c */

bool read_decorators(Sema *sema, FuncDecl *decl); /* false after an error */
/* A function of the kernel's dims and non-tensor arguments, for the launch to call; and its end. */
FuncState *launch_state(Signature *sig, Instance *instance, const char *suffix);
void finish_launch_func(FuncState *fs, bool ok, Value **values, uint32_t count);
void make_kernel(Signature *sig, Instance *instance);
void check_where(Signature *sig, Span asked_at); /* parameters alone; the rest goes to the kernel */
bool where_is_static(const Signature *sig, const Node *clause);
KernelWhere *make_where(Signature *sig, Instance *instance, uint32_t *count);
void emit_where_asserts(Signature *sig);
/* A size of a block that is comptime, as KernelInfo.block has it: one below zero counts as zero. */
uint32_t known_size(const Attr *constant);
/* `sizes` as KernelInfo.block; `promised` by max_threads=, else 0. False after an error. */
bool block_fits(FuncState *fs, const uint32_t *sizes, int32_t promised, const Node *node);
/* In a kernel: what the call's constants show to be broken. False after an error. */
bool check_where_of_call(Signature *sig, Value **values, Span asked_at);
void inherit_uses(FuncState *fs, const Instance *callee, const Node *call);
void check_exports(Sema *sema, FuncDecl *decl);

#endif
