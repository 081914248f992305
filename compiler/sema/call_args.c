/* Calls of functions: arguments become operands in the order of the text, operands tell the
 * parameters, parameters the types, types the values; then comes the call.
 *
 * A mut or out scalar is a place, evaluated with the others and turned into a view just before the
 * call. A tensor is a view whose type goes into the instance, so one function is compiled for rows
 * of global memory and again for tiles of shared memory. */
#include "sema/expr.h"
#include "sema/structure.h"

typedef struct Call {
    FuncState *fs;
    Signature sig;
    ArgList *list;
    const Node *node;
    Value **values;       /* by formal */
    const Place **places; /* that an argument is, as it was written; NULL */
    const Type **actual;
    uint32_t lanes;            /* of a SIMD value where a scalar is said; 0 */
    const LaunchShape *launch; /* of a kernel from host code; NULL for a call */
    bool typed, writes_allowed;
} Call;

static const Node *node_of(const Call *call, uint32_t i) {
    return call->list->nodes[i] ? call->list->nodes[i] : call->node;
}

static const char *what_of(const Call *call, uint32_t i) {
    return arena_printf(call->fs->sema->arena, "the argument %s of %s", call->sig.args[i].name,
                        call->sig.decl->name);
}

Operand settle(FuncState *fs, Operand operand) {
    if (operand.kind == OPERAND_TUPLE) {
        operand.items =
            arena_copy(fs->sema->arena, operand.items, sizeof(Operand) * operand.item_count);
        for (uint32_t i = 0; i < operand.item_count; i++) {
            operand.items[i] = settle(fs, operand.items[i]);
            if (operand.items[i].kind == OPERAND_POISON)
                return operand_poison(operand.node);
        }
        return operand;
    }
    if (operand.kind != OPERAND_PLACE)
        return operand;
    Value *value = operand_value(fs, &operand);
    if (!value)
        return operand_poison(operand.node);
    operand.kind = OPERAND_VALUE;
    operand.value = value;
    operand.type = value->type; /* a place of __getitem__ has none before it is read */
    return operand;
}

/* ------------------------------------------------------------------ operands */

static bool wants_place(const ArgSignature *arg) {
    return !arg->is_tensor && arg->mode != ARG_READ &&
           !(arg->type && arg->type->kind == TYPE_ARRAY);
}

static const char *mode_word(ArgMode mode) {
    return mode == ARG_MUT ? "mut" : "out";
}

static bool can_be_place(const Node *node) {
    return node->kind == NODE_NAME || node->kind == NODE_ATTRIBUTE || node->kind == NODE_INDEX;
}

/* A name that means nothing yet, or a variable before its first assignment: `out` gives it its
 * value. */
static bool is_new_name(FuncState *fs, const Node *node) {
    if (node->kind != NODE_NAME)
        return false;
    const Variable *variable = find_variable(fs, node->name);
    return variable ? variable->owner == fs && variable->kind == VARIABLE_LOCAL && !variable->type
                    : !find_symbol(fs, node->name) && !builtin_find(fs->sema, node->name);
}

static Operand no_place(const Call *call, uint32_t i, const Node *node) {
    const ArgSignature *arg = &call->sig.args[i];
    diag(call->fs->sema->diags, node->span, W0249, arg->name, call->sig.decl->name,
         mode_word(arg->mode), source_text(call->fs->sema, node->span));
    return operand_poison(node);
}

static Operand not_writable(const Call *call, uint32_t i, const Node *node, const char *why) {
    const ArgSignature *arg = &call->sig.args[i];
    Sema *sema = call->fs->sema;
    const char *text = source_text(sema, node->span);
    if (why && told_in_function(call->fs, W0406, intern_cstr(sema->names, why), node->span))
        return operand_poison(node);
    diag(call->fs->sema->diags, node->span, W0250, arg->name, call->sig.decl->name,
         mode_word(arg->mode), text, why ? ": " : "", why ? why : "");
    return operand_poison(node);
}

