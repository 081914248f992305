/* The front door: files in, checked IR out. */
#include "base/fs.h"
#include "sema/structure.h"

Sema *sema_create(Arena *arena, Interner *names, Types *types, Sources *sources, Diags *diags,
                  const SemaOptions *options) {
    Sema *sema = arena_new(arena, Sema);
    sema->arena = arena;
    sema->names = names;
    sema->types = types;
    sema->sources = sources;
    sema->diags = diags;
    sema->options = *options;
    sema->modules.arena = sema->told.arena = arena;
    sema->ir = module_create(arena, types, names, sources);
    return sema;
}

Module *sema_ir(Sema *sema) {
    return sema->ir;
}
const SemaFound *sema_found(const Sema *sema) {
    return &sema->found;
}

/* A file of the command line is a module of the name of the file. */
SourceModule *sema_load_file(Sema *sema, const char *path) {
    Name name = intern_cstr(sema->names, fs_stem_of(sema->arena, path));
    SourceModule *module = module_of_path(sema, path);
    if (!module)
        module = module_load(sema, name, path, NULL, NULL);
    if (module && !sema->ir->name)
        sema->ir->name = name;
    return module;
}

bool sema_has_comptime(const Sema *sema, const SourceModule *module, const char *name) {
    const Symbol *symbol = map_get_ptr(&module->symbols, intern_cstr(sema->names, name));
    return symbol && symbol->kind == SYMBOL_COMPTIME && symbol->module == module;
}

void found_kernel(Sema *sema, Func *kernel) {
    VEC_FOR_EACH (i, &sema->found.kernels)
        if (sema->found.kernels.items[i] == kernel)
            return;
    vec_push(sema->arena, &sema->found.kernels, kernel);
}

/* ------------------------------------------------------------------ checking */

static Instance *check_alone(Sema *sema, FuncDecl *decl, StructInstance *self, Context context) {
    FuncState *fs = module_scope(sema, decl->module);
    return instantiate(fs, closure_of(fs, decl, self), NULL, NULL, 0, context, (Span){0});
}

static void check_main(Sema *sema, const FuncDecl *decl, Instance *instance) {
    bool right = instance->result->kind == TYPE_NONE || instance->result == sema->types->i64;
    if (!right) {
        diag(sema->diags, decl->node->func.header, W0518, "main",
             "no arguments, and gives nothing or an int");
        return;
    }
    instance->func->is_main = true;
    sema->found.main = instance->func;
}

static void check_func(Sema *sema, FuncDecl *decl) {
    const Node *node = decl->node;
    if (decl->failed)
        return;
    if (decl->is_graph) {
        not_built(module_scope(sema, decl->module), node->func.decorators.items[0], W0900);
        return;
    }
    if (decl->export_)
        check_exports(sema, decl);
    if (node->func.params.len)
        return;
    bool is_main = !strcmp(decl->name, "main");
    bool host = decl->is_test || decl->is_bench || decl->export_ || is_main;
    bool device = !host && func_is_mentioning_device(sema, decl);
    Instance *instance = check_alone(sema, decl, NULL, device ? CONTEXT_DEVICE : CONTEXT_HOST);
    if (!instance)
        return;
    instance->func->is_test = decl->is_test;
    instance->func->is_bench = decl->is_bench;
    if (decl->is_test)
        vec_push(sema->arena, &sema->found.tests, instance->func);
    if (decl->is_bench)
        vec_push(sema->arena, &sema->found.benches, instance->func);
    if (is_main)
        check_main(sema, decl, instance);
}

static void check_struct(Sema *sema, StructDecl *decl) {
    NodeList members = decl->node->struct_.members;
    if (decl->node->struct_.params.len)
        return;
    StructInstance *made = struct_instantiate(module_scope(sema, decl->module), decl, NULL, 0,
                                              decl->node->struct_.name_span);
    if (made)
        check_defaults(made);
    for (uint32_t i = 0; made && i < members.len; i++) {
        FuncDecl *method = members.items[i]->kind == NODE_FUNC
                               ? struct_method(made, members.items[i]->func.name)
                               : NULL;
        if (!method || method->failed || method->node != members.items[i] ||
            method->node->func.params.len)
            continue;
        check_alone(sema, method, made,
                    func_is_mentioning_device(sema, method) ? CONTEXT_DEVICE : CONTEXT_HOST);
    }
}

static void check_symbol(Sema *sema, Symbol *symbol) {
    if (symbol->kind == SYMBOL_FUNC && symbol->func)
        check_func(sema, symbol->func);
    else if (symbol->kind == SYMBOL_STRUCT && symbol->struct_)
        check_struct(sema, symbol->struct_);
    else if (symbol->kind == SYMBOL_COMPTIME)
        symbol_value(sema, symbol);
}

/* comptime assert and comptime for, which declare nothing. */
static void run_module_checks(Sema *sema, SourceModule *module) {
    VEC_FOR_EACH (i, &module->checks) {
        const Node *node = module->checks.items[i];
        FuncState *scope = module_scope(sema, module);
        check_statement(node->kind == NODE_FOR ? state_create(sema, scope, module, CONTEXT_COMPTIME)
                                               : scope,
                        node);
    }
}

static void warn_unused_imports(Sema *sema, SourceModule *module) {
    for (uint32_t i = 0; module->own.len && i < module->imports.len; i++) {
        const ImportedName *imported = module->imports.items[i];
        if (!imported->used && !imported->quiet)
            diag(sema->diags, imported->span, W0221, imported->name);
    }
}

void sema_check(Sema *sema, SourceModule *module) {
    if (sema->incomplete)
        return;
    VEC_FOR_EACH (i, &module->own)
        check_symbol(sema, module->own.items[i]);
    run_module_checks(sema, module);
    if (diags_errors(sema->diags) == 0)
        warn_unused_imports(sema, module);
}
