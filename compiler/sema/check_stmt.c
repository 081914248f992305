/* Statements. The right-hand side is evaluated before the places of the left; a mistake in it gives
 * the names on the left a type that silences what would follow. */
#include "sema/expr.h"
#include "sema/structure.h"

/* ------------------------------------------------------------------ assignment to a name */

/* A `mut` tensor or array argument is not read-only, yet its name stays with the caller's memory.
 */
static void refuse_argument(FuncState *fs, const Node *target, const Variable *argument) {
    if (told_in_function(fs, W0210, target->name, target->span))
        return;
    if (argument->mode == ARG_READ)
        diag(fs->sema->diags, target->span, W0210, target->name);
    else
        diag(fs->sema->diags, target->span, W0280, target->name,
             argument->type && argument->type->kind == TYPE_ARRAY ? "array" : "tensor");
}

/* The variable that `target` names and may be assigned; NULL after an error. */
static Variable *assignable(FuncState *fs, const Node *target) {
    Diags *diags = fs->sema->diags;
    Variable *variable = map_get_ptr(&fs->variables, target->name);
    if (!variable)
        variable = declare_variable(fs, target->name, VARIABLE_LOCAL, NULL, target->span);
    switch (variable->kind) {
    case VARIABLE_LOCAL:
    case VARIABLE_PLACE: return variable;
    case VARIABLE_ARG: refuse_argument(fs, target, variable); return NULL;
    case VARIABLE_DIM: diag(diags, target->span, W0272, target->name); return NULL;
    default: diag(diags, target->span, W0271, target->name); return NULL;
    }
}

/* Of an out struct, whose fields are set one by one. */
static void silence_field(FuncState *fs, const Node *target) {
    const Variable *variable = map_get_ptr(&fs->variables, target->attribute.base->name);
    if (!variable || !variable->first_field)
        return;
    for (uint32_t i = 0; i < variable->type->field_count; i++)
        if (variable->type->field_names[i] == target->attribute.name)
            flow_set(fs, variable->first_field + i, variable->view);
}

/* After a mistake: the name has some value of its type, if it has one. */
static void silence(FuncState *fs, const Node *target, const Type *declared) {
    if (target->kind == NODE_TUPLE)
        for (uint32_t i = 0; i < target->list.len; i++)
            silence(fs, target->list.items[i], declared);
    if (target->kind == NODE_ATTRIBUTE && target->attribute.base->kind == NODE_NAME)
        silence_field(fs, target);
    Variable *variable =
        target->kind == NODE_NAME ? map_get_ptr(&fs->variables, target->name) : NULL;
    if (variable && variable->kind == VARIABLE_PLACE)
        flow_set(fs, variable->index, variable->view);
    if (!variable || variable->kind != VARIABLE_LOCAL)
        return;
    variable->used = true;
    if (!variable->type)
        variable->type = declared ? declared : fs->sema->types->poison;
    if (variable->type->kind != TYPE_POISON)
        flow_set(fs, variable->index, build_undef(&fs->b, variable->type));
}

static bool cannot_be_kept(FuncState *fs, const Operand *operand, const Node *target) {
    Diags *diags = fs->sema->diags;
    const char *text = source_text(fs->sema, operand->node ? operand->node->span : target->span);
    bool is_function = operand->kind == OPERAND_FUNC || operand->kind == OPERAND_BUILTIN ||
                       operand->kind == OPERAND_METHOD;
    bool is_type = operand->kind == OPERAND_STRUCT ||
                   (operand->kind == OPERAND_CONST && operand->constant->kind == ATTR_TYPE);
    if (is_function)
        diag(diags, operand->node ? operand->node->span : target->span, W0273, text);
    else if (is_type || operand->kind == OPERAND_MODULE)
        diag(diags, operand->node ? operand->node->span : target->span, W0274, text);
    return is_function || is_type || operand->kind == OPERAND_MODULE;
}

