/* Names: what one means in a function, in a module, in the prelude; and the nearest one when it
 * means nothing.
 *
 * The order: the function's variables and those of the functions around it, the module's names, the
 * prelude's, the compiler's built-ins. A name that a function assigns is its own in
 * the whole function, so it is declared before the body is walked (check_func.c) and has no type
 * yet. */
#include "sema/structure.h"

#include <string.h>

FuncState *state_create(Sema *sema, FuncState *parent, SourceModule *module, Context context) {
    FuncState *fs = arena_new(sema->arena, FuncState);
    fs->sema = sema;
    fs->parent = parent;
    fs->module = module;
    fs->context = context;
    fs->variables.arena = sema->arena;
    fs->scratch = sema->arena;
    fs->b.module = sema->ir;
    fs->flow.reachable = true;
    fs->self = parent ? parent->self : NULL;
    fs->flow_len = 1; /* place 0 means "none" */
    return fs;
}

FuncState *module_scope(Sema *sema, SourceModule *module) {
    if (!module->scope)
        module->scope = state_create(sema, NULL, module, CONTEXT_COMPTIME);
    return module->scope;
}

/* ------------------------------------------------------------------ declaring */

Variable *declare_variable(FuncState *fs, Name name, VariableKind kind, const Type *type,
                           Span span) {
    Variable *variable = arena_new(fs->sema->arena, Variable);
    *variable = (Variable){.kind = kind, .name = name, .type = type, .owner = fs, .span = span};
    if (kind != VARIABLE_COMPTIME && kind != VARIABLE_FUNC)
        variable->index = flow_reserve(fs);
    map_put_ptr(&fs->variables, name, variable);
    vec_push(fs->sema->arena, &fs->order, variable);
    return variable;
}

Variable *declare_constant(FuncState *fs, Name name, const Attr *value, Span span) {
    Variable *variable = declare_variable(
        fs, name, VARIABLE_COMPTIME, value ? constant_type(fs->sema->types, value) : NULL, span);
    variable->constant = value;
    return variable;
}

/* ------------------------------------------------------------------ finding */

Variable *find_variable(FuncState *fs, Name name) {
    for (; fs; fs = fs->parent) {
        Variable *variable = map_get_ptr(&fs->variables, name);
        if (variable)
            return variable;
    }
    return NULL;
}

Symbol *module_symbol(SourceModule *module, Name name) {
    ImportedName *imported = map_get_ptr(&module->imports_by_name, name);
    if (imported)
        imported->used = true;
    return map_get_ptr(&module->symbols, name);
}

static Symbol *imported_inside(FuncState *fs, Name name) {
    Symbol *symbol = NULL;
    for (; fs && !symbol; fs = fs->parent)
        symbol = fs->imports ? module_symbol(fs->imports, name) : NULL;
    return symbol;
}

Symbol *find_symbol(FuncState *fs, Name name) {
    Symbol *symbol = imported_inside(fs, name);
    if (!symbol)
        symbol = module_symbol(fs->module, name);
    if (!symbol && !builtin_find(fs->sema, name) && !type_scalar_named(fs->sema->types, name)) {
        SourceModule *prelude = module_prelude(fs->sema);
        symbol = prelude && prelude != fs->module ? map_get_ptr(&prelude->symbols, name) : NULL;
    }
    if (symbol)
        symbol->used = true;
    return symbol;
}

/* ------------------------------------------------------------------ the nearest name */

typedef struct Nearest {
    const char *name, *best;
    size_t distance;
} Nearest;

static Nearest nearest_to(const char *name) {
    size_t limit = strlen(name) <= 4 ? 1 : strlen(name) <= 7 ? 2 : 3;
    return (Nearest){.name = name, .distance = limit + 1};
}

static void try_word(Nearest *nearest, const char *word) {
    if (!strcmp(word, nearest->name) || strlen(word) < 2)
        return;
    size_t distance = edit_distance(nearest->name, word, nearest->distance - 1);
    if (distance >= nearest->distance || distance >= strlen(word))
        return;
    nearest->distance = distance;
    nearest->best = word;
}

const char *nearest_word(const char *name, const char *const *words, uint32_t count) {
    Nearest nearest = nearest_to(name);
    for (uint32_t i = 0; i < count && nearest.distance > 1; i++)
        try_word(&nearest, words[i]);
    return nearest.best;
}

static void try_symbols(Nearest *nearest, const SourceModule *module) {
    for (uint32_t i = 0; module && i < module->own.len; i++)
        try_word(nearest, module->own.items[i]->name);
    for (uint32_t i = 0; module && i < module->imports.len; i++)
        try_word(nearest, module->imports.items[i]->name);
}

