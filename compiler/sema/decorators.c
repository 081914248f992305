/* Decorators: what stands above a function, read once when it is declared. Their expressions are
 * evaluated later, in the instance (kernels.c, exports.c); here it is checked that they may stand
 * there. */
#include "sema/structure.h"

static bool misuse(Sema *sema, const Node *decorator, const char *why) {
    diag(sema->diags, decorator->span, W0215, decorator->decorator.name, why);
    return false;
}

/* ------------------------------------------------------------------ @kernel */

static const char *const option_names[] = {"over",       "grid",   "block", "math",
                                           "width",      "unroll", "index", "max_threads",
                                           "min_blocks", "cluster"};
enum { OPTION_COUNT = sizeof option_names / sizeof *option_names };

static const Node **option_slot(KernelOptions *options, uint32_t i) {
    const Node **slots[] = {&options->over,   &options->grid,        &options->block,
                            &options->math,   &options->width,       &options->unroll,
                            &options->index,  &options->max_threads, &options->min_blocks,
                            &options->cluster};
    return slots[i];
}

static bool read_option(Sema *sema, KernelOptions *options, const Node *decorator,
                        const Node *arg) {
    if (arg->kind != NODE_KEYWORD)
        return misuse(sema, decorator, "takes its options by name: @kernel(over=N)");
    for (uint32_t i = 0; i < OPTION_COUNT; i++) {
        if (strcmp(arg->keyword.name, option_names[i]))
            continue;
        if (*option_slot(options, i)) {
            diag(sema->diags, arg->keyword.name_span, W0243, arg->keyword.name);
            return false;
        }
        *option_slot(options, i) = arg->keyword.value;
        return true;
    }
    Diag *d = diag(sema->diags, arg->keyword.name_span, W0502, arg->keyword.name);
    const char *nearest = nearest_word(arg->keyword.name, option_names, OPTION_COUNT);
    if (nearest)
        diag_fix(d, arg->keyword.name_span, "%s", nearest);
    return false;
}

static bool check_math(Sema *sema, const Node *math) {
    bool right = !math || (math->kind == NODE_STRING &&
                           (!strcmp(math->string, "strict") || !strcmp(math->string, "fast")));
    if (!right)
        diag(sema->diags, math->span, W0503, "math", "\"strict\" or \"fast\"");
    return right;
}

static bool check_index_option(Sema *sema, const Node *index) {
    bool right = !index || (index->kind == NODE_NAME &&
                            (!strcmp(index->name, "i32") || !strcmp(index->name, "i64") ||
                             !strcmp(index->name, "int")));
    if (!right)
        diag(sema->diags, index->span, W0503, "index", "i32");
    return right;
}

static bool check_shape(Sema *sema, const FuncDecl *decl, const KernelOptions *options) {
    const Node *decorator = options->decorator;
    if (!options->over && !options->grid) {
        diag(sema->diags, decorator->span, W0500, decl->name);
        return false;
    }
    const Node *other = options->grid ? options->grid : options->block;
    if (options->over && other) {
        diag(sema->diags, other->span, W0501, "over=", options->grid ? "grid=" : "block=");
        return false;
    }
    if (!options->over && !options->block) {
        diag(sema->diags, decorator->span, W0520);
        return false;
    }
    return true;
}

/* What can be seen of the signature without types. */
static bool check_args(Sema *sema, const FuncDecl *decl) {
    const Node *node = decl->node;
    bool ok = true;
    if (node->func.result && node->func.result->kind != NODE_NONE_VALUE) {
        diag(sema->diags, node->func.result->span, W0504, decl->name);
        ok = false;
    }
    for (uint32_t i = 0; i < node->func.args.len; i++) {
        const Node *arg = node->func.args.items[i];
        bool was_reported = !*arg->arg.name || (arg->arg.type && arg->arg.type->kind == NODE_ERROR);
        if (arg->arg.mode == ARG_READ || is_tensor_type(arg->arg.type) || !arg->arg.type || was_reported)
            continue;
        diag(sema->diags, arg->span, W0505, arg->arg.name,
             arg->arg.mode == ARG_MUT ? "mut" : "out");
        ok = false;
    }
    return ok;
}

static bool read_kernel(Sema *sema, FuncDecl *decl, const Node *decorator) {
    if (decl->owner || decl->enclosing)
        return misuse(sema, decorator, "stands on a function of a module");
    KernelOptions *options = arena_new(sema->arena, KernelOptions);
    options->decorator = decorator;
    decl->kernel = options;
    bool ok = true;
    for (uint32_t i = 0; i < decorator->decorator.args.len; i++)
        ok &= read_option(sema, options, decorator, decorator->decorator.args.items[i]);
    return ok && check_shape(sema, decl, options) && check_math(sema, options->math) &&
           check_index_option(sema, options->index) && check_args(sema, decl);
}

/* ------------------------------------------------------------------ the others */

static bool check_plain(Sema *sema, const FuncDecl *decl, const Node *decorator, const char *name) {
    const Node *node = decl->node;
    if (decorator && decorator->decorator.called && decorator->decorator.args.len)
        return misuse(sema, decorator, "takes nothing");
    if (decorator && (decl->owner || decl->enclosing))
        return misuse(sema, decorator, "stands on a function of a module");
    bool takes = node->func.args.len || node->func.params.len;
    bool gives = decorator && node->func.result && node->func.result->kind != NODE_NONE_VALUE;
    if (takes || gives)
        diag(sema->diags, node->func.name_span, W0518, name,
             takes ? "no arguments and no parameters" : "no result: it asserts");
    return !takes && !gives;
}

