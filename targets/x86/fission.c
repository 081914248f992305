/* Fission: cuts a kernel at its convergent points (barriers, collectives), recursively through structured
 * control, so that between cuts stand loops over the threads of a block.
 *
 *     %a = load x[t]                              kernel.threads (x, y, z) { store load x[t], %kept[t] }
 *     shared[t] = %a                       ->     (the barrier is the place between the two)
 *     kernel.barrier                              kernel.threads (x, y, z) { use(load %kept[t]) }
 *     use(%a)
 *
 * - What is uniform and pure the block computes once, outside of its thread loops.
 * - An if or loop around a cut whose control is uniform stands outside of the thread loops, as it is.
 * - Around a cut, varying control becomes a predicate for each thread (a byte in an array); an arm runs when it is
 *   set for any, a loop goes on while it is. Under a predicate each segment is an if in its thread loop. So the
 *   active threads of a warp operation are those whose predicate is set, whatever order the arms run in.
 * - A value that lives across a cut is computed again if it is cheap and made of thread indices and uniform
 *   values; else each thread keeps it in an array of the block. What a loop with a cut carries is kept likewise.
 * - Memory of a thread is an array of the block too, when the kernel has a cut. Shared memory is the block's.
 *
 * Sound: between two cuts threads of a block owe each other no order, and at a cut all that the contract lets
 * meet there have arrived. Kept arrays are private to a thread's element. The next values of a loop are all
 * read before the first is written. */
#include "targets/x86/fission.h"

#include "base/diag.h"

enum { RECOMPUTE_OPS = 8 }; /* cheaper than a store and a load of an array that may not stay in L1 */

static void emit_block(Fission *f, Block *source, Value *predicate);

/* ------------------------------------------------------------------ memory of the block */

void fission_store(Builder *b, Value *value, Value *ptr, Value *offset) {
    build_op(b, OP_MEM_PTR_STORE, (Value *[]){value, ptr, offset}, 3, NULL, 0, 0);
}

Value *fission_load(Builder *b, Value *ptr, Value *offset) {
    return op_result(build_op(b, OP_MEM_PTR_LOAD, (Value *[]){ptr, offset}, 2, &ptr->type->element, 1, 0), 0);
}

static int64_t room_for_groups(const Fission *f) {
    return (f->input->max_threads + f->lanes - 1) / f->lanes * f->lanes;
}

Value *fission_memory(Fission *f, const Type *element, int64_t count) {
    Block *block = f->input->memory;
    Builder b = {.module = f->module, .block = block, .before = block->first};
    const Type *type = type_ptr(f->types, element, SPACE_LOCAL);
    Op *op = build_op(&b, OP_MEM_PTR_LOCAL, NULL, 0, &type, 1, 0);
    op_set_attr(op, ATTR_KEY_VALUE, attr_i64(f->types, count ? count : room_for_groups(f)));
    return op_result(op, 0);
}

Value *fission_kept(Fission *f, Value *value) {
    Value *array = map_get_ptr(&f->kept, value);
    if (!array) {
        array = fission_memory(f, value->type, 0);
        map_put_ptr(&f->kept, value, array);
    }
    return array;
}

/* ------------------------------------------------------------------ values of the block */

/* Ops of the block go before an open segment: what they need was there before it. */
static Builder block_builder(Fission *f) {
    Builder b = f->out;
    if (f->segment) {
        b.block = f->segment->threads->block;
        b.before = f->segment->threads;
    }
    return b;
}

Value *fission_block_value(Fission *f, Value *value) {
    Value *mapped = map_get_ptr(&f->block_values, value);
    if (!mapped)
        weft_bug("fission: the block needs a value that only its threads have");
    return mapped;
}

/* ------------------------------------------------------------------ values in a segment */

static bool is_geometry(const Fission *f, const Value *value) {
    for (uint32_t i = 0; i < 5; i++)
        if (f->geometry[i] == value)
            return true;
    return false;
}

