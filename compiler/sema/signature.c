/* Signatures: what a function takes, in three steps. signature_begin() opens the function's scope
 * and binds the parameters that were given; when all are bound, signature_types() evaluates the
 * declared types in that scope; signature_concrete() makes the types that the instance takes, for
 * the actual arguments of a call or for the declaration alone.
 *
 * A dim is a new name, whose extent the function takes as an i64 ahead of its arguments, unless an
 * argument's type shows it: then it is a constant, and every tensor that mentions the name gets it
 * in its type. */
#include "sema/builtins.h"
#include "sema/structure.h"

/* ------------------------------------------------------------------ parameters */

static bool wrong_kind(Signature *sig, uint32_t param, const char *kind, const Attr *value,
                       const Node *where, Span span) {
    Sema *sema = sig->sema;
    Operand operand = operand_of_const(value, where);
    const char *of_type = value->kind == ATTR_TYPE ? type_source(sema->arena, value->as_type) : NULL;
    const char *text = where && where->kind != NODE_CALL ? source_text(sema, where->span)
                       : of_type                         ? of_type
                                                         : operand_type_text(sig->fs, &operand);
    diag(sema->diags, span, W0245, sig->param_nodes.items[param]->param.name, kind, text);
    sig->failed = true;
    return false;
}

static const Attr *as_type_value(Signature *sig, const Attr *value) {
    Types *types = sig->sema->types;
    if (value->kind != ATTR_LIST)
        return value->kind == ATTR_TYPE ? value : NULL;
    const Type **fields = arena_array(sig->sema->arena, const Type *, value->len + 1);
    for (uint32_t i = 0; i < value->len; i++) {
        if (value->items[i]->kind != ATTR_TYPE)
            return NULL;
        fields[i] = value->items[i]->as_type;
    }
    return attr_of_type(types, type_tuple(types, fields, value->len));
}

/* Whether the function can be called with `count` arguments; `takes` is how many it has. */
static bool takes_arguments(const Closure *closure, uint32_t count, uint32_t *takes) {
    const Node *node = closure_decl(closure)->node;
    bool is_lambda = node->kind == NODE_LAMBDA;
    *takes = is_lambda ? node->lambda.len : node->func.args.len;
    uint32_t needed = 0;
    for (uint32_t i = 0; !is_lambda && i < *takes; i++)
        needed += node->func.args.items[i]->arg.default_value == NULL;
    return count <= *takes && count >= (is_lambda ? *takes : needed);
}

/* What an argument or result of scalars says, where it can be read without parameters; else NULL. */
static const Type *plain_type(Signature *sig, const FuncDecl *decl, const Node *type) {
    const Type *named = type && type->kind == NODE_NAME ? type_scalar_named(sig->sema->types, type->name) : NULL;
    return named && !module_symbol(decl->module, type->name) ? named : NULL;
}

/* A def whose types are written out: what keeps it from standing where `type` is wanted; NULL when nothing does. */
static const char *unlike_function_type(Signature *sig, const FuncDecl *decl, const Type *type) {
    Arena *arena = sig->sema->arena;
    const Node *node = decl->node;
    for (uint32_t i = 0; node->kind == NODE_FUNC && i < type->field_count && i < node->func.args.len; i++) {
        const Type *takes = plain_type(sig, decl, node->func.args.items[i]->arg.type), *given = type->fields[i];
        bool scalar = takes && type_is_scalar(given);
        if (scalar && takes != given && !type_widens(given, takes))
            return arena_printf(arena, "takes %s for %s", type_source(arena, takes), node->func.args.items[i]->arg.name);
    }
    const Type *gives = node->kind == NODE_FUNC ? plain_type(sig, decl, node->func.result) : NULL;
    const Type *wanted = type->element;
    bool scalar = gives && wanted && type_is_scalar(wanted);
    return scalar && gives != wanted && !type_widens(gives, wanted)
               ? arena_printf(arena, "gives %s", type_source(arena, gives))
               : NULL;
}

