/* Struct types: made for their parameters when first named. A struct's scope holds its parameters
 * and comptime names; its methods are functions in that scope. */
#include "sema/expr.h"
#include "sema/structure.h"

enum { MOST_PARTS = 1 << 14, MOST_BUSY = 250 };

/* ------------------------------------------------------------------ making one */

static StructInstance *find_made(const StructDecl *decl, const Attr **params) {
    VEC_FOR_EACH (i, &decl->instances) {
        StructInstance *made = decl->instances.items[i];
        bool same = true;
        for (uint32_t k = 0; k < decl->node->struct_.params.len; k++)
            same &= made->params[k] == params[k];
        if (same)
            return made;
    }
    return NULL;
}

/* "Complex[f32]" */
static Name type_name(Sema *sema, const StructInstance *made) {
    Instance like = {.decl = &(FuncDecl){.name = made->decl->name},
                     .params = made->params,
                     .param_count = made->decl->node->struct_.params.len};
    return intern_cstr(sema->names, instance_name(sema, &like));
}

static bool can_be_field(const Type *type) {
    return type_is_scalar(type) || type->kind == TYPE_VECTOR || type->kind == TYPE_STRUCT ||
           type->kind == TYPE_TUPLE || type->kind == TYPE_PTR || type->kind == TYPE_STR;
}

static bool add_field(StructInstance *made, const Node *field, const Type **types, Name *names,
                      uint32_t *count) {
    Sema *sema = made->scope->sema;
    const Type *type = check_type(made->scope, field->field.type);
    if (type->kind == TYPE_POISON)
        return false;
    for (uint32_t i = 0; i < *count; i++) {
        if (names[i] != field->field.name)
            continue;
        diag(sema->diags, field->field.name_span, W0203, field->field.name);
        return false;
    }
    if (!can_be_field(type)) {
        diag(sema->diags, field->field.type->span, W0269, made->decl->name, field->field.name,
             type_source(sema->arena, type));
        return false;
    }
    types[*count] = type;
    names[(*count)++] = field->field.name;
    return true;
}

/* Neither a parameter, a comptime name before, a field nor a method. */
static bool is_free(StructInstance *made, Name name, Span span) {
    NodeList members = made->decl->node->struct_.members;
    const Variable *before = map_get_ptr(&made->scope->variables, name);
    bool taken = before && before->owner == made->scope;
    for (uint32_t i = 0; i < members.len; i++) {
        const Node *member = members.items[i];
        taken |= member->kind == NODE_FIELD && member->field.name == name;
        taken |= member->kind == NODE_FUNC && member->func.name == name;
    }
    if (taken)
        diag(made->scope->sema->diags, span, W0203, name);
    return !taken;
}

static bool add_name(StructInstance *made, const Node *member) {
    Name name = member->comptime_assign.name;
    if (!is_free(made, name, member->comptime_assign.name_span))
        return false;
    const char *what = arena_printf(made->scope->sema->arena, "comptime %s", name);
    const Attr *value = comptime_eval(made->scope, member->comptime_assign.value, NULL, what);
    declare_constant(made->scope, name, value, member->comptime_assign.name_span)->used = true;
    return value != NULL;
}

static bool add_member(StructInstance *made, const Node *member, const Type **types, Name *names,
                       uint32_t *count) {
    uint32_t errors = diags_errors(made->scope->sema->diags);
    switch (member->kind) {
    case NODE_FIELD: return add_field(made, member, types, names, count);
    case NODE_COMPTIME_ASSIGN: return add_name(made, member);
    case NODE_IF:
    case NODE_FOR:
    case NODE_ASSERT: check_statement(made->scope, member); break;
    default: break;
    }
    return diags_errors(made->scope->sema->diags) == errors;
}

static uint64_t parts_of(const Type *type) {
    uint64_t count = 0;
    switch (type->kind) {
    case TYPE_VECTOR: return type->lanes;
    case TYPE_STRUCT: return struct_of(type)->parts;
    case TYPE_TUPLE:
        for (uint32_t i = 0; i < type->field_count; i++)
            count += parts_of(type->fields[i]);
        return count;
    default: return 1;
    }
}

/* Structs of two of the one before double with each: that ends in a sentence. */
static bool is_small_enough(StructInstance *made, const Type *const *types, uint32_t count) {
    for (uint32_t i = 0; i < count; i++)
        made->parts += parts_of(types[i]);
    if (made->parts <= MOST_PARTS)
        return true;
    diag(made->scope->sema->diags, made->decl->node->struct_.name_span, W0290, made->decl->name, (unsigned)MOST_PARTS);
    return false;
}

static void make_type(StructInstance *made) {
    Sema *sema = made->scope->sema;
    NodeList members = made->decl->node->struct_.members;
    const Type **types = arena_array(sema->arena, const Type *, members.len + 1);
    Name *names = arena_array(sema->arena, Name, members.len + 1);
    uint32_t count = 0;
    bool ok = true;
    for (uint32_t i = 0; i < members.len; i++)
        ok &= add_member(made, members.items[i], types, names, &count);
    if (ok && is_small_enough(made, types, count))
        made->type = type_struct(sema->types, type_name(sema, made), types, names, count, made);
}