/* Whether a value is made of thread indices and the block's values by few pure ops; `budget` counts them. */
static bool is_cheap(const Fission *f, const Value *value, int *budget) {
    if (map_has_ptr(&f->block_values, value) || is_geometry(f, value) || map_has_ptr(&f->thread_memory, value))
        return true;
    const Op *op = value->op;
    if (!op || !op_has(op, PURE) || op->region_count > 0 || op->result_count != 1 || --*budget < 0)
        return false;
    for (uint32_t i = 0; i < op->operand_count; i++)
        if (!is_cheap(f, op_operand(op, i), budget))
            return false;
    return true;
}

static bool is_recomputed(const Fission *f, const Value *value) {
    int budget = RECOMPUTE_OPS;
    return is_cheap(f, value, &budget);
}

static Value *compute_geometry(Fission *f, Value *value) {
    Segment *s = f->segment;
    Builder *b = &s->in;
    for (uint32_t i = 0; i < 3; i++)
        if (f->geometry[i] == value)
            return region_entry(s->threads->regions[0])->args[i];
    Value *warp = build_i64(b, 32);
    return build2(b, f->geometry[3] == value ? OP_ARITH_MOD : OP_ARITH_FLOOR_DIV, s->linear, warp);
}

/* The address of this thread's part of its memory. */
static Value *compute_thread_memory(Fission *f, Value *value) {
    Segment *s = f->segment;
    Value *all = map_get_ptr(&f->thread_memory, value);
    Value *size = build_i64(&s->in, attr_as_i64(op_attr(value->op, ATTR_KEY_VALUE)));
    return build2(&s->in, OP_MEM_PTR_OFFSET, all, build2(&s->in, OP_ARITH_MUL, s->linear, size));
}

static Value *recompute(Fission *f, Value *value) {
    Op *op = value->op;
    for (uint32_t i = 0; i < op->operand_count; i++)
        fission_resolve(f, op_operand(op, i));
    Op *copy = op_clone(f->module, op, &f->segment->map);
    if (f->segment->in.before)
        op_insert_before(copy, f->segment->in.before);
    else
        op_append(f->segment->in.block, copy);
    return op_result(copy, 0);
}

Value *fission_resolve(Fission *f, Value *value) {
    Segment *s = f->segment;
    Value *here = map_get_ptr(&s->map, value);
    if (here)
        return here;
    here = map_get_ptr(&f->block_values, value);
    if (!here && is_geometry(f, value))
        here = compute_geometry(f, value);
    if (!here && map_has_ptr(&f->thread_memory, value))
        here = compute_thread_memory(f, value);
    if (!here && map_has_ptr(&f->kept, value))
        here = fission_load(&s->in, map_get_ptr(&f->kept, value), s->linear);
    if (!here && is_recomputed(f, value))
        here = recompute(f, value);
    if (!here)
        weft_bug("fission: a segment uses %s that no earlier one has kept", value->op ? op_info[value->op->code].text : "an argument");
    map_put_ptr(&s->map, value, here);
    return here;
}

/* All that an op reads from outside of itself is made known to the segment's map. */
static void resolve_inputs(Fission *f, const Op *op, const Op *whole) {
    for (uint32_t i = 0; i < op->operand_count; i++)
        if (op == whole || !value_is_defined_in(op_operand(op, i), whole))
            fission_resolve(f, op_operand(op, i));
    for (uint32_t i = 0; i < op->region_count; i++)
        REGION_FOR_EACH_BLOCK (block, op->regions[i])
            BLOCK_FOR_EACH_OP (inner, block)
                resolve_inputs(f, inner, whole);
}

/* ------------------------------------------------------------------ segments */

