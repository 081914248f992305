/* Instances: one for each function, parameters, concrete argument types and context. Made when
 * first needed, found again in the declaration's list.
 *
 * The IR function exists before its body is walked, so a function that calls itself finds it. In
 * kernels that is a mistake, which is told at the kernel's call, once the whole ring is known: a
 * call of an instance that is still being made marks all that were begun since as recursive. */
#include "sema/structure.h"

enum { MAX_DEPTH = 1000 };

/* ------------------------------------------------------------------ names */

static void print_param(Text *text, const Attr *param) {
    switch (param->kind) {
    case ATTR_TYPE: type_print_source(text, param->as_type); break;
    case ATTR_CLOSURE: text_puts(text, closure_name(param->pointer)); break;
    case ATTR_INT:
        if (param->type->kind == TYPE_BOOL)
            text_puts(text, attr_is_true(param) ? "True" : "False");
        else if (type_is_signed(param->type))
            text_printf(text, "%lld", (long long)attr_as_i64(param));
        else
            text_printf(text, "%llu", (unsigned long long)param->bits);
        break;
    case ATTR_STRING: text_printf(text, "\"%s\"", param->string); break;
    default: attr_print(text, param);
    }
}

const char *instance_name(Sema *sema, const Instance *instance) {
    Text text = {.arena = sema->arena};
    if (instance->self)
        text_printf(&text, "%s.",
                    instance->self->type ? instance->self->type->name : instance->self->decl->name);
    text_puts(&text, instance->decl->name);
    for (uint32_t i = 0; i < instance->param_count; i++) {
        text_puts(&text, i ? ", " : "[");
        print_param(&text, instance->params[i]);
    }
    if (instance->param_count)
        text_putc(&text, ']');
    return text_cstr(&text);
}

/* "lerp[f32]" to "lerp.f32"; a second function of the name gets a number. */
static Name ir_name(Sema *sema, const Instance *instance) {
    Text text = {.arena = sema->arena};
    for (const char *c = instance_name(sema, instance); *c; c++) {
        bool plain = (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') ||
                     (*c >= '0' && *c <= '9') || *c == '_';
        if (plain)
            text_putc(&text, *c);
        else if (text.len && text.chars[text.len - 1] != '.' && c[1] && *c != ']')
            text_putc(&text, '.');
    }
    Name name = intern_cstr(sema->names, text_cstr(&text));
    sema->func_names.arena = sema->arena;
    uintptr_t before = (uintptr_t)map_get_ptr(&sema->func_names, name);
    map_put_ptr(&sema->func_names, name, (void *)(before + 1));
    return before ? intern_cstr(sema->names,
                                arena_printf(sema->arena, "%s.%u", name, (unsigned)before + 1))
                  : name;
}

/* ------------------------------------------------------------------ finding */

static bool is_same(const Instance *instance, const Signature *sig, const Type *result,
                    Context context) {
    if (instance->context != context || instance->wanted != result)
        return false;
    for (uint32_t i = 0; i < sig->param_count; i++)
        if (instance->params[i] != sig->params[i])
            return false;
    for (uint32_t i = 0; i < sig->arg_count; i++)
        if (instance->arg_types[i] != sig->args[i].concrete)
            return false;
    return instance->self == sig->closure->self;
}

static uint64_t hash_of(const Signature *sig, const Type *result, Context context) {
    uint64_t hash = hash_with(hash_with(context, result), sig->closure->self);
    for (uint32_t i = 0; i < sig->param_count; i++)
        hash = hash_with(hash, sig->params[i]);
    for (uint32_t i = 0; i < sig->arg_count; i++)
        hash = hash_with(hash, sig->args[i].concrete);
    return hash;
}

static Instance *find(const Signature *sig, const Type *result, Context context) {
    Instance *at = map_get(&sig->decl->instances_by_hash, hash_of(sig, result, context));
    while (at && !is_same(at, sig, result, context))
        at = at->next_of_hash;
    return at;
}

static void remember(Instance *instance, const Signature *sig) {
    Map *by_hash = &sig->decl->instances_by_hash;
    by_hash->arena = sig->sema->arena;
    uint64_t hash = hash_of(sig, instance->wanted, instance->context);
    instance->next_of_hash = map_get(by_hash, hash);
    map_put(by_hash, hash, instance);
    vec_push(sig->sema->arena, &sig->decl->instances, instance);
}

/* ------------------------------------------------------------------ while it is being made */

static void mark_ring(FuncState *asker, Instance *until) {
    for (FuncState *at = asker; at;) {
        Instance *instance = at->instance;
        if (!instance) {
            at = at->parent;
            continue;
        }
        instance->recursive = true;
        if (instance == until)
            return;
        at = instance->asked_by;
    }
}

static Instance *ask_again(FuncState *asker, Instance *instance, Span asked_at) {
    Sema *sema = asker->sema;
    if (instance->comptime_level < sema->comptime_level) {
        diag(sema->diags, asked_at, W0257, instance->decl->name);
        return NULL;
    }
    if (!instance->result) {
        diag(sema->diags, asked_at, W0255, instance->decl->name);
        return NULL;
    }
    mark_ring(asker, instance);
    return instance;
}

/* ------------------------------------------------------------------ making */

/* A captured tensor brings its unknown extents as dims of their own, behind the signature's. */
static FuncDim *capture_dims(Sema *sema, const Type *type, uint32_t *dim_count) {
    FuncDim *dims = arena_array(sema->arena, FuncDim, type->rank + 1);
    for (uint32_t k = 0; k < type->rank; k++) {
        bool known = type->extents[k] >= 0;
        dims[k] = (FuncDim){.extent = type->extents[k], .dim = known ? -1 : (int32_t)(*dim_count)++, .arg = -1};
    }
    return dims;
}

uint32_t capture_dim_count(const Instance *instance) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < instance->capture_count; i++) {
        const Type *type = instance->captures[i].type;
        for (uint32_t k = 0; type->kind == TYPE_VIEW && k < type->rank; k++)
            count += type->extents[k] < 0;
    }
    return count;
}

