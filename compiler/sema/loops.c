/* Loops: which variables they carry, what holds after them.
 *
 * The body of a loop is emitted before it is known which variables it changes. So each variable
 * that the text may write and that has a value at the loop becomes an argument of the body; what
 * leaves or continues (yield, loop.break, loop.continue, loop.condition) is emitted without
 * operands, together with the flow that held there. At the end the operands are filled in:
 * variables whose argument comes back unchanged on every way are dropped, and those that got their
 * first value in the loop, on every way out of it, are added.
 *
 *     for k in range(n):            %s, %last = loop.for 0, %n, 1, %s0 {k, %s1: ... yield %s2}
 *
 * A variable that has no value at the loop is not readable at the top of its body, so the argument
 * that is added for it starts as anything (arith.undef) and is never looked at. */
#include "sema/expr.h"
#include "sema/structure.h"

typedef struct Way { /* an op that leaves the body, or starts its next turn */
    Op *op;
    Flow flow;
} Way;

typedef struct Carried {
    Variable *variable;
    uint32_t index; /* in the flow */
    Value *initial; /* NULL: it has no value at the loop */
    Value *head;    /* of loop.while: the argument of the condition's region */
    Value *body;    /* the argument of the body */
    bool dropped;
} Carried;

typedef struct Loop {
    LoopState state;
    Op *op;
    Flow entry;
    Builder outer;
    Block *head, *body;
    Op *condition; /* loop.condition; NULL of a loop.for */
    Flow at_condition;
    bool always; /* while True: the condition is no way out */
    bool runs;   /* the body runs at least once */
    Variable *left; /* of a turn of an unrolled loop: a bool that a break sets; NULL */
    VEC(Carried) carried;
    VEC(Way) breaks, continues;
} Loop;

/* ------------------------------------------------------------------ beginning */

static void push_loop(FuncState *fs, Loop *loop, Span span) {
    loop->state.outer = fs->loop;
    loop->state.span = span;
    loop->state.flow = loop;
    fs->loop = &loop->state;
}

/* The variables that the loop may write: those with a value now are carried from the start. */
static void find_carried(FuncState *fs, Loop *loop, const NameSet *written) {
    VEC_FOR_EACH (i, &written->names) {
        Variable *variable = map_get_ptr(&fs->variables, written->names.items[i]);
        if (!variable || variable->kind != VARIABLE_LOCAL || variable->view ||
            !flow_assigned(&fs->flow, variable->index))
            continue;
        Carried carried = {.variable = variable,
                           .index = variable->index,
                           .initial = fs->flow.values[variable->index]};
        vec_push(fs->sema->arena, &loop->carried, carried);
    }
}

static Value *add_carried_arg(FuncState *fs, Block *block, const Carried *carried) {
    Value *arg = block_add_arg(fs->sema->ir, block, carried->variable->type);
    arg->name = carried->variable->name;
    return arg;
}

static void enter_body(FuncState *fs, Loop *loop) {
    VEC_FOR_EACH (i, &loop->carried) {
        Carried *carried = &loop->carried.items[i];
        carried->body = add_carried_arg(fs, loop->body, carried);
        flow_set(fs, carried->index, carried->body);
        describe_to_debugger(fs, carried->variable, carried->body);
    }
}

bool loop_carries(const FuncState *fs, const Variable *variable) {
    for (const LoopState *state = fs->loop; state; state = state->outer) {
        const Loop *loop = state->flow;
        for (uint32_t i = 0; !state->unrolled && i < loop->carried.len; i++)
            if (loop->carried.items[i].variable == variable)
                return true;
    }
    return false;
}

/* ------------------------------------------------------------------ leaving */

static void add_way(FuncState *fs, Loop *loop, Opcode code) {
    Way way = {.op = build_op(&fs->b, code, NULL, 0, NULL, 0, 0), .flow = fs->flow};
    if (code == OP_LOOP_BREAK)
        vec_push(fs->sema->arena, &loop->breaks, way);
    else
        vec_push(fs->sema->arena, &loop->continues, way);
    fs->flow = flow_copy(fs, &way.flow);
    fs->flow.reachable = false;
}

static void leave(FuncState *fs, const Node *node, Opcode code, const char *word) {
    LoopState *state = fs->loop;
    if (!state) {
        diag(fs->sema->diags, node->span, W0217, word);
        return;
    }
    Loop *loop = state->flow;
    if (code == OP_LOOP_BREAK && loop->left)
        variable_write(fs, loop->left, build_bool(&fs->b, true));
    add_way(fs, loop, code);
}

void check_break(FuncState *fs, const Node *node) {
    leave(fs, node, OP_LOOP_BREAK, "break");
}
void check_continue(FuncState *fs, const Node *node) {
    leave(fs, node, OP_LOOP_CONTINUE, "continue");
}