/* x + bx * (y + by * z), with sizes that are known to be 1 left out. */
static Value *linear_thread(Fission *f, Builder *b, Value *const *xyz) {
    Value *const *size = f->input->block_dim;
    Value *linear = NULL;
    for (int i = 2; i >= 0; i--) {
        const Attr *constant = value_constant(size[i]);
        bool is_one = constant && attr_as_i64(constant) == 1;
        if (linear && !is_one)
            linear = build2(b, OP_ARITH_MUL, linear, size[i]);
        if (!is_one)
            linear = linear ? build2(b, OP_ARITH_ADD, linear, xyz[i]) : xyz[i];
    }
    return linear ? linear : build_i64(b, 0);
}

/* From `first` to the next cut of its block, which ends the segment: they know each other's values. */
static void mark_members(Segment *s, Op *first) {
    for (Op *op = first; op; op = op->next) {
        if (op_holds_convergent(op)) {
            s->next_cut = op;
            return;
        }
        op->scratch = s;
    }
}

static Op *make_threads(Fission *f) {
    Op *threads = build_op(&f->out, OP_KERNEL_THREADS, f->input->block_dim, 3, NULL, 0, 1);
    Block *body = region_add_block(threads, 0);
    static const char *const names[] = {"x", "y", "z"};
    for (uint32_t i = 0; i < 3; i++)
        block_add_arg(f->module, body, f->types->i64)->name = intern_cstr(f->module->names, names[i]);
    return threads;
}

/* The inside of `if predicate[linear]`. */
static Builder open_if(Builder *b, Value *condition) {
    Op *op = build_op(b, OP_IF, &condition, 1, NULL, 0, 2);
    Builder then = builder_at_end(b->module, region_add_block(op, 0));
    Builder otherwise = builder_at_end(b->module, region_add_block(op, 1));
    then.span = otherwise.span = b->span;
    build_yield(&otherwise, NULL, 0);
    return then;
}

Segment *fission_open(Fission *f, Value *predicate, const Block *source, Op *first) {
    if (f->segment)
        return f->segment;
    Segment *s = arena_new(f->scratch, Segment);
    s->map.arena = f->scratch;
    s->threads = make_threads(f);
    Block *body = region_entry(s->threads->regions[0]);
    Builder in = builder_at_end(f->module, body);
    in.span = f->out.span;
    s->linear = linear_thread(f, &in, body->args);
    s->in = predicate ? open_if(&in, fission_load(&in, predicate, s->linear)) : in;
    s->source = source;
    f->segment = s;
    mark_members(s, first);
    return s;
}

void fission_close(Fission *f) {
    if (!f->segment)
        return;
    Block *body = region_entry(f->segment->threads->regions[0]);
    build_yield(&f->segment->in, NULL, 0);
    if (f->segment->in.block != body) {
        Builder end = builder_at_end(f->module, body);
        build_yield(&end, NULL, 0);
    }
    f->segment = NULL;
}

static bool is_used_later(const Segment *s, const Value *value) {
    for (const Use *use = value->uses; use; use = use->next) {
        const Op *at = op_ancestor_in(use->user, s->source);
        bool here = at && (at->scratch == s || (at == s->next_cut && at == use->user));
        if (!here)
            return true;
    }
    return false;
}

static void keep_if_used_later(Fission *f, Value *value) {
    Segment *s = f->segment;
    if (is_used_later(s, value) && !is_recomputed(f, value))
        fission_store(&s->in, map_get_ptr(&s->map, value), fission_kept(f, value), s->linear);
}

/* An op without a cut, in the segment. */
static void emit_in_threads(Fission *f, Op *op, Value *predicate) {
    Segment *s = fission_open(f, predicate, op->block, op);
    s->in.span = op->span;
    resolve_inputs(f, op, op);
    op_append(s->in.block, op_clone(f->module, op, &s->map));
    for (uint32_t i = 0; i < op->result_count; i++)
        keep_if_used_later(f, op_result(op, i));
}

static bool is_block_op(const Fission *f, const Op *op) {
    if (!op_is_pure_at_any_depth(op) || op->result_count == 0)
        return false;
    for (uint32_t i = 0; i < op->result_count; i++)
        if (uniformity_varies(f->uniformity, op_result(op, i)))
            return false;
    return true;
}