/* put(y, v) of a `mut x: T`, where y is a tensor: its elements are places, and its name is none. */
static Operand not_a_tensor(const Call *call, uint32_t i, const Node *node, const Type *tensor) {
    const ArgSignature *arg = &call->sig.args[i];
    diag(call->fs->sema->diags, node->span, W0390, source_text(call->fs->sema, node->span), arg->name,
         call->sig.decl->name, mode_word(arg->mode), arg->name, type_source(call->fs->sema->arena, tensor));
    return operand_poison(node);
}

static Operand place_operand(Call *call, uint32_t i) {
    FuncState *fs = call->fs;
    const Node *node = call->list->nodes[i];
    Operand operand = call->list->operands[i];
    if (node && call->sig.args[i].mode == ARG_OUT && is_new_name(fs, node))
        return (Operand){.kind = OPERAND_NONE, .node = node}; /* declared when its type is known */
    if (node && !can_be_place(node))
        return no_place(call, i, node);
    if (node)
        operand = place_of(fs, node);
    if (operand.kind == OPERAND_POISON)
        return operand;
    const Node *at = !node && operand.node ? operand.node : node_of(call, i); /* of a receiver its own */
    if (operand.kind != OPERAND_PLACE)
        return no_place(call, i, at);
    if (operand.type && operand.type->kind == TYPE_VIEW)
        return not_a_tensor(call, i, at, operand.type);
    if (!operand.place->writable)
        return not_writable(call, i, at, operand.place->why_not);
    return operand;
}

static const Place *written_place(const Operand *operand) {
    return operand->kind == OPERAND_PLACE ? operand->place : NULL;
}

/* The variable that an argument is, or is a part of; NULL. */
static const Variable *variable_of(const Call *call, uint32_t i) {
    return call->places[i] ? call->places[i]->variable : NULL;
}

static bool eval_arg(Call *call, uint32_t i) {
    const ArgSignature *arg = &call->sig.args[i];
    Operand *operand = &call->list->operands[i];
    if (wants_place(arg)) {
        *operand = place_operand(call, i);
        call->places[i] = written_place(operand);
        return operand->kind != OPERAND_POISON;
    }
    if (call->list->nodes[i])
        *operand = check_expr(call->fs, call->list->nodes[i], call->typed ? arg->type : NULL);
    call->places[i] = written_place(operand);
    *operand = settle(call->fs, *operand);
    return operand->kind != OPERAND_POISON;
}

/* ------------------------------------------------------------------ parameters */

static void infer_args(Call *call, InferRound round) {
    for (uint32_t i = 0; i < call->sig.arg_count; i++)
        if (call->list->given[i] && call->sig.args[i].node)
            infer_from_operand(call->fs, &call->sig, call->sig.args[i].node->arg.type, &call->list->operands[i], round);
}

static bool all_bound(const Signature *sig) {
    for (uint32_t i = 0; i < sig->param_count; i++)
        if (!sig->params[i])
            return false;
    return true;
}

/* What is wrong with the types of a generic function is so for the parameters of this call. */
static bool find_types(Call *call) {
    Diags *diags = call->fs->sema->diags;
    uint32_t before = diags_count(diags);
    bool ok = signature_types(&call->sig);
    for (uint32_t i = before; !ok && call->sig.param_count && i < diags_count(diags); i++)
        diag_note((Diag *)diags_get(diags, i), call->node->span, "%s is asked for here", call->sig.name);
    return ok;
}

/* Each argument of the library's function, and it has some, is of its one parameter [T: DType], which nobody gave. */
static bool is_of_one_type(const Signature *sig) {
    bool one = is_of_library(sig->sema, sig->decl->node->span) && sig->param_count == 1 && !sig->params[0] &&
               sig->arg_count > 0 && is_dtype_kind(sig->param_nodes.items[0]->param.kind);
    for (uint32_t i = 0; one && i < sig->arg_count; i++) {
        const Node *declared = sig->args[i].node ? sig->args[i].node->arg.type : NULL;
        one = declared && declared->kind == NODE_NAME && declared->name == sig->param_nodes.items[0]->param.name;
    }
    return one;
}