static void end_body(FuncState *fs, Loop *loop) {
    if (fs->flow.reachable)
        add_way(fs, loop, OP_YIELD);
    else
        close_unreachable(fs);
}

/* ------------------------------------------------------------------ what is carried in the end */

static Value *value_of(const Flow *flow, uint32_t index, Value *otherwise) {
    return flow_assigned(flow, index) ? flow->values[index] : otherwise;
}

static bool comes_back(const Loop *loop, const Carried *carried) {
    if (loop->condition && value_of(&loop->at_condition, carried->index, NULL) != carried->head)
        return false;
    VEC_FOR_EACH (i, &loop->continues)
        if (value_of(&loop->continues.items[i].flow, carried->index, NULL) != carried->body)
            return false;
    VEC_FOR_EACH (i, &loop->breaks)
        if (value_of(&loop->breaks.items[i].flow, carried->index, NULL) != carried->body)
            return false;
    return true;
}

static void replace_in(Flow *flow, Value *old, Value *by) {
    for (uint32_t i = 0; i < flow->len; i++)
        if (flow->values[i] == old)
            flow->values[i] = by;
}

static void replace_arg(Loop *loop, Value *arg, Value *by) {
    value_replace_uses(arg, by);
    replace_in(&loop->at_condition, arg, by);
    VEC_FOR_EACH (i, &loop->continues)
        replace_in(&loop->continues.items[i].flow, arg, by);
    VEC_FOR_EACH (i, &loop->breaks)
        replace_in(&loop->breaks.items[i].flow, arg, by);
    block_remove_arg(arg->block, arg->index);
}

static void drop_unchanged(Loop *loop) {
    VEC_FOR_EACH (i, &loop->carried) {
        Carried *carried = &loop->carried.items[i];
        if (!carried->initial || !comes_back(loop, carried))
            continue;
        carried->dropped = true;
        replace_arg(loop, carried->body, carried->initial);
        if (carried->head)
            replace_arg(loop, carried->head, carried->initial);
    }
}

/* Whether the variable has a value of its type on every way out: where a loop is unrolled, a turn
 * may have declared it anew with another type. */
static bool has_type_after(const Loop *loop, const Variable *variable) {
    VEC_FOR_EACH (i, &loop->continues) {
        const Value *value = value_of(&loop->continues.items[i].flow, variable->index, NULL);
        if (value && value->type != variable->type)
            return false;
    }
    VEC_FOR_EACH (i, &loop->breaks) {
        const Value *value = value_of(&loop->breaks.items[i].flow, variable->index, NULL);
        if (value && value->type != variable->type)
            return false;
    }
    return true;
}

static bool assigned_after(const Loop *loop, uint32_t index) {
    bool any = false;
    if (loop->condition && !loop->always) {
        any = true;
        if (!flow_assigned(&loop->at_condition, index))
            return false;
    }
    if (!loop->condition) {
        any = true;
        if (!loop->runs && !flow_assigned(&loop->entry, index))
            return false;
        VEC_FOR_EACH (i, &loop->continues)
            if (!flow_assigned(&loop->continues.items[i].flow, index))
                return false;
    }
    VEC_FOR_EACH (i, &loop->breaks) {
        any = true;
        if (!flow_assigned(&loop->breaks.items[i].flow, index))
            return false;
    }
    return any;
}

static bool assigned_somewhere(const Loop *loop, uint32_t index) {
    VEC_FOR_EACH (i, &loop->breaks)
        if (index < loop->breaks.items[i].flow.len &&
            loop->breaks.items[i].flow.states[index] != UNASSIGNED)
            return true;
    VEC_FOR_EACH (i, &loop->continues)
        if (index < loop->continues.items[i].flow.len &&
            loop->continues.items[i].flow.states[index] != UNASSIGNED)
            return true;
    return index < loop->at_condition.len && loop->at_condition.states[index] != UNASSIGNED;
}

static bool is_carried(const Loop *loop, uint32_t index) {
    VEC_FOR_EACH (i, &loop->carried)
        if (loop->carried.items[i].index == index)
            return true;
    return false;
}

/* Variables that got their first value in the loop and have one after it. */
static void add_first_values(FuncState *fs, Loop *loop) {
    VEC_FOR_EACH (i, &fs->order) {
        Variable *variable = fs->order.items[i];
        bool local = variable->kind == VARIABLE_LOCAL && variable->type && !variable->view;
        if (!local || flow_assigned(&loop->entry, variable->index) ||
            is_carried(loop, variable->index) || !assigned_after(loop, variable->index) ||
            !has_type_after(loop, variable))
            continue;
        Carried carried = {.variable = variable, .index = variable->index};
        if (loop->head)
            carried.head = add_carried_arg(fs, loop->head, &carried);
        carried.body = add_carried_arg(fs, loop->body, &carried);
        vec_push(fs->sema->arena, &loop->carried, carried);
    }
}