static bool read_static(Sema *sema, FuncDecl *decl, const Node *decorator) {
    if (!decl->owner)
        return misuse(sema, decorator, "stands on a method of a struct");
    decl->is_static = true;
    return true;
}

static bool read_export(Sema *sema, FuncDecl *decl, const Node *decorator) {
    if (decl->owner || decl->enclosing)
        return misuse(sema, decorator, "stands on a function of a module");
    decl->export_ = decorator;
    return true;
}

static bool unknown_decorator(Sema *sema, const Node *decorator) {
    static const char *const names[] = {"kernel", "graph", "export",
                                        "test",   "bench", "staticmethod"};
    if (!decorator->decorator.name[0]) /* the parser has said so */
        return false;
    Diag *d = diag(sema->diags, decorator->decorator.name_span, W0214, decorator->decorator.name);
    const char *nearest =
        nearest_word(decorator->decorator.name, names, sizeof names / sizeof *names);
    if (nearest) {
        diag_note(d, decorator->decorator.name_span, "did you mean @%s?", nearest);
        diag_fix(d, decorator->decorator.name_span, "%s", nearest);
    }
    return false;
}

static bool read_decorator(Sema *sema, FuncDecl *decl, const Node *decorator) {
    const char *name = decorator->decorator.name;
    if (decorator->decorator.failed || !*name) /* the parser has said it */
        return false;
    if (!strcmp(name, "kernel"))
        return read_kernel(sema, decl, decorator);
    if (!strcmp(name, "export"))
        return read_export(sema, decl, decorator);
    if (!strcmp(name, "staticmethod"))
        return read_static(sema, decl, decorator);
    if (!strcmp(name, "graph")) {
        decl->is_graph = true;
        return true;
    }
    bool is_test = !strcmp(name, "test");
    if (!is_test && strcmp(name, "bench"))
        return unknown_decorator(sema, decorator);
    *(is_test ? &decl->is_test : &decl->is_bench) = true;
    return check_plain(sema, decl, decorator, arena_printf(sema->arena, "@%s", name));
}

static bool is_twice(Sema *sema, NodeList decorators, uint32_t i) {
    const Node *decorator = decorators.items[i];
    for (uint32_t k = 0; k < i; k++) {
        if (decorators.items[k]->decorator.name != decorator->decorator.name)
            continue;
        diag(sema->diags, decorator->span, W0243, arena_printf(sema->arena, "@%s", decorator->decorator.name));
        return true;
    }
    return false;
}

/* What __init__ takes and gives, where its first argument is self. */
static bool check_init(Sema *sema, const FuncDecl *decl) {
    const Node *node = decl->node;
    bool sets = node->func.args.items[0]->arg.mode == ARG_OUT;
    bool gives = node->func.result && node->func.result->kind != NODE_NONE_VALUE;
    Span span = sets && gives ? node->func.result->span : node->func.args.items[0]->span;
    if (sets && !gives)
        return true;
    Diag *d = diag(sema->diags, span, W0262, decl->name, "it takes `out self` first, and gives nothing");
    if (!sets)
        diag_fix(d, span, "out self");
    return false;
}

static bool check_receiver(Sema *sema, const FuncDecl *decl) {
    NodeList args = decl->node->func.args;
    bool has_self = args.len && !strcmp(args.items[0]->arg.name, "self");
    bool sets_self = has_self && args.items[0]->arg.mode == ARG_OUT && strcmp(decl->name, "__init__");
    if (decl->owner && has_self && !decl->is_static && !strcmp(decl->name, "__init__"))
        return check_init(sema, decl);
    if (!decl->owner || (has_self != decl->is_static && !sets_self))
        return true;
    diag(sema->diags, decl->node->func.name_span, W0262, decl->name,
         decl->is_static ? "a @staticmethod takes no self"
                         : "a method takes self, or mut self, first");
    return false;
}

/* The program's main: host code, with nothing to call it with. */
static bool check_main(Sema *sema, const FuncDecl *decl) {
    if (decl->kernel || decl->is_graph)
        return misuse(sema, decl->node->func.decorators.items[0], "does not stand on main, which is host code");
    return check_plain(sema, decl, NULL, "main");
}

static bool is_entry(const char *name) {
    return !strcmp(name, "test") || !strcmp(name, "bench");
}

/* A test or a benchmark is plain host code. */
static bool check_together(Sema *sema, const FuncDecl *decl) {
    NodeList decorators = decl->node->func.decorators;
    for (uint32_t i = 0; i < decorators.len; i++) {
        const char *name = decorators.items[i]->decorator.name;
        for (uint32_t k = 0; k < i; k++) {
            const char *other = decorators.items[k]->decorator.name;
            if (is_entry(name) || is_entry(other))
                return misuse(sema, decorators.items[i], arena_printf(sema->arena, "does not stand beside @%s", other));
        }
    }
    return true;
}

bool read_decorators(Sema *sema, FuncDecl *decl) {
    NodeList decorators = decl->node->func.decorators;
    bool ok = true;
    decl->failed = decl->node->func.failed;
    if (decl->failed)
        return false;
    for (uint32_t i = 0; i < decorators.len; i++)
        ok &= !is_twice(sema, decorators, i) && read_decorator(sema, decl, decorators.items[i]);
    ok = ok && check_together(sema, decl);
    ok &= check_receiver(sema, decl);
    if (ok && !decl->owner && !decl->enclosing && !strcmp(decl->name, "main") &&
        decl->module->is_root)
        ok = check_main(sema, decl);
    decl->failed = !ok;
    return ok;
}
