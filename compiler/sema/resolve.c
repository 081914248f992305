/* What a module declares: its functions, structs, comptime names and imports go into its table of
 * names. No types here; a name is looked at when somebody needs it. */
#include "sema/structure.h"

#include <string.h>

/* ------------------------------------------------------------------ the table */

static Symbol *new_symbol(Sema *sema, SourceModule *module, SymbolKind kind, Name name,
                          const Node *node, Span span) {
    Symbol *symbol = arena_new(sema->arena, Symbol);
    *symbol = (Symbol){.kind = kind, .name = name, .module = module, .node = node, .span = span};
    return symbol;
}

/* What `from m import *` brought may be hidden; everything else that has the name was meant. */
static bool may_hide(const SourceModule *module, const Symbol *before) {
    if (before->yields)
        return true;
    return before->module != module && !map_has_ptr(&module->imports_by_name, before->name);
}

/* False when the name is taken: the second definition is the mistake, and is not looked at further.
 */
static bool add_symbol(Sema *sema, SourceModule *module, Symbol *symbol, bool own) {
    Symbol *before = map_get_ptr(&module->symbols, symbol->name);
    if (before && !may_hide(module, before)) {
        Diag *d = diag(sema->diags, symbol->span, W0203, symbol->name);
        diag_note(d, before->span, "%s is defined here first", symbol->name);
        return false;
    }
    map_put_ptr(&module->symbols, symbol->name, symbol);
    if (own)
        vec_push(sema->arena, &module->own, symbol);
    return true;
}

static void check_params_twice(Sema *sema, NodeList params) {
    Map seen = {.arena = sema->arena};
    for (uint32_t i = 0; i < params.len; i++) {
        const Node *param = params.items[i];
        if (map_has_ptr(&seen, param->param.name))
            diag(sema->diags, param->param.name_span, W0268, param->param.name, "two parameters");
        map_put_ptr(&seen, param->param.name, (void *)param);
    }
}

FuncDecl *make_func_decl(Sema *sema, SourceModule *module, const Node *node, StructDecl *owner,
                         FuncState *enclosing) {
    FuncDecl *decl = arena_new(sema->arena, FuncDecl);
    *decl = (FuncDecl){.node = node,
                       .name = node->func.name,
                       .module = module,
                       .owner = owner,
                       .enclosing = enclosing};
    read_decorators(sema, decl);
    check_params_twice(sema, node->func.params);
    return decl;
}

static void declare_func(Sema *sema, SourceModule *module, const Node *node) {
    Symbol *symbol =
        new_symbol(sema, module, SYMBOL_FUNC, node->func.name, node, node->func.name_span);
    if (add_symbol(sema, module, symbol, true))
        symbol->func = make_func_decl(sema, module, node, NULL, NULL);
}

static const Node *field_named(NodeList members, Name name) {
    for (uint32_t i = 0; i < members.len; i++)
        if (members.items[i]->kind == NODE_FIELD && members.items[i]->field.name == name)
            return members.items[i];
    return NULL;
}

static void declare_methods(Sema *sema, SourceModule *module, StructDecl *decl) {
    NodeList members = decl->node->struct_.members;
    for (uint32_t i = 0; i < members.len; i++) {
        const Node *member = members.items[i];
        if (member->kind != NODE_FUNC)
            continue;
        const Node *field = field_named(members, member->func.name);
        if (field) {
            Diag *d = diag(sema->diags, member->func.name_span, W0203, member->func.name);
            diag_note(d, field->field.name_span, "%s is defined here first", member->func.name);
            continue;
        }
        FuncDecl *before = map_get_ptr(&decl->methods, member->func.name);
        if (before) {
            Diag *d = diag(sema->diags, member->func.name_span, W0203, member->func.name);
            diag_note(d, before->node->func.name_span, "%s is defined here first",
                      member->func.name);
            continue;
        }
        map_put_ptr(&decl->methods, member->func.name,
                    make_func_decl(sema, module, member, decl, NULL));
    }
}

static void declare_struct(Sema *sema, SourceModule *module, const Node *node) {
    Symbol *symbol =
        new_symbol(sema, module, SYMBOL_STRUCT, node->struct_.name, node, node->struct_.name_span);
    if (!add_symbol(sema, module, symbol, true))
        return;
    StructDecl *decl = arena_new(sema->arena, StructDecl);
    decl->node = node;
    decl->name = node->struct_.name;
    decl->module = module;
    decl->methods.arena = sema->arena;
    symbol->struct_ = decl;
    for (uint32_t i = 0; i < node->struct_.decorators.len; i++) {
        const Node *decorator = node->struct_.decorators.items[i];
        diag(sema->diags, decorator->decorator.name_span, W0216, decorator->decorator.name,
             node->struct_.name);
    }
    check_params_twice(sema, node->struct_.params);
    declare_methods(sema, module, decl);
}