static void set_values(FuncState *fs, Loop *loop, Op *op, const Flow *flow, Value *first,
                       bool at_head) {
    ValueVec values = {0};
    if (first)
        vec_push(fs->sema->arena, &values, first);
    VEC_FOR_EACH (i, &loop->carried) {
        const Carried *carried = &loop->carried.items[i];
        if (!carried->dropped)
            vec_push(fs->sema->arena, &values,
                     value_of(flow, carried->index, at_head ? carried->head : carried->body));
    }
    op_set_operands(op, values.items, values.len);
}

static void set_initial_values(FuncState *fs, Loop *loop) {
    Builder before = builder_before(loop->op);
    ValueVec values = {0};
    for (uint32_t i = 0; i < loop->op->operand_count; i++)
        vec_push(fs->sema->arena, &values, op_operand(loop->op, i));
    VEC_FOR_EACH (i, &loop->carried) {
        Carried *carried = &loop->carried.items[i];
        if (carried->dropped)
            continue;
        Value *initial =
            carried->initial ? carried->initial : missing_value(&before, carried->variable->type);
        vec_push(fs->sema->arena, &values, initial);
    }
    op_set_operands(loop->op, values.items, values.len);
}

static void set_results(FuncState *fs, Loop *loop) {
    VEC(const Type *) types = {0};
    VEC_FOR_EACH (i, &loop->carried)
        if (!loop->carried.items[i].dropped)
            vec_push(fs->sema->arena, &types, loop->carried.items[i].variable->type);
    op_set_results(loop->op, types.items, types.len);
}

/* ------------------------------------------------------------------ ending */

static bool can_end(const Loop *loop) {
    if (loop->breaks.len)
        return true;
    if (loop->condition)
        return !loop->always;
    return !loop->runs || loop->continues.len;
}

/* What holds behind the loop. */
static Flow flow_after(FuncState *fs, Loop *loop) {
    Flow after = flow_copy(fs, &loop->entry);
    uint32_t result = 0;
    after.reachable = can_end(loop);
    VEC_FOR_EACH (i, &loop->carried) {
        Carried *carried = &loop->carried.items[i];
        if (carried->dropped)
            continue;
        fs->flow = after;
        flow_set(fs, carried->index, op_result(loop->op, result++));
        after = fs->flow;
    }
    return after;
}

/* Places that hold no SSA value of the loop's: memory (its view is the value) and what is only
 * maybe assigned. */
static void mark_others(FuncState *fs, Loop *loop) {
    for (uint32_t i = 0; i < fs->flow_len; i++) {
        if (flow_assigned(&fs->flow, i) || !assigned_somewhere(loop, i))
            continue;
        Value *view = NULL;
        VEC_FOR_EACH (k, &loop->breaks)
            view = value_of(&loop->breaks.items[k].flow, i, view);
        VEC_FOR_EACH (k, &loop->continues)
            view = value_of(&loop->continues.items[k].flow, i, view);
        bool memory = view && view->type->kind == TYPE_VIEW && is_in_entry(fs, view);
        flow_set(fs, i, memory ? view : NULL);
        if (!(memory && assigned_after(loop, i)))
            fs->flow.states[i] = MAYBE_ASSIGNED;
        if (fs->flow.states[i] == MAYBE_ASSIGNED)
            fs->flow.values[i] = NULL;
    }
}

static void end_loop(FuncState *fs, Loop *loop) {
    fs->loop = loop->state.outer;
    drop_unchanged(loop);
    add_first_values(fs, loop);
    set_initial_values(fs, loop);
    if (loop->condition)
        set_values(fs, loop, loop->condition, &loop->at_condition, op_operand(loop->condition, 0),
                   true);
    VEC_FOR_EACH (i, &loop->continues)
        set_values(fs, loop, loop->continues.items[i].op, &loop->continues.items[i].flow, NULL,
                   false);
    VEC_FOR_EACH (i, &loop->breaks)
        set_values(fs, loop, loop->breaks.items[i].op, &loop->breaks.items[i].flow, NULL, false);
    set_results(fs, loop);
    fs->b = loop->outer;
    fs->flow = flow_after(fs, loop);
    mark_others(fs, loop);
    VEC_FOR_EACH (i, &loop->carried)
        if (!loop->carried.items[i].dropped && fs->flow.reachable)
            describe_to_debugger(fs, loop->carried.items[i].variable,
                                 fs->flow.values[loop->carried.items[i].index]);
}

static void begin_loop(FuncState *fs, Loop *loop, Opcode code, Value *const *operands,
                       uint32_t count, Span span) {
    fs->b.span = span;
    loop->op = build_op(&fs->b, code, operands, count, NULL, 0, code == OP_LOOP_WHILE ? 2 : 1);
    loop->outer = fs->b;
    loop->entry = fs->flow;
    fs->flow = flow_copy(fs, &loop->entry);
    push_loop(fs, loop, span);
}