static FuncArg *func_args(Signature *sig, Instance *instance, uint32_t dim_count, uint32_t *count) {
    Sema *sema = sig->sema;
    FuncArg *args = arena_array(sema->arena, FuncArg, sig->arg_count + instance->capture_count + 1);
    for (uint32_t i = 0; i < sig->arg_count; i++) {
        const ArgSignature *arg = &sig->args[i];
        bool is_handle = arg->concrete->kind == TYPE_ARRAY; /* passed by value, whoever may write what it refers to */
        args[i] = (FuncArg){.name = arg->name,
                            .type = arg->concrete,
                            .mode = is_handle ? FUNC_ARG_READ : (FuncArgMode)arg->mode,
                            .span = arg->span};
        if (!arg->is_tensor)
            continue;
        args[i].dims = arena_array(sema->arena, FuncDim, arg->tensor.rank + 1);
        signature_func_dims(sig, i, args[i].dims);
    }
    for (uint32_t i = 0; i < instance->capture_count; i++) {
        const InstanceCapture *capture = &instance->captures[i];
        bool is_view = capture->type->kind == TYPE_VIEW;
        args[sig->arg_count + i] = (FuncArg){.name = capture->variable->name,
                                             .type = capture->type,
                                             .mode = capture->writable ? FUNC_ARG_MUT : FUNC_ARG_READ,
                                             .dims = is_view ? capture_dims(sema, capture->type, &dim_count) : NULL,
                                             .span = capture->variable->span};
    }
    *count = sig->arg_count + instance->capture_count;
    return args;
}

static void create_func(Signature *sig, Instance *instance) {
    Sema *sema = sig->sema;
    FuncDecl *decl = sig->decl;
    FuncDimName *dims =
        arena_array(sema->arena, FuncDimName, sig->dims.len + capture_dim_count(instance) + 1);
    uint32_t dim_count = 0, arg_count;
    VEC_FOR_EACH (i, &sig->dims)
        if (sig->dims.items[i].dim >= 0)
            dims[dim_count++] = (FuncDimName){sig->dims.items[i].name};
    FuncArg *args = func_args(sig, instance, dim_count, &arg_count);
    for (uint32_t i = 0; i < capture_dim_count(instance); i++)
        dims[dim_count++] = (FuncDimName){intern_cstr(sema->names, "_")};
    bool device = context_is_device(instance->context);
    FuncKind kind = decl->kernel ? FUNC_KERNEL : device ? FUNC_DEVICE : FUNC_HOST;
    bool gives = instance->result && instance->result->kind != TYPE_NONE;
    Func *func = func_create(sema->ir, kind, ir_name(sema, instance), dims, dim_count, args,
                             arg_count, gives ? &instance->result : NULL, gives);
    func->span = decl->node->kind == NODE_FUNC ? decl->node->func.name_span : decl->node->span;
    func->shown = instance_name(sema, instance);
    func->doc = decl->node->kind == NODE_FUNC ? decl->node->func.docstring : NULL;
    func->always_inline = instance->closure != NULL;
    func->strict_host = !device;
    instance->func = func;
    sig->fs->func = func;
    declare_captures(sig->fs, instance, sig->arg_count, true);
}

/* NULL where the body tells it: of a lambda, and of a function that gives a view. */
static const Type *declared_result(Signature *sig, const Type *wanted) {
    const Node *node = sig->decl->node;
    if (node->kind == NODE_LAMBDA)
        return wanted;
    return is_tensor_type(node->func.result) ? NULL : check_type(sig->fs, node->func.result);
}

