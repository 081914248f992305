/* f(x): what is called decides. Functions and methods go to call_args.c; types construct; kernels
 * are launched from host code; built-ins look at their arguments themselves. */
#include "sema/structure.h"

/* ------------------------------------------------------------------ functions */

static Operand call_kernel(FuncState *fs, Closure *closure, const Node *node,
                           const Node *launch_options) {
    if (fs->context == CONTEXT_HOST)
        return check_launch(fs, closure, node, launch_options);
    const char *who = fs->context == CONTEXT_COMPTIME ? "a comptime expression"
                      : fs->is_kernel                 ? "a kernel"
                                                      : "what kernels call";
    diag(fs->sema->diags, node->span, W0506, closure->decl->name, who);
    return operand_poison(node);
}

static Operand call_def(FuncState *fs, Closure *closure, const Node *node, const Type *want) {
    FuncDecl *decl = closure->decl;
    if (decl->kernel)
        return call_kernel(fs, closure, node, NULL);
    if (decl->is_graph)
        return not_built(fs, node, W0900);
    Formals formals = formals_of(fs, decl, 0);
    ArgList list;
    return match_arguments(fs, &formals, node, &list) ? call_with(fs, closure, &list, node, want)
                                                      : operand_poison(node);
}

/* The arguments of a call that takes them by order alone, as operands. */
static Operand *positional(FuncState *fs, const Node *call, const Type *const *types,
                           uint32_t count, const char *name) {
    NodeList args = call->call.args;
    Operand *operands = arena_array(fs->sema->arena, Operand, args.len + 1);
    if (args.len != count) {
        if (args.len > count)
            diag(fs->sema->diags, call->span, W0241, name, count, count == 1 ? "" : "s", args.len);
        else
            diag(fs->sema->diags, call->span, W0240, name,
                 arena_printf(fs->sema->arena, "%u argument%s", count, count == 1 ? "" : "s"));
        return NULL;
    }
    for (uint32_t i = 0; i < args.len; i++) {
        const Node *arg = args.items[i];
        if (arg->kind == NODE_KEYWORD) {
            diag(fs->sema->diags, arg->keyword.name_span, W0242, name, arg->keyword.name);
            return NULL;
        }
        operands[i] = settle(fs, check_expr(fs, arg, types ? types[i] : NULL));
        if (operands[i].kind == OPERAND_POISON)
            return NULL;
    }
    return operands;
}

static uint32_t lanes_of(const Operand *operands, const Type *type) {
    for (uint32_t i = 0; i < type->field_count; i++)
        if (operands[i].type && operands[i].type->kind == TYPE_VECTOR &&
            type_is_scalar(type->fields[i]))
            return operands[i].type->lanes;
    return 0;
}

/* A function parameter F: def(f32) -> f32 takes and gives exactly what its type says, whatever was
 * given for it. */
static Operand call_parameter(FuncState *fs, const Operand *callee, const Node *node) {
    const Type *type = callee->type;
    const char *name =
        callee->node && callee->node->kind == NODE_NAME ? callee->node->name : "the function";
    Operand *operands = positional(fs, node, type->fields, type->field_count, name);
    if (!operands)
        return operand_poison(node);
    uint32_t lanes = lanes_of(operands, type);
    if (lanes && !callee->closure->builtin)
        return call_lifted(fs, callee->closure, operands, type->field_count, lanes, node);
    for (uint32_t i = 0; i < type->field_count && !lanes; i++) {
        const char *what = arena_printf(fs->sema->arena, "argument %u of %s", i + 1, name);
        Value *value = operand_coerce(fs, &operands[i], type->fields[i], what);
        if (!value)
            return operand_poison(node);
        operands[i] = operand_of_value(value, node->call.args.items[i]);
    }
    Operand result =
        call_closure(fs, callee->closure, operands, type->field_count, node, type->element);
    if (result.kind == OPERAND_POISON || result.kind == OPERAND_NONE || lanes ||
        type->element->kind == TYPE_NONE)
        return result;
    Value *value = operand_coerce(fs, &result, type->element,
                                  arena_printf(fs->sema->arena, "the result of %s", name));
    return value ? operand_of_value(value, node) : operand_poison(node);
}

static bool lambda_arity(FuncState *fs, const Closure *closure, uint32_t count, const Node *node) {
    uint32_t takes = closure->lambda->lambda.len;
    if (takes > count)
        diag(fs->sema->diags, node->span, W0240, "the lambda",
             arena_printf(fs->sema->arena, "%u argument%s", takes, takes == 1 ? "" : "s"));
    else if (takes < count)
        diag(fs->sema->diags, node->span, W0241, "the lambda", takes, takes == 1 ? "" : "s", count);
    return takes == count;
}

Operand call_lambda(FuncState *fs, Closure *closure, Operand *args, uint32_t count,
                    const Node *node, const Type *want) {
    Signature sig;
    if (!lambda_arity(fs, closure, count, node))
        return operand_poison(node);
    signature_begin(&sig, fs->sema, closure, fs->context, node->span);
    Value **values = arena_array(fs->sema->arena, Value *, count + 1);
    for (uint32_t i = 0; i < count; i++) {
        values[i] = operand_value(fs, &args[i]);
        if (!values[i])
            return operand_poison(node);
        sig.args[i].type = values[i]->type;
    }
    if (!signature_types(&sig) || !signature_concrete(&sig, NULL, node->span))
        return operand_poison(node);
    Instance *callee = instance_for(fs, &sig, want, fs->context, node->span);
    return callee ? emit_call(fs, &sig, callee, values, node) : operand_poison(node);
}