/* ------------------------------------------------------------------ while */

/* The values that the body sees are those that the condition passed on. */
static void pass_to_body(FuncState *fs, Loop *loop) {
    VEC_FOR_EACH (i, &fs->order) { /* what the condition gave its first value */
        Variable *variable = fs->order.items[i];
        bool first = variable->kind == VARIABLE_LOCAL &&
                     flow_assigned(&fs->flow, variable->index) &&
                     !flow_assigned(&loop->entry, variable->index);
        if (!first)
            continue;
        Carried carried = {.variable = variable, .index = variable->index};
        carried.head = add_carried_arg(fs, loop->head, &carried);
        vec_push(fs->sema->arena, &loop->carried, carried);
    }
}

static bool is_true(const Node *condition) {
    return condition->kind == NODE_BOOL && condition->boolean;
}

void check_while(FuncState *fs, const Node *node) {
    Loop *loop = arena_new(fs->sema->arena, Loop);
    NameSet written = {.arena = fs->sema->arena};
    scan_written_by(node->while_.condition, &written);
    scan_written(node->while_.body, &written);
    find_carried(fs, loop, &written);
    begin_loop(fs, loop, OP_LOOP_WHILE, NULL, 0, node->span);
    loop->state.is_while = true;
    loop->always = loop->runs = is_true(node->while_.condition);
    loop->head = open_region(fs, loop->op, 0);
    VEC_FOR_EACH (i, &loop->carried) {
        Carried *carried = &loop->carried.items[i];
        carried->head = add_carried_arg(fs, loop->head, carried);
        flow_set(fs, carried->index, carried->head);
    }
    uint32_t mark = arrays_mark(fs);
    Value *condition = check_condition(fs, node->while_.condition, "the condition of while");
    if (!condition)
        condition = build_bool(&fs->b, false);
    arrays_release(fs, mark);
    loop->condition = build_op(&fs->b, OP_LOOP_CONDITION, &condition, 1, NULL, 0, 0);
    pass_to_body(fs, loop);
    loop->at_condition = flow_copy(fs, &fs->flow);
    loop->body = open_region(fs, loop->op, 1);
    enter_body(fs, loop);
    check_statements(fs, node->while_.body);
    end_body(fs, loop);
    end_loop(fs, loop);
}

/* ------------------------------------------------------------------ for over a range */

static bool is_range_call(FuncState *fs, const Node *node) {
    return node->kind == NODE_CALL && node->call.callee->kind == NODE_NAME &&
           node->call.callee->name == intern_cstr(fs->sema->names, "range") &&
           !find_variable(fs, node->call.callee->name) &&
           !module_symbol(fs->module, node->call.callee->name);
}

Variable *loop_variable(FuncState *fs, const Node *target, const Type *type) {
    Diags *diags = fs->sema->diags;
    if (target->kind != NODE_NAME) {
        diag(diags, target->span, W0227, "what the loop counts",
             type ? type_source(fs->sema->arena, type) : "one value", 2u);
        return NULL;
    }
    Variable *variable = map_get_ptr(&fs->variables, target->name);
    if (!variable)
        variable = declare_variable(fs, target->name, VARIABLE_LOCAL, NULL, target->span);
    if (variable->kind == VARIABLE_COMPTIME || variable->kind == VARIABLE_FUNC) {
        diag(diags, target->span, W0271, target->name);
        return NULL;
    }
    if (variable->kind != VARIABLE_LOCAL) {
        diag(diags, target->span, variable->kind == VARIABLE_DIM ? W0272 : W0210, target->name);
        return NULL;
    }
    if (!variable->type)
        variable->type = type;
    variable->used = true; /* a loop need not look at what it counts */
    if (type && variable->type != type && variable->type->kind != TYPE_POISON) {
        diag(diags, target->span, W0213, target->name, type_source(fs->sema->arena, variable->type),
             type_source(fs->sema->arena, type));
        return NULL;
    }
    return variable;
}

typedef struct Range {
    Operand operands[3];
    bool given[3];
    bool failed;
} Range;

static Range range_operands(FuncState *fs, const Node *call) {
    static const uint32_t place[4][3] = {{0}, {1}, {0, 1}, {0, 1, 2}};
    NodeList args = call->call.args;
    Range range = {.failed = args.len < 1 || args.len > 3};
    for (uint32_t i = 0; i < args.len && !range.failed; i++)
        range.failed = args.items[i]->kind == NODE_KEYWORD;
    if (range.failed) {
        diag(fs->sema->diags, call->span, W0224, args.len);
        return range;
    }
    for (uint32_t i = 0; i < args.len; i++) {
        uint32_t k = place[args.len][i];
        range.operands[k] = settle(fs, check_expr(fs, args.items[i], NULL));
        range.given[k] = true;
        range.failed |= range.operands[k].kind == OPERAND_POISON;
    }
    return range;
}