/* In an unrolled loop a declaration declares in each turn, perhaps another type. */
static bool declares_again(const FuncState *fs, const Variable *variable, const Node *target,
                           bool var) {
    bool same_place =
        variable->span.start == target->span.start && variable->span.file == target->span.file;
    return same_place && (var || (fs->loop && fs->loop->unrolled));
}

static Value *first_value(FuncState *fs, Variable *variable, const Operand *operand,
                          const Type *declared) {
    if (declared)
        return operand_coerce(fs, operand, declared, variable->name);
    variable->by_literal = operand->kind == OPERAND_CONST && attr_is_literal(operand->constant);
    return operand_value(fs, operand);
}

static bool has_two_types(FuncState *fs, const Variable *variable, const Node *target,
                          const Type *declared) {
    if (!declared || !variable->type || declared == variable->type ||
        variable->type->kind == TYPE_POISON)
        return false;
    Arena *arena = fs->sema->arena;
    Diag *d = diag(fs->sema->diags, target->span, W0213, variable->name,
                   type_source(arena, variable->type), type_source(arena, declared));
    diag_note(d, variable->span, "%s gets its type here", variable->name);
    return true;
}

/* A name that is a read-only view once is never written through. An array that is made anew may be. */
static void keep_facts(FuncState *fs, Variable *variable, const Operand *operand, bool first) {
    bool forgets = first || variable->type->kind == TYPE_ARRAY;
    variable->writable_view = operand_is_writable(fs, operand) && (forgets || variable->writable_view);
}

/* A name that is this slice now and another later: how long it is, is not part of its type. */
static Value *loosen_slice(FuncState *fs, const Node *target, const Operand *operand, Value *value) {
    const Node *node = operand->node;
    const Type *type = value->type;
    const Node *body = fs->instance ? fs->instance->decl->node : NULL;
    bool is_slice = type->kind == TYPE_VIEW && node && node->kind == NODE_INDEX && body && body->kind == NODE_FUNC;
    if (!is_slice || count_assignments(body->func.body, target->name) < 2)
        return value;
    int64_t extents[MAX_RANK];
    uint32_t dim = 0;
    for (uint32_t i = 0; i < type->rank; i++)
        extents[i] = type->extents[i];
    for (uint32_t i = 0; i < node->index.items.len; i++) {
        const Node *item = node->index.items.items[i];
        if (item->kind == NODE_SLICE && (item->slice.start || item->slice.stop))
            extents[dim] = EXTENT_DYNAMIC;
        dim += item->kind == NODE_SLICE;
    }
    const Type *looser =
        type_view(fs->sema->types, type->element, type->rank, extents, type->layout, type->space);
    return cast_view(fs, value, type->hangs ? type_hanging(fs->sema->types, looser) : looser);
}

/* After a value that its variable cannot take: two numbers are told apart by a conversion; of anything else, what
 * follows may mean this value or the one before, and one message is enough. */
static void doubt_type(FuncState *fs, Variable *variable, const Operand *operand, const Type *declared) {
    const Type *given = operand_type(fs, operand);
    if (declared || !variable->type || !given || given->kind == TYPE_POISON)
        return;
    bool numbers = type_is_numeric(variable->type) && (type_is_numeric(given) || type_is_literal(given));
    variable->mistaken = !numbers;
}

static void assign_name(FuncState *fs, const Node *target, const Operand *operand,
                        const Type *declared, bool var) {
    Variable *variable = assignable(fs, target);
    if (!variable)
        return;
    bool again = declares_again(fs, variable, target, var);
    if (var && variable->assigned_anywhere && !again) {
        diag(fs->sema->diags, target->span, W0212, target->name);
        silence(fs, target, declared);
        return;
    }
    if (again && variable->kind == VARIABLE_LOCAL && fs->loop && fs->loop->unrolled &&
        !loop_carries(fs, variable))
        variable->type = NULL;
    if (has_two_types(fs, variable, target, declared))
        return;
    if (cannot_be_kept(fs, operand, target)) {
        silence(fs, target, NULL);
        return;
    }
    if (variable->type && variable->type->kind == TYPE_POISON)
        return;
    if (variable->mistaken || literal_is_to_blame(fs, variable, operand)) {
        silence(fs, target, declared);
        return;
    }
    Value *value = variable->type ? operand_coerce(fs, operand, variable->type, variable->name)
                                  : first_value(fs, variable, operand, declared);
    if (!value) {
        doubt_type(fs, variable, operand, declared);
        silence(fs, target, declared);
        return;
    }
    bool first = !variable->type;
    if (first) {
        value = declared ? value : loosen_slice(fs, target, operand, value);
        variable->type = value->type;
        if (!variable->assigned_anywhere)
            variable->span = target->span;
    }
    keep_facts(fs, variable, operand, first);
    variable_write(fs, variable, value);
}