static const char *const common_words[] = {
    "range",
    "print",
    "item",
    "barrier",
    "thread_idx",
    "block_idx",
    "block_dim",
    "grid_dim",
    "global_idx",
    "lane_id",
    "warp_id",
    "warp_size",
    "warp",
    "block",
    "shared_tensor",
    "local_tensor",
    "bitcast",
    "select",
    "iota",
    "abs",
    "min",
    "max",
    "clamp",
    "sqrt",
    "rsqrt",
    "exp",
    "exp2",
    "log",
    "log2",
    "pow",
    "sin",
    "cos",
    "tan",
    "tanh",
    "sigmoid",
    "erf",
    "floor",
    "ceil",
    "round",
    "trunc",
    "fma",
    "isnan",
    "isinf",
    "ceildiv",
    "zeros",
    "ones",
    "full",
    "rand",
    "randn",
    "arange",
    "load_npy",
    "save_npy",
    "assert_equal",
    "assert_close",
    "target",
    "Device",
    "Tensor",
    "SIMD",
    "Array",
    "Ptr",
    "int",
    "bool",
    "str",
    "f16",
    "bf16",
    "f32",
    "f64",
    "i8",
    "i16",
    "i32",
    "i64",
    "u8",
    "u16",
    "u32",
    "u64",
    "f8_e4m3",
    "f8_e5m2",
    "atomic_add",
    "atomic_sub",
    "atomic_min",
    "atomic_max",
    "atomic_cas",
    "atomic_exchange",
    "atomic_load",
    "atomic_store",
    "fence",
    "argv",
    "time",
    "True",
    "False",
    "None",
    "return",
    "while",
    "break",
    "continue",
    "pass",
    "lambda",
    "assert",
    "comptime",
};

const char *nearest_name(FuncState *fs, Name name) {
    Nearest nearest = nearest_to(name);
    for (FuncState *at = fs; at; at = at->parent)
        for (uint32_t i = 0; i < at->order.len; i++)
            try_word(&nearest, at->order.items[i]->name);
    try_symbols(&nearest, fs->module);
    try_symbols(&nearest, module_prelude(fs->sema));
    for (uint32_t i = 0; i < sizeof common_words / sizeof *common_words; i++)
        try_word(&nearest, common_words[i]);
    return nearest.best;
}

/* ------------------------------------------------------------------ names as operands */

static Operand closure_operand(const Attr *constant, const Node *node) {
    Closure *closure = (Closure *)constant->pointer;
    if (closure->builtin && !constant->type)
        return (Operand){.kind = OPERAND_BUILTIN,
                         .builtin = closure->builtin,
                         .node = node,
                         .params = closure->params,
                         .param_count = closure->param_count};
    return (Operand){
        .kind = OPERAND_FUNC, .closure = closure, .node = node, .type = constant->type};
}

static Operand constant_operand(const Attr *constant, const Node *node) {
    return constant->kind == ATTR_CLOSURE ? closure_operand(constant, node)
                                          : operand_of_const(constant, node);
}

static const char *why_read_only(FuncState *fs, const Variable *variable) {
    Arena *arena = fs->sema->arena;
    if (variable->owner != fs)
        return arena_printf(arena, "%s belongs to the function around it", variable->name);
    if (variable->kind == VARIABLE_ARG)
        return arena_printf(arena, "%s is not mut", variable->name);
    if (variable->kind == VARIABLE_DIM)
        return arena_printf(arena, "%s is a dim", variable->name);
    return NULL;
}

/* Of a function that a kernel was given: a variable that is no capture of it. */
static bool stays_on_host(const FuncState *fs, const Variable *variable) {
    return variable->owner != fs && fs->captures_of && context_is_device(fs->context) &&
           !context_is_device(variable->owner->context);
}

static Operand variable_operand(FuncState *fs, Variable *variable, const Node *node) {
    if (variable->kind == VARIABLE_COMPTIME || variable->kind == VARIABLE_FUNC) {
        variable->used = true;
        return variable->constant ? constant_operand(variable->constant, node)
                                  : operand_poison(node);
    }
    if (!variable->type) {
        if (!told_in_function(fs, W0211, variable, node->span))
            diag(fs->sema->diags, node->span, W0202, variable->name);
        return operand_poison(node);
    }
    if (variable->type == fs->sema->types->poison || variable->mistaken) {
        variable->used = true;
        return operand_poison(node);
    }
    const InstanceCapture *capture = capture_of(fs, variable);
    if (!capture && stays_on_host(fs, variable)) {
        variable->used = true;
        diag(fs->sema->diags, node->span, W0521, variable->name, type_source(fs->sema->arena, variable->type));
        return operand_poison(node);
    }
    bool is_tensor = capture && capture->type->kind != TYPE_ARRAY; /* an array is the same one in there */
    Place *place = arena_new(fs->sema->arena, Place);
    place->variable = variable;
    place->writable = variable->owner == fs &&
                      (variable->kind == VARIABLE_LOCAL || variable->kind == VARIABLE_PLACE);
    place->why_not = place->writable ? NULL : why_read_only(fs, variable);
    return (Operand){.kind = OPERAND_PLACE,
                     .type = capture ? capture->type : variable->type,
                     .node = node,
                     .place = place,
                     .writable = is_tensor ? capture->writable : variable->writable_view,
                     .root = variable->name};
}