static const Attr *as_function_value(Signature *sig, const Attr *value, const Type *type,
                                     Span span) {
    const Closure *closure = value->pointer;
    uint32_t takes = 0;
    if (!closure->builtin && !takes_arguments(closure, type->field_count, &takes)) {
        diag(sig->sema->diags, span, W0267, closure_name(closure),
             type_source(sig->sema->arena, type), takes, takes == 1 ? "" : "s");
        sig->failed = true;
        return NULL;
    }
    const char *wrong = closure->decl ? unlike_function_type(sig, closure->decl, type) : NULL;
    if (wrong) {
        diag(sig->sema->diags, span, W0298, closure_name(closure), type_source(sig->sema->arena, type), wrong);
        sig->failed = true;
        return NULL;
    }
    return attr_closure(sig->sema->types, type, closure);
}

bool signature_bind(Signature *sig, uint32_t i, const Attr *value, const Node *where, Span span) {
    const Node *param = sig->param_nodes.items[i];
    const Node *kind = param->param.kind;
    if (!type_is_ready(sig, kind)) {
        diag(sig->sema->diags, span, W0244, param->param.name, sig->name, sig->name);
        sig->failed = true;
        return false;
    }
    const Type *type = param_kind_type(sig->fs, kind);
    if (type->kind == TYPE_POISON) {
        sig->failed = true;
        return false;
    }
    if (type->kind == TYPE_TYPE) {
        const Attr *given = as_type_value(sig, value);
        bool dtype = is_dtype_kind(kind);
        if (!given || (dtype && !type_is_scalar(given->as_type)))
            return wrong_kind(sig, i, dtype ? "a DType" : "a type", value, where, span);
        value = given;
    } else if (type->kind == TYPE_FUNC) {
        if (value->kind != ATTR_CLOSURE)
            return wrong_kind(sig, i, "a function", value, where, span);
        value = as_function_value(sig, value, type, span);
    } else {
        bool fits = value->kind != ATTR_TYPE && value->kind != ATTR_CLOSURE &&
                    value->kind != ATTR_NONE_VALUE;
        if (!fits)
            return wrong_kind(sig, i, type_source(sig->sema->arena, type), value, where, span);
        const Node at = {.kind = NODE_NAME, .name = param->param.name, .span = span};
        value = const_coerce(sig->fs, value, type, where ? where : &at,
                             arena_printf(sig->sema->arena, "the parameter %s", param->param.name));
    }
    sig->params[i] = value;
    sig->failed |= value == NULL;
    if (value)
        declare_constant(sig->fs, param->param.name, value, param->param.name_span)->used = true;
    return value != NULL;
}

bool type_is_ready(const Signature *sig, const Node *type) {
    if (!type || sig->param_count == 0)
        return true;
    NameSet mentioned = {.arena = sig->sema->arena};
    scan_mentioned(type, &mentioned);
    for (uint32_t i = 0; i < sig->param_count; i++)
        if (!sig->params[i] && map_has_ptr(&mentioned.has, sig->param_nodes.items[i]->param.name))
            return false;
    return true;
}

/* ------------------------------------------------------------------ beginning */

static void begin_args(Signature *sig) {
    const Node *node = sig->decl->node;
    bool is_lambda = node->kind == NODE_LAMBDA;
    sig->arg_count = is_lambda ? node->lambda.len : node->func.args.len;
    sig->args = arena_array(sig->sema->arena, ArgSignature, sig->arg_count + 1);
    for (uint32_t i = 0; i < sig->arg_count; i++) {
        ArgSignature *arg = &sig->args[i];
        if (is_lambda) {
            *arg =
                (ArgSignature){.name = node->lambda.names[i], .span = node->lambda.name_spans[i]};
            continue;
        }
        const Node *declared = node->func.args.items[i];
        *arg = (ArgSignature){.node = declared,
                              .name = declared->arg.name,
                              .span = declared->arg.name_span,
                              .mode = declared->arg.mode,
                              .is_tensor = is_tensor_type(declared->arg.type)};
    }
}

