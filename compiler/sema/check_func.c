/* One instance: its inputs become variables, its body becomes ops. */
#include "ir/verify.h"
#include "sema/structure.h"

/* ------------------------------------------------------------------ inputs */

static void declare_dims(Signature *sig, Func *func) {
    FuncState *fs = sig->fs;
    VEC_FOR_EACH (i, &sig->dims) {
        const NamedDim *dim = &sig->dims.items[i];
        if (!strcmp(dim->name, "_"))
            continue;
        Variable *variable =
            declare_variable(fs, dim->name, VARIABLE_DIM, fs->sema->types->i64, dim->span);
        Value *value =
            dim->dim >= 0 ? func_dim(func, (uint32_t)dim->dim) : build_i64(&fs->b, dim->extent);
        flow_set(fs, variable->index, value);
        describe_to_debugger(fs, variable, value);
    }
}

static void reserve_fields(FuncState *fs, Variable *variable) {
    if (variable->type->kind != TYPE_STRUCT || variable->mode != ARG_OUT)
        return;
    variable->first_field = flow_reserve(fs);
    for (uint32_t i = 1; i < variable->type->field_count; i++)
        flow_reserve(fs);
}

static void declare_arg(Signature *sig, uint32_t i, Value *value) {
    FuncState *fs = sig->fs;
    const ArgSignature *arg = &sig->args[i];
    bool is_place = !arg->is_tensor && arg->mode != ARG_READ && arg->type->kind != TYPE_ARRAY;
    Variable *variable = declare_variable(fs, arg->name, is_place ? VARIABLE_PLACE : VARIABLE_ARG,
                                          is_place ? arg->type : arg->concrete, arg->span);
    variable->mode = arg->mode;
    variable->writable_view = arg->mode != ARG_READ;
    if (is_place)
        variable->view = value;
    if (is_place && arg->mode == ARG_OUT) {
        reserve_fields(fs, variable);
        return;
    }
    flow_set(fs, variable->index, value);
    describe_to_debugger(fs, variable, value);
}

/* `tensors`: false for the functions of a kernel's launch, which take the dims and the other
 * arguments. */
void declare_inputs(Signature *sig, Func *func, bool tensors) {
    declare_dims(sig, func);
    uint32_t input = 0;
    for (uint32_t i = 0; i < sig->arg_count; i++)
        if (tensors || !sig->args[i].is_tensor)
            declare_arg(sig, i, func_arg(func, input++));
}

/* The names that the body assigns are the function's own in the whole of it. */
static void declare_locals(FuncState *fs, NodeList body) {
    NameSet declared = {.arena = fs->sema->arena};
    scan_declared(body, &declared);
    VEC_FOR_EACH (i, &declared.names)
        if (!map_has_ptr(&fs->variables, declared.names.items[i]))
            declare_variable(fs, declared.names.items[i], VARIABLE_LOCAL, NULL,
                             declared.nodes.items[i]->span);
}

/* ------------------------------------------------------------------ the end */

static const char *missing_field(const FuncState *fs, const Variable *variable) {
    for (uint32_t i = 0; variable->first_field && i < variable->type->field_count; i++)
        if (!flow_assigned(&fs->flow, variable->first_field + i))
            return variable->type->field_names[i];
    return NULL;
}

static void check_outs(FuncState *fs) {
    if (diags_errors(fs->sema->diags) != fs->errors_before)
        return;
    VEC_FOR_EACH (i, &fs->order) {
        const Variable *variable = fs->order.items[i];
        if (variable->kind != VARIABLE_PLACE || variable->mode != ARG_OUT ||
            flow_assigned(&fs->flow, variable->index))
            continue;
        const char *field = missing_field(fs, variable);
        if (variable->first_field && !field)
            continue;
        const char *name =
            field ? arena_printf(fs->sema->arena, "%s.%s", variable->name, field) : variable->name;
        diag(fs->sema->diags, variable->span, W0231, name);
    }
}

void end_function(FuncState *fs, Value *result) {
    check_outs(fs);
    arrays_end_function(fs, result);
    build_op(&fs->b, OP_FUNC_RETURN, &result, result != NULL, NULL, 0, 0);
    fs->flow.reachable = false;
}

static void end_body(FuncState *fs, const Node *node) {
    if (!fs->flow.reachable) {
        close_unreachable(fs);
        return;
    }
    bool gives = !fs->result || fs->result->kind != TYPE_NONE;
    if (!gives) {
        end_function(fs, NULL);
        return;
    }
    const char *result =
        node->func.result ? source_text(fs->sema, node->func.result->span) : "a value";
    diag(fs->sema->diags, node->func.header, W0228, node->func.name, result);
    close_unreachable(fs);
}