/* ------------------------------------------------------------------ assignment */

static void assign_one(FuncState *fs, const Node *target, const Operand *operand,
                       const Type *declared, bool var) {
    if (operand->kind == OPERAND_POISON) {
        silence(fs, target, declared);
        return;
    }
    if (target->kind == NODE_NAME) {
        assign_name(fs, target, operand, declared, var);
        return;
    }
    if (target->kind == NODE_ERROR)
        return;
    Operand place = place_of(fs, target);
    place_assign(fs, &place, operand, target->span);
}

static bool item_at(FuncState *fs, const Operand *tuple, uint32_t i, const Node *node,
                    Operand *item) {
    if (tuple->kind == OPERAND_TUPLE)
        *item = tuple->items[i];
    else if (tuple->kind == OPERAND_CONST)
        *item = operand_of_const(tuple->constant->items[i], node);
    else
        *item = operand_of_value(build_agg_get(&fs->b, tuple->value, i), node);
    item->writable |= tuple->kind == OPERAND_VALUE && tuple->writable;
    return item->kind != OPERAND_POISON;
}

static uint32_t item_total(const Operand *tuple, bool *is_tuple) {
    *is_tuple = true;
    if (tuple->kind == OPERAND_TUPLE)
        return tuple->item_count;
    if (tuple->kind == OPERAND_CONST && tuple->constant->kind == ATTR_LIST)
        return tuple->constant->len;
    if (tuple->kind == OPERAND_VALUE && tuple->type->kind == TYPE_TUPLE)
        return tuple->type->field_count;
    *is_tuple = false;
    return 1;
}

static void assign_several(FuncState *fs, NodeList targets, const Operand *tuple,
                           const Type *declared, bool var, const Node *value) {
    Diags *diags = fs->sema->diags;
    bool is_tuple;
    uint32_t count = item_total(tuple, &is_tuple);
    const char *text = source_text(fs->sema, value->span);
    if (!is_tuple && tuple->kind != OPERAND_POISON)
        diag(diags, value->span, W0227, text, operand_type_text(fs, tuple), targets.len);
    else if (count != targets.len && tuple->kind != OPERAND_POISON)
        diag(diags, value->span, W0226, text, count, count == 1 ? "" : "s", targets.len,
             targets.len == 1 ? "" : "s", targets.len == 1 ? "s" : "");
    bool ok = is_tuple && count == targets.len && tuple->kind != OPERAND_POISON;
    Operand *items = arena_array(fs->sema->arena, Operand, targets.len + 1);
    for (uint32_t i = 0; i < targets.len; i++) {
        items[i] = operand_poison(value);
        if (ok && item_at(fs, tuple, i, value, &items[i]) && items[i].kind == OPERAND_VALUE)
            array_hold(fs, items[i].value);
    }
    for (uint32_t i = 0; i < targets.len; i++)
        assign_one(fs, targets.items[i], &items[i], declared, var);
}

void assign_targets(FuncState *fs, NodeList targets, const Operand *value, const Node *node) {
    assign_several(fs, targets, value, NULL, false, node);
}

void assign(FuncState *fs, const Node *target, Operand *value, const Type *declared, bool var) {
    if (target->kind == NODE_TUPLE)
        assign_several(fs, target->list, value, declared, var, value->node ? value->node : target);
    else
        assign_one(fs, target, value, declared, var);
}