const Attr *signature_given(const Signature *sig, uint32_t param) {
    const Closure *closure = sig->closure;
    return closure && param < closure->param_count ? closure->params[param] : NULL;
}

void signature_begin(Signature *sig, Sema *sema, Closure *closure, Context context, Span at) {
    FuncDecl *decl = closure_decl(closure);
    FuncState *around = closure->self ? closure->self->scope : closure->home;
    *sig = (Signature){.sema = sema, .closure = closure, .decl = decl};
    sig->fs = state_create(sema, around, decl->module, context);
    sig->fs->self = closure->self ? closure->self : sig->fs->self;
    sig->name = decl->name;
    if (decl->node->kind == NODE_FUNC)
        sig->param_nodes = decl->node->func.params;
    sig->param_count = sig->param_nodes.len;
    sig->params = arena_array(sema->arena, const Attr *, sig->param_count + 1);
    begin_args(sig);
    for (uint32_t i = 0; i < sig->param_count; i++) {
        const Attr *given = signature_given(sig, i);
        if (given && type_is_ready(sig, sig->param_nodes.items[i]->param.kind))
            signature_bind(sig, i, given, NULL, at.file ? at : decl->node->span);
    }
}

void signature_begin_struct(Signature *sig, Sema *sema, StructDecl *decl) {
    *sig = (Signature){.sema = sema, .param_nodes = decl->node->struct_.params, .name = decl->name};
    sig->fs = state_create(sema, NULL, decl->module, CONTEXT_COMPTIME);
    sig->param_count = sig->param_nodes.len;
    sig->params = arena_array(sema->arena, const Attr *, sig->param_count + 1);
}

/* ------------------------------------------------------------------ declared types */

static int32_t find_arg(const Signature *sig, Name name) {
    for (uint32_t i = 0; i < sig->arg_count; i++)
        if (sig->args[i].name == name)
            return (int32_t)i;
    return -1;
}

static ArgDim named_dim(Signature *sig, uint32_t arg, uint32_t position, const Node *node) {
    bool unnamed = !strcmp(node->name, "_");
    VEC_FOR_EACH (i, &sig->dims)
        if (!unnamed && sig->dims.items[i].name == node->name)
            return (ArgDim){-1, -1, (int32_t)i};
    NamedDim dim = {.name = node->name,
                    .extent = EXTENT_DYNAMIC,
                    .dim = -1,
                    .arg = arg,
                    .position = position,
                    .span = node->span};
    vec_push(sig->sema->arena, &sig->dims, dim);
    return (ArgDim){-1, -1, (int32_t)sig->dims.len - 1};
}

static ArgDim wrong_dim(Signature *sig, const Node *node, const char *what) {
    diag(sig->sema->diags, node->span, W0254, source_text(sig->sema, node->span), what);
    sig->failed = true;
    return (ArgDim){0, -1, -1};
}

/* f32 and SIMD are no new names; those of the prelude's functions may be. */
static bool names_type(Sema *sema, Name name) {
    const Builtin *builtin = builtin_find(sema, name);
    return builtin ? builtin->group == BUILTIN_TYPE || builtin->group == BUILTIN_KIND
                   : type_scalar_named(sema->types, name) != NULL;
}

static bool names_comptime(Signature *sig, Name name) {
    Variable *variable = find_variable(sig->fs, name);
    if (variable)
        return variable->kind == VARIABLE_COMPTIME || variable->kind == VARIABLE_FUNC;
    return module_symbol(sig->decl->module, name) || names_type(sig->sema, name);
}

/* Whether some tensor here has `name` as a dim: declared by it, further on perhaps. */
static bool declares_dim(const Signature *sig, Name name) {
    for (uint32_t i = 0; i < sig->arg_count; i++) {
        const Node *type = sig->args[i].is_tensor ? sig->args[i].node->arg.type : NULL;
        for (uint32_t k = 1; type && type->kind == NODE_INDEX && k < type->index.items.len; k++)
            if (type->index.items.items[k]->kind == NODE_NAME && type->index.items.items[k]->name == name)
                return true;
    }
    return false;
}