static const char *defined_outside(const Sema *sema, const SourceModule *module, Name name) {
    for (uint32_t i = 0; module->is_root && i < sema->options.define_count; i++)
        if (!strcmp(sema->options.defines[i].name, name))
            return sema->options.defines[i].value;
    return NULL;
}

static void declare_comptime(Sema *sema, SourceModule *module, const Node *node) {
    Name name = node->comptime_assign.name;
    Symbol *symbol =
        new_symbol(sema, module, SYMBOL_COMPTIME, name, node, node->comptime_assign.name_span);
    symbol->comptime.define = defined_outside(sema, module, name);
    add_symbol(sema, module, symbol, true);
}

/* ------------------------------------------------------------------ imports */

static ImportedName *note_import(Sema *sema, SourceModule *module, Name name, Span span,
                                 bool quiet) {
    ImportedName *imported = arena_new(sema->arena, ImportedName);
    *imported = (ImportedName){.name = name, .span = span, .quiet = quiet || name[0] == '_'};
    vec_push(sema->arena, &module->imports, imported);
    map_put_ptr(&module->imports_by_name, name, imported);
    return imported;
}

static SourceModule *named_module(const SourceModule *in, Name name) {
    const Symbol *symbol = map_get_ptr(&in->symbols, name);
    return symbol && symbol->kind == SYMBOL_MODULE && !symbol->yields ? symbol->as_module : NULL;
}

static bool name_module(Sema *sema, SourceModule *in, Name name, const Node *node,
                        SourceModule *meant) {
    Symbol *symbol = new_symbol(sema, in, SYMBOL_MODULE, name, node, node->span);
    symbol->as_module = meant;
    return add_symbol(sema, in, symbol, false);
}

/* What `in` calls `name` when `import name.x` stands there; NULL where it calls something else so.
 */
static SourceModule *package_named(Sema *sema, SourceModule *in, Name name, const Node *node) {
    SourceModule *before = named_module(in, name);
    if (before && before->is_package)
        return before;
    SourceModule *package = arena_new(sema->arena, SourceModule);
    *package = (SourceModule){.name = name, .is_package = true, .whole = before};
    package->symbols.arena = package->imports_by_name.arena = sema->arena;
    if (before)
        map_put_ptr(&in->symbols, name, NULL);
    if (!name_module(sema, in, name, node, package))
        return NULL;
    if (!before && !in->is_package)
        note_import(sema, in, name, node->import.module_span, true);
    return package;
}

static bool import_as(Sema *sema, SourceModule *in, Name name, const Node *node,
                      SourceModule *meant) {
    SourceModule *before = named_module(in, name);
    if (before == meant)
        return true;
    if (!before || !before->is_package)
        return name_module(sema, in, name, node, meant);
    before->whole = meant;
    return true;
}

/* import a.b.c: a.b.c names the module, as in Python, and c does where nothing else is called so. */
static void import_path(Sema *sema, SourceModule *module, const Node *node, SourceModule *from) {
    const char *part = node->import.module, *dot;
    SourceModule *in = module;
    for (; in && (dot = strchr(part, '.')); part = dot + 1)
        in = package_named(sema, in, intern(sema->names, part, (size_t)(dot - part)), node);
    Name last = intern_cstr(sema->names, part);
    if (!in || !import_as(sema, in, last, node, from))
        return;
    ImportedName *imported = note_import(sema, in, last, node->import.module_span, false);
    vec_push(sema->arena, &module->imports, imported);
    if (map_has_ptr(&module->symbols, last))
        return;
    name_module(sema, module, last, node, from);
    ((Symbol *)map_get_ptr(&module->symbols, last))->yields = true;
    map_put_ptr(&module->imports_by_name, last, imported);
}

/* `import pkg` names it so, or as `as` says. */
static void import_whole(Sema *sema, SourceModule *module, const Node *node, SourceModule *from) {
    Name name = node->import.as ? node->import.as : node->import.module;
    if (!node->import.as && strchr(name, '.'))
        import_path(sema, module, node, from);
    else if (import_as(sema, module, name, node, from))
        note_import(sema, module, name, node->import.module_span, false);
}