/* The arguments of such a function widen to one type as the operands of + do, and where all are literals it is f64. */
static void infer_common(Call *call) {
    if (!is_of_one_type(&call->sig))
        return;
    const Type *common = NULL;
    for (uint32_t i = 0; i < call->sig.arg_count; i++) {
        const Type *type = call->list->given[i] ? operand_type(call->fs, &call->list->operands[i]) : NULL;
        if (!type)
            return;
        type = type_scalar_of(type);
        if (type_is_literal(type))
            continue;
        if (!type_is_scalar(type) || (common && !type_widens(type, common) && !type_widens(common, type)))
            return;
        common = !common || type_widens(common, type) ? type : common;
    }
    signature_bind(&call->sig, 0, attr_of_type(call->fs->sema->types, common ? common : call->fs->sema->types->f64), NULL,
                   call->node->span);
}

static bool find_params(Call *call) {
    infer_common(call);
    for (InferRound round = 0; round < INFER_ROUNDS; round++)
        infer_args(call, round);
    if (!infer_finish(&call->sig, call->node))
        return false;
    return call->typed || find_types(call);
}

static bool add_defaults(Call *call) {
    for (uint32_t i = 0; i < call->sig.arg_count; i++) {
        const ArgSignature *arg = &call->sig.args[i];
        if (call->list->given[i])
            continue;
        if (wants_place(arg)) { /* W0372 was said of its default */
            diags_repeat(call->fs->sema->diags);
            return false;
        }
        const Attr *value =
            comptime_eval(call->sig.fs, arg->node->arg.default_value, arg->type, what_of(call, i));
        if (!value)
            return false;
        call->list->operands[i] = operand_of_const(value, arg->node->arg.default_value);
    }
    return true;
}

/* ------------------------------------------------------------------ tensors */

static const char *const layout_names[] = {"row_major", "col_major", "strided"};

const char *layout_text(Layout layout) { return layout_names[layout]; }

bool layout_fits(Layout given, Layout wanted, uint32_t rank) {
    return wanted == LAYOUT_STRIDED || given == wanted || (rank <= 1 && given != LAYOUT_STRIDED);
}

bool tensor_fits(FuncState *fs, const Signature *sig, uint32_t i, const Type *given,
                 const Node *node) {
    const ArgSignature *arg = &sig->args[i];
    Sema *sema = fs->sema;
    const TensorType *wanted = &arg->tensor;
    bool is_tensor = given->kind == TYPE_VIEW || given->kind == TYPE_ARRAY;
    if (!is_tensor || given->element != wanted->element || given->rank != wanted->rank) {
        diag(sema->diags, node->span, W0252, arg->name, sig->decl->name,
             type_source(sema->arena, wanted->element), wanted->rank, wanted->rank == 1 ? "" : "s",
             type_source(sema->arena, given));
        return false;
    }
    if (given->kind == TYPE_VIEW && !layout_fits(given->layout, wanted->layout, wanted->rank)) {
        Diag *d = diag(sema->diags, node->span, W0275, source_text(sema, node->span),
                       layout_names[given->layout], arg->name, sig->decl->name,
                       layout_names[wanted->layout]);
        if (given->layout == LAYOUT_COL_MAJOR)
            diag_note(d, arg->span, "or layout=col_major, where %s is always so", arg->name);
        return false;
    }
    return true;
}

Value *cast_view(FuncState *fs, Value *view, const Type *type) {
    Types *types = fs->sema->types;
    if (view->type == type)
        return view;
    ValueVec operands = {0};
    const Attr *dims[MAX_RANK];
    vec_push(fs->sema->arena, &operands, view);
    for (uint32_t i = 0; i < type->rank; i++) {
        dims[i] = attr_i64(types, i);
        vec_push(fs->sema->arena, &operands, build_i64(&fs->b, 0));
    }
    for (uint32_t i = 0; i < type->rank; i++) {
        Value *size = type->extents[i] >= 0 ? build_i64(&fs->b, type->extents[i])
                                            : build_extent(&fs->b, view, i);
        vec_push(fs->sema->arena, &operands, size);
    }
    Op *op = build_op(&fs->b, OP_MEM_SUBVIEW, operands.items, operands.len, &type, 1, 0);
    op_set_attr(op, ATTR_KEY_DIMS, attr_list(types, NULL, dims, type->rank));
    return op_result(op, 0);
}