/* What a dim's expression takes from the launch: "N" of N + 1. NULL: nothing. */
static Name run_time_name(Signature *sig, const Node *node) {
    NameSet mentioned = {.arena = sig->sema->arena};
    scan_mentioned(node, &mentioned);
    VEC_FOR_EACH (i, &mentioned.names) {
        Name name = mentioned.names.items[i];
        if (find_arg(sig, name) >= 0 || (declares_dim(sig, name) && !names_comptime(sig, name)))
            return name;
    }
    return NULL;
}

static ArgDim comptime_dim(Signature *sig, const Node *node) {
    Name unknown = run_time_name(sig, node);
    if (unknown) {
        diag(sig->sema->diags, node->span, W0432, unknown, source_text(sig->sema, node->span));
        sig->failed = true;
        return (ArgDim){0, -1, -1};
    }
    const Attr *value = comptime_eval(sig->fs, node, NULL, "a dim");
    if (!value) {
        sig->failed = true;
        return (ArgDim){0, -1, -1};
    }
    bool is_int = value->kind == ATTR_LITERAL_INT ||
                  (value->kind == ATTR_INT && type_is_integer(value->type));
    if (!is_int) {
        Operand operand = operand_of_const(value, node);
        return wrong_dim(sig, node,
                         value->kind == ATTR_CLOSURE ? "a function"
                                                     : operand_type_text(sig->fs, &operand));
    }
    value = const_coerce(sig->fs, value, sig->sema->types->i64, node, "a dim");
    if (value && attr_as_i64(value) < 0)
        return wrong_dim(sig, node, "negative");
    sig->failed |= value == NULL;
    return (ArgDim){value ? attr_as_i64(value) : 0, -1, -1};
}

static ArgDim classify_dim(Signature *sig, uint32_t arg, uint32_t position, const Node *node) {
    if (node->kind != NODE_NAME)
        return comptime_dim(sig, node);
    int32_t own = find_arg(sig, node->name);
    if (own >= 0)
        return (ArgDim){-1, own, -1};
    if (strcmp(node->name, "_") && names_comptime(sig, node->name))
        return comptime_dim(sig, node);
    return named_dim(sig, arg, position, node);
}

static void check_tensor_arg(Signature *sig, uint32_t i) {
    ArgSignature *arg = &sig->args[i];
    arg->tensor = check_tensor_type(sig->fs, arg->node->arg.type);
    sig->failed |= !arg->tensor.ok;
    arg->dims = arena_array(sig->sema->arena, ArgDim, arg->tensor.rank + 1);
    for (uint32_t k = 0; arg->tensor.ok && k < arg->tensor.rank; k++)
        arg->dims[k] = classify_dim(sig, i, k, arg->tensor.dims[k]);
}

/* x: T, where T stands for a tensor's type: a tensor whose dims have no names. */
static void adopt_tensor(Signature *sig, uint32_t i) {
    static const Node unnamed = {.kind = NODE_NAME, .name = "_"};
    ArgSignature *arg = &sig->args[i];
    const Type *type = arg->type;
    arg->is_tensor = true;
    arg->tensor = (TensorType){.element = type->element, .layout = type->layout, .rank = type->rank, .ok = true};
    arg->tensor.dims = arena_array(sig->sema->arena, const Node *, type->rank + 1);
    arg->dims = arena_array(sig->sema->arena, ArgDim, type->rank + 1);
    for (uint32_t k = 0; k < type->rank; k++) {
        arg->tensor.dims[k] = &unnamed;
        bool known = type->extents[k] >= 0;
        arg->dims[k] = known ? (ArgDim){type->extents[k], -1, -1} : named_dim(sig, i, k, &unnamed);
    }
}