static void say_who_asked(Sema *sema, const StructInstance *made, uint32_t since, Span asked_at) {
    for (uint32_t i = since; made->decl->node->struct_.params.len && asked_at.file && i < diags_count(sema->diags); i++) {
        Diag *d = (Diag *)diags_get(sema->diags, i);
        if (d->severity == SEVERITY_ERROR && d->span.start != asked_at.start)
            diag_note(d, asked_at, "%s is asked for here", type_name(sema, made));
    }
}

StructInstance *struct_instantiate(FuncState *fs, StructDecl *decl, const Attr **params,
                                   uint32_t count, Span span) {
    Sema *sema = fs->sema;
    Signature sig;
    signature_begin_struct(&sig, sema, decl);
    const Node at = {.kind = NODE_NAME, .name = decl->name, .span = span};
    for (uint32_t i = 0; i < count; i++)
        if (params[i] && !signature_bind(&sig, i, params[i], NULL, span))
            return NULL;
    if (!infer_finish(&sig, &at))
        return NULL;
    StructInstance *made = find_made(decl, sig.params);
    if (made && made->busy)
        diag(sema->diags, span, W0260, decl->name);
    else if (made && !made->type)
        diags_repeat(sema->diags);
    if (made)
        return made->type ? made : NULL;
    if (decl->busy_instances == MOST_BUSY) { /* A[N] holds an A[N + 1] */
        diag(sema->diags, span, W0260, decl->name);
        return NULL;
    }
    made = arena_new(sema->arena, StructInstance);
    *made = (StructInstance){.decl = decl, .params = sig.params, .scope = sig.fs, .busy = true};
    sig.fs->self = made;
    vec_push(sema->arena, &decl->instances, made);
    uint32_t messages = diags_count(sema->diags);
    decl->busy_instances++;
    make_type(made);
    decl->busy_instances--;
    say_who_asked(sema, made, messages, span);
    made->busy = false;
    return made->type ? made : NULL;
}

/* ------------------------------------------------------------------ members */

FuncDecl *struct_method(const StructInstance *instance, Name name) {
    return instance ? map_get_ptr(&instance->decl->methods, name) : NULL;
}

int32_t struct_field(const Type *type, Name name) {
    for (uint32_t i = 0; type->kind == TYPE_STRUCT && i < type->field_count; i++)
        if (type->field_names[i] == name)
            return (int32_t)i;
    return -1;
}

Operand struct_member(FuncState *fs, StructInstance *instance, const Node *attribute) {
    Name name = attribute->attribute.name;
    FuncDecl *method = struct_method(instance, name);
    if (method)
        return (Operand){
            .kind = OPERAND_FUNC, .node = attribute, .closure = closure_of(fs, method, instance)};
    Variable *variable = map_get_ptr(&instance->scope->variables, name);
    if (!variable || !variable->constant)
        return operand_poison(attribute);
    if (variable->constant->kind == ATTR_CLOSURE)
        return (Operand){.kind = OPERAND_FUNC,
                         .node = attribute,
                         .closure = (Closure *)variable->constant->pointer,
                         .type = variable->constant->type};
    return operand_of_const(variable->constant, attribute);
}

/* ------------------------------------------------------------------ constructors */

static const Node *field_node(const StructDecl *decl, uint32_t field) {
    NodeList members = decl->node->struct_.members;
    for (uint32_t i = 0; i < members.len; i++)
        if (members.items[i]->kind == NODE_FIELD && field-- == 0)
            return members.items[i];
    return NULL;
}

static uint32_t field_total(const StructDecl *decl) {
    uint32_t count = 0;
    while (field_node(decl, count))
        count++;
    return count;
}

static const Attr *default_of(StructInstance *made, uint32_t field) {
    const char *what = arena_printf(made->scope->sema->arena, "the field %s of %s", made->type->field_names[field], made->decl->name);
    return comptime_eval(made->scope, field_node(made->decl, field)->field.default_value, made->type->fields[field], what);
}

void check_defaults(StructInstance *made) {
    for (uint32_t i = 0; i < field_total(made->decl); i++)
        if (field_node(made->decl, i)->field.default_value)
            default_of(made, i);
}

static Formals fields_as_formals(FuncState *fs, const StructDecl *decl) {
    uint32_t count = field_total(decl);
    Name *names = arena_array(fs->sema->arena, Name, count + 1);
    bool *optional = arena_array(fs->sema->arena, bool, count + 1);
    for (uint32_t i = 0; i < count; i++) {
        names[i] = field_node(decl, i)->field.name;
        optional[i] = field_node(decl, i)->field.default_value != NULL;
    }
    return (Formals){decl->name, names, optional, count, 0};
}