/* Of two `import *` the later one gives the name, as in Python. */
static void import_unless_taken(SourceModule *module, Name name, Symbol *symbol) {
    const Symbol *before = map_get_ptr(&module->symbols, name);
    if (name[0] != '_' && (!before || may_hide(module, before)))
        map_put_ptr(&module->symbols, name, symbol);
}

static void import_everything(SourceModule *module, SourceModule *from) {
    for (uint32_t i = 0; i < from->own.len; i++)
        import_unless_taken(module, from->own.items[i]->name, from->own.items[i]);
    for (uint32_t i = 0; i < from->imports.len; i++) {
        Name name = from->imports.items[i]->name;
        import_unless_taken(module, name, map_get_ptr(&from->symbols, name));
    }
}

static void report_no_such_name(Sema *sema, const Node *node, const SourceModule *from,
                                uint32_t i) {
    Name name = node->import.names[i];
    uint32_t len = from ? from->own.len : 0;
    const char **words = arena_array(sema->arena, const char *, len + 1);
    for (uint32_t k = 0; k < len; k++)
        words[k] = from->own.items[k]->name;
    Diag *d = diag(sema->diags, node->import.name_spans[i], W0205, node->import.module, name);
    const char *nearest = nearest_word(name, words, len);
    if (nearest)
        diag_fix(d, node->import.name_spans[i], "%s", nearest);
}

/* from pkg import vec, where the package has a file of that name. */
static Name submodule_name(Sema *sema, const Node *node, uint32_t i) {
    return intern_cstr(sema->names, arena_printf(sema->arena, "%s.%s", node->import.module,
                                                 node->import.names[i]));
}

static void import_submodule(Sema *sema, SourceModule *module, const Node *node, uint32_t i) {
    SourceModule *meant = module_import(sema, module, submodule_name(sema, node, i), node);
    Name as = node->import.renamed[i];
    if (!meant)
        sema->incomplete = true;
    else if (import_as(sema, module, as, node, meant))
        note_import(sema, module, as, node->import.name_spans[i], false);
}

/* An imported name that is not there: it is known from here on, so that its uses are no second mistake. */
static void name_nothing(Sema *sema, SourceModule *module, const Node *node, uint32_t i) {
    Symbol *symbol =
        new_symbol(sema, module, SYMBOL_COMPTIME, node->import.renamed[i], node, node->import.name_spans[i]);
    symbol->comptime.done = true;
    add_symbol(sema, module, symbol, false);
}

/* `from`: the module; NULL where the package is a folder with no text of its own. */
static void import_name(Sema *sema, SourceModule *module, const Node *node, SourceModule *from,
                        uint32_t i) {
    Name as = node->import.renamed[i];
    Symbol *symbol = from ? map_get_ptr(&from->symbols, node->import.names[i]) : NULL;
    if (!symbol && module_exists(sema, module, submodule_name(sema, node, i))) {
        import_submodule(sema, module, node, i);
        return;
    }
    if (!symbol) {
        report_no_such_name(sema, node, from, i);
        name_nothing(sema, module, node, i);
        return;
    }
    Symbol *before = map_get_ptr(&module->symbols, as);
    if (before && before != symbol && !may_hide(module, before)) {
        Diag *d = diag(sema->diags, node->import.name_spans[i], W0203, as);
        diag_note(d, before->span, "%s is defined here first", as);
        return;
    }
    map_put_ptr(&module->symbols, as, symbol);
    note_import(sema, module, as, node->import.name_spans[i], false);
}

/* from pkg import ...: a folder without a text of its own has what its files are. */
static bool is_bare_folder(Sema *sema, SourceModule *module, const Node *node) {
    if (module_exists(sema, module, node->import.module))
        return false;
    for (uint32_t i = 0; i < node->import.len; i++)
        if (module_exists(sema, module, submodule_name(sema, node, i)))
            return true;
    return false;
}

/* The module was not found: its names are known from here on, and mean nothing that could be wrong.
 */
static void import_nothing(Sema *sema, SourceModule *module, const Node *node) {
    sema->incomplete |= node->import.everything || !node->import.from;
    for (uint32_t i = 0; node->import.from && i < node->import.len; i++)
        name_nothing(sema, module, node, i);
}

static void declare_import(Sema *sema, SourceModule *module, const Node *node) {
    if (node->import.c_header) {
        not_built(module_scope(sema, module), node, W0901);
        import_nothing(sema, module, node);
        return;
    }
    bool bare = node->import.from && is_bare_folder(sema, module, node);
    SourceModule *from = bare ? NULL : module_import(sema, module, node->import.module, node);
    if (!from && !bare) {
        import_nothing(sema, module, node);
        return;
    }
    if (!node->import.from)
        import_whole(sema, module, node, from);
    else if (node->import.everything)
        import_everything(module, from);
    for (uint32_t i = 0; node->import.from && i < node->import.len; i++)
        import_name(sema, module, node, from, i);
}

