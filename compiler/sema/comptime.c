/* Comptime expressions: checked as any expression, into a function that is thrown away. Most fold
 * to a constant while they are checked; what is left (a call, a loop in it) the interpreter runs.
 */
#include "ir/interp.h"
#include "ir/verify.h"
#include "sema/structure.h"
#include "syntax/parse.h"

enum { STEP_LIMIT = 10 * 1000 * 1000 };

/* ------------------------------------------------------------------ constants */

const Type *constant_type(Types *types, const Attr *constant) {
    if (constant->type)
        return constant->type;
    return constant->kind == ATTR_TYPE ? types->type : types->none;
}

static const Attr *tuple_constant(FuncState *fs, const Operand *operand) {
    Sema *sema = fs->sema;
    const Attr **items = arena_array(sema->arena, const Attr *, operand->item_count + 1);
    const Type **types = arena_array(sema->arena, const Type *, operand->item_count + 1);
    for (uint32_t i = 0; i < operand->item_count; i++) {
        items[i] = operand_as_constant(fs, &operand->items[i]);
        if (!items[i])
            return NULL;
        types[i] = constant_type(sema->types, items[i]);
    }
    return attr_list(sema->types, type_tuple(sema->types, types, operand->item_count), items,
                     operand->item_count);
}

static const Attr *builtin_constant(FuncState *fs, const Operand *operand) {
    Sema *sema = fs->sema;
    sema->builtin_closures.arena = sema->arena;
    Closure *closure =
        operand->param_count ? NULL : map_get_ptr(&sema->builtin_closures, operand->builtin);
    if (!closure) {
        closure = arena_new(sema->arena, Closure);
        *closure = (Closure){.builtin = operand->builtin,
                             .params = operand->params,
                             .param_count = operand->param_count,
                             .name = operand->node ? source_text(sema, operand->node->span) : NULL};
        if (!operand->param_count)
            map_put_ptr(&sema->builtin_closures, operand->builtin, closure);
    }
    return attr_closure(sema->types, NULL, closure);
}

const Attr *operand_as_constant(FuncState *fs, const Operand *operand) {
    switch (operand->kind) {
    case OPERAND_CONST: return operand->constant;
    case OPERAND_FUNC: return attr_closure(fs->sema->types, operand->type, operand->closure);
    case OPERAND_BUILTIN: return builtin_constant(fs, operand);
    case OPERAND_TUPLE: return tuple_constant(fs, operand);
    case OPERAND_VALUE: return operand_constant(operand);
    default: return NULL;
    }
}

/* ------------------------------------------------------------------ evaluation */

/* The function is taken out of the module at once (it is the last there), so that nobody else sees
 * it. */
static Func *create_unlisted(Sema *sema, const char *name) {
    Func *last = sema->ir->last;
    Func *func =
        func_create(sema->ir, FUNC_HOST, intern_cstr(sema->names, name), NULL, 0, NULL, 0, NULL, 0);
    sema->ir->last = last;
    if (last)
        last->next = NULL;
    else
        sema->ir->first = NULL;
    return func;
}

static FuncState *throw_away(FuncState *fs) {
    Sema *sema = fs->sema;
    FuncState *inner = state_create(sema, fs, fs->module, CONTEXT_COMPTIME);
    const char *name = arena_printf(sema->arena, "comptime.%u", sema->unique++);
    inner->is_comptime_expr = true;
    inner->func = create_unlisted(sema, name);
    inner->b = builder_at_end(sema->ir, func_entry(inner->func));
    return inner;
}

static void report_failure(FuncState *fs, InterpResult result, const Node *node, const char *what) {
    Diags *diags = fs->sema->diags;
    Span where = result.where.file ? result.where : node->span;
    Diag *d = result.status == INTERP_STEP_LIMIT
                  ? diag(diags, where, W0235)
                  : diag(diags, where, W0236, result.message ? result.message : "it stops here");
    diag_note(d, node->span, "%s asks for it", what);
}

static const Attr *run(FuncState *inner, Value *value, const Node *node, const char *what) {
    Sema *sema = inner->sema;
    build_op(&inner->b, OP_FUNC_RETURN, &value, 1, NULL, 0, 0);
    inner->func->results = arena_copy(sema->arena, &value->type, sizeof value->type);
    inner->func->result_count = 1;
    if (!sema->interp)
        sema->interp = interp_create(sema->arena, sema->types, STEP_LIMIT);
    const Attr *results[1] = {NULL};
    InterpResult result = interp_call(sema->interp, inner->func, NULL, 0, results);
    if (result.status == INTERP_OK)
        return results[0];
    report_failure(inner, result, node, what);
    return NULL;
}

static const Attr *known_only_at_run_time(FuncState *fs, const Node *node, const char *what,
                                          const char *who) {
    diag(fs->sema->diags, node->span, W0233, what, who);
    return NULL;
}