static void emit_in_block(Fission *f, Op *op) {
    Builder b = block_builder(f);
    Op *copy = op_clone(f->module, op, &f->block_values);
    if (b.before)
        op_insert_before(copy, b.before);
    else
        op_append(b.block, copy);
}

/* ------------------------------------------------------------------ control flow around cuts */

static bool varies(const Fission *f, const Value *value) { return uniformity_varies(f->uniformity, value); }

/* The threads store `from[i]` as `to[i]` of those that vary: all are read before the first is written. */
static void store_kept(Fission *f, Value *predicate, const Block *source, Op *at, Value *const *from, Value *const *to, uint32_t count) {
    Value **values = arena_array(f->scratch, Value *, count);
    for (uint32_t i = 0; i < count; i++) {
        if (!varies(f, to[i]))
            continue;
        fission_open(f, predicate, source, at);
        values[i] = fission_resolve(f, from[i]);
    }
    for (uint32_t i = 0; i < count; i++)
        if (varies(f, to[i]))
            fission_store(&f->segment->in, values[i], fission_kept(f, to[i]), f->segment->linear);
}

static void push_block_values(Fission *f, Value *const *from, Value *const *to, uint32_t count, ValueVec *values) {
    for (uint32_t i = 0; i < count; i++)
        if (!varies(f, to[i]))
            vec_push(f->scratch, values, fission_block_value(f, from[i]));
}

static Value **operands_of(Fission *f, const Op *op, uint32_t from) {
    Value **values = arena_array(f->scratch, Value *, op->operand_count);
    for (uint32_t i = from; i < op->operand_count; i++)
        values[i - from] = op_operand(op, i);
    return values;
}

static Value **results_of(Fission *f, const Op *op) {
    Value **values = arena_array(f->scratch, Value *, op->result_count);
    for (uint32_t i = 0; i < op->result_count; i++)
        values[i] = op_result(op, i);
    return values;
}

static void push_uniform_types(Fission *f, Value *const *values, uint32_t count, TypeVec *types) {
    for (uint32_t i = 0; i < count; i++)
        if (!varies(f, values[i]))
            vec_push(f->scratch, types, values[i]->type);
}

/* Runs `emit` parts inside another block of the run function. */
static Builder enter(Fission *f, Block *block) {
    Builder saved = f->out;
    Span span = f->out.span;
    f->out = builder_at_end(f->module, block);
    f->out.span = span;
    return saved;
}

/* The arm's ops, then what it yields: threads keep the varying results, the block yields the others. */
static void emit_arm(Fission *f, Block *arm, Value *predicate, Value *const *results, uint32_t count, Block *into) {
    Builder saved = enter(f, into);
    emit_block(f, arm, predicate);
    Op *yield = op_terminator(arm);
    Value **yielded = operands_of(f, yield, 0);
    store_kept(f, predicate, arm, yield, yielded, results, count);
    fission_close(f);
    ValueVec values = {0};
    push_block_values(f, yielded, results, count, &values);
    build_yield(&f->out, values.items, values.len);
    f->out = saved;
}

static void map_uniform_results(Fission *f, Value *const *results, uint32_t count, Op *made) {
    uint32_t at = 0;
    for (uint32_t i = 0; i < count; i++)
        if (!varies(f, results[i]))
            map_put_ptr(&f->block_values, results[i], op_result(made, at++));
}

static void emit_uniform_if(Fission *f, Op *op, Value *predicate) {
    fission_close(f);
    Value *condition = fission_block_value(f, op_operand(op, 0));
    Value **results = results_of(f, op);
    TypeVec types = {0};
    push_uniform_types(f, results, op->result_count, &types);
    Op *made = build_op(&f->out, OP_IF, &condition, 1, types.items, types.len, 2);
    for (uint32_t i = 0; i < 2; i++)
        emit_arm(f, region_entry(op->regions[i]), predicate, results, op->result_count, region_add_block(made, i));
    map_uniform_results(f, results, op->result_count, made);
}