static Instance *begin_instance(FuncState *asker, Signature *sig, const Type *wanted,
                                Context context, Span asked_at) {
    Sema *sema = sig->sema;
    Instance *instance = arena_new(sema->arena, Instance);
    *instance = (Instance){.decl = sig->decl,
                           .context = context,
                           .self = sig->closure->self,
                           .params = sig->params,
                           .param_count = sig->param_count,
                           .arg_count = sig->arg_count,
                           .wanted = wanted,
                           .state = INSTANCE_BUSY,
                           .asked_by = asker,
                           .asked_at = asked_at,
                           .comptime_level = sema->comptime_level};
    instance->closure = sig->closure->home ? sig->closure : NULL;
    instance->arg_types = arena_array(sema->arena, const Type *, sig->arg_count + 1);
    for (uint32_t i = 0; i < sig->arg_count; i++)
        instance->arg_types[i] = sig->args[i].concrete;
    remember(instance, sig);
    sig->fs->instance = instance;
    sig->fs->is_kernel = sig->decl->kernel != NULL;
    instance->result = declared_result(sig, wanted);
    sig->fs->result = instance->result;
    if (instance->result && instance->result->kind == TYPE_POISON)
        return instance;
    collect_captures(sema, instance);
    create_func(sig, instance);
    return instance;
}

enum { MAX_NOTES = 8 };

static bool has_room(const Diag *d) {
    uint32_t count = 0;
    for (const DiagNote *note = d->notes; note; note = note->next)
        count++;
    return count < MAX_NOTES;
}

bool is_of_library(const Sema *sema, Span span) {
    const SourceFile *file = sources_get(sema->sources, span.file);
    const char *library = sema->options.stdlib_path;
    return file && library && !strncmp(file->path, library, strlen(library));
}

/* What the library refuses is the mistake of the text that asks for it. */
static void move_to_asker(Sema *sema, Diag *d, const Instance *instance) {
    diag_note(d, d->span, "the library says so here");
    d->message = arena_printf(sema->arena, "%s: %s", instance_name(sema, instance), d->message);
    d->span = instance->asked_at;
    d->fixes = NULL;
}

/* Every error in an instance says which call asked for it, outermost last. */
static void say_who_asked(Sema *sema, const Instance *instance, uint32_t since) {
    bool from_text = instance->asked_at.file != 0 &&
                     (instance->param_count || instance->closure || instance->self);
    for (uint32_t i = since; from_text && i < diags_count(sema->diags); i++) {
        Diag *d = (Diag *)diags_get(sema->diags, i);
        if (d->severity == SEVERITY_ERROR && is_of_library(sema, d->span) && !is_of_library(sema, instance->asked_at))
            move_to_asker(sema, d, instance);
        else if (d->severity == SEVERITY_ERROR && d->span.start != instance->asked_at.start &&
            has_room(d))
            diag_note(d, instance->asked_at, "%s is asked for here", instance_name(sema, instance));
    }
}

/* Of a parameter that does not fit: an operator or a conversion that the type has not. */
static bool is_of_type(DiagCode code) {
    static const DiagCode codes[] = {W0300, W0301, W0303, W0305, W0307, W0308, W0319, W0340};
    for (uint32_t i = 0; i < sizeof codes / sizeof *codes; i++)
        if (codes[i] == code)
            return true;
    return false;
}

static bool is_inside(const Diag *d, Span whole) {
    return d->span.file == whole.file && whole.start <= d->span.start && d->span.start < whole.end;
}

/* A generic function that is asked for with a type it was not made for: one mistake, in the call. */
static void keep_first_of_type(Sema *sema, const Instance *instance, uint32_t since) {
    const Diag *first = NULL;
    for (uint32_t i = since; instance->param_count && i < diags_count(sema->diags); i++) {
        const Diag *d = diags_get(sema->diags, i);
        if (d->severity != SEVERITY_ERROR || !is_of_type(d->code) || !is_inside(d, instance->decl->node->span))
            continue;
        if (first)
            diags_forget(sema->diags, i--);
        else
            first = d;
    }
}

static bool too_deep(const Signature *sig, Span asked_at) {
    Sema *sema = sig->sema;
    if (sema->depth < MAX_DEPTH)
        return false;
    if (sema->depth == MAX_DEPTH)
        diag(sema->diags, asked_at, W0256, sig->decl->name, (unsigned)MAX_DEPTH);
    return true;
}

