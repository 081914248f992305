/* Functions as comptime values. A name given twice is one closure; a lambda or a nested def is a
 * new one each time it is come by, and knows which variables around it its body reads.
 *
 * Captures are passed by value, as arguments behind the others: the instance of the closure takes
 * its own, and an instance that has the closure as a parameter takes them too, to hand them on. The
 * value is the one that the variable has when the call is made. */
#include "sema/structure.h"

FuncDecl *closure_decl(const Closure *closure) {
    return closure->decl ? closure->decl : closure->lambda_decl;
}
const char *closure_name(const Closure *closure) {
    return closure->name ? closure->name : "this function";
}

/* ------------------------------------------------------------------ names */

static bool same_params(const Closure *closure, const Attr **params, uint32_t count) {
    if (closure->param_count != count)
        return false;
    for (uint32_t i = 0; i < count; i++)
        if (closure->params[i] != params[i])
            return false;
    return true;
}

static Closure *find_or_make(Sema *sema, FuncDecl *decl, StructInstance *self, const Attr **params,
                             uint32_t count) {
    uint64_t hash = hash_with(count, self);
    for (uint32_t i = 0; i < count; i++)
        hash = hash_with(hash, params[i]);
    decl->closures_by_hash.arena = sema->arena;
    Closure *first = map_get(&decl->closures_by_hash, hash);
    for (Closure *closure = first; closure; closure = closure->next_of_hash)
        if (closure->self == self && same_params(closure, params, count))
            return closure;
    Closure *closure = arena_new(sema->arena, Closure);
    *closure = (Closure){.decl = decl,
                         .home = decl->enclosing,
                         .self = self,
                         .name = decl->name,
                         .params = params,
                         .param_count = count,
                         .next_of_hash = first};
    map_put(&decl->closures_by_hash, hash, closure);
    return closure;
}

Closure *closure_of(FuncState *fs, FuncDecl *decl, StructInstance *self) {
    return find_or_make(fs->sema, decl, self, NULL, 0);
}

Closure *closure_with_params(FuncState *fs, const Closure *base, const Attr **params,
                             uint32_t count) {
    Closure *closure = find_or_make(fs->sema, base->decl, base->self, params, count);
    closure->captures = base->captures;
    closure->capture_count = base->capture_count;
    return closure;
}

/* ------------------------------------------------------------------ captures */

typedef VEC(Variable *) VariableVec;

static void add_variable(Sema *sema, VariableVec *list, Variable *variable) {
    VEC_FOR_EACH (i, list)
        if (list->items[i] == variable)
            return;
    vec_push(sema->arena, list, variable);
}

static void add_captures_of(Sema *sema, VariableVec *list, const Closure *closure) {
    for (uint32_t i = 0; i < closure->capture_count; i++)
        add_variable(sema, list, closure->captures[i]);
    for (uint32_t i = 0; i < closure->param_count; i++)
        if (closure->params[i] && closure->params[i]->kind == ATTR_CLOSURE)
            add_captures_of(sema, list, closure->params[i]->pointer);
}

bool closure_has_captures(const Attr *param) {
    if (!param || param->kind != ATTR_CLOSURE)
        return false;
    const Closure *closure = param->pointer;
    bool has = closure->capture_count > 0;
    for (uint32_t i = 0; !has && i < closure->param_count; i++)
        has = closure_has_captures(closure->params[i]);
    return has;
}

static void capture_name(FuncState *fs, VariableVec *list, Name name) {
    Variable *variable = find_variable(fs, name);
    if (!variable)
        return;
    if (variable->kind != VARIABLE_COMPTIME && variable->kind != VARIABLE_FUNC)
        add_variable(fs->sema, list, variable);
    else if (variable->constant && variable->constant->kind == ATTR_CLOSURE)
        add_captures_of(fs->sema, list, variable->constant->pointer);
}

static void set_captures(FuncState *fs, Closure *closure, const NameSet *mentioned,
                         const NameSet *own) {
    VariableVec list = {0};
    VEC_FOR_EACH (i, &mentioned->names)
        if (!map_has_ptr(&own->has, mentioned->names.items[i]))
            capture_name(fs, &list, mentioned->names.items[i]);
    closure->captures = list.items;
    closure->capture_count = list.len;
}