/* ---- predicates */

/* A predicate for part of the threads: false for all to begin with where not all of them get to set it. */
static Value *new_predicate(Fission *f, Value *outer) {
    Value *array = fission_memory(f, f->types->boolean, 0);
    if (!outer)
        return array;
    Segment *open = f->segment;
    Builder saved = f->out;
    f->out = block_builder(f);
    f->segment = NULL;
    Op *threads = make_threads(f);
    Block *body = region_entry(threads->regions[0]);
    Builder b = builder_at_end(f->module, body);
    fission_store(&b, build_bool(&b, false), array, linear_thread(f, &b, body->args));
    build_yield(&b, NULL, 0);
    f->segment = open;
    f->out = saved;
    return array;
}

/* A byte of the block: whether any thread has set it since it was cleared here. */
static Value *new_any(Fission *f) {
    Value *any = fission_memory(f, f->types->boolean, 1);
    Builder b = block_builder(f);
    fission_store(&b, build_bool(&b, false), any, build_i64(&b, 0));
    return any;
}

/* In the open segment: predicate[thread] = condition, and any |= condition. */
static void set_predicate(Fission *f, Value *condition, Value *predicate, Value *any) {
    Segment *s = f->segment;
    fission_store(&s->in, condition, predicate, s->linear);
    Builder then = open_if(&s->in, condition);
    fission_store(&then, build_bool(&then, true), any, build_i64(&then, 0));
    build_yield(&then, NULL, 0);
}

static Value *load_any(Builder *b, Value *any) { return fission_load(b, any, build_i64(b, 0)); }

static bool only_yields(const Block *arm) { return arm->first == arm->last; }

/* if any thread wants the arm: the arm, under its predicate. */
static void emit_predicated_arm(Fission *f, Block *arm, Value *predicate, Value *any, Value *const *results, uint32_t count) {
    Value *condition = load_any(&f->out, any);
    Op *made = build_op(&f->out, OP_IF, &condition, 1, NULL, 0, 2);
    Builder otherwise = builder_at_end(f->module, region_add_block(made, 1));
    build_yield(&otherwise, NULL, 0);
    emit_arm(f, arm, predicate, results, count, region_add_block(made, 0));
}

/* An arm that does nothing but give values, as where there is no `else`, needs no predicate: all threads keep its
 * values, and those of the other arm keep theirs after it. */
static void emit_varying_if(Fission *f, Op *op, Value *predicate) {
    Value **results = results_of(f, op);
    Value *predicates[2] = {0}, *any[2] = {0};
    fission_open(f, predicate, op->block, op);
    Value *condition = fission_resolve(f, op_operand(op, 0));
    for (uint32_t i = 0; i < 2; i++) {
        Block *arm = region_entry(op->regions[i]);
        if (only_yields(arm)) {
            store_kept(f, predicate, op->block, op, operands_of(f, op_terminator(arm), 0), results, op->result_count);
            continue;
        }
        predicates[i] = new_predicate(f, predicate);
        any[i] = new_any(f);
        Builder *b = &f->segment->in;
        set_predicate(f, i == 0 ? condition : build1(b, OP_ARITH_NOT, condition), predicates[i], any[i]);
    }
    fission_close(f);
    for (uint32_t i = 0; i < 2; i++)
        if (predicates[i])
            emit_predicated_arm(f, region_entry(op->regions[i]), predicates[i], any[i], results, op->result_count);
}

/* ---- loops */

/* What a loop carries and what it gives are the same elements of the arrays. */
static void share_kept(Fission *f, Value *const *args, Value *const *results, uint32_t count) {
    for (uint32_t i = 0; i < count; i++)
        if (varies(f, results[i]))
            map_put_ptr(&f->kept, results[i], fission_kept(f, args[i]));
}

