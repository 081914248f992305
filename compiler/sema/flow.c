/* Variables as SSA values, built directly: the flow says what value each variable has where the
 * walk is.
 *
 * Always true: a place of the flow has a value exactly when its state is ASSIGNED. One that is only
 * maybe assigned cannot be read, so nobody needs its value, and no op carries it.
 *
 * A branch copies the flow for each arm and merges afterwards: what differs becomes a result of the
 * `if`. An arm that left early (return, break, continue) takes no part in the merge. Loops are in
 * loops.c.
 *
 * mut and out scalars are memory (VARIABLE_PLACE): their value in the flow is the view itself, so
 * that being assigned merges as with any variable. An out struct also has a place in the flow for
 * each of its fields. */
#include "sema/structure.h"

/* ------------------------------------------------------------------ the flow */

uint32_t flow_reserve(FuncState *fs) {
    return fs->flow_len++;
}

bool flow_assigned(const Flow *flow, uint32_t index) {
    return index < flow->len && flow->states[index] == ASSIGNED;
}

static Value *value_at(const Flow *flow, uint32_t index) {
    return flow_assigned(flow, index) ? flow->values[index] : NULL;
}

static AssignState state_at(const Flow *flow, uint32_t index) {
    return index < flow->len ? (AssignState)flow->states[index] : UNASSIGNED;
}

static void grow(FuncState *fs, Flow *flow, uint32_t len) {
    if (len > flow->cap) {
        uint32_t cap = len < 16 ? 16 : len * 2;
        Value **values = arena_array(fs->sema->arena, Value *, cap);
        uint8_t *states = arena_alloc(fs->sema->arena, cap);
        if (flow->len) {
            memcpy(values, flow->values, flow->len * sizeof *values);
            memcpy(states, flow->states, flow->len);
        }
        flow->values = values;
        flow->states = states;
        flow->cap = cap;
    }
    if (len > flow->len)
        flow->len = len;
}

static void set_place(FuncState *fs, Flow *flow, uint32_t index, Value *value, AssignState state) {
    grow(fs, flow, index + 1);
    flow->values[index] = value;
    flow->states[index] = (uint8_t)state;
}

void flow_set(FuncState *fs, uint32_t index, Value *value) {
    set_place(fs, &fs->flow, index, value, ASSIGNED);
}

Flow flow_copy(FuncState *fs, const Flow *flow) {
    Flow copy = {.reachable = flow->reachable};
    grow(fs, &copy, flow->len);
    if (flow->len) {
        memcpy(copy.values, flow->values, flow->len * sizeof *copy.values);
        memcpy(copy.states, flow->states, flow->len);
    }
    return copy;
}

/* ------------------------------------------------------------------ variables */

static bool fields_assigned(const FuncState *fs, const Variable *variable) {
    if (!variable->first_field)
        return false;
    for (uint32_t i = 0; i < variable->type->field_count; i++)
        if (!flow_assigned(&fs->flow, variable->first_field + i))
            return false;
    return true;
}

static bool is_assigned(const FuncState *fs, const Variable *variable) {
    return flow_assigned(&fs->flow, variable->index) || fields_assigned(fs, variable);
}

/* Said where the variable is read first: the assignment that it lacks is one mistake. */
static Value *unassigned(FuncState *fs, const Variable *variable, Span span) {
    if (!told_in_function(fs, W0211, variable, span))
        diag(fs->sema->diags, span, W0211, variable->name);
    return NULL;
}

/* A variable of a function around this one: in a comptime expression nothing but its type can be
 * used (the extent of a tensor that its type says); in a closure it is an argument. */
static Value *read_outer(FuncState *fs, Variable *variable, Span span) {
    if (variable->kind == VARIABLE_DIM) {
        Value *value = value_at(&variable->owner->flow, variable->index);
        const Attr *known = value ? value_constant(value) : NULL;
        if (known)
            return build_const(&fs->b, known);
    }
    if (fs->is_comptime_expr) {
        fs->runtime = variable;
        return build_undef(&fs->b, variable->type);
    }
    Value *captured = captured_value(fs, variable);
    if (!captured)
        diag(fs->sema->diags, span, W0233, "this", variable->name);
    return captured;
}

Value *variable_read(FuncState *fs, Variable *variable, Span span) {
    variable->used = true;
    if (!variable->type || variable->type->kind == TYPE_POISON)
        return NULL;
    if (variable->owner != fs)
        return read_outer(fs, variable, span);
    if (!is_assigned(fs, variable))
        return unassigned(fs, variable, span);
    if (variable->view)
        return build_load(&fs->b, variable->view, NULL, 0, variable->type);
    Value *value = fs->flow.values[variable->index];
    /* a turn of an unrolled loop declared it anew on another way than this */
    return value->type == variable->type ? value : unassigned(fs, variable, span);
}