/* What the left side wants, as far as that is known before it is evaluated. */
static const Type *wanted_by(FuncState *fs, NodeList targets, const Type *declared) {
    if (declared || targets.len != 1 || targets.items[0]->kind != NODE_NAME)
        return declared;
    const Variable *variable = map_get_ptr(&fs->variables, targets.items[0]->name);
    return variable && variable->type && variable->type->kind != TYPE_POISON ? variable->type
                                                                             : NULL;
}

static void check_assign(FuncState *fs, const Node *node) {
    NodeList targets = node->assign.targets;
    const Node *value = node->assign.value;
    const Type *declared = node->assign.type ? check_type(fs, node->assign.type) : NULL;
    if (declared && declared->kind == TYPE_POISON) {
        for (uint32_t i = 0; i < targets.len; i++)
            silence(fs, targets.items[i], declared);
        return;
    }
    Operand operand = settle(
        fs, check_expr(fs, value, targets.len == 1 ? wanted_by(fs, targets, declared) : NULL));
    if (operand.kind == OPERAND_NONE) {
        diag(fs->sema->diags, value->span, W0309);
        operand = operand_poison(value);
    }
    if (targets.len > 1)
        assign_several(fs, targets, &operand, declared, node->assign.var, value);
    else
        assign(fs, targets.items[0], &operand, declared, node->assign.var);
}

/* ------------------------------------------------------------------ x op= v */

static Operand augmented_place(FuncState *fs, const Node *target) {
    if (target->kind == NODE_NAME && map_has_ptr(&fs->variables, target->name) &&
        !assignable(fs, target))
        return operand_poison(target);
    return place_of(fs, target);
}

static void check_augmented(FuncState *fs, const Node *node) {
    const Node *target = node->augmented.target;
    Operand place = augmented_place(fs, target);
    Variable *variable = place.kind == OPERAND_PLACE ? place.place->variable : NULL;
    bool was_used = variable && variable->used;
    bool writable = place.kind == OPERAND_PLACE && place_is_writable(fs, place.place, target->span);
    Operand before = writable ? settle(fs, place) : operand_poison(target);
    if (variable)
        variable->used = was_used; /* n += 1 alone is no use of n */
    Operand value = settle(fs, check_expr(fs, node->augmented.value, NULL));
    if (before.kind == OPERAND_POISON || value.kind == OPERAND_POISON) {
        if (before.kind == OPERAND_POISON)
            silence(fs, target, NULL);
        return;
    }
    fs->b.span = node->span;
    Operand result;
    bool in_place = dunder_in_place(fs, node->augmented.op, &place, &value, node, &result);
    if (!in_place)
        result = apply_operator(fs, node->augmented.op, &before, &value, node);
    if (in_place && result.kind == OPERAND_NONE)
        return;
    result.node = node->augmented.value; /* what a conversion would be written around */
    if (result.kind != OPERAND_POISON)
        place_assign(fs, &place, &result, target->span);
}

/* ------------------------------------------------------------------ return */

static void return_nothing(FuncState *fs, const Node *node) {
    if (fs->result && fs->result->kind != TYPE_NONE)
        diag(fs->sema->diags, node->span, W0230, fs->instance->decl->name,
             type_source(fs->sema->arena, fs->result));
    if (!fs->result)
        fs->result = fs->sema->types->none;
    end_function(fs, NULL);
}

static void return_unexpected(FuncState *fs, const Operand *operand) {
    Sema *sema = fs->sema;
    const char *name = fs->instance->decl->name;
    const Node *func = fs->instance->decl->node;
    if (fs->is_kernel) {
        diag(sema->diags, operand->node->span, W0504, name);
        return;
    }
    const Type *type = operand->type;
    if (type && type_is_literal(type))
        type = type->kind == TYPE_LITERAL_INT ? sema->types->i64 : sema->types->f64;
    Diag *d = diag(sema->diags, operand->node->span, W0229, name);
    Span at = {func->span.file, func->func.header.end, func->func.header.end};
    const SourceFile *file = sources_get(sema->sources, at.file);
    if (file && at.end > 0 && file->chars[at.end - 1] == ':')
        at.start = --at.end;
    if (type && type->kind != TYPE_VIEW)
        diag_fix(d, at, " -> %s", type_source(sema->arena, type));
}