static void map_uniform_args(Fission *f, Value *const *args, uint32_t count, Block *block) {
    for (uint32_t i = 0; i < count; i++)
        if (!varies(f, args[i]))
            map_put_ptr(&f->block_values, args[i], block_add_arg(f->module, block, args[i]->type));
}

/* A carried value may be uniform while the result is not known to be, never the other way round. */
static void emit_uniform_for(Fission *f, Op *op, Value *predicate) {
    Block *source = region_entry(op->regions[0]);
    Value **carried = source->args + 1, **results = results_of(f, op), **initial = operands_of(f, op, 3);
    uint32_t count = op->result_count;
    store_kept(f, predicate, op->block, op, initial, carried, count);
    fission_close(f);
    ValueVec operands = {0};
    TypeVec types = {0};
    for (uint32_t i = 0; i < 3; i++)
        vec_push(f->scratch, &operands, fission_block_value(f, op_operand(op, i)));
    push_block_values(f, initial, carried, count, &operands);
    push_uniform_types(f, carried, count, &types);
    Op *made = build_op(&f->out, OP_LOOP_FOR, operands.items, operands.len, types.items, types.len, 1);
    for (uint32_t i = 0; i < op->attr_count; i++)
        op_set_attr(made, op->attrs[i].key, op->attrs[i].attr);
    Block *body = region_add_block(made, 0);
    map_put_ptr(&f->block_values, source->args[0], block_add_arg(f->module, body, source->args[0]->type));
    map_uniform_args(f, carried, count, body);
    share_kept(f, carried, results, count);
    emit_arm(f, source, predicate, carried, count, body);
    uint32_t at = 0;
    for (uint32_t i = 0; i < count; i++)
        if (!varies(f, carried[i]))
            map_put_ptr(&f->block_values, results[i], op_result(made, at++));
}

/* The condition's part: threads keep what is passed on; then the block goes on with the condition, or while any
 * thread's own holds. */
static void emit_condition(Fission *f, Op *op, Block *source, Value *active, bool uniform) {
    Block *body = region_entry(op->regions[1]);
    emit_block(f, source, active);
    Op *condition = op_terminator(source);
    Value **passed = operands_of(f, condition, 1);
    store_kept(f, active, source, condition, passed, body->args, body->arg_count);
    ValueVec values = {0};
    if (uniform) {
        fission_close(f);
        vec_push(f->scratch, &values, fission_block_value(f, op_operand(condition, 0)));
    } else {
        fission_open(f, active, source, condition);
        Value *any = new_any(f);
        set_predicate(f, fission_resolve(f, op_operand(condition, 0)), active, any);
        fission_close(f);
        vec_push(f->scratch, &values, load_any(&f->out, any));
    }
    push_block_values(f, passed, body->args, body->arg_count, &values);
    build_op(&f->out, OP_LOOP_CONDITION, values.items, values.len, NULL, 0, 0);
}

/* A loop whose threads leave it one by one starts with those that come to it. */
static Value *copy_predicate(Fission *f, Value *predicate, Op *op) {
    fission_open(f, predicate, op->block, op);
    Value *active = new_predicate(f, predicate);
    fission_store(&f->segment->in, build_bool(&f->segment->in, true), active, f->segment->linear);
    return active;
}