static bool is_literal(const Operand *operand) {
    return operand->type && type_is_literal(operand->type);
}

/* The common type of what is no literal; NULL when all are. */
static const Type *range_type(FuncState *fs, Range *range, const Node *call) {
    Operand typed[3];
    uint32_t count = 0;
    for (uint32_t i = 0; i < 3; i++)
        if (range->given[i] && !is_literal(&range->operands[i]))
            typed[count++] = range->operands[i];
    if (count == 0 || range->failed)
        return NULL;
    const Type *type = unify_all(fs, typed, count, call, "range");
    range->failed = type == NULL;
    return type;
}

static const Type *counter_type(FuncState *fs, Range *range, const Node *node) {
    const Type *type = range_type(fs, range, node->for_.iterable);
    if (type || range->failed)
        return type;
    const Node *target = node->for_.targets.items[0];
    Variable *before = target->kind == NODE_NAME ? map_get_ptr(&fs->variables, target->name) : NULL;
    return before && before->type && type_is_integer(before->type) ? before->type
                                                                   : fs->sema->types->i64;
}

static Value *range_value(FuncState *fs, const Range *range, uint32_t i, const Type *type) {
    if (range->given[i])
        return operand_coerce(fs, &range->operands[i], type, "an argument of range");
    return build_const(&fs->b, attr_int(fs->sema->types, type, i == 2));
}

/* Whether the loop surely runs: its bounds are known and not empty. */
static bool surely_runs(Value *const *values) {
    const Attr *start = value_constant(values[0]), *stop = value_constant(values[1]),
               *step = value_constant(values[2]);
    if (!start || !stop || !step || !type_is_signed(start->type))
        return false;
    int64_t by = attr_as_i64(step);
    return by > 0 ? attr_as_i64(start) < attr_as_i64(stop)
                  : by < 0 && attr_as_i64(start) > attr_as_i64(stop);
}

/* After a mistake in the head of a loop nothing is known of what its body declares: silence what
 * follows from that. */
static void silence_body(FuncState *fs, const Node *node) {
    NameSet declared = {.arena = fs->sema->arena};
    scan_declared((NodeList){(Node **)&node, 1}, &declared);
    VEC_FOR_EACH (i, &declared.names) {
        Variable *variable = map_get_ptr(&fs->variables, declared.names.items[i]);
        if (variable && !flow_assigned(&fs->flow, variable->index))
            variable->type = fs->sema->types->poison;
    }
}

static bool range_values(FuncState *fs, const Node *node, Value **values) {
    Range range = range_operands(fs, node->for_.iterable);
    const Type *type = range.failed ? NULL : counter_type(fs, &range, node);
    if (!type)
        return false;
    if (!type_is_integer(type)) {
        diag(fs->sema->diags, node->for_.iterable->span, W0223,
             arena_printf(fs->sema->arena, "a range of %s", type_source(fs->sema->arena, type)));
        return false;
    }
    for (uint32_t i = 0; i < 3; i++) {
        values[i] = range_value(fs, &range, i, type);
        if (!values[i])
            return false;
    }
    const Attr *step = value_constant(values[2]);
    if (step && step->bits == 0) {
        diag(fs->sema->diags, node->for_.iterable->span, W0225);
        return false;
    }
    return true;
}

static Value *begin_for(FuncState *fs, Loop *loop, const Node *node, Value *const *bounds) {
    NameSet written = {.arena = fs->sema->arena};
    scan_written((NodeList){(Node **)&node, 1}, &written);
    find_carried(fs, loop, &written);
    begin_loop(fs, loop, OP_LOOP_FOR, bounds, 3, node->span);
    loop->body = open_region(fs, loop->op, 0);
    Value *counter = block_add_arg(fs->sema->ir, loop->body, bounds[0]->type);
    enter_body(fs, loop);
    return counter;
}

static void for_range(FuncState *fs, const Node *node, Value *const *bounds, Variable *variable) {
    Loop *loop = arena_new(fs->sema->arena, Loop);
    Value *counter = begin_for(fs, loop, node, bounds);
    loop->runs = surely_runs(bounds);
    variable_write(fs, variable, counter);
    check_statements(fs, node->for_.body);
    end_body(fs, loop);
    end_loop(fs, loop);
}

/* ------------------------------------------------------------------ for over a tuple */