/* A tensor may be there for its dims, a SIMD value for its width. */
static bool type_is_used(FuncState *fs, const Instance *instance, Name name) {
    NodeList args = instance->decl->node->func.args;
    NameSet mentioned = {.arena = fs->sema->arena};
    for (uint32_t i = 0; i < args.len; i++)
        if (args.items[i]->arg.name == name && args.items[i]->arg.type)
            scan_mentioned(args.items[i]->arg.type, &mentioned);
    VEC_FOR_EACH (i, &mentioned.names) {
        const Variable *variable = map_get_ptr(&fs->variables, mentioned.names.items[i]);
        if (variable && variable->used &&
            (variable->kind == VARIABLE_DIM || variable->kind == VARIABLE_COMPTIME))
            return true;
    }
    return false;
}

/* What decides the launch's shape or is held by a contract is read, though not in the body. */
static NameSet read_by_header(FuncState *fs, const Node *function) {
    NameSet read = {.arena = fs->sema->arena};
    if (function->kind != NODE_FUNC)
        return read;
    NodeList decorators = function->func.decorators;
    for (uint32_t d = 0; d < decorators.len; d++)
        for (uint32_t i = 0; i < decorators.items[d]->decorator.args.len; i++)
            scan_mentioned(decorators.items[d]->decorator.args.items[i], &read);
    for (uint32_t i = 0; i < function->func.where.len; i++)
        scan_mentioned(function->func.where.items[i], &read);
    for (uint32_t i = 0; i < function->func.args.len; i++)
        if (function->func.args.items[i]->arg.type)
            scan_mentioned(function->func.args.items[i]->arg.type, &read);
    return read;
}

static void warn_unused(FuncState *fs, const Instance *instance) {
    Diags *diags = fs->sema->diags;
    bool own_text = fs->module->is_root && instance->decl->node->kind == NODE_FUNC;
    NameSet header = read_by_header(fs, instance->decl->node);
    for (uint32_t i = 0; own_text && i < fs->order.len; i++) {
        const Variable *variable = fs->order.items[i];
        if (variable->used || map_has_ptr(&header.has, variable->name) || variable->name[0] == '_')
            continue;
        if (variable->kind == VARIABLE_LOCAL && variable->assigned_anywhere)
            diag(diags, variable->span, W0219, variable->name);
        else if (variable->kind == VARIABLE_ARG && variable->mode == ARG_READ && !instance->self &&
                 !type_is_used(fs, instance, variable->name))
            diag(diags, variable->span, W0220, variable->name);
    }
}

/* ------------------------------------------------------------------ bodies */

/* The result's type is what the body gave: of a lambda, and of a function that gives a view. */
static void set_result(Instance *instance, const Type *type) {
    Func *func = instance->func;
    instance->result = type;
    if (type->kind == TYPE_NONE)
        return;
    func->results = arena_copy(func->module->arena, &type, sizeof type);
    func->result_count = 1;
}

/* False where the body is poison: what it reads was a mistake that was reported elsewhere. */
static bool emit_lambda(FuncState *fs, Instance *instance, const Type *wanted) {
    const Node *body = instance->decl->node->lambda.body;
    Operand operand = check_expr(fs, body, wanted);
    if (operand.kind == OPERAND_POISON)
        return false;
    if (operand_gives_nothing(&operand)) {
        set_result(instance, fs->sema->types->none);
        end_function(fs, NULL);
        return true;
    }
    Value *value = wanted && wanted->kind != TYPE_NONE
                       ? operand_coerce(fs, &operand, wanted, "the result of the lambda")
                       : operand_value(fs, &operand);
    if (!value)
        return false;
    set_result(instance, value->type);
    end_function(fs, value);
    return true;
}

static void emit_def(Signature *sig, Instance *instance) {
    FuncState *fs = sig->fs;
    const Node *node = sig->decl->node;
    declare_locals(fs, node->func.body);
    check_statements(fs, node->func.body);
    if (!instance->result && fs->result)
        set_result(instance, fs->result);
    end_body(fs, node);
}

static void verify(Sema *sema, Func *func) {
    Text message = {.arena = sema->arena};
    if (!func_verify(func, &message))
        weft_bug("the IR of %s is wrong: %s", func->name, text_cstr(&message));
}

bool emit_instance(Signature *sig, Instance *instance, const Type *wanted) {
    FuncState *fs = sig->fs;
    Sema *sema = fs->sema;
    uint32_t errors = diags_errors(sema->diags);
    fs->b = builder_at_end(sema->ir, func_entry(instance->func));
    fs->b.span = instance->func->span;
    check_where(sig, instance->asked_at);
    signature_defaults(sig);
    if (instance->decl->kernel)
        make_kernel(sig, instance);
    if (diags_errors(sema->diags) != errors)
        return false;
    fs->errors_before = errors;
    declare_inputs(sig, instance->func, true);
    if (!context_is_device(instance->context))
        emit_where_asserts(sig);
    bool is_lambda = instance->decl->node->kind == NODE_LAMBDA;
    if (is_lambda && !emit_lambda(fs, instance, wanted))
        return false;
    if (!is_lambda)
        emit_def(sig, instance);
    if (diags_errors(sema->diags) != errors)
        return false;
    warn_unused(fs, instance);
    verify(sema, instance->func);
    return true;
}