static FuncDecl *init_of(FuncState *fs, const StructDecl *decl) {
    return map_get_ptr(&decl->methods, intern_cstr(fs->sema->names, "__init__"));
}

static bool eval_operands(FuncState *fs, ArgList *list, const Type *type) {
    bool ok = true;
    for (uint32_t i = 0; i < list->order_count; i++) {
        uint32_t formal = list->order[i];
        if (!list->nodes[formal])
            continue;
        list->operands[formal] =
            settle(fs, check_expr(fs, list->nodes[formal], type ? type->fields[formal] : NULL));
        ok &= list->operands[formal].kind != OPERAND_POISON;
    }
    return ok;
}

static Operand from_fields(FuncState *fs, StructInstance *made, const ArgList *list,
                           const Node *call) {
    Arena *arena = fs->sema->arena;
    Value **values = arena_array(arena, Value *, list->count + 1);
    for (uint32_t i = 0; i < list->count; i++) {
        const char *what =
            arena_printf(arena, "the field %s of %s", made->type->field_names[i], made->decl->name);
        Operand operand = list->operands[i];
        if (!list->given[i]) {
            const Attr *value = default_of(made, i);
            if (!value)
                return operand_poison(call);
            operand = operand_of_const(value, field_node(made->decl, i)->field.default_value);
        }
        values[i] = operand_coerce(fs, &operand, made->type->fields[i], what);
        if (!values[i])
            return operand_poison(call);
    }
    fs->b.span = call->span;
    return operand_of_value(build_typed(&fs->b, OP_AGG_MAKE, made->type, values, list->count),
                            call);
}

/* __init__(out self, ...) fills memory; the value is what it holds then. */
static Operand from_init(FuncState *fs, StructInstance *made, FuncDecl *init, ArgList *list,
                         const Node *call) {
    Types *types = fs->sema->types;
    const Type *type = type_view(types, made->type, 0, NULL, LAYOUT_ROW_MAJOR, SPACE_LOCAL);
    Value *memory = build_local(fs, type);
    Place *place = arena_new(fs->sema->arena, Place);
    *place = (Place){.view = memory, .writable = true, .base_type = made->type};
    list->given[0] = true;
    list->operands[0] =
        (Operand){.kind = OPERAND_PLACE, .type = made->type, .node = call, .place = place};
    memmove(list->order + 1, list->order, list->order_count * sizeof *list->order);
    list->order[0] = 0;
    list->order_count++;
    Operand result = call_with(fs, closure_of(fs, init, made), list, call, NULL);
    if (result.kind == OPERAND_POISON)
        return result;
    return operand_of_value(build_load(&fs->b, memory, NULL, 0, made->type), call);
}

static bool init_failed(FuncState *fs, const FuncDecl *init) {
    if (init->failed)
        diags_repeat(fs->sema->diags);
    return init->failed;
}

Operand construct_struct(FuncState *fs, StructInstance *made, const Node *call) {
    FuncDecl *init = init_of(fs, made->decl);
    ArgList list;
    if (init && init_failed(fs, init))
        return operand_poison(call);
    Formals formals = init ? formals_of(fs, init, 1) : fields_as_formals(fs, made->decl);
    if (!match_arguments(fs, &formals, call, &list))
        return operand_poison(call);
    if (init)
        return from_init(fs, made, init, &list, call);
    return eval_operands(fs, &list, made->type) ? from_fields(fs, made, &list, call)
                                                : operand_poison(call);
}

/* ------------------------------------------------------------------ generic structs without
 * parameters */

static void infer_from_list(FuncState *fs, Signature *sig, const StructDecl *decl,
                            const FuncDecl *init, const ArgList *list, InferRound round) {
    for (uint32_t i = 0; i < list->count; i++) {
        const Node *declared =
            init ? init->node->func.args.items[i]->arg.type : field_node(decl, i)->field.type;
        if (list->given[i])
            infer_from_operand(fs, sig, declared, &list->operands[i], round);
    }
}

Operand construct_generic(FuncState *fs, StructDecl *decl, const Node *call) {
    FuncDecl *init = init_of(fs, decl);
    if (init && init_failed(fs, init))
        return operand_poison(call);
    Formals formals = init ? formals_of(fs, init, 1) : fields_as_formals(fs, decl);
    ArgList list;
    Signature sig;
    if (!match_arguments(fs, &formals, call, &list) || !eval_operands(fs, &list, NULL))
        return operand_poison(call);
    for (uint32_t i = 0; i < list.count; i++)
        list.nodes[i] = NULL; /* evaluated */
    signature_begin_struct(&sig, fs->sema, decl);
    for (InferRound round = 0; round < INFER_ROUNDS; round++)
        infer_from_list(fs, &sig, decl, init, &list, round);
    if (!infer_finish(&sig, call))
        return operand_poison(call);
    StructInstance *made = struct_instantiate(fs, decl, sig.params, sig.param_count, call->span);
    if (!made)
        return operand_poison(call);
    return init ? from_init(fs, made, init, &list, call) : from_fields(fs, made, &list, call);
}