static const Attr *constant_of(FuncState *inner, const Operand *operand, const Node *node,
                               const char *what) {
    if (operand->kind == OPERAND_POISON)
        return NULL;
    if (operand->kind == OPERAND_PLACE && operand->place->variable &&
        operand->place->variable->kind != VARIABLE_DIM)
        return known_only_at_run_time(inner, node, what, operand->place->variable->name);
    const Attr *constant = operand_as_constant(inner, operand);
    if (constant)
        return constant;
    if (operand->kind == OPERAND_STRUCT || operand->kind == OPERAND_MODULE ||
        operand->kind == OPERAND_METHOD || operand->kind == OPERAND_NONE)
        return known_only_at_run_time(inner, node, what,
                                      operand->kind == OPERAND_NONE
                                          ? "what gives nothing"
                                          : source_text(inner->sema, node->span));
    Value *value = operand_value(inner, operand);
    if (value && (constant = value_constant(value)))
        return constant;
    if (value && inner->runtime)
        return known_only_at_run_time(inner, node, what, inner->runtime->name);
    if (value && (value->type->kind == TYPE_VIEW || value->type->kind == TYPE_ARRAY ||
                  value->type->kind == TYPE_PTR))
        return known_only_at_run_time(inner, node, what,
                                      type_source(inner->sema->arena, value->type));
    return value ? run(inner, value, node, what) : NULL;
}

static bool needs_no_function(const Node *node) {
    return node->kind == NODE_INT || node->kind == NODE_FLOAT || node->kind == NODE_STRING ||
           node->kind == NODE_BOOL || node->kind == NODE_NAME;
}

static const Attr *evaluate(FuncState *fs, const Node *node, const Type *want, const char *what) {
    Types *types = fs->sema->types;
    if (node->kind == NODE_FUNC_TYPE) {
        const Type *type = check_type(fs, node);
        return type->kind == TYPE_POISON ? NULL : attr_of_type(types, type);
    }
    if (node->kind == NODE_LAMBDA)
        return attr_closure(types, NULL, closure_of_lambda(fs, node));
    if (needs_no_function(node)) {
        Operand operand = check_expr(fs, node, want);
        const Attr *constant =
            operand.kind == OPERAND_VALUE ? NULL : operand_as_constant(fs, &operand);
        if (constant || operand.kind == OPERAND_POISON)
            return constant;
    }
    FuncState *inner = throw_away(fs);
    fs->sema->comptime_level++;
    Operand operand = check_expr(inner, node, want);
    const Attr *constant = constant_of(inner, &operand, node, what);
    fs->sema->comptime_level--;
    return constant;
}

const Attr *comptime_eval(FuncState *fs, const Node *node, const Type *want, const char *what) {
    uint32_t errors = diags_errors(fs->sema->diags);
    const Attr *constant = evaluate(fs, node, want, what);
    if (constant && want)
        constant = const_coerce(fs, constant, want, node, what);
    if (!constant && diags_errors(fs->sema->diags) == errors)
        known_only_at_run_time(fs, node, what, source_text(fs->sema, node->span));
    return constant;
}

const Attr *comptime_bool(FuncState *fs, const Node *node, const char *what) {
    const Attr *value = comptime_eval(fs, node, fs->sema->types->boolean, what);
    return value && value->kind == ATTR_INT ? value : NULL;
}

bool comptime_int(FuncState *fs, const Node *node, const char *what, int64_t *value) {
    const Attr *constant = comptime_eval(fs, node, fs->sema->types->i64, what);
    if (constant && constant->kind == ATTR_INT)
        *value = attr_as_i64(constant);
    return constant != NULL && constant->kind == ATTR_INT;
}

/* ------------------------------------------------------------------ names of modules */

static const Node *defined_value(Sema *sema, const Symbol *symbol) {
    if (!symbol->comptime.define)
        return symbol->node->comptime_assign.value;
    const char *shown = arena_printf(sema->arena, "-D %s", symbol->name);
    SourceFile *file =
        sources_add(sema->sources, shown, symbol->comptime.define, strlen(symbol->comptime.define));
    return parse_expression(sema->arena, sema->names, sema->diags, file);
}

const Attr *symbol_value(Sema *sema, Symbol *symbol) {
    if (symbol->comptime.done) {
        if (!symbol->comptime.value)
            diags_repeat(sema->diags);
        return symbol->comptime.value;
    }
    if (symbol->comptime.busy) {
        diag(sema->diags, symbol->span, W0237, symbol->name);
        return NULL;
    }
    symbol->comptime.busy = true;
    const char *what = arena_printf(sema->arena, "comptime %s", symbol->name);
    symbol->comptime.value =
        comptime_eval(module_scope(sema, symbol->module), defined_value(sema, symbol), NULL, what);
    symbol->comptime.busy = false;
    symbol->comptime.done = true;
    return symbol->comptime.value;
}