Instance *instance_for(FuncState *asker, Signature *sig, const Type *result, Context context,
                       Span asked_at) {
    Sema *sema = sig->sema;
    Instance *instance = find(sig, result, context);
    if (instance && instance->state == INSTANCE_BUSY)
        return asker ? ask_again(asker, instance, asked_at) : NULL;
    if (instance && instance->state != INSTANCE_DONE)
        diags_repeat(sema->diags);
    if (instance)
        return instance->state == INSTANCE_DONE ? instance : NULL;
    if (sig->decl->failed)
        diags_repeat(sema->diags);
    if (sig->decl->failed || too_deep(sig, asked_at))
        return NULL;
    uint32_t errors = diags_errors(sema->diags), messages = diags_count(sema->diags);
    sema->depth++;
    instance = begin_instance(asker, sig, result, context, asked_at);
    bool ok = instance->func && emit_instance(sig, instance, result);
    sema->depth--;
    ok &= diags_errors(sema->diags) == errors;
    instance->state = ok ? INSTANCE_DONE : INSTANCE_FAILED;
    if (!ok) {
        keep_first_of_type(sema, instance, messages);
        say_who_asked(sema, instance, messages);
    }
    return ok ? instance : NULL;
}

/* ------------------------------------------------------------------ from outside */

static bool bind_given(Signature *sig, const Attr **params, Span asked_at) {
    for (uint32_t i = 0; params && i < sig->param_count; i++)
        if (params[i] && !sig->params[i] && !signature_bind(sig, i, params[i], NULL, asked_at))
            return false;
    return !sig->failed;
}

static bool set_lambda_types(Signature *sig, const Type **arg_types) {
    if (sig->decl->node->kind != NODE_LAMBDA)
        return true;
    for (uint32_t i = 0; i < sig->arg_count; i++) {
        if (!arg_types)
            return false;
        sig->args[i].type = arg_types[i];
    }
    return true;
}

Instance *instantiate(FuncState *asker, Closure *closure, const Attr **params,
                      const Type **arg_types, uint32_t arg_count, Context context, Span asked_at) {
    FuncDecl *decl = closure_decl(closure);
    Sema *sema = asker ? asker->sema : NULL;
    if (!sema || !decl)
        return NULL;
    if (decl->kernel)
        context = kernel_context(sema, decl);
    Signature sig;
    signature_begin(&sig, sema, closure, context, asked_at);
    if (arg_types && arg_count != sig.arg_count)
        weft_bug("%s is asked for with %u arguments", closure_name(closure), arg_count);
    for (uint32_t i = 0; arg_types && i < sig.arg_count; i++)
        if (sig.args[i].node)
            infer_from(&sig, sig.args[i].node->arg.type, arg_types[i], asked_at);
    const Node at = {.kind = NODE_NAME, .name = decl->name, .span = asked_at};
    if (!bind_given(&sig, params, asked_at) || !infer_finish(&sig, &at) ||
        !set_lambda_types(&sig, arg_types) || !signature_types(&sig) ||
        !signature_concrete(&sig, arg_types, asked_at))
        return NULL;
    return instance_for(asker, &sig, NULL, context, asked_at);
}

/* ------------------------------------------------------------------ what a plain function is
 * checked as */

static const char *const device_names[] = {
    "thread_idx",      "block_idx",  "block_dim",   "grid_dim",     "global_idx",    "barrier",
    "lane_id",         "warp_id",    "warp",        "block",        "shared_tensor", "atomic_add",
    "atomic_sub",      "atomic_min", "atomic_max",  "atomic_and",   "atomic_or",     "atomic_xor",
    "atomic_exchange", "atomic_cas", "atomic_load", "atomic_store", "fence",
};

static bool is_device_name(Name name) {
    for (uint32_t i = 0; i < sizeof device_names / sizeof *device_names; i++)
        if (!strcmp(device_names[i], name))
            return true;
    return false;
}

static bool mentions_device(Sema *sema, FuncDecl *decl) {
    NameSet mentioned = {.arena = sema->arena}, declared = {.arena = sema->arena};
    declared.has.arena = sema->arena;
    scan_mentioned(decl->node, &mentioned);
    scan_declared(decl->node->func.body, &declared);
    for (uint32_t i = 0; i < decl->node->func.args.len; i++)
        map_put_ptr(&declared.has, decl->node->func.args.items[i]->arg.name, decl);
    VEC_FOR_EACH (i, &mentioned.names) {
        Name name = mentioned.names.items[i];
        if (map_has_ptr(&declared.has, name))
            continue;
        Symbol *symbol = map_get_ptr(&decl->module->symbols, name);
        if (!symbol && is_device_name(name))
            return true;
        bool is_func =
            symbol && symbol->kind == SYMBOL_FUNC && symbol->func && !symbol->func->kernel;
        if (is_func && symbol->func != decl && func_is_mentioning_device(sema, symbol->func))
            return true;
    }
    return false;
}

bool func_is_mentioning_device(Sema *sema, FuncDecl *decl) {
    if (decl->device == DEVICE_UNKNOWN) {
        decl->device = DEVICE_BUSY;
        decl->device = mentions_device(sema, decl) ? DEVICE_YES : DEVICE_NO;
    }
    return decl->device == DEVICE_YES;
}