Operand symbol_operand(FuncState *fs, Symbol *symbol, const Node *node) {
    Operand operand = {.node = node};
    switch (symbol->kind) {
    case SYMBOL_COMPTIME: {
        const Attr *value = symbol_value(fs->sema, symbol);
        return value ? constant_operand(value, node) : operand_poison(node);
    }
    case SYMBOL_FUNC:
        operand.kind = OPERAND_FUNC;
        operand.closure = closure_of(fs, symbol->func, NULL);
        return operand;
    case SYMBOL_STRUCT:
        if (symbol->struct_->node->struct_.params.len == 0) {
            StructInstance *made = struct_instantiate(fs, symbol->struct_, NULL, 0, node->span);
            return made && made->type
                       ? operand_of_const(attr_of_type(fs->sema->types, made->type), node)
                       : operand_poison(node);
        }
        operand.kind = OPERAND_STRUCT;
        operand.struct_decl = symbol->struct_;
        return operand;
    case SYMBOL_MODULE:
        operand.kind = OPERAND_MODULE;
        operand.module = symbol->as_module;
        return operand;
    case SYMBOL_BUILTIN: return builtin_operand(fs, symbol->builtin, node);
    }
    return operand_poison(node);
}

enum { WORTH_A_SEARCH = 1000 }; /* beyond as many errors nobody reads what else a name may have been */

static Operand unknown_name(FuncState *fs, const Node *node) {
    if (told_in_item(fs, W0201, node->name, node->span))
        return operand_poison(node);
    const char *advice, *weft = name_from_elsewhere(fs->sema, node->name, &advice);
    Diag *d = diag(fs->sema->diags, node->span, W0201, node->name, advice ? ": " : "", advice ? advice : "");
    if (weft)
        diag_fix(d, node->span, "%s", weft);
    if (advice)
        return operand_poison(node);
    bool is_shown = diags_errors(fs->sema->diags) <= WORTH_A_SEARCH;
    const char *nearest = is_shown ? nearest_name(fs, node->name) : NULL;
    if (nearest) {
        diag_note(d, node->span, "did you mean %s?", nearest);
        diag_fix(d, node->span, "%s", nearest);
    }
    return operand_poison(node);
}

Operand name_operand(FuncState *fs, const Node *node) {
    Variable *variable = find_variable(fs, node->name);
    if (variable)
        return variable_operand(fs, variable, node);
    Symbol *symbol = find_symbol(fs, node->name);
    if (symbol)
        return symbol_operand(fs, symbol, node);
    const Builtin *builtin = builtin_find(fs->sema, node->name);
    if (builtin)
        return builtin_operand(fs, builtin, node);
    const Type *scalar = type_scalar_named(fs->sema->types, node->name);
    return scalar ? operand_of_const(attr_of_type(fs->sema->types, scalar), node)
                  : unknown_name(fs, node);
}

static Symbol *member_symbol(SourceModule *module, Name name) {
    Symbol *symbol = module_symbol(module, name);
    return symbol || !module->whole ? symbol : module_symbol(module->whole, name);
}

Symbol *symbol_of_path(FuncState *fs, const Node *node) {
    if (node->kind == NODE_NAME)
        return find_variable(fs, node->name) ? NULL : find_symbol(fs, node->name);
    if (node->kind != NODE_ATTRIBUTE)
        return NULL;
    const Symbol *base = symbol_of_path(fs, node->attribute.base);
    bool is_module = base && base->kind == SYMBOL_MODULE;
    return is_module ? member_symbol(base->as_module, node->attribute.name) : NULL;
}

Operand module_member(FuncState *fs, SourceModule *module, const Node *attribute) {
    Symbol *symbol = member_symbol(module, attribute->attribute.name);
    if (symbol)
        return symbol_operand(fs, symbol, attribute);
    Nearest nearest = nearest_to(attribute->attribute.name);
    try_symbols(&nearest, module);
    try_symbols(&nearest, module->whole);
    Diag *d = diag(fs->sema->diags, attribute->attribute.name_span, W0205, module->name,
                   attribute->attribute.name);
    if (nearest.best)
        diag_fix(d, attribute->attribute.name_span, "%s", nearest.best);
    return operand_poison(attribute);
}
