/* Contracts: the clauses behind `where`, and the small functions that a launch runs before a
 * kernel.
 *
 * A clause about parameters alone holds or not when the function is made. The others become, of a
 * kernel, predicates (dims, scalars) -> bool that the launch checks; of a plain function in host
 * code, asserts at its entry; in device code they are found by --check only. */
#include "ir/verify.h"
#include "sema/structure.h"

/* ------------------------------------------------------------------ functions of a launch */

static uint32_t launch_args(const Signature *sig, const Instance *instance, FuncArg *args, uint32_t *first_capture) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < sig->arg_count; i++)
        if (!sig->args[i].is_tensor)
            args[count++] = (FuncArg){.name = sig->args[i].name,
                                      .type = sig->args[i].concrete,
                                      .span = sig->args[i].span};
    *first_capture = count;
    for (uint32_t i = 0; i < instance->capture_count; i++)
        if (instance->captures[i].type->kind != TYPE_VIEW)
            args[count++] = (FuncArg){.name = instance->captures[i].variable->name,
                                      .type = instance->captures[i].type};
    return count;
}

FuncState *launch_state(Signature *sig, Instance *instance, const char *suffix) {
    Sema *sema = sig->sema;
    const Func *kernel = instance->func;
    FuncArg *args = arena_array(sema->arena, FuncArg, sig->arg_count + instance->capture_count + 1);
    uint32_t first_capture, count = launch_args(sig, instance, args, &first_capture);
    Name name = intern_cstr(sema->names, arena_printf(sema->arena, "%s.%s", kernel->name, suffix));
    FuncState *fs = state_create(sema, sig->fs, sig->decl->module, CONTEXT_HOST);
    fs->func = func_create(sema->ir, FUNC_HOST, name, kernel->dims, kernel->dim_count, args, count,
                           NULL, 0);
    fs->func->span = kernel->span;
    fs->func->strict_host = true;
    fs->b = builder_at_end(sema->ir, func_entry(fs->func));
    fs->b.span = kernel->span;
    FuncState *own = sig->fs;
    sig->fs = fs;
    declare_inputs(sig, fs->func, false);
    declare_captures(fs, instance, first_capture, false);
    sig->fs = own;
    return fs;
}

void finish_launch_func(FuncState *fs, bool ok, Value **values, uint32_t count) {
    Func *func = fs->func;
    if (!ok) {
        close_unreachable(fs);
        return;
    }
    const Type **types = arena_array(func->module->arena, const Type *, count + 1);
    for (uint32_t i = 0; i < count; i++)
        types[i] = values[i]->type;
    build_op(&fs->b, OP_FUNC_RETURN, values, count, NULL, 0, 0);
    func->results = types;
    func->result_count = count;
    Text message = {.arena = fs->sema->arena};
    if (!func_verify(func, &message))
        weft_bug("the IR of %s is wrong: %s", func->name, text_cstr(&message));
}

/* ------------------------------------------------------------------ where */

static NodeList clauses_of(const Signature *sig) {
    return sig->decl->node->kind == NODE_FUNC ? sig->decl->node->func.where : (NodeList){0};
}

static NameSet names_in(const Signature *sig, const Node *clause) {
    NameSet names = {.arena = sig->sema->arena};
    scan_mentioned(clause, &names);
    return names;
}

bool where_is_static(const Signature *sig, const Node *clause) {
    NameSet mentioned = names_in(sig, clause);
    for (uint32_t i = 0; i < sig->arg_count; i++)
        if (map_has_ptr(&mentioned.has, sig->args[i].name))
            return false;
    VEC_FOR_EACH (i, &sig->dims)
        if (map_has_ptr(&mentioned.has, sig->dims.items[i].name))
            return false;
    for (uint32_t i = 0; i < sig->param_count; i++)
        if (closure_has_captures(sig->params[i]) && map_has_ptr(&mentioned.has, sig->param_nodes.items[i]->param.name))
            return false;
    return true;
}

/* A contract is about parameters, dims and scalar arguments: the tensor that it names, or NULL. */
static const char *tensor_in(const Signature *sig, const Node *clause) {
    NameSet mentioned = names_in(sig, clause);
    for (uint32_t i = 0; i < sig->arg_count; i++)
        if (sig->args[i].is_tensor && map_has_ptr(&mentioned.has, sig->args[i].name))
            return sig->args[i].name;
    return NULL;
}

/* Whether it is left to the launch, or to the entry of a function. */
static bool is_checked_later(const Signature *sig, const Node *clause) {
    return !where_is_static(sig, clause) && !tensor_in(sig, clause);
}

/* ", N is 4": the dims and arguments of a call whose values are known. */
static void print_known(Text *text, const FuncState *known) {
    VEC_FOR_EACH (i, &known->order) {
        const Variable *variable = known->order.items[i];
        const Attr *value = variable->constant;
        text_printf(text, "%s%s is ", text->len ? ", " : "", variable->name);
        if (value->kind == ATTR_INT && value->type->kind != TYPE_BOOL)
            text_printf(text, "%lld", (long long)attr_as_i64(value));
        else
            attr_print(text, value);
    }
}