static bool is_self(const Signature *sig, uint32_t i) {
    return i == 0 && sig->closure->self && !sig->decl->is_static &&
           !strcmp(sig->args[0].name, "self");
}

static const Type *declared_type(Signature *sig, uint32_t i) {
    ArgSignature *arg = &sig->args[i];
    if (!arg->node)
        return arg->type;
    if (is_self(sig, i) && !arg->node->arg.type)
        return sig->closure->self->type;
    bool typed = arg->node->arg.type != NULL; /* else the parser has said so */
    return typed ? check_type(sig->fs, arg->node->arg.type) : sig->sema->types->poison;
}

static void check_twice(Signature *sig, uint32_t i) {
    Name name = sig->args[i].name;
    for (uint32_t k = 0; k < i; k++) {
        if (sig->args[k].name != name || name[0] == '_')
            continue;
        diag(sig->sema->diags, sig->args[i].span, W0268, name, "two arguments");
        sig->failed = true;
    }
    for (uint32_t k = 0; k < sig->param_count; k++) {
        if (sig->param_nodes.items[k]->param.name != name)
            continue;
        diag(sig->sema->diags, sig->args[i].span, W0268, name, "a parameter and an argument");
        sig->failed = true;
    }
}

/* A dim that names an argument: of an int. */
static void check_arg_dims(Signature *sig, uint32_t i) {
    const ArgSignature *arg = &sig->args[i];
    for (uint32_t k = 0; arg->dims && k < arg->tensor.rank; k++) {
        if (arg->dims[k].arg < 0)
            continue;
        const ArgSignature *of = &sig->args[arg->dims[k].arg];
        if (of->is_tensor || of->type != sig->sema->types->i64 || of->mode != ARG_READ)
            wrong_dim(sig, arg->tensor.dims[k],
                      of->is_tensor          ? "a tensor"
                      : of->mode != ARG_READ ? "an argument that changes"
                                             : type_source(sig->sema->arena, of->type));
    }
}

/* def map(f: def(f32) -> f32, x: f32): functions are parameters. */
static void refuse_function(Signature *sig, const ArgSignature *arg) {
    if (!arg->node || arg->type->kind != TYPE_FUNC)
        return;
    diag(sig->sema->diags, arg->span, W0299, arg->name, sig->decl->name, arg->name,
         source_text(sig->sema, arg->node->arg.type->span));
    sig->failed = true;
}

/* A default is a value that the compiler knows, of its argument's type, whether a call needs it or not. */
bool signature_defaults(Signature *sig) {
    bool ok = true;
    for (uint32_t i = 0; i < sig->arg_count; i++) {
        const ArgSignature *arg = &sig->args[i];
        const Node *value = arg->node ? arg->node->arg.default_value : NULL;
        if (!value)
            continue;
        if (arg->is_tensor || arg->mode != ARG_READ) {
            diag(sig->sema->diags, value->span, W0372, arg->name,
                 arg->is_tensor ? "a tensor" : arg->mode == ARG_MUT ? "mut" : "out");
            ok = false;
            continue;
        }
        const char *what = arena_printf(sig->sema->arena, "the argument %s of %s", arg->name, sig->decl->name);
        ok &= comptime_eval(sig->fs, value, arg->type, what) != NULL;
    }
    return ok;
}

bool signature_types(Signature *sig) {
    for (uint32_t i = 0; i < sig->arg_count; i++) {
        check_twice(sig, i);
        if (sig->args[i].is_tensor) {
            check_tensor_arg(sig, i);
            continue;
        }
        sig->args[i].type = declared_type(sig, i);
        refuse_function(sig, &sig->args[i]);
        if (sig->args[i].type->kind == TYPE_VIEW)
            adopt_tensor(sig, i);
        sig->failed |= sig->args[i].type->kind == TYPE_POISON;
    }
    for (uint32_t i = 0; i < sig->arg_count && !sig->failed; i++)
        check_arg_dims(sig, i);
    return !sig->failed;
}

/* ------------------------------------------------------------------ concrete types */