Operand call_closure(FuncState *fs, Closure *closure, Operand *args, uint32_t count,
                     const Node *node, const Type *want) {
    if (closure->builtin)
        return call_builtin_with(fs, closure->builtin, args, count, node);
    if (closure->lambda)
        return call_lambda(fs, closure, args, count, node, want);
    if (closure->decl->kernel)
        return call_kernel(fs, closure, node, NULL);
    Formals formals = formals_of(fs, closure->decl, 0);
    ArgList list;
    return match_operands(fs, &formals, args, count, node, &list)
               ? call_with(fs, closure, &list, node, want)
               : operand_poison(node);
}

static Operand call_func(FuncState *fs, const Operand *callee, const Node *node, const Type *want) {
    Closure *closure = callee->closure;
    if (callee->type && callee->type->kind == TYPE_FUNC)
        return call_parameter(fs, callee, node);
    if (closure->decl)
        return call_def(fs, closure, node, want);
    if (closure->builtin) {
        Operand builtin = {.kind = OPERAND_BUILTIN,
                           .node = callee->node,
                           .builtin = closure->builtin,
                           .params = closure->params,
                           .param_count = closure->param_count};
        return call_builtin(fs, &builtin, node, want);
    }
    Operand *operands = positional(fs, node, NULL, closure->lambda->lambda.len, "the lambda");
    return operands ? call_lambda(fs, closure, operands, closure->lambda->lambda.len, node, NULL)
                    : operand_poison(node);
}

/* ------------------------------------------------------------------ methods */

Operand call_method(FuncState *fs, FuncDecl *method, Operand *receiver, Operand *args,
                    uint32_t count, const Node *node) {
    Operand *all = arena_array(fs->sema->arena, Operand, count + 1);
    StructInstance *self = struct_of(receiver->type);
    Formals formals = formals_of(fs, method, 1);
    ArgList list;
    all[0] = *receiver;
    if (count)
        memcpy(all + 1, args, sizeof *args * count);
    if (!match_operands(fs, &formals, all, count + 1, node, &list))
        return operand_poison(node);
    return call_with(fs, closure_of(fs, method, self), &list, node, NULL);
}

/* `callee` is the method where parameters may have been given: p.cast[f32](). */
static Operand call_written_method(FuncState *fs, FuncDecl *method, Operand *receiver,
                                   const Operand *callee, const Node *node, const Type *want) {
    Closure *closure = closure_of(fs, method, struct_of(receiver->type));
    bool is_static = method->is_static;
    Formals formals = formals_of(fs, method, is_static ? 0 : 1);
    ArgList list;
    if (!match_arguments(fs, &formals, node, &list))
        return operand_poison(node);
    if (!is_static) {
        list.given[0] = true;
        list.operands[0] = *receiver;
        memmove(list.order + 1, list.order, list.order_count * sizeof *list.order);
        list.order[0] = 0;
        list.order_count++;
    }
    if (callee->kind == OPERAND_METHOD && callee->param_count)
        closure = closure_with_params(fs, closure, callee->params, callee->param_count);
    return call_with(fs, closure, &list, node, want);
}

static Operand call_value(FuncState *fs, Operand *callee, const Node *node, const Type *want) {
    StructInstance *self = callee->type ? struct_of(callee->type) : NULL;
    FuncDecl *method = self ? struct_method(self, intern_cstr(fs->sema->names, "__call__")) : NULL;
    if (method)
        return call_written_method(fs, method, callee, callee, node, want);
    diag(fs->sema->diags, node->call.callee->span, W0258,
         source_text(fs->sema, node->call.callee->span));
    return operand_poison(node);
}

/* ------------------------------------------------------------------ types */

static Operand call_type(FuncState *fs, const Type *type, const Node *node) {
    StructInstance *made = struct_of(type);
    return made ? construct_struct(fs, made, node) : construct_type(fs, type, node);
}

/* ------------------------------------------------------------------ all */

/* k.launch(grid=..., block=...)(args) */
static bool is_launch(const Node *callee) {
    return callee->kind == NODE_CALL && callee->call.callee->kind == NODE_ATTRIBUTE &&
           !strcmp(callee->call.callee->attribute.name, "launch");
}

static bool call_launched(FuncState *fs, const Node *node, Operand *result) {
    const Node *options = node->call.callee;
    if (!is_launch(options))
        return false;
    const Node *base = options->call.callee->attribute.base;
    if (base->kind != NODE_NAME && base->kind != NODE_INDEX && base->kind != NODE_ATTRIBUTE)
        return false;
    Operand kernel = check_expr(fs, base, NULL);
    bool is_kernel =
        kernel.kind == OPERAND_FUNC && kernel.closure->decl && kernel.closure->decl->kernel;
    if (kernel.kind != OPERAND_POISON && !is_kernel)
        return false;
    *result = is_kernel ? call_kernel(fs, kernel.closure, node, options) : operand_poison(node);
    return true;
}

Operand check_call(FuncState *fs, const Node *node, const Type *want) {
    Operand result;
    if (call_launched(fs, node, &result))
        return result;
    Operand callee = check_expr(fs, node->call.callee, NULL);
    switch (callee.kind) {
    case OPERAND_POISON: return callee;
    case OPERAND_FUNC: return call_func(fs, &callee, node, want);
    case OPERAND_BUILTIN: return call_builtin(fs, &callee, node, want);
    case OPERAND_STRUCT: return construct_generic(fs, callee.struct_decl, node);
    case OPERAND_METHOD:
        return callee.method
                   ? call_written_method(fs, callee.method, callee.receiver, &callee, node, want)
                   : call_builtin_method(fs, &callee, node);
    case OPERAND_CONST:
        if (callee.constant->kind == ATTR_TYPE)
            return call_type(fs, callee.constant->as_type, node);
        break;
    default: break;
    }
    return call_value(fs, &callee, node, want);
}