/* `return f(x)` and `return None`, where neither gives anything, say that the function ends. */
static void return_none(FuncState *fs, const Node *node) {
    Operand operand = settle(fs, check_expr(fs, node->expr, NULL));
    if (operand_gives_nothing(&operand)) {
        return_nothing(fs, node);
        return;
    }
    if (operand.kind != OPERAND_POISON)
        return_unexpected(fs, &operand);
    close_unreachable(fs);
    fs->flow.reachable = false;
}

/* Memory of the thread or block that no argument has is the function's own, and ends with it. */
static bool made_here(const FuncState *fs, const Type *view) {
    if (view->space == SPACE_GLOBAL || view->space == SPACE_CONSTANT)
        return false;
    for (uint32_t i = 0; i < fs->instance->arg_count; i++)
        if (fs->instance->arg_types[i]->kind == TYPE_VIEW &&
            fs->instance->arg_types[i]->space == view->space)
            return false;
    return true;
}

/* A dim of the declared result; EXTENT_DYNAMIC for a name that is new there, or known at run time. */
static int64_t result_extent(FuncState *fs, const Node *dim) {
    bool is_new = dim->kind == NODE_NAME && !find_variable(fs, dim->name) && !find_symbol(fs, dim->name);
    if (is_new)
        return EXTENT_DYNAMIC;
    Operand operand = check_expr(fs, dim, NULL);
    Value *value = operand_coerce(fs, &operand, fs->sema->types->i64, "a dim");
    const Attr *known = value ? value_constant(value) : NULL;
    return known ? attr_as_i64(known) : EXTENT_DYNAMIC;
}

static bool result_dims_fit(FuncState *fs, const Type *given, const Type *wanted, Span span) {
    const char *name = fs->instance->decl->name;
    for (uint32_t k = 0; k < wanted->rank; k++) {
        bool known = given->extents[k] != EXTENT_DYNAMIC && wanted->extents[k] != EXTENT_DYNAMIC;
        if (!known || given->extents[k] == wanted->extents[k])
            continue;
        diag(fs->sema->diags, span, W0253, "the dim", (long long)wanted->extents[k],
             arena_printf(fs->sema->arena, "the result of %s", name), k, (long long)given->extents[k],
             "what is returned", k);
        return false;
    }
    return true;
}

static bool result_layout_fits(FuncState *fs, const Type *given, const TensorType *declared, const Node *expr) {
    if (layout_fits(given->layout, declared->layout, declared->rank))
        return true;
    const FuncDecl *decl = fs->instance->decl;
    Diag *d = diag(fs->sema->diags, expr->span, W0275, source_text(fs->sema, expr->span), layout_text(given->layout),
                   "the result", decl->name, layout_text(declared->layout));
    diag_note(d, decl->node->func.result->span, "declare the result with layout=%s", layout_text(given->layout));
    return false;
}

/* What a function that is declared to give `declared` gives, when the first that it returns is `given`. */
static const Type *result_view(FuncState *fs, const TensorType *declared, const Type *given) {
    int64_t extents[MAX_RANK];
    for (uint32_t k = 0; k < declared->rank; k++)
        extents[k] = result_extent(fs, declared->dims[k]);
    Layout layout = declared->layout == LAYOUT_STRIDED ? LAYOUT_STRIDED : given->layout;
    const Type *view =
        type_view(fs->sema->types, given->element, declared->rank, extents, layout, given->space);
    return given->hangs ? type_hanging(fs->sema->types, view) : view;
}