/* The items as operands: of a tuple that is written, of a value, of a constant. */
static bool tuple_items(FuncState *fs, const Node *node, Operand *items, uint32_t max,
                        uint32_t *count) {
    Operand tuple = check_expr(fs, node, NULL);
    if (tuple.kind == OPERAND_POISON)
        return false;
    tuple = settle(fs, tuple);
    const Type *type = tuple.type;
    bool is_list = tuple.kind == OPERAND_CONST && tuple.constant->kind == ATTR_LIST;
    bool is_tuple = tuple.kind == OPERAND_TUPLE || (type && type->kind == TYPE_TUPLE);
    *count = tuple.kind == OPERAND_TUPLE ? tuple.item_count
             : is_list                   ? tuple.constant->len
             : is_tuple                  ? type->field_count
                                         : 0;
    if (!is_tuple || *count > max) {
        Diag *d = diag(fs->sema->diags, node->span, W0223, operand_type_text(fs, &tuple));
        if (type && (type_is_integer(type) || type->kind == TYPE_LITERAL_INT))
            diag_fix(d, node->span, "range(%s)", source_text(fs->sema, node->span));
        return false;
    }
    for (uint32_t i = 0; i < *count; i++) {
        if (tuple.kind == OPERAND_TUPLE)
            items[i] = settle(fs, tuple.items[i]);
        else if (is_list)
            items[i] = operand_of_const(tuple.constant->items[i], node);
        else
            items[i] = operand_of_value(build_agg_get(&fs->b, tuple.value, i), node);
        items[i].writable |= tuple.kind == OPERAND_VALUE && tuple.writable;
    }
    return true;
}

static const Type *common_type(FuncState *fs, Operand *items, uint32_t count, const Node *node,
                               const Type *already) {
    Operand common = {0};
    for (uint32_t i = 0; i < count; i++) {
        if (items[i].kind == OPERAND_POISON)
            return NULL;
        if (is_literal(&items[i]) && (common.kind == OPERAND_POISON || !is_literal(&common)) &&
            already)
            continue;
        if (common.kind == OPERAND_POISON) {
            common = items[i];
            continue;
        }
        const Type *type = unify(fs, &common, &items[i], node, "the items of the tuple");
        if (!type)
            return NULL;
        if (!is_literal(&items[i]) || !is_literal(&common))
            common.type = type;
        else if (items[i].type->kind == TYPE_LITERAL_FLOAT)
            common = items[i];
        if (!type_is_literal(common.type)) {
            common.kind = OPERAND_VALUE;
            common.constant = NULL;
        }
    }
    if (common.kind == OPERAND_POISON)
        return already;
    if (!is_literal(&common)) {
        const Type *type = default_type(fs->sema->types, common.type);
        return type != common.type && already ? already : type; /* tuples of literals */
    }
    if (already)
        return already;
    return common.type->kind == TYPE_LITERAL_INT ? fs->sema->types->i64 : fs->sema->types->f64;
}

enum { MAX_UNROLLED = 65536, MAX_TURNS = 4 * MAX_UNROLLED }; /* of one loop, and of all in a function */

/* An unrolled loop. Where its body has a break or continue, each turn is a loop of one turn: both leave that, and a break
 * is remembered in a variable, under whose `if` the later turns stand. Where a turn breaks whatever happens there are
 * none; so `comptime if k == last: break` ends the unrolling. */
typedef struct Unrolled {
    LoopState state; /* of a body that nothing leaves */
    const Node *node;
    Variable *left;  /* NULL: nothing leaves the body */
    Loop *turn;
    Branch *branch;  /* of the turn; NULL where it is sure to come */
    bool over;
} Unrolled;

static void begin_unrolled(FuncState *fs, Unrolled *u, const Node *node) {
    *u = (Unrolled){.node = node};
    u->state = (LoopState){.outer = fs->loop, .unrolled = true, .span = node->span};
    if (has_loop_exit(node->for_.body)) {
        Name name = intern_cstr(fs->sema->names, "<left>"); /* no name that a program can write */
        u->left = declare_variable(fs, name, VARIABLE_LOCAL, fs->sema->types->boolean, node->span);
        u->left->used = true;
        variable_write(fs, u->left, build_bool(&fs->b, false));
    } else {
        fs->loop = &u->state;
    }
}

/* False where there is no turn any more. */
static bool begin_turn(FuncState *fs, Unrolled *u) {
    if (!fs->flow.reachable || u->over)
        return false;
    if (!u->left)
        return true;
    Value *left = fs->flow.values[u->left->index];
    bool sure = value_constant(left) && !attr_is_true(value_constant(left));
    u->branch = sure ? NULL : branch_begin(fs, build1(&fs->b, OP_ARITH_NOT, left), u->node->span);
    Loop *turn = u->turn = arena_new(fs->sema->arena, Loop);
    Value *bounds[] = {build_i64(&fs->b, 0), build_i64(&fs->b, 1), build_i64(&fs->b, 1)};
    Carried carried = {
        .variable = u->left, .index = u->left->index, .initial = fs->flow.values[u->left->index]};
    turn->left = u->left;
    vec_push(fs->sema->arena, &turn->carried, carried);
    begin_for(fs, turn, u->node, bounds);
    turn->runs = true;
    return true;
}