static Value *view_of_array(FuncState *fs, Value *array) {
    const Type *type = type_of_array_view(fs->sema->types, array->type);
    return build_typed(&fs->b, OP_HOST_VIEW, type, &array, 1);
}

static Value *tensor_value(Call *call, uint32_t i) {
    FuncState *fs = call->fs;
    Operand *operand = &call->list->operands[i];
    const ArgSignature *arg = &call->sig.args[i];
    const Node *node = node_of(call, i);
    if (!operand->type || operand->kind != OPERAND_VALUE) {
        diag(fs->sema->diags, node->span, W0252, arg->name, call->sig.decl->name,
             type_source(fs->sema->arena, arg->tensor.element), arg->tensor.rank,
             arg->tensor.rank == 1 ? "" : "s", operand_type_text(fs, operand));
        return NULL;
    }
    if (!tensor_fits(fs, &call->sig, i, operand->type, node))
        return NULL;
    bool from_variable = operand->type->kind == TYPE_VIEW || variable_of(call, i);
    if (arg->mode != ARG_READ && from_variable && !operand->writable) {
        not_writable(call, i, node,
                     operand->root ? arena_printf(fs->sema->arena, "%s is not mut", operand->root)
                                   : NULL);
        return NULL;
    }
    call->writes_allowed &= operand->writable;
    bool stays = operand->type->kind != TYPE_ARRAY || call->launch;
    return stays ? operand->value : view_of_array(fs, operand->value);
}

/* ------------------------------------------------------------------ places */

static bool has_place_type(Call *call, uint32_t i) {
    const ArgSignature *arg = &call->sig.args[i];
    const Operand *operand = &call->list->operands[i];
    if (operand->type == arg->type)
        return true;
    Arena *arena = call->fs->sema->arena;
    const Node *node = node_of(call, i);
    diag(call->fs->sema->diags, node->span, W0251, arg->name, call->sig.decl->name,
         type_source(arena, arg->type), source_text(call->fs->sema, node->span),
         operand->type ? type_source(arena, operand->type) : "none");
    return false;
}

static void declare_out(Call *call, uint32_t i) {
    FuncState *fs = call->fs;
    const Node *node = call->list->nodes[i];
    Variable *variable = map_get_ptr(&fs->variables, node->name);
    if (!variable)
        variable = declare_variable(fs, node->name, VARIABLE_LOCAL, NULL, node->span);
    variable->type = call->sig.args[i].type;
    Place *place = arena_new(fs->sema->arena, Place);
    place->variable = variable;
    place->writable = true;
    call->list->operands[i] =
        (Operand){.kind = OPERAND_PLACE, .type = variable->type, .node = node, .place = place};
    call->places[i] = place;
}

static bool is_whole_local(const Place *place) {
    return place->variable && place->variable->kind == VARIABLE_LOCAL && place->field_count == 0 &&
           !place->lane;
}

/* An out variable needs no value to begin with, so it is memory that nothing was written to. */
static Value *place_value(Call *call, uint32_t i) {
    FuncState *fs = call->fs;
    if (call->list->operands[i].kind == OPERAND_NONE)
        declare_out(call, i);
    if (!has_place_type(call, i))
        return NULL;
    const Place *place = call->list->operands[i].place;
    if (call->sig.args[i].mode == ARG_MUT && place->variable)
        place->variable->used = true;
    if (call->sig.args[i].mode != ARG_OUT || !is_whole_local(place))
        return place_as_view(fs, place, node_of(call, i)->span);
    const Type *type =
        type_view(fs->sema->types, place->variable->type, 0, NULL, LAYOUT_ROW_MAJOR, SPACE_LOCAL);
    return build_local(fs, type);
}

