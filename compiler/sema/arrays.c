/* Who releases which array, in host code.
 *
 * An array is a counted handle. Each array variable owns one reference to what it holds; an expression that makes an
 * array (zeros(), a call) owns one until its statement ends. Assigning retains the new array and then releases the
 * old one, so `a = a` is safe; at a function's end its variables are released. Arguments are borrowed: the caller
 * holds them while the callee runs. A variable that is not assigned on some path holds host.null there, whose
 * release does nothing. */
#include "sema/host.h"

typedef struct Temporaries {
    VEC(Value *) values;
} Temporaries;

static Temporaries *temporaries(FuncState *fs) {
    if (!fs->arrays)
        fs->arrays = arena_new(fs->sema->arena, Temporaries);
    return fs->arrays;
}

static void release(FuncState *fs, Value *array) {
    runtime_call(fs, "weft_array_release", NULL, &array, 1, fs->b.span);
}

static Value *retain(FuncState *fs, Value *array) {
    return runtime_call(fs, "weft_array_retain", array->type, &array, 1, fs->b.span);
}

Operand array_temporary(FuncState *fs, Value *array, const Node *node) {
    vec_push(fs->sema->arena, &temporaries(fs)->values, array);
    return operand_of_value(array, node);
}

/* Takes `array` out of the statement's temporaries; false when it is none of them. */
static bool take_temporary(FuncState *fs, const Value *array) {
    Temporaries *all = temporaries(fs);
    VEC_FOR_EACH (i, &all->values) {
        if (all->values.items[i] == array) {
            all->values.items[i] = all->values.items[--all->values.len];
            return true;
        }
    }
    return false;
}

static Block *block_of(const Value *value) {
    return value->op ? value->op->block : value->block;
}

/* Those that were made in an arm of a conditional expression are out of reach here and keep their reference. */
void arrays_end_statement(FuncState *fs) {
    if (!fs->arrays)
        return;
    Temporaries *all = fs->arrays;
    VEC_FOR_EACH (i, &all->values)
        if (fs->flow.reachable && block_of(all->values.items[i]) == fs->b.block)
            release(fs, all->values.items[i]);
    all->values.len = 0;
}

/* In `x, y = y, x` the first write drops what the second still needs: each value is held to the end of the statement. */
void array_hold(FuncState *fs, Value *value) {
    if (value->type->kind != TYPE_ARRAY)
        return;
    Temporaries *all = temporaries(fs);
    VEC_FOR_EACH (i, &all->values)
        if (all->values.items[i] == value)
            return;
    retain(fs, value);
    vec_push(fs->sema->arena, &all->values, value);
}

Value *array_on_write(FuncState *fs, Value *old, Value *value) {
    Value *kept = take_temporary(fs, value) ? value : retain(fs, value);
    if (old)
        release(fs, old);
    return kept;
}

void arrays_end_function(FuncState *fs, Value *result) {
    if (fs->context != CONTEXT_HOST)
        return;
    if (result && result->type->kind == TYPE_ARRAY && !take_temporary(fs, result))
        retain(fs, result);
    VEC_FOR_EACH (i, &fs->order) {
        Variable *variable = fs->order.items[i];
        if (variable->kind != VARIABLE_LOCAL || !variable->type || variable->type->kind != TYPE_ARRAY)
            continue;
        Value *held = variable->index < fs->flow.len ? fs->flow.values[variable->index] : NULL;
        if (held)
            release(fs, held);
    }
    arrays_end_statement(fs);
}

Value *missing_value(Builder *b, const Type *type) {
    return type->kind == TYPE_ARRAY ? build_typed(b, OP_HOST_NULL, type, NULL, 0) : build_undef(b, type);
}
