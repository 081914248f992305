/* Who releases which array, in host code.
 *
 * An array is a counted handle. An expression that makes one (zeros(), a call) owns a reference until its statement
 * ends: a temporary. An array variable lives in a piece of the function's memory, host.null to begin with, and owns a
 * reference to what it holds. Assigning takes over a temporary or retains, then releases what was there, so `a = a` is
 * safe; at each way out of the function every variable is released, assigned or not. Arguments are borrowed: the caller
 * holds them while the callee runs. A tuple owns what is within it as an array owns itself: "array" means both here. */
#include "sema/host.h"

typedef struct Temporaries {
    VEC(Value *) values;
} Temporaries;

static Temporaries *temporaries(FuncState *fs) {
    if (!fs->arrays)
        fs->arrays = arena_new(fs->sema->arena, Temporaries);
    return fs->arrays;
}

bool type_holds_array(const Type *type) {
    if (type->kind == TYPE_TUPLE)
        for (uint32_t i = 0; i < type->field_count; i++)
            if (type_holds_array(type->fields[i]))
                return true;
    return type->kind == TYPE_ARRAY;
}

static void for_each(FuncState *fs, Value *array, void (*act)(FuncState *fs, Value *array)) {
    if (array->type->kind == TYPE_ARRAY)
        act(fs, array);
    for (uint32_t i = 0; array->type->kind == TYPE_TUPLE && i < array->type->field_count; i++)
        if (type_holds_array(array->type->fields[i]))
            for_each(fs, build_agg_get(&fs->b, array, i), act);
}

static void release_one(FuncState *fs, Value *array) {
    runtime_call(fs, "weft_array_release", NULL, &array, 1, fs->b.span);
}

static void retain_one(FuncState *fs, Value *array) {
    runtime_call(fs, "weft_array_retain", array->type, &array, 1, fs->b.span);
}

static void release(FuncState *fs, Value *array) {
    for_each(fs, array, release_one);
}

static Value *retain(FuncState *fs, Value *array) {
    for_each(fs, array, retain_one);
    return array;
}

/* ------------------------------------------------------------------ temporaries */

Operand array_temporary(FuncState *fs, Value *array, const Node *node) {
    vec_push(fs->sema->arena, &temporaries(fs)->values, array);
    return operand_of_value(array, node);
}

static int find_temporary(FuncState *fs, const Value *array) {
    Temporaries *all = temporaries(fs);
    VEC_FOR_EACH (i, &all->values)
        if (all->values.items[i] == array)
            return (int)i;
    return -1;
}

static void drop_temporary(Temporaries *all, uint32_t i) {
    memmove(&all->values.items[i], &all->values.items[i + 1], (all->values.len - i - 1) * sizeof(Value *));
    all->values.len--;
}

Value *array_take(FuncState *fs, Value *value) {
    int i = find_temporary(fs, value);
    if (i < 0)
        return retain(fs, value);
    drop_temporary(temporaries(fs), (uint32_t)i);
    return value;
}

void array_hold(FuncState *fs, Value *value) {
    if (!type_holds_array(value->type) || fs->context != CONTEXT_HOST || find_temporary(fs, value) >= 0)
        return;
    retain(fs, value);
    vec_push(fs->sema->arena, &temporaries(fs)->values, value);
}

static Block *block_of(const Value *value) {
    return value->op ? value->op->block : value->block;
}

uint32_t arrays_mark(FuncState *fs) {
    return fs->arrays ? temporaries(fs)->values.len : 0;
}

/* Releases what was made since the mark, in the block that made it: where that was an arm of an expression or a
 * loop's condition, this is called at its end too. */
void arrays_release(FuncState *fs, uint32_t mark) {
    if (!fs->arrays || fs->context != CONTEXT_HOST)
        return;
    Temporaries *all = fs->arrays;
    for (uint32_t i = all->values.len; i-- > mark;) {
        if (block_of(all->values.items[i]) != fs->b.block)
            continue;
        if (fs->flow.reachable)
            release(fs, all->values.items[i]);
        drop_temporary(all, i);
    }
}

/* ------------------------------------------------------------------ variables */

Value *array_variable_slot(FuncState *fs, Variable *variable) {
    Value *before = variable->view;
    if (before && before->type->element == variable->type)
        return before;
    if (before) { /* an unrolled loop declares it anew, of another type */
        release(fs, build_load(&fs->b, before, NULL, 0, before->type->element));
        build_store(&fs->b, before, NULL, 0, missing_value(&fs->b, before->type->element));
    }
    const Type *type = type_view(fs->sema->types, variable->type, 0, NULL, LAYOUT_ROW_MAJOR, SPACE_LOCAL);
    variable->view = build_local(fs, type);
    Builder entry = builder_after(value_op(variable->view));
    build_store(&entry, variable->view, NULL, 0, missing_value(&entry, variable->type));
    return variable->view;
}

void array_variable_write(FuncState *fs, Variable *variable, Value *value) {
    Value *slot = array_variable_slot(fs, variable);
    Value *kept = array_take(fs, value);
    Value *old = build_load(&fs->b, slot, NULL, 0, variable->type);
    build_store(&fs->b, slot, NULL, 0, kept);
    release(fs, old);
}

static bool holds_array(const Variable *variable) {
    return variable->kind == VARIABLE_LOCAL && variable->view && type_holds_array(variable->type);
}

static bool encloses(const Block *outer, const Block *inner) {
    while (inner && inner != outer)
        inner = inner->region->op ? inner->region->op->block : NULL;
    return inner == outer;
}

/* A return: temporaries of the statements around it are released here as well, and stay for the other ways. */
void arrays_end_function(FuncState *fs, Value *result) {
    if (fs->context != CONTEXT_HOST)
        return;
    if (result && type_holds_array(result->type))
        array_take(fs, result);
    VEC_FOR_EACH (i, &fs->order)
        if (holds_array(fs->order.items[i]))
            release(fs, build_load(&fs->b, fs->order.items[i]->view, NULL, 0, fs->order.items[i]->type));
    Temporaries *all = temporaries(fs);
    VEC_FOR_EACH (i, &all->values)
        if (encloses(block_of(all->values.items[i]), fs->b.block))
            release(fs, all->values.items[i]);
}

Value *missing_value(Builder *b, const Type *type) {
    if (type->kind == TYPE_ARRAY)
        return build_typed(b, OP_HOST_NULL, type, NULL, 0);
    Value *value = build_undef(b, type);
    for (uint32_t i = 0; type->kind == TYPE_TUPLE && i < type->field_count; i++)
        if (type_holds_array(type->fields[i]))
            value = build_agg_set(b, value, i, missing_value(b, type->fields[i]));
    return value;
}