static void finish_place(Call *call, uint32_t i) {
    FuncState *fs = call->fs;
    const Place *place = call->list->operands[i].place;
    Variable *variable = place->variable;
    Value *view = call->values[i];
    if (call->sig.args[i].mode == ARG_OUT && is_whole_local(place)) {
        variable_write(fs, variable, build_load(&fs->b, view, NULL, 0, variable->type));
        return;
    }
    place_after_call(fs, place, view, node_of(call, i)->span);
    if (!variable || variable->kind != VARIABLE_PLACE)
        return;
    if (place->field_count == 0)
        flow_set(fs, variable->index, variable->view);
    else if (place->field_count == 1 && variable->first_field)
        flow_set(fs, variable->first_field + place->fields[0], variable->view);
}

/* ------------------------------------------------------------------ the values of a call */

/* Two fields of one struct, neither a part of the other; or a part that is read of what is written, whose value the
 * function has (self.emit(self.last)). */
static bool are_apart(const Call *call, uint32_t x, uint32_t y) {
    const Place *a = call->places[x], *b = call->places[y];
    for (uint32_t i = 0; i < a->field_count && i < b->field_count; i++)
        if (a->fields[i] != b->fields[i])
            return true;
    uint32_t part = a->field_count > b->field_count ? x : y;
    return a->field_count != b->field_count && call->sig.args[part].mode == ARG_READ;
}

static bool check_aliases(Call *call) {
    for (uint32_t i = 0; i < call->sig.arg_count; i++) {
        for (uint32_t k = 0; k < i; k++) {
            const ArgSignature *a = &call->sig.args[i], *b = &call->sig.args[k];
            const Variable *variable = variable_of(call, i);
            bool same = variable && variable == variable_of(call, k);
            if (!same || (a->mode == ARG_READ && b->mode == ARG_READ) || are_apart(call, i, k))
                continue;
            diag(call->fs->sema->diags, node_of(call, i)->span, W0248, variable->name,
                 call->sig.decl->name, a->mode != ARG_READ ? a->name : b->name);
            return false;
        }
    }
    return true;
}

bool args_are_apart(const ArgSignature *a, const ArgSignature *b) {
    return a->is_tensor && b->is_tensor && (a->mode != ARG_READ || b->mode != ARG_READ);
}

static bool check_sharing(Call *call) {
    for (uint32_t i = 0; i < call->sig.arg_count; i++) {
        for (uint32_t k = 0; k < i; k++) {
            const ArgSignature *a = &call->sig.args[i], *b = &call->sig.args[k];
            if (!args_are_apart(a, b) || !views_share(call->values[i], call->values[k]))
                continue;
            diag(call->fs->sema->diags, node_of(call, i)->span, W0436, source_text(call->fs->sema, node_of(call, k)->span),
                 source_text(call->fs->sema, node_of(call, i)->span), a->mode != ARG_READ ? a->name : b->name,
                 call->sig.decl->name);
            return false;
        }
    }
    return true;
}

static bool is_lifted(const ArgSignature *arg, const Operand *operand) {
    return !arg->is_tensor && arg->mode == ARG_READ && operand->type &&
           operand->type->kind == TYPE_VECTOR && type_is_scalar(arg->type);
}

static void find_lanes(Call *call) {
    for (uint32_t i = 0; i < call->sig.arg_count; i++)
        if (is_lifted(&call->sig.args[i], &call->list->operands[i]))
            call->lanes = call->list->operands[i].type->lanes;
}

/* An array that the function changes, and its caller may not. */
static bool is_read_only_array(const Call *call, uint32_t i) {
    const ArgSignature *arg = &call->sig.args[i];
    const Variable *variable = variable_of(call, i);
    bool changes = arg->type && arg->type->kind == TYPE_ARRAY && arg->mode != ARG_READ;
    return changes && variable && variable->owner == call->fs && !variable->writable_view;
}

static Value *arg_value(Call *call, uint32_t i) {
    const ArgSignature *arg = &call->sig.args[i];
    if (is_read_only_array(call, i)) {
        not_writable(call, i, node_of(call, i), arena_printf(call->fs->sema->arena, "%s is not mut", variable_of(call, i)->name));
        return NULL;
    }
    if (arg->is_tensor)
        return tensor_value(call, i);
    if (wants_place(arg))
        return place_value(call, i);
    return operand_coerce(call->fs, &call->list->operands[i], arg->type, what_of(call, i));
}