/* "W is 12" */
static const char *what_is_here(const Signature *sig, const Node *clause, const FuncState *known) {
    NameSet mentioned = names_in(sig, clause);
    Text text = {.arena = sig->sema->arena};
    for (uint32_t i = 0; i < sig->param_count; i++) {
        Name name = sig->param_nodes.items[i]->param.name;
        if (!map_has_ptr(&mentioned.has, name))
            continue;
        Operand operand = operand_of_const(sig->params[i], clause);
        text_printf(&text, "%s%s is ", text.len ? ", " : "", name);
        if (sig->params[i]->kind == ATTR_TYPE)
            type_print_source(&text, sig->params[i]->as_type);
        else if (sig->params[i]->kind == ATTR_INT)
            text_printf(&text, "%lld", (long long)sig->params[i]->bits);
        else
            text_puts(&text, operand_type_text(sig->fs, &operand));
    }
    if (known)
        print_known(&text, known);
    return text.len ? text_cstr(&text) : "it does not hold";
}

static void report_broken(Signature *sig, const Node *clause, const FuncState *known, Span asked_at) {
    Diag *d = diag(sig->sema->diags, asked_at.file ? asked_at : clause->span, W0247, sig->decl->name,
                   source_text(sig->sema, clause->span), what_is_here(sig, clause, known));
    diag_note(d, clause->span, "the contract stands here");
}

/* The dims and arguments that `clause` mentions, as comptime names; NULL where the call does not show them all. */
static FuncState *known_inputs(Signature *sig, const Node *clause, Value **values) {
    FuncState *known = state_create(sig->sema, sig->fs, sig->decl->module, CONTEXT_COMPTIME);
    NameSet mentioned = names_in(sig, clause);
    for (uint32_t i = 0; i < sig->arg_count; i++) {
        const ArgSignature *arg = &sig->args[i];
        const Attr *value = arg->mode == ARG_READ && !arg->is_tensor ? value_constant(values[i]) : NULL;
        if (!map_has_ptr(&mentioned.has, arg->name))
            continue;
        if (!value)
            return NULL;
        declare_constant(known, arg->name, value, arg->span);
    }
    VEC_FOR_EACH (i, &sig->dims) {
        const NamedDim *dim = &sig->dims.items[i];
        if (!map_has_ptr(&mentioned.has, dim->name))
            continue;
        if (dim->extent < 0)
            return NULL;
        declare_constant(known, dim->name, attr_i64(sig->sema->types, dim->extent), dim->span);
    }
    return known;
}

bool check_where_of_call(Signature *sig, Value **values, Span asked_at) {
    NodeList clauses = clauses_of(sig);
    for (uint32_t i = 0; i < clauses.len; i++) {
        const Node *clause = clauses.items[i];
        FuncState *known = is_checked_later(sig, clause) ? known_inputs(sig, clause, values) : NULL;
        const Attr *holds = known ? comptime_bool(known, clause, "where") : NULL;
        if (!holds || attr_is_true(holds))
            continue;
        report_broken(sig, clause, known, asked_at);
        return false;
    }
    return true;
}

void check_where(Signature *sig, Span asked_at) {
    NodeList clauses = clauses_of(sig);
    for (uint32_t i = 0; i < clauses.len; i++) {
        const Node *clause = clauses.items[i];
        const char *tensor = tensor_in(sig, clause);
        if (tensor)
            diag(sig->sema->diags, clause->span, W0441, tensor);
        if (tensor || !where_is_static(sig, clause))
            continue;
        const Attr *holds = comptime_eval(sig->fs, clause, sig->sema->types->boolean, "where");
        if (!holds || holds->kind != ATTR_INT || attr_is_true(holds))
            continue;
        report_broken(sig, clause, NULL, asked_at);
    }
}

KernelWhere *make_where(Signature *sig, Instance *instance, uint32_t *count) {
    NodeList clauses = clauses_of(sig);
    KernelWhere *where = arena_array(sig->sema->arena, KernelWhere, clauses.len + 1);
    *count = 0;
    for (uint32_t i = 0; i < clauses.len; i++) {
        const Node *clause = clauses.items[i];
        if (!is_checked_later(sig, clause))
            continue;
        FuncState *fs =
            launch_state(sig, instance, arena_printf(sig->sema->arena, "where%u", *count));
        Value *holds = check_condition(fs, clause, "where");
        finish_launch_func(fs, holds != NULL, &holds, 1);
        where[(*count)++] =
            (KernelWhere){fs->func, source_text(sig->sema, clause->span), clause->span};
    }
    return where;
}

void emit_where_asserts(Signature *sig) {
    FuncState *fs = sig->fs;
    NodeList clauses = clauses_of(sig);
    Types *types = fs->sema->types;
    for (uint32_t i = 0; i < clauses.len; i++) {
        const Node *clause = clauses.items[i];
        if (!is_checked_later(sig, clause))
            continue;
        fs->b.span = clause->span;
        Value *holds = check_condition(fs, clause, "where");
        if (!holds)
            continue;
        const char *text = arena_printf(fs->sema->arena, "%s: %s does not hold", sig->decl->name,
                                        source_text(fs->sema, clause->span));
        const Attr *part = attr_string(types, intern_cstr(fs->sema->names, text));
        Op *op = build_op(&fs->b, OP_FUNC_ASSERT, &holds, 1, NULL, 0, 0);
        op_set_attr(op, ATTR_KEY_PARTS, attr_list(types, NULL, &part, 1));
    }
}