/* The names go into a table of the function's own. */
void check_import(FuncState *fs, const Node *node) {
    Sema *sema = fs->sema;
    if (!fs->imports) {
        fs->imports = arena_new(sema->arena, SourceModule);
        *fs->imports = (SourceModule){.name = fs->module->name, .file = fs->module->file, .folder = fs->module->folder};
        fs->imports->symbols.arena = fs->imports->imports_by_name.arena = sema->arena;
    }
    declare_import(sema, fs->imports, node);
}

/* ------------------------------------------------------------------ a module */

/* LIMIT = 100 at module level, which the parser reports: the name is known from here on, so that
 * its uses are no second mistake. */
static void declare_without_value(Sema *sema, SourceModule *module, const Node *node) {
    for (uint32_t i = 0; i < node->assign.targets.len; i++) {
        const Node *target = node->assign.targets.items[i];
        if (target->kind != NODE_NAME || map_has_ptr(&module->symbols, target->name))
            continue;
        Symbol *symbol =
            new_symbol(sema, module, SYMBOL_COMPTIME, target->name, node, target->span);
        symbol->comptime.done = true;
        add_symbol(sema, module, symbol, true);
    }
}

/* In a comptime if; at the top of the module the parser has said it. */
static void report_statement(Sema *sema, const Node *node) {
    const Node *target = node->kind == NODE_ASSIGN ? node->assign.targets.items[0] : NULL;
    if (target && target->kind == NODE_NAME)
        diag(sema->diags, target->span, W0120, target->name);
    else
        diag(sema->diags, node->span, W0121);
}

static void declare(Sema *sema, SourceModule *module, const Node *node, bool at_top);

/* The branch that is taken; an elif is an `if` of the same kind, alone in the other branch. */
static void declare_branch(Sema *sema, SourceModule *module, const Node *node) {
    const Attr *condition =
        comptime_bool(module_scope(sema, module), node->if_.condition, "comptime if");
    sema->incomplete |= condition == NULL; /* the names of neither branch are known */
    if (!condition)
        return;
    NodeList items = attr_is_true(condition) ? node->if_.then : node->if_.otherwise;
    for (uint32_t i = 0; i < items.len; i++)
        declare(sema, module, items.items[i], false);
}

static void declare(Sema *sema, SourceModule *module, const Node *node, bool at_top) {
    switch (node->kind) {
    case NODE_FUNC: declare_func(sema, module, node); return;
    case NODE_STRUCT: declare_struct(sema, module, node); return;
    case NODE_COMPTIME_ASSIGN: declare_comptime(sema, module, node); return;
    case NODE_IMPORT: declare_import(sema, module, node); return;
    case NODE_PASS: return;
    case NODE_ASSERT:
    case NODE_FOR:
        if (node->comptime) {
            vec_push(sema->arena, &module->checks, node);
            return;
        }
        break;
    case NODE_IF:
        if (node->comptime) {
            declare_branch(sema, module, node);
            return;
        }
        break;
    case NODE_ASSIGN: declare_without_value(sema, module, node); break;
    default: break;
    }
    if (!at_top)
        report_statement(sema, node);
}

/* What std.math has beside its own text: functions that the compiler knows. */
static const char *const known_math[] = {
    "abs", "min", "max", "clamp", "sqrt", "floor", "ceil", "round", "trunc", "copysign", "isnan", "isinf", "fma", "ceildiv",
    "select",
};

static void declare_known_math(Sema *sema, SourceModule *module) {
    for (uint32_t i = 0; i < sizeof known_math / sizeof *known_math; i++) {
        Name name = intern_cstr(sema->names, known_math[i]);
        Symbol *symbol = new_symbol(sema, module, SYMBOL_BUILTIN, name, module->tree, (Span){module->file->id, 0, 0});
        symbol->builtin = builtin_find(sema, name);
        add_symbol(sema, module, symbol, true);
    }
}

/* A comptime if may ask for any name of the module, so it comes when the others are known. */
void resolve_module(Sema *sema, SourceModule *module) {
    NodeList items = module->tree->module.items;
    if (!strcmp(module->name, "std.math"))
        declare_known_math(sema, module);
    for (uint32_t pass = 0; pass < 2; pass++)
        for (uint32_t i = 0; i < items.len; i++)
            if ((items.items[i]->kind == NODE_IF) == (pass == 1))
                declare(sema, module, items.items[i], true);
}