static bool find_values(Call *call) {
    bool ok = true;
    for (uint32_t pass = 0; pass < 2;
         pass++) { /* places last: their memory is taken just before the call */
        for (uint32_t i = 0; i < call->sig.arg_count && ok; i++) {
            if (wants_place(&call->sig.args[i]) != (pass == 1))
                continue;
            call->values[i] = arg_value(call, i);
            ok &= call->values[i] != NULL;
            call->actual[i] = ok ? call->values[i]->type : NULL;
        }
    }
    return ok;
}

/* ------------------------------------------------------------------ the call */

static void push_dims(FuncState *fs, const Signature *sig, Value **values, ValueVec *operands) {
    VEC_FOR_EACH (i, &sig->dims) {
        const NamedDim *dim = &sig->dims.items[i];
        if (dim->dim >= 0)
            vec_push(fs->sema->arena, operands,
                     build_extent(&fs->b, values[dim->arg], dim->position));
    }
}

static bool forbids_recursion(FuncState *fs, const Instance *callee, const Node *node) {
    bool inside = fs->instance && fs->instance->recursive;
    if (!context_is_device(fs->context) || !callee->recursive || inside)
        return false;
    diag(fs->sema->diags, node->span, W0507, callee->decl->name);
    return true;
}

static bool append_captures(FuncState *fs, const Instance *callee, const Node *node,
                            ValueVec *operands) {
    Value **captured = arena_array(fs->sema->arena, Value *, callee->capture_count + 1);
    uint32_t count = 0;
    if (!push_captures(fs, callee, node->span, captured, &count))
        return false;
    for (uint32_t i = 0; i < count; i++)
        vec_push(fs->sema->arena, operands, captured[i]);
    return true;
}

Operand emit_call(FuncState *fs, Signature *sig, Instance *callee, Value **values,
                  const Node *node) {
    ValueVec operands = {0};
    if (forbids_recursion(fs, callee, node))
        return operand_poison(node);
    inherit_uses(fs, callee, node);
    for (uint32_t i = 0; i < sig->arg_count; i++)
        if (values[i]->type->kind == TYPE_VIEW)
            values[i] = cast_view(fs, values[i], sig->args[i].concrete);
    ValueVec captured = {0};
    if (!append_captures(fs, callee, node, &captured))
        return operand_poison(node);
    push_dims(fs, sig, values, &operands);
    push_capture_dims(fs, callee, captured.items, &operands);
    for (uint32_t i = 0; i < sig->arg_count; i++)
        vec_push(fs->sema->arena, &operands, values[i]);
    for (uint32_t i = 0; i < captured.len; i++)
        vec_push(fs->sema->arena, &operands, captured.items[i]);
    fs->b.span = node->span;
    Op *op = build_call(&fs->b, callee->func, operands.items, operands.len);
    if (callee->result->kind == TYPE_NONE)
        return (Operand){.kind = OPERAND_NONE, .node = node};
    if (type_holds_array(callee->result))
        return array_temporary(fs, op_result(op, 0), node);
    return operand_of_value(op_result(op, 0), node);
}

/* After a mistake: what the call would have set has some value. */
static Operand give_up_call(Call *call) {
    FuncState *fs = call->fs;
    for (uint32_t i = 0; i < call->sig.arg_count; i++) {
        const Operand *operand = &call->list->operands[i];
        bool sets = wants_place(&call->sig.args[i]) && call->sig.args[i].mode == ARG_OUT &&
                    operand->kind == OPERAND_PLACE && is_whole_local(operand->place);
        Variable *variable = sets ? operand->place->variable : NULL;
        if (variable)
            flow_set(fs, variable->index, build_undef(&fs->b, variable->type));
    }
    return operand_poison(call->node);
}

static Operand finish_call(Call *call) {
    FuncState *fs = call->fs;
    if (!check_sharing(call) || !signature_concrete(&call->sig, call->actual, call->node->span))
        return give_up_call(call);
    bool device = context_is_device(fs->context);
    if (device && !check_where_of_call(&call->sig, call->values, call->node->span))
        return give_up_call(call);
    Instance *callee = instance_for(fs, &call->sig, NULL, fs->context, call->node->span);
    if (!callee)
        return give_up_call(call);
    if (!device)
        assert_call(fs, &call->sig, call->values, call->node->span);
    Operand result = emit_call(fs, &call->sig, callee, call->values, call->node);
    for (uint32_t i = 0; i < call->sig.arg_count; i++)
        if (wants_place(&call->sig.args[i]))
            finish_place(call, i);
    result.writable = call->writes_allowed;
    return result;
}