static void end_turn(FuncState *fs, Unrolled *u) {
    if (!u->left)
        return;
    end_body(fs, u->turn);
    u->over = u->turn->continues.len == 0;
    end_loop(fs, u->turn);
    if (u->branch)
        branch_end(fs, u->branch, NULL, NULL);
}

static void end_unrolled(FuncState *fs, const Unrolled *u) {
    fs->loop = u->state.outer;
}

/* Constants with a break or continue in the body: it stays a loop, over a table of them. False where some item is no
 * constant. */
static bool for_table(FuncState *fs, const Node *node, Value *const *values, uint32_t count,
                      Variable *variable) {
    Types *types = fs->sema->types;
    const Attr **items = arena_array(fs->sema->arena, const Attr *, count);
    for (uint32_t i = 0; i < count; i++) {
        items[i] = value_constant(values[i]);
        if (!items[i])
            return false;
    }
    Loop *loop = arena_new(fs->sema->arena, Loop);
    Value *bounds[] = {build_i64(&fs->b, 0), build_i64(&fs->b, count), build_i64(&fs->b, 1)};
    Value *counter = begin_for(fs, loop, node, bounds);
    loop->runs = count > 0;
    Op *table = build_op(&fs->b, OP_AGG_TABLE, &counter, 1, &variable->type, 1, 0);
    op_set_attr(table, ATTR_KEY_VALUE, attr_list(types, NULL, items, count));
    variable_write(fs, variable, op_result(table, 0));
    check_statements(fs, node->for_.body);
    end_body(fs, loop);
    end_loop(fs, loop);
    return true;
}

static void for_tuple(FuncState *fs, const Node *node) {
    enum { MAX = 4096 };
    Operand *items = arena_array(fs->sema->arena, Operand, MAX);
    uint32_t count = 0;
    const Node *target = node->for_.targets.items[0];
    bool ok = tuple_items(fs, node->for_.iterable, items, MAX, &count);
    Variable *before = target->kind == NODE_NAME ? map_get_ptr(&fs->variables, target->name) : NULL;
    const Type *type =
        ok ? common_type(fs, items, count, node->for_.iterable, before ? before->type : NULL)
           : NULL;
    Variable *variable = type ? loop_variable(fs, target, type) : NULL;
    if (!variable) {
        silence_body(fs, node);
        return;
    }
    Value **values = arena_array(fs->sema->arena, Value *, count + 1);
    variable->writable_view = true;
    for (uint32_t i = 0; i < count; i++) {
        values[i] = operand_coerce(fs, &items[i], type, "an item of the tuple");
        variable->writable_view &= operand_is_writable(fs, &items[i]);
        if (!values[i])
            return;
    }
    if (has_loop_exit(node->for_.body) && for_table(fs, node, values, count, variable))
        return;
    Unrolled unrolled;
    begin_unrolled(fs, &unrolled, node);
    for (uint32_t i = 0; i < count && begin_turn(fs, &unrolled); i++) {
        variable_write(fs, variable, values[i]);
        check_statements(fs, node->for_.body);
        end_turn(fs, &unrolled);
    }
    end_unrolled(fs, &unrolled);
}

/* for a, b in ((1, 2), (3, 4)) */
static void for_tuples(FuncState *fs, const Node *node) {
    enum { MAX = 4096 };
    Operand *items = arena_array(fs->sema->arena, Operand, MAX);
    uint32_t count = 0;
    if (!tuple_items(fs, node->for_.iterable, items, MAX, &count)) {
        silence_body(fs, node);
        return;
    }
    Unrolled unrolled;
    begin_unrolled(fs, &unrolled, node);
    for (uint32_t i = 0; i < count && begin_turn(fs, &unrolled); i++) {
        assign_targets(fs, node->for_.targets, &items[i], node->for_.iterable);
        check_statements(fs, node->for_.body);
        end_turn(fs, &unrolled);
    }
    end_unrolled(fs, &unrolled);
}

void check_for(FuncState *fs, const Node *node) {
    if (!is_range_call(fs, node->for_.iterable)) {
        if (node->for_.targets.len == 1)
            for_tuple(fs, node);
        else
            for_tuples(fs, node);
        return;
    }
    Value *bounds[3];
    if (!range_values(fs, node, bounds)) {
        silence_body(fs, node);
        return;
    }
    if (node->for_.targets.len != 1) {
        diag(fs->sema->diags, node->for_.targets.items[0]->span, W0227, "what range counts", "int",
             node->for_.targets.len);
        silence_body(fs, node);
        return;
    }
    Variable *variable = loop_variable(fs, node->for_.targets.items[0], bounds[0]->type);
    if (variable)
        for_range(fs, node, bounds, variable);
}

