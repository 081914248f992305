/* weft call FILE:KERNEL: which instance is meant, and what an argument is that was left out. */
#include "sema/structure.h"

#include <errno.h>
#include <stdlib.h>

static FuncDecl *kernel_named(Sema *sema, SourceModule *module, const char *name, size_t len) {
    Symbol *symbol = map_get_ptr(&module->symbols, intern(sema->names, name, len));
    return symbol && symbol->kind == SYMBOL_FUNC && symbol->func && symbol->func->kernel ? symbol->func : NULL;
}

static Func *exported_as(Sema *sema, Name name) {
    VEC_FOR_EACH (i, &sema->found.exports)
        if (sema->found.exports.items[i].c_name == name)
            return sema->found.exports.items[i].func;
    return NULL;
}

/* ------------------------------------------------------------------ scale[f32, 128] */

/* A parameter in a word of the command line: a scalar type, True or False, an integer; NULL. */
static const Attr *read_parameter(Sema *sema, const char *word) {
    const Type *type = type_scalar_named(sema->types, word);
    if (type)
        return attr_of_type(sema->types, type);
    if (!strcmp(word, "True") || !strcmp(word, "False"))
        return attr_bool(sema->types, *word == 'T');
    char *end;
    errno = 0;
    long long number = strtoll(word, &end, 10);
    return *end || end == word || errno ? NULL : attr_literal_int(sema->types, number);
}

/* What stands in the brackets; false where it is no list of parameters, or too long. */
static bool read_parameters(Sema *sema, const char *text, const Attr **params, uint32_t count) {
    char *copy = arena_strndup(sema->arena, text, strlen(text)), *rest = NULL;
    size_t len = strlen(copy);
    if (len == 0 || copy[len - 1] != ']')
        return false;
    copy[len - 1] = '\0';
    uint32_t at = 0;
    for (char *word = strtok_r(copy, ", ", &rest); word; word = strtok_r(NULL, ", ", &rest)) {
        if (at == count)
            return false;
        params[at] = read_parameter(sema, word);
        if (!params[at++])
            return false;
    }
    return true;
}

/* The parameters that the arguments tell beside those that are given. */
static void infer_parameters(Sema *sema, FuncDecl *decl, const Attr **params, const SemaActual *actuals, uint32_t count) {
    Signature sig;
    Span at = decl->node->func.name_span;
    signature_begin(&sig, sema, closure_of(module_scope(sema, decl->module), decl, NULL), CONTEXT_DEVICE, at);
    for (uint32_t i = 0; i < sig.param_count; i++)
        if (params[i])
            signature_bind(&sig, i, params[i], NULL, at);
    for (uint32_t k = 0; k < count; k++)
        for (uint32_t i = 0; i < sig.arg_count; i++)
            if (name_len(sig.args[i].name) == actuals[k].arg_len && !memcmp(sig.args[i].name, actuals[k].arg, actuals[k].arg_len))
                infer_from(&sig, sig.args[i].node->arg.type, actuals[k].type, at);
    for (uint32_t i = 0; i < sig.param_count; i++)
        params[i] = sig.params[i];
}

/* The one instance that the file makes of the kernel with these parameters, as far as they are known; NULL. */
static Func *made_alone(const FuncDecl *decl, const Attr **params) {
    Func *found = NULL;
    VEC_FOR_EACH (k, &decl->instances) {
        const Instance *instance = decl->instances.items[k];
        bool fits = true;
        for (uint32_t i = 0; i < instance->param_count; i++)
            fits &= !params[i] || params[i] == instance->params[i];
        if (fits && found)
            return NULL;
        found = fits ? instance->func : found;
    }
    return found;
}

/* The instance for the parameters that are given or told; the others have defaults, or an error says so. */
static Func *instance_of(Sema *sema, FuncDecl *decl, const char *brackets, const SemaActual *actuals, uint32_t actual_count) {
    uint32_t count = decl->node->func.params.len;
    const Attr **params = arena_array(sema->arena, const Attr *, count + 1);
    if (*brackets && !read_parameters(sema, brackets + 1, params, count))
        return NULL;
    infer_parameters(sema, decl, params, actuals, actual_count);
    Func *made = *brackets ? NULL : made_alone(decl, params);
    if (made)
        return made;
    FuncState *fs = module_scope(sema, decl->module);
    Span at = decl->node->func.name_span;
    Instance *instance = instantiate(fs, closure_of(fs, decl, NULL), params, NULL, 0, CONTEXT_DEVICE, at);
    return instance ? instance->func : NULL;
}

Func *sema_find_kernel(Sema *sema, SourceModule *module, const char *text, const SemaActual *actuals, uint32_t count) {
    Func *func = exported_as(sema, intern_cstr(sema->names, text));
    size_t len = strcspn(text, "[");
    FuncDecl *decl = kernel_named(sema, module, text, len);
    if (!func && decl)
        func = instance_of(sema, decl, text + len, actuals, count);
    if (!func || func->kind != FUNC_KERNEL)
        return NULL;
    found_kernel(sema, func);
    return func;
}

const char *sema_similar_kernel(Sema *sema, SourceModule *module, const char *text) {
    const char *best = NULL;
    size_t best_distance = SIZE_MAX;
    VEC_FOR_EACH (i, &module->own) {
        const Symbol *symbol = module->own.items[i];
        size_t distance = edit_distance(text, symbol->name, 2);
        if (distance >= best_distance || !kernel_named(sema, module, symbol->name, name_len(symbol->name)))
            continue;
        best_distance = distance;
        best = symbol->name;
    }
    return best;
}

/* ------------------------------------------------------------------ defaults */

static const Instance *instance_with(const SourceModule *module, const Func *kernel) {
    VEC_FOR_EACH (i, &module->own) {
        const Symbol *symbol = module->own.items[i];
        const FuncDecl *decl = symbol->kind == SYMBOL_FUNC ? symbol->func : NULL;
        for (uint32_t k = 0; decl && k < decl->instances.len; k++)
            if (decl->instances.items[k]->func == kernel)
                return decl->instances.items[k];
    }
    return NULL;
}

const Attr *sema_default_argument(Sema *sema, SourceModule *module, const Func *kernel, uint32_t arg) {
    const Instance *instance = instance_with(module, kernel);
    if (!instance)
        return NULL;
    FuncDecl *decl = instance->decl;
    const Node *value = decl->node->func.args.items[arg]->arg.default_value;
    if (!value)
        return NULL;
    Signature sig;
    signature_begin(&sig, sema, closure_of(module_scope(sema, decl->module), decl, NULL), instance->context, value->span);
    for (uint32_t i = 0; i < instance->param_count; i++)
        signature_bind(&sig, i, instance->params[i], NULL, value->span);
    return comptime_eval(sig.fs, value, instance->arg_types[arg], kernel->args[arg].name);
}