static int64_t own_extent(const Signature *sig, uint32_t arg, uint32_t k, const Type **actual) {
    const ArgDim *dim = &sig->args[arg].dims[k];
    if (dim->extent >= 0)
        return dim->extent;
    return actual ? actual[arg]->extents[k] : EXTENT_DYNAMIC;
}

/* What the types of the arguments show of the named dims. */
static bool find_extents(Signature *sig, const Type **actual, Span at) {
    bool ok = true;
    for (uint32_t i = 0; i < sig->arg_count; i++) {
        const ArgSignature *arg = &sig->args[i];
        for (uint32_t k = 0; arg->is_tensor && k < arg->tensor.rank; k++) {
            int64_t extent = own_extent(sig, i, k, actual);
            bool fixed = arg->dims[k].extent >= 0;
            int64_t given = actual ? actual[i]->extents[k] : EXTENT_DYNAMIC;
            if (fixed && given >= 0 && given != extent) {
                diag(sig->sema->diags, at, W0253, "the dim", (long long)extent, arg->name, k,
                     (long long)given, "what is given", k);
                ok = false;
            }
            if (arg->dims[k].named < 0 || extent < 0)
                continue;
            NamedDim *dim = &sig->dims.items[arg->dims[k].named];
            if (dim->extent >= 0 && dim->extent != extent) {
                diag(sig->sema->diags, at, W0253, dim->name, (long long)dim->extent,
                     sig->args[dim->arg].name, dim->position, (long long)extent, arg->name, k);
                ok = false;
            }
            if (dim->extent < 0) {
                dim->extent = extent;
                dim->arg = i;
                dim->position = k;
            }
        }
    }
    return ok;
}

static const Type *concrete_view(Signature *sig, uint32_t i, const Type **actual) {
    const ArgSignature *arg = &sig->args[i];
    int64_t extents[MAX_RANK];
    for (uint32_t k = 0; k < arg->tensor.rank; k++) {
        const ArgDim *dim = &arg->dims[k];
        extents[k] =
            dim->named >= 0 ? sig->dims.items[dim->named].extent : own_extent(sig, i, k, actual);
    }
    const Type *view = type_view(sig->sema->types, arg->tensor.element, arg->tensor.rank, extents,
                                 actual ? actual[i]->layout : arg->tensor.layout,
                                 actual ? actual[i]->space : SPACE_GLOBAL);
    return actual && actual[i]->hangs ? type_hanging(sig->sema->types, view) : view;
}

bool signature_concrete(Signature *sig, const Type **actual, Span at) {
    Types *types = sig->sema->types;
    if (!find_extents(sig, actual, at))
        return false;
    for (uint32_t i = 0; i < sig->arg_count; i++) {
        ArgSignature *arg = &sig->args[i];
        if (arg->is_tensor)
            arg->concrete = concrete_view(sig, i, actual);
        else if (arg->mode == ARG_READ || arg->type->kind == TYPE_ARRAY)
            arg->concrete = arg->type;
        else
            arg->concrete =
                actual ? actual[i]
                       : type_view(types, arg->type, 0, NULL, LAYOUT_ROW_MAJOR, SPACE_GLOBAL);
    }
    int32_t next = 0;
    VEC_FOR_EACH (i, &sig->dims)
        if (sig->dims.items[i].extent < 0)
            sig->dims.items[i].dim = next++;
    return true;
}

void signature_func_dims(Signature *sig, uint32_t i, FuncDim *dims) {
    const ArgSignature *arg = &sig->args[i];
    for (uint32_t k = 0; k < arg->tensor.rank; k++) {
        const ArgDim *from = &arg->dims[k];
        const NamedDim *named = from->named >= 0 ? &sig->dims.items[from->named] : NULL;
        int64_t extent = named ? named->extent : from->extent;
        dims[k] = (FuncDim){
            .extent = extent, .dim = named && extent < 0 ? named->dim : -1, .arg = from->arg};
    }
}