/* A function that gives a view: it is of the memory that is returned, and else what it is declared as. */
static Value *return_view(FuncState *fs, const Node *node) {
    TensorType declared = check_tensor_type(fs, fs->instance->decl->node->func.result);
    Operand operand = settle(fs, check_expr(fs, node->expr, NULL));
    Value *value =
        operand.kind == OPERAND_POISON || !declared.ok ? NULL : operand_value(fs, &operand);
    if (!value)
        return NULL;
    const Type *type = value->type;
    bool fits =
        type->kind == TYPE_VIEW && type->element == declared.element && type->rank == declared.rank;
    if (fits && made_here(fs, type)) {
        diag(fs->sema->diags, node->expr->span, W0419, source_text(fs->sema, node->expr->span));
        return NULL;
    }
    if (!fits) {
        diag(fs->sema->diags, node->expr->span, W0301, "the result",
             source_text(fs->sema, fs->instance->decl->node->func.result->span),
             type_source(fs->sema->arena, type));
        return NULL;
    }
    if (!result_layout_fits(fs, type, &declared, node->expr))
        return NULL;
    if (!fs->result)
        fs->result = result_view(fs, &declared, type);
    if (!result_dims_fit(fs, type, fs->result, node->expr->span))
        return NULL;
    return value_coerce(fs, value, fs->result, node->expr, "the result");
}

static void check_return(FuncState *fs, const Node *node) {
    if (!node->expr) {
        return_nothing(fs, node);
        return;
    }
    if (fs->result && fs->result->kind == TYPE_NONE) {
        return_none(fs, node);
        return;
    }
    Value *value;
    if (is_tensor_type(fs->instance->decl->node->func.result)) {
        value = return_view(fs, node);
    } else {
        const char *what =
            arena_printf(fs->sema->arena, "the result of %s", fs->instance->decl->name);
        value = check_value(fs, node->expr, fs->result, what);
    }
    fs->b.span = node->span;
    if (value) {
        end_function(fs, value);
        return;
    }
    close_unreachable(fs);
    fs->flow.reachable = false;
}

/* ------------------------------------------------------------------ if */

static void check_if(FuncState *fs, const Node *node) {
    Value *condition = check_condition(fs, node->if_.condition, "if");
    if (!condition)
        condition = build_bool(&fs->b, true);
    Branch *branch = branch_begin(fs, condition, node->span);
    check_statements(fs, node->if_.then);
    branch_arm(fs, branch, 1);
    check_statements(fs, node->if_.otherwise);
    branch_end(fs, branch, NULL, NULL);
}

/* Only the branch taken is looked at. An elif is an `if` of the same kind, alone in the other
 * branch. */
static void check_comptime_if(FuncState *fs, const Node *node) {
    const Attr *condition = comptime_bool(fs, node->if_.condition, "comptime if");
    if (condition) {
        check_statements(fs, attr_is_true(condition) ? node->if_.then : node->if_.otherwise);
        fs->left_by_comptime |= !fs->flow.reachable;
        return;
    }
    if (!fs->func) /* of a module or a struct */
        return;
    close_unreachable(fs); /* nothing is known of what follows */
    fs->flow.reachable = false;
}

/* ------------------------------------------------------------------ comptime */

static void check_comptime_assert(FuncState *fs, const Node *node) {
    const Attr *holds = comptime_bool(fs, node->assertion.condition, "comptime assert");
    if (!holds || attr_is_true(holds))
        return;
    const char *text = arena_printf(fs->sema->arena, "%s does not hold",
                                    source_text(fs->sema, node->assertion.condition->span));
    const Attr *message = node->assertion.message
                              ? comptime_eval(fs, node->assertion.message, NULL, "comptime assert")
                              : NULL;
    if (node->assertion.message && !message)
        return;
    if (message && message->kind == ATTR_STRING)
        text = message->string;
    diag(fs->sema->diags, node->span, W0234, text);
}

static void check_comptime_assign(FuncState *fs, const Node *node) {
    Name name = node->comptime_assign.name;
    Variable *before = map_get_ptr(&fs->variables, name);
    const char *what = arena_printf(fs->sema->arena, "comptime %s", name);
    const Attr *value = comptime_eval(fs, node->comptime_assign.value, NULL, what);
    bool same_place = before && before->span.start == node->comptime_assign.name_span.start;
    if (before && !same_place) {
        bool assigned = before->kind == VARIABLE_LOCAL && !before->assigned_anywhere;
        if (!assigned) {
            Diag *d = diag(fs->sema->diags, node->comptime_assign.name_span, W0203, name);
            diag_note(d, before->span, "%s is defined here first", name);
            return;
        }
    }
    declare_constant(fs, name, value, node->comptime_assign.name_span);
}