void describe_to_debugger(FuncState *fs, const Variable *variable, Value *value) {
    bool is_plain = type_is_scalar(value->type) || value->type->kind == TYPE_VECTOR;
    if (!fs->sema->options.debug || !is_plain || fs->is_comptime_expr ||
        fs->context == CONTEXT_COMPTIME)
        return;
    Op *op = build_op(&fs->b, OP_DBG_VALUE, &value, 1, NULL, 0, 0);
    op_set_attr(op, ATTR_KEY_NAME, attr_string(fs->sema->types, variable->name));
}

void variable_write(FuncState *fs, Variable *variable, Value *value) {
    variable->assigned_anywhere = true;
    if (variable->kind == VARIABLE_PLACE) {
        build_store(&fs->b, variable->view, NULL, 0, value);
        flow_set(fs, variable->index, variable->view);
        return;
    }
    if (type_holds_array(value->type) && fs->context == CONTEXT_HOST) {
        array_variable_write(fs, variable, value);
        flow_set(fs, variable->index, variable->view);
        return;
    }
    if (!value->name)
        value->name = variable->name;
    flow_set(fs, variable->index, value);
    describe_to_debugger(fs, variable, value);
}

/* ------------------------------------------------------------------ fields of variables */

static Value *field_view(FuncState *fs, Value *view, const uint32_t *path, uint32_t count) {
    Types *types = fs->sema->types;
    for (uint32_t i = 0; i < count; i++) {
        const Type *field = view->type->element->fields[path[i]];
        const Type *type = type_view(types, field, 0, NULL, LAYOUT_ROW_MAJOR, view->type->space);
        Op *op = build_op(&fs->b, OP_MEM_FIELD, &view, 1, &type, 1, 0);
        op_set_attr(op, ATTR_KEY_INDEX, attr_i64(types, path[i]));
        view = op_result(op, 0);
    }
    return view;
}

Value *variable_read_field(FuncState *fs, Variable *variable, const uint32_t *path, uint32_t count,
                           Span span) {
    variable->used = true;
    bool in_memory = variable->kind == VARIABLE_PLACE && variable->owner == fs;
    if (!in_memory || count == 0) {
        Value *value = variable_read(fs, variable, span);
        for (uint32_t i = 0; value && i < count; i++)
            value = build_agg_get(&fs->b, value, path[i]);
        return value;
    }
    bool known =
        flow_assigned(&fs->flow, variable->index) ||
        (variable->first_field && flow_assigned(&fs->flow, variable->first_field + path[0]));
    if (!known)
        return unassigned(fs, variable, span);
    Value *view = field_view(fs, variable->view, path, count);
    return build_load(&fs->b, view, NULL, 0, view->type->element);
}

static Value *with_field(FuncState *fs, Value *whole, const uint32_t *path, uint32_t count,
                         Value *value) {
    if (count == 0)
        return value;
    Value *part = build_agg_get(&fs->b, whole, path[0]);
    return build_agg_set(&fs->b, whole, path[0], with_field(fs, part, path + 1, count - 1, value));
}

void variable_write_field(FuncState *fs, Variable *variable, const uint32_t *path, uint32_t count,
                          Value *value) {
    if (variable->kind != VARIABLE_PLACE) {
        bool was_used = variable->used;
        Value *whole = variable_read(fs, variable, fs->b.span);
        variable->used = was_used;
        if (whole)
            variable_write(fs, variable, with_field(fs, whole, path, count, value));
        return;
    }
    variable->assigned_anywhere = true;
    build_store(&fs->b, field_view(fs, variable->view, path, count), NULL, 0, value);
    if (variable->first_field && count == 1)
        flow_set(fs, variable->first_field + path[0], variable->view);
}

/* ------------------------------------------------------------------ regions */

Block *open_region(FuncState *fs, Op *op, uint32_t region) {
    Block *block = block_create(fs->sema->ir);
    region_append(op_region(op, region), block);
    Span span = fs->b.span;
    fs->b = builder_at_end(fs->sema->ir, block);
    fs->b.span = span;
    return block;
}

void close_unreachable(FuncState *fs) {
    if (!op_terminator(fs->b.block))
        build_op(&fs->b, OP_FUNC_UNREACHABLE, NULL, 0, NULL, 0, 0);
}

/* ------------------------------------------------------------------ branches */

struct Branch {
    Op *op;
    Builder outer, builders[2];
    Flow before, flows[2];
    uint32_t arm;
};

Branch *branch_begin(FuncState *fs, Value *condition, Span span) {
    Branch *branch = arena_new(fs->sema->arena, Branch);
    fs->b.span = span;
    branch->op = build_op(&fs->b, OP_IF, &condition, 1, NULL, 0, 2);
    branch->outer = fs->b;
    branch->before = fs->flow;
    for (uint32_t arm = 0; arm < 2; arm++) {
        open_region(fs, branch->op, arm);
        branch->builders[arm] = fs->b;
        branch->flows[arm] = flow_copy(fs, &branch->before);
    }
    fs->b = branch->builders[0];
    fs->flow = branch->flows[0];
    return branch;
}