/* The launch checks what the declaration says, so a kernel has one instance whatever its arguments
 * are. */
static Operand finish_launch(Call *call) {
    FuncState *fs = call->fs;
    Sema *sema = fs->sema;
    if (!signature_concrete(&call->sig, NULL, call->node->span))
        return operand_poison(call->node);
    Instance *kernel =
        instance_for(fs, &call->sig, NULL, kernel_context(sema, call->sig.decl), call->node->span);
    if (!kernel)
        return operand_poison(call->node);
    found_kernel(sema, kernel->func);
    ValueVec operands = {0};
    for (uint32_t i = 0; i < call->sig.arg_count; i++)
        vec_push(sema->arena, &operands, call->values[i]);
    if (!append_captures(fs, kernel, call->node, &operands))
        return operand_poison(call->node);
    for (uint32_t i = 0; i < call->launch->size_count; i++)
        vec_push(sema->arena, &operands, call->launch->sizes[i]);
    fs->b.span = call->node->span;
    Op *op = build_op(&fs->b, OP_HOST_LAUNCH, operands.items, operands.len, NULL, 0, 0);
    op_set_attr(op, ATTR_KEY_CALLEE, attr_func(sema->types, kernel->func));
    if (call->launch->size_count)
        op_set_attr(op, ATTR_KEY_OVERRIDE,
                    attr_string(sema->types, intern_cstr(sema->names, call->launch->override)));
    return (Operand){.kind = OPERAND_NONE, .node = call->node};
}

static bool eval_args(Call *call) {
    bool ok = true;
    if (all_bound(&call->sig)) {
        call->typed = true;
        if (!find_types(call))
            return false;
    }
    for (uint32_t i = 0; i < call->list->order_count; i++)
        ok &= eval_arg(call, call->list->order[i]);
    return ok;
}

static Operand call_or_launch(FuncState *fs, Closure *closure, ArgList *list, const Node *node,
                              const LaunchShape *launch) {
    Call call = {.fs = fs, .list = list, .node = node, .writes_allowed = true, .launch = launch};
    signature_begin(&call.sig, fs->sema, closure,
                    launch ? kernel_context(fs->sema, closure->decl) : fs->context, node->span);
    uint32_t count = call.sig.arg_count + 1;
    call.values = arena_array(fs->sema->arena, Value *, count);
    call.actual = arena_array(fs->sema->arena, const Type *, count);
    call.places = arena_array(fs->sema->arena, const Place *, count);
    if (call.sig.failed || !eval_args(&call) || !find_params(&call) || !add_defaults(&call) ||
        (!launch && !check_aliases(&call)))
        return operand_poison(node);
    if (launch)
        return find_values(&call) ? finish_launch(&call) : operand_poison(node);
    find_lanes(&call);
    if (call.lanes) {
        Closure *whole = call.sig.param_count ? closure_with_params(fs, closure, call.sig.params,
                                                                    call.sig.param_count)
                                              : closure;
        return call_lifted(fs, whole, list->operands, list->count, call.lanes, node);
    }
    return find_values(&call) ? finish_call(&call) : operand_poison(node);
}

/* An argument without a type of its own, None for one, is left to operand_coerce() to refuse. */
Operand call_with(FuncState *fs, Closure *closure, ArgList *list, const Node *node,
                  const Type *want) {
    (void)want;
    return call_or_launch(fs, closure, list, node, NULL);
}

/* That a written tensor shares no memory with another is for the launch to see: f(a, a) names the
 * same array, and says so then. */
Operand launch_with(FuncState *fs, Closure *kernel, ArgList *list, const Node *node,
                    const LaunchShape *shape) {
    return call_or_launch(fs, kernel, list, node, shape);
}