static void check_nested_def(FuncState *fs, const Node *node) {
    FuncDecl *decl = make_func_decl(fs->sema, fs->module, node, NULL, fs);
    Variable *before = map_get_ptr(&fs->variables, decl->name);
    bool in_turn = before && before->span.start == node->func.name_span.start;
    if (before && !in_turn && !(before->kind == VARIABLE_LOCAL && !before->assigned_anywhere)) {
        Diag *d = diag(fs->sema->diags, node->func.name_span, W0203, decl->name);
        diag_note(d, before->span, "%s is defined here first", decl->name);
        return;
    }
    Variable *variable =
        declare_variable(fs, decl->name, VARIABLE_FUNC, NULL, node->func.name_span);
    variable->constant = attr_closure(fs->sema->types, NULL, closure_of(fs, decl, NULL));
    closure_of_nested(fs, decl);
}

/* ------------------------------------------------------------------ expressions as statements */

static bool does_something(const Node *node) {
    return node->kind == NODE_CALL || node->kind == NODE_STRING || node->kind == NODE_ERROR ||
           node->kind == NODE_NONE_VALUE;
}

static void check_expr_stmt(FuncState *fs, const Node *node) {
    Operand operand = check_expr(fs, node->expr, NULL);
    if (operand.kind != OPERAND_POISON && !does_something(node->expr))
        diag(fs->sema->diags, node->expr->span, W0222);
}

/* ------------------------------------------------------------------ all */

/* What comptime if and comptime for may hold in a module or a struct, where no function runs. */
static bool may_stand_outside(const Node *node) {
    switch (node->kind) {
    case NODE_IF:
    case NODE_FOR:
    case NODE_ASSERT: return node->comptime;
    case NODE_COMPTIME_ASSIGN:
    case NODE_FUNC:
    case NODE_IMPORT:
    case NODE_PASS:
    case NODE_ERROR: return true;
    default: return false;
    }
}

void check_statement(FuncState *fs, const Node *node) {
    if (!fs->func && !may_stand_outside(node)) {
        diag(fs->sema->diags, node->span, W0373);
        return;
    }
    uint32_t mark = arrays_mark(fs);
    fs->b.span = node->span;
    switch (node->kind) {
    case NODE_ASSIGN: check_assign(fs, node); break;
    case NODE_AUGMENTED: check_augmented(fs, node); break;
    case NODE_EXPR_STMT: check_expr_stmt(fs, node); break;
    case NODE_RETURN: check_return(fs, node); break;
    case NODE_BREAK: check_break(fs, node); break;
    case NODE_CONTINUE: check_continue(fs, node); break;
    case NODE_IF: node->comptime ? check_comptime_if(fs, node) : check_if(fs, node); break;
    case NODE_WHILE: check_while(fs, node); break;
    case NODE_FOR: node->comptime ? check_comptime_for(fs, node) : check_for(fs, node); break;
    case NODE_ASSERT:
        node->comptime ? check_comptime_assert(fs, node) : check_assert(fs, node);
        break;
    case NODE_COMPTIME_ASSIGN: check_comptime_assign(fs, node); break;
    case NODE_FUNC: check_nested_def(fs, node); break;
    case NODE_IMPORT: check_import(fs, node); break;
    default: break; /* pass, and what the parser reported */
    }
    arrays_release(fs, mark);
}

void check_statements(FuncState *fs, NodeList statements) {
    for (uint32_t i = 0; i < statements.len; i++) {
        if (!fs->flow.reachable) {
            if (diags_errors(fs->sema->diags) == 0 && !fs->left_by_comptime)
                diag(fs->sema->diags, statements.items[i]->span, W0218);
            return;
        }
        check_statement(fs, statements.items[i]);
    }
}