void branch_arm(FuncState *fs, Branch *branch, uint32_t arm) {
    branch->builders[branch->arm] = fs->b;
    branch->flows[branch->arm] = fs->flow;
    branch->arm = arm;
    fs->b = branch->builders[arm];
    fs->flow = branch->flows[arm];
}

static AssignState merge_states(AssignState a, AssignState b) {
    return a == b ? a : MAYBE_ASSIGNED;
}

typedef struct Merge {
    uint32_t index; /* in the flow */
    Value *values[2];
} Merge;

typedef VEC(Merge) MergeVec;

/* Arguments, and the memory that variables have there. */
bool is_in_entry(const FuncState *fs, const Value *value) {
    const Op *op = value->op;
    return op ? op->code == OP_MEM_ALLOC_LOCAL && op->block == func_entry(fs->func) : value->block == func_entry(fs->func);
}

/* Fills `after` with what holds behind the branch, but for what becomes a result of the op: that
 * goes to `merges`. */
static void merge_flows(FuncState *fs, const Branch *branch, Flow *after, MergeVec *merges) {
    const Flow *flows = branch->flows;
    bool reach[2] = {flows[0].reachable, flows[1].reachable};
    uint32_t len = flows[0].len > flows[1].len ? flows[0].len : flows[1].len;
    grow(fs, after, len);
    for (uint32_t i = 0; i < len; i++) {
        const Flow *only = !reach[0] ? &flows[1] : !reach[1] ? &flows[0] : NULL;
        AssignState state =
            only ? state_at(only, i) : merge_states(state_at(&flows[0], i), state_at(&flows[1], i));
        Merge merge = {.index = i};
        for (uint32_t arm = 0; arm < 2; arm++)
            merge.values[arm] = reach[arm] ? value_at(&flows[arm], i) : NULL;
        Value *one = merge.values[0] ? merge.values[0] : merge.values[1];
        /* declared anew in a turn of an unrolled loop */
        bool two_types =
            merge.values[0] && merge.values[1] && merge.values[0]->type != merge.values[1]->type;
        state = two_types ? MAYBE_ASSIGNED : state;
        Value *before = value_at(&branch->before, i);
        bool same = (!reach[0] || merge.values[0] == one) && (!reach[1] || merge.values[1] == one);
        set_place(fs, after, i, state == ASSIGNED ? one : NULL, state);
        bool outside = one == before || (one && is_in_entry(fs, one));
        if (state == ASSIGNED && !(same && outside))
            vec_push(fs->sema->arena, merges, merge);
    }
}

static void yield_arm(FuncState *fs, Branch *branch, uint32_t arm, Value *first,
                      const MergeVec *merges) {
    fs->b = branch->builders[arm];
    if (!branch->flows[arm].reachable) {
        close_unreachable(fs);
        return;
    }
    ValueVec values = {0};
    if (first)
        vec_push(fs->sema->arena, &values, first);
    VEC_FOR_EACH (i, merges)
        vec_push(fs->sema->arena, &values, merges->items[i].values[arm]);
    build_yield(&fs->b, values.items, values.len);
}

static void describe_merged(FuncState *fs, const MergeVec *merges) {
    VEC_FOR_EACH (i, merges)
        for (uint32_t k = 0; fs->sema->options.debug && k < fs->order.len; k++)
            if (fs->order.items[k]->kind == VARIABLE_LOCAL &&
                fs->order.items[k]->index == merges->items[i].index)
                describe_to_debugger(fs, fs->order.items[k],
                                     fs->flow.values[merges->items[i].index]);
}

Value *branch_end(FuncState *fs, Branch *branch, Value *value0, Value *value1) {
    branch_arm(fs, branch, branch->arm);
    Flow after = {.reachable = branch->flows[0].reachable || branch->flows[1].reachable};
    MergeVec merges = {0};
    VEC(const Type *) types = {0};
    if (after.reachable)
        merge_flows(fs, branch, &after, &merges);
    Value *value = value0 ? value0 : value1;
    if (value)
        vec_push(fs->sema->arena, &types, value->type);
    VEC_FOR_EACH (i, &merges) {
        Value *one =
            merges.items[i].values[0] ? merges.items[i].values[0] : merges.items[i].values[1];
        vec_push(fs->sema->arena, &types, one->type);
    }
    yield_arm(fs, branch, 0, value ? value0 : NULL, &merges);
    yield_arm(fs, branch, 1, value ? value1 : NULL, &merges);
    op_set_results(branch->op, types.items, types.len);
    VEC_FOR_EACH (i, &merges)
        after.values[merges.items[i].index] = op_result(branch->op, i + (value != NULL));
    fs->b = branch->outer;
    if (after.reachable) {
        fs->flow = after;
        describe_merged(fs, &merges);
    } else {
        fs->flow = branch->before;
        fs->flow.reachable = false;
    }
    return value ? op_result(branch->op, 0) : NULL;
}