static void emit_while(Fission *f, Op *op, Value *predicate) {
    Block *before = region_entry(op->regions[0]), *body = region_entry(op->regions[1]);
    bool uniform = !varies(f, op_operand(op_terminator(before), 0));
    Value **initial = operands_of(f, op, 0), **results = results_of(f, op);
    store_kept(f, predicate, op->block, op, initial, before->args, before->arg_count);
    Value *active = uniform ? predicate : copy_predicate(f, predicate, op);
    fission_close(f);
    ValueVec operands = {0};
    TypeVec types = {0};
    push_block_values(f, initial, before->args, before->arg_count, &operands);
    push_uniform_types(f, body->args, body->arg_count, &types);
    Op *made = build_op(&f->out, OP_LOOP_WHILE, operands.items, operands.len, types.items, types.len, 2);
    share_kept(f, body->args, results, op->result_count);

    Block *made_before = region_add_block(made, 0), *made_body = region_add_block(made, 1);
    map_uniform_args(f, before->args, before->arg_count, made_before);
    Builder saved = enter(f, made_before);
    emit_condition(f, op, before, active, uniform);
    f->out = saved;
    map_uniform_args(f, body->args, body->arg_count, made_body);
    emit_arm(f, body, active, before->args, before->arg_count, made_body);
    uint32_t at = 0;
    for (uint32_t i = 0; i < op->result_count; i++)
        if (!varies(f, body->args[i]))
            map_put_ptr(&f->block_values, results[i], op_result(made, at++));
}

/* ------------------------------------------------------------------ the walk */

static bool is_geometry_op(const Op *op) {
    switch (op->code) {
    case OP_KERNEL_THREAD_IDX:
    case OP_KERNEL_BLOCK_IDX:
    case OP_KERNEL_BLOCK_DIM:
    case OP_KERNEL_GRID_DIM:
    case OP_KERNEL_LANE_ID:
    case OP_KERNEL_WARP_ID: return true;
    default:                return false;
    }
}


static void emit_cut(Fission *f, Op *op, Value *predicate) {
    f->out.span = op->span;
    switch (op->code) {
    case OP_KERNEL_BARRIER: fission_close(f); break;
    case OP_IF:
        if (varies(f, op_operand(op, 0)))
            emit_varying_if(f, op, predicate);
        else
            emit_uniform_if(f, op, predicate);
        break;
    case OP_LOOP_FOR:   emit_uniform_for(f, op, predicate); break; /* the others are loop.while by now */
    case OP_LOOP_WHILE: emit_while(f, op, predicate); break;
    default:            fission_collective(f, op, predicate, op->block);
    }
}

/* Leaves a segment open at the end, in which the terminator's operands are known. */
static void emit_block(Fission *f, Block *source, Value *predicate) {
    BLOCK_FOR_EACH_OP (op, source) {
        if (op_has(op, TERMINATOR))
            return;
        if (is_geometry_op(op))
            continue; /* answered by settle_geometry */
        if (op_holds_convergent(op))
            emit_cut(f, op, predicate);
        else if (is_block_op(f, op))
            emit_in_block(f, op);
        else
            emit_in_threads(f, op, predicate);
    }
}

/* ------------------------------------------------------------------ preparation */

typedef VEC(Op *) OpVec;

typedef struct Gathered {
    Arena *arena;
    OpVec geometry, loops, memory;
    bool has_cut;
} Gathered;

static void gather(Op *op, void *context) {
    Gathered *g = context;
    op->scratch = NULL;
    if (is_geometry_op(op))
        vec_push(g->arena, &g->geometry, op);
    if (op->code == OP_LOOP_FOR && op_holds_convergent(op))
        vec_push(g->arena, &g->loops, op);
    if (op->code == OP_MEM_PTR_LOCAL || op->code == OP_MEM_PTR_SHARED)
        vec_push(g->arena, &g->memory, op);
    g->has_cut |= op_has(op, CONVERGENT);
}

static uint32_t dim_of(const Op *op) {
    const Attr *dim = op_attr(op, ATTR_KEY_DIM);
    return dim ? (uint32_t)attr_as_i64(dim) : 0;
}

static uint32_t geometry_slot(const Op *op) {
    return op->code == OP_KERNEL_LANE_ID ? 3 : op->code == OP_KERNEL_WARP_ID ? 4 : dim_of(op);
}