Closure *closure_of_lambda(FuncState *fs, const Node *lambda) {
    Sema *sema = fs->sema;
    FuncDecl *decl = arena_new(sema->arena, FuncDecl);
    *decl = (FuncDecl){.node = lambda,
                       .name = intern_cstr(sema->names, "lambda"),
                       .module = fs->module,
                       .enclosing = fs};
    Closure *closure = arena_new(sema->arena, Closure);
    *closure = (Closure){.lambda = lambda, .lambda_decl = decl, .home = fs, .name = decl->name};
    NameSet mentioned = {.arena = sema->arena}, own = {.arena = sema->arena};
    own.has.arena = sema->arena;
    for (uint32_t i = 0; i < lambda->lambda.len; i++)
        map_put_ptr(&own.has, lambda->lambda.names[i], (void *)lambda);
    scan_mentioned(lambda->lambda.body, &mentioned);
    set_captures(fs, closure, &mentioned, &own);
    return closure;
}

Closure *closure_of_nested(FuncState *fs, FuncDecl *decl) {
    Closure *closure = closure_of(fs, decl, NULL);
    const Node *node = decl->node;
    NameSet mentioned = {.arena = fs->sema->arena}, own = {.arena = fs->sema->arena};
    own.has.arena = fs->sema->arena;
    scan_declared(node->func.body, &own);
    for (uint32_t i = 0; i < node->func.args.len; i++)
        map_put_ptr(&own.has, node->func.args.items[i]->arg.name, (void *)node);
    for (uint32_t i = 0; i < node->func.params.len; i++)
        map_put_ptr(&own.has, node->func.params.items[i]->param.name, (void *)node);
    scan_mentioned(node, &mentioned);
    set_captures(fs, closure, &mentioned, &own);
    return closure;
}

/* False where a function of this context cannot have the value: strings and devices stay in host code, whose arrays are
 * read-only tensors in a kernel. */
static bool can_capture(Sema *sema, Context context, Variable *variable, InstanceCapture *capture) {
    const Type *type = variable->type;
    if (!type || type->kind == TYPE_POISON)
        return false;
    *capture = (InstanceCapture){.variable = variable, .type = type};
    capture->writable = type->kind == TYPE_VIEW && variable->writable_view;
    if (!context_is_device(context))
        return true;
    if (type_is_number_array(type)) {
        capture->type = type_of_array_view(sema->types, type);
        return true;
    }
    return !type_stays_on_host(type);
}

void collect_captures(Sema *sema, Instance *instance) {
    VariableVec list = {0};
    if (instance->closure)
        add_captures_of(sema, &list, instance->closure);
    for (uint32_t i = 0; i < instance->param_count; i++)
        if (instance->params[i] && instance->params[i]->kind == ATTR_CLOSURE)
            add_captures_of(sema, &list, instance->params[i]->pointer);
    instance->captures = arena_array(sema->arena, InstanceCapture, list.len + 1);
    VEC_FOR_EACH (i, &list)
        if (can_capture(sema, instance->context, list.items[i], &instance->captures[instance->capture_count]))
            instance->capture_count++;
}

void declare_captures(FuncState *fs, const Instance *instance, uint32_t first, bool tensors) {
    fs->captures_of = instance;
    fs->captured = arena_array(fs->sema->arena, Value *, instance->capture_count + 1);
    for (uint32_t i = 0; i < instance->capture_count; i++)
        if (tensors || instance->captures[i].type->kind != TYPE_VIEW)
            fs->captured[i] = func_arg(fs->func, first++);
}

const InstanceCapture *capture_of(const FuncState *fs, const Variable *variable) {
    const Instance *instance = fs->captures_of;
    for (uint32_t i = 0; instance && i < instance->capture_count; i++)
        if (instance->captures[i].variable == variable)
            return &instance->captures[i];
    return NULL;
}

Value *captured_value(FuncState *fs, const Variable *variable) {
    const InstanceCapture *capture = capture_of(fs, variable);
    return capture ? fs->captured[capture - fs->captures_of->captures] : NULL;
}

void push_capture_dims(FuncState *fs, const Instance *callee, Value *const *captured, ValueVec *operands) {
    for (uint32_t i = 0; i < callee->capture_count; i++) {
        const Type *type = callee->captures[i].type;
        for (uint32_t k = 0; type->kind == TYPE_VIEW && k < type->rank; k++)
            if (type->extents[k] < 0)
                vec_push(fs->sema->arena, operands, build_extent(&fs->b, captured[i], k));
    }
}

bool push_captures(FuncState *fs, const Instance *callee, Span span, Value **values,
                   uint32_t *count) {
    for (uint32_t i = 0; i < callee->capture_count; i++) {
        Value *value = variable_read(fs, callee->captures[i].variable, span);
        if (!value)
            return false;
        values[(*count)++] = value;
    }
    return true;
}