/* ------------------------------------------------------------------ comptime for */

static bool name_constant(FuncState *fs, const Node *target, const Attr *value) {
    if (target->kind != NODE_NAME) {
        diag(fs->sema->diags, target->span, W0281, source_text(fs->sema, target->span));
        return false;
    }
    declare_constant(fs, target->name, value, target->span)->used = true;
    return true;
}

static bool name_constants(FuncState *fs, NodeList targets, const Attr *value, const Node *node) {
    bool ok = true;
    if (value->kind != ATTR_LIST || value->len != targets.len) {
        uint32_t gives = value->kind == ATTR_LIST ? value->len : 1;
        diag(fs->sema->diags, node->for_.iterable->span, W0226, "an item of the tuple", gives,
             gives == 1 ? "" : "s", targets.len, "s", "");
        return false;
    }
    for (uint32_t i = 0; i < targets.len; i++)
        ok &= name_constant(fs, targets.items[i], value->items[i]);
    return ok;
}

/* Loops in loops multiply. */
static bool too_many_turns(FuncState *fs, const Node *node) {
    if (fs->turns <= MAX_TURNS && ++fs->turns > MAX_TURNS)
        diag(fs->sema->diags, node->for_.iterable->span, W0297, (int)MAX_TURNS);
    return fs->turns > MAX_TURNS;
}

static void unroll_turn(FuncState *fs, Unrolled *unrolled, const Attr *value) {
    const Node *node = unrolled->node;
    NodeList targets = node->for_.targets;
    if (too_many_turns(fs, node) || !begin_turn(fs, unrolled))
        return;
    bool ok = targets.len == 1 ? name_constant(fs, targets.items[0], value)
                               : name_constants(fs, targets, value, node);
    if (ok)
        check_statements(fs, node->for_.body);
    end_turn(fs, unrolled);
}

static bool comptime_range(FuncState *fs, const Node *call, int64_t *bounds) {
    static const uint32_t place[4][3] = {{0}, {1}, {0, 1}, {0, 1, 2}};
    NodeList args = call->call.args;
    bounds[0] = 0;
    bounds[2] = 1;
    if (args.len < 1 || args.len > 3) {
        diag(fs->sema->diags, call->span, W0224, args.len);
        return false;
    }
    for (uint32_t i = 0; i < args.len; i++)
        if (!comptime_int(fs, args.items[i], "comptime for", &bounds[place[args.len][i]]))
            return false;
    if (bounds[2] == 0)
        diag(fs->sema->diags, call->span, W0225);
    return bounds[2] != 0;
}

static void unroll_range(FuncState *fs, Unrolled *unrolled) {
    const Node *node = unrolled->node;
    int64_t bounds[3];
    if (!comptime_range(fs, node->for_.iterable, bounds))
        return;
    __int128 distance =
        bounds[2] > 0 ? (__int128)bounds[1] - bounds[0] : (__int128)bounds[0] - bounds[1];
    __int128 step = bounds[2] > 0 ? bounds[2] : -(__int128)bounds[2];
    __int128 turns = distance <= 0 ? 0 : (distance + step - 1) / step;
    if (fs->turns > MAX_TURNS) /* reported */
        return;
    if (turns > MAX_UNROLLED) {
        diag(fs->sema->diags, node->for_.iterable->span, W0264, (long long)turns,
             (int)MAX_UNROLLED);
        return;
    }
    for (int64_t i = 0; i < (int64_t)turns; i++)
        unroll_turn(fs, unrolled,
                    attr_literal_int(fs->sema->types, bounds[0] + (__int128)i * bounds[2]));
}

static void unroll_tuple(FuncState *fs, Unrolled *unrolled) {
    const Node *node = unrolled->node;
    const Attr *tuple = comptime_eval(fs, node->for_.iterable, NULL, "comptime for");
    if (!tuple)
        return;
    if (tuple->kind != ATTR_LIST) {
        Operand operand = operand_of_const(tuple, node->for_.iterable);
        Diag *d = diag(fs->sema->diags, node->for_.iterable->span, W0223,
                       operand_type_text(fs, &operand));
        if (tuple->kind == ATTR_LITERAL_INT || tuple->kind == ATTR_INT)
            diag_fix(d, node->for_.iterable->span, "range(%s)",
                     source_text(fs->sema, node->for_.iterable->span));
        return;
    }
    for (uint32_t i = 0; i < tuple->len; i++)
        unroll_turn(fs, unrolled, tuple->items[i]);
}

void check_comptime_for(FuncState *fs, const Node *node) {
    Unrolled unrolled;
    begin_unrolled(fs, &unrolled, node);
    if (is_range_call(fs, node->for_.iterable))
        unroll_range(fs, &unrolled);
    else
        unroll_tuple(fs, &unrolled);
    end_unrolled(fs, &unrolled);
}