/* One op for each question about the thread's place, in front; questions about the block have their answer. */
static void settle_geometry(Fission *f, const Gathered *g) {
    Value *const *answers[] = {f->input->block_idx, f->input->block_dim, f->input->grid_dim};
    Value *questions[3][3] = {{0}};
    Op *first = func_entry(f->kernel)->first;
    VEC_FOR_EACH (i, &g->geometry) {
        Op *op = g->geometry.items[i];
        bool of_block = op->code == OP_KERNEL_BLOCK_IDX || op->code == OP_KERNEL_BLOCK_DIM || op->code == OP_KERNEL_GRID_DIM;
        uint32_t which = op->code == OP_KERNEL_BLOCK_IDX ? 0 : op->code == OP_KERNEL_BLOCK_DIM ? 1 : 2;
        Value **known = of_block ? &questions[which][dim_of(op)] : &f->geometry[geometry_slot(op)];
        if (*known) {
            value_replace_uses(op_result(op, 0), *known);
            op_erase(op);
            continue;
        }
        *known = op_result(op, 0);
        if (of_block)
            map_put_ptr(&f->block_values, *known, answers[which][dim_of(op)]);
        if (op != first)
            op_move_before(op, first);
    }
}

static bool loop_bounds_vary(const Uniformity *u, const Op *loop) {
    return uniformity_varies(u, op_operand(loop, 0)) || uniformity_varies(u, op_operand(loop, 1)) ||
           uniformity_varies(u, op_operand(loop, 2));
}

/* A counted loop around a cut whose threads count differently goes on while any has a turn left. Making one
 * so can make others vary, so it is asked again. */
static void settle_loops(Fission *f) {
    for (bool again = true; again;) {
        again = false;
        f->uniformity = uniformity_compute(f->scratch, f->kernel, UNIFORM_FOR_BLOCK);
        Gathered g = {.arena = f->scratch};
        region_walk(f->kernel->body, gather, &g);
        VEC_FOR_EACH (i, &g.loops) {
            if (!again && loop_bounds_vary(f->uniformity, g.loops.items[i])) {
                loop_for_to_while(g.loops.items[i]);
                again = true;
            }
        }
    }
}

static void put_first(Block *block, Op *op) {
    if (block->first)
        op_insert_before(op, block->first);
    else
        op_append(block, op);
}

/* Shared memory is the block's. A thread's memory lives on across cuts, so each thread has its own; without
 * a cut one thread after the other uses the same. */
static void settle_memory(Fission *f, const Gathered *g) {
    VEC_FOR_EACH (i, &g->memory) {
        Op *op = g->memory.items[i];
        op_unlink(op);
        if (op->code == OP_MEM_PTR_LOCAL && g->has_cut) {
            int64_t count = attr_as_i64(op_attr(op, ATTR_KEY_VALUE)) * f->input->max_threads;
            map_put_ptr(&f->thread_memory, op_result(op, 0), fission_memory(f, op_result(op, 0)->type->element, count));
        } else {
            put_first(f->input->memory, op_clone(f->module, op, &f->block_values));
        }
    }
}

void fission_emit(PassContext *cx, Func *kernel, Builder *at, const FissionInput *input) {
    Fission f = {.scratch = cx->scratch, .module = kernel->module, .types = cx->types, .kernel = kernel, .input = input,
                 .out = *at, .block_values = {.arena = cx->scratch}, .kept = {.arena = cx->scratch},
                 .thread_memory = {.arena = cx->scratch}, .lanes = collective_lanes(input->max_threads)};
    Block *entry = func_entry(kernel);
    for (uint32_t i = 0; i < entry->arg_count; i++)
        map_put_ptr(&f.block_values, entry->args[i], input->args[i]);
    Gathered g = {.arena = cx->scratch};
    region_walk(kernel->body, gather, &g);
    settle_geometry(&f, &g);
    settle_memory(&f, &g);
    settle_loops(&f);
    Builder b = f.out;
    f.thread_count = build2(&b, OP_ARITH_MUL, input->block_dim[0], build2(&b, OP_ARITH_MUL, input->block_dim[1], input->block_dim[2]));
    emit_block(&f, entry, NULL);
    fission_close(&f);
    *at = f.out;
}
