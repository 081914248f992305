/* Collectives on the CPU: each thread stores its operand in an array of the block; then the block computes, in the
 * shape that the contract gives ("the same bits on every target").
 *
 *   warp.sum and its like    lanes 16, 8, 4, 2, 1 apart, the lower lane on the left
 *   prefix sums              what is 1, 2, 4, 8, 16 lanes below, on the left
 *   block.*                  groups of 32 threads so, then the groups in order
 *
 * A lane that is not there or not active counts as nothing: combining with it gives the other one, and both
 * absent give nothing. (Not 0: -0.0 + 0.0 is 0.0.) What each lane has stands in two small arrays, `value` and
 * `has`. A group is the warp of the contract: 32 threads on x86. */
#include "targets/x86/fission.h"

#include "base/diag.h"

enum { GROUP = 32 };

/* A loop.for that is being built, with at most one carried value. */
typedef struct For {
    Op *op;
    Builder in;
    Value *index, *carried;
} For;

static For for_begin(Builder *b, Value *start, Value *stop, int64_t step, Value *initial) {
    Value *operands[] = {start, stop, build_i64(b, step), initial};
    const Type *type = initial ? initial->type : NULL;
    For loop = {.op = build_op(b, OP_LOOP_FOR, operands, initial ? 4 : 3, &type, initial ? 1 : 0, 1)};
    Block *body = region_add_block(loop.op, 0);
    loop.index = block_add_arg(b->module, body, b->module->types->i64);
    loop.carried = initial ? block_add_arg(b->module, body, type) : NULL;
    loop.in = builder_at_end(b->module, body);
    loop.in.span = b->span;
    return loop;
}

static Value *for_end(For *loop, Value *next) {
    build_yield(&loop->in, &next, next ? 1 : 0);
    return next ? op_result(loop->op, 0) : NULL;
}

typedef struct If {
    Op *op;
    Builder then, otherwise;
} If;

static If if_begin(Builder *b, Value *condition, const Type *type) {
    If made = {.op = build_op(b, OP_IF, &condition, 1, &type, type ? 1 : 0, 2)};
    made.then = builder_at_end(b->module, region_add_block(made.op, 0));
    made.otherwise = builder_at_end(b->module, region_add_block(made.op, 1));
    made.then.span = made.otherwise.span = b->span;
    return made;
}

static Value *if_end(If *made, Value *then, Value *otherwise) {
    build_yield(&made->then, &then, then ? 1 : 0);
    build_yield(&made->otherwise, &otherwise, otherwise ? 1 : 0);
    return then ? op_result(made->op, 0) : NULL;
}

static Value *add_i64(Builder *b, Value *value, int64_t by) { return build2(b, OP_ARITH_ADD, value, build_i64(b, by)); }

/* What one collective works on. */
typedef struct Collective {
    Fission *f;
    Opcode combine;
    Value *in, *predicate;  /* what the threads stored; who is active, NULL: all */
    Value *value, *has;     /* the group's lanes */
} Collective;

static Opcode combining_op(const char *kind) {
    static const struct { const char *kind; Opcode op; } rows[] = {
        {"sum", OP_ARITH_ADD}, {"prefix_sum", OP_ARITH_ADD}, {"prod", OP_ARITH_MUL}, {"min", OP_ARITH_MIN},
        {"max", OP_ARITH_MAX}, {"any", OP_ARITH_OR},         {"all", OP_ARITH_AND},  {"ballot", OP_ARITH_OR},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (strcmp(rows[i].kind, kind) == 0)
            return rows[i].op;
    weft_bug("a collective of kind %s", kind);
}

static const char *kind_of(const Op *op) {
    const Attr *kind = op_attr(op, ATTR_KEY_KIND);
    return kind ? kind->string : "";
}

/* value[to] = value[left] op value[right], where each is there. */
static void combine_lanes(const Collective *c, Builder *b, Value *left, Value *right, Value *to) {
    Value *has_left = fission_load(b, c->has, left), *has_right = fission_load(b, c->has, right);
    Value *l = fission_load(b, c->value, left), *r = fission_load(b, c->value, right);
    Value *both = build2(b, c->combine, l, r);
    Value *one = build_typed(b, OP_ARITH_SELECT, l->type, (Value *[]){has_left, l, r}, 3);
    Value *two = build2(b, OP_ARITH_AND, has_left, has_right);
    fission_store(b, build_typed(b, OP_ARITH_SELECT, l->type, (Value *[]){two, both, one}, 3), c->value, to);
    fission_store(b, build2(b, OP_ARITH_OR, has_left, has_right), c->has, to);
}

/* The group's lanes from the threads' array: those that the block has and that are active. */
static void load_group(const Collective *c, Builder *b, Value *base) {
    For lanes = for_begin(b, build_i64(b, 0), build_i64(b, GROUP), 1, NULL);
    Builder *in = &lanes.in;
    Value *thread = build2(in, OP_ARITH_ADD, base, lanes.index);
    Value *exists = build_cmp(in, "lt", thread, c->f->thread_count);
    If here = if_begin(in, exists, c->f->types->boolean);
    Value *active = c->predicate ? fission_load(&here.then, c->predicate, thread) : build_bool(&here.then, true);
    fission_store(&here.then, fission_load(&here.then, c->in, thread), c->value, lanes.index);
    Value *has = if_end(&here, active, build_bool(&here.otherwise, false));
    fission_store(in, has, c->has, lanes.index);
    for_end(&lanes, NULL);
}

/* value[0] = the tree over the group's lanes. */
static void reduce_group(const Collective *c, Builder *b) {
    for (int64_t apart = GROUP / 2; apart > 0; apart /= 2) {
        For lanes = for_begin(b, build_i64(b, 0), build_i64(b, apart), 1, NULL);
        combine_lanes(c, &lanes.in, lanes.index, add_i64(&lanes.in, lanes.index, apart), lanes.index);
        for_end(&lanes, NULL);
    }
}

/* Each lane becomes the sum up to itself. From the top down, so that the lane below still has its old value. */
static void scan_group(const Collective *c, Builder *b) {
    for (int64_t below = 1; below < GROUP; below *= 2) {
        For lanes = for_begin(b, build_i64(b, GROUP - 1), build_i64(b, below - 1), -1, NULL);
        combine_lanes(c, &lanes.in, add_i64(&lanes.in, lanes.index, -below), lanes.index, lanes.index);
        for_end(&lanes, NULL);
    }
}

/* For each thread of the group: out[thread] = value[0], or its own lane's. */
static void store_group(const Collective *c, Builder *b, Value *base, Value *out, bool own) {
    Value *end = build2(b, OP_ARITH_MIN, add_i64(b, base, GROUP), c->f->thread_count);
    For threads = for_begin(b, base, end, 1, NULL);
    Builder *in = &threads.in;
    Value *lane = own ? build2(in, OP_ARITH_SUB, threads.index, base) : build_i64(in, 0);
    fission_store(in, fission_load(in, c->value, lane), out, threads.index);
    for_end(&threads, NULL);
}

static For groups_begin(const Collective *c, Builder *b, Value *initial) {
    return for_begin(b, build_i64(b, 0), c->f->thread_count, GROUP, initial);
}

static void emit_warp(const Collective *c, Builder *b, Value *out, bool prefix) {
    For groups = groups_begin(c, b, NULL);
    load_group(c, &groups.in, groups.index);
    if (prefix)
        scan_group(c, &groups.in);
    else
        reduce_group(c, &groups.in);
    store_group(c, &groups.in, groups.index, out, prefix);
    for_end(&groups, NULL);
}

/* Bit `lane` of the result: the lane is active and its operand is true. */
static void emit_ballot(const Collective *c, Builder *b, Value *out) {
    const Type *u64 = c->f->types->u64;
    For groups = groups_begin(c, b, NULL);
    Builder *g = &groups.in;
    load_group(c, g, groups.index);
    For lanes = for_begin(g, build_i64(g, 0), build_i64(g, GROUP), 1, build_zero(g, u64));
    Builder *in = &lanes.in;
    Value *has = fission_load(in, c->has, lanes.index);
    If active = if_begin(in, has, c->f->types->boolean);
    Value *set = if_end(&active, fission_load(&active.then, c->value, lanes.index), build_bool(&active.otherwise, false));
    Value *bit = build2(in, OP_ARITH_SHL, build_convert(in, set, u64), build_convert(in, lanes.index, u64));
    Value *mask = for_end(&lanes, build2(in, OP_ARITH_OR, lanes.carried, bit));
    Value *end = build2(g, OP_ARITH_MIN, add_i64(g, groups.index, GROUP), c->f->thread_count);
    For threads = for_begin(g, groups.index, end, 1, NULL);
    fission_store(&threads.in, mask, out, threads.index);
    for_end(&threads, NULL);
    for_end(&groups, NULL);
}

/* All threads of the block: the groups' results in order, the first as it is. */
static Value *emit_block_reduce(const Collective *c, Builder *b) {
    Value *zero = build_i64(b, 0);
    load_group(c, b, zero);
    reduce_group(c, b);
    Value *first = fission_load(b, c->value, zero);
    For groups = for_begin(b, build_i64(b, GROUP), c->f->thread_count, GROUP, first);
    load_group(c, &groups.in, groups.index);
    reduce_group(c, &groups.in);
    Value *group = fission_load(&groups.in, c->value, build_i64(&groups.in, 0));
    return for_end(&groups, build2(&groups.in, c->combine, groups.carried, group));
}

/* Groups one by one; what the groups before have in all comes on the left. */
static void emit_block_scan(const Collective *c, Builder *b, Value *out) {
    Value *zero = build_i64(b, 0);
    load_group(c, b, zero);
    scan_group(c, b);
    store_group(c, b, zero, out, true);
    Value *total = fission_load(b, c->value, build_i64(b, GROUP - 1));
    For groups = for_begin(b, build_i64(b, GROUP), c->f->thread_count, GROUP, total);
    Builder *in = &groups.in;
    load_group(c, in, groups.index);
    scan_group(c, in);
    Value *group = fission_load(in, c->value, build_i64(in, GROUP - 1));
    For lanes = for_begin(in, build_i64(in, 0), build_i64(in, GROUP), 1, NULL);
    Value *own = fission_load(&lanes.in, c->value, lanes.index);
    fission_store(&lanes.in, build2(&lanes.in, c->combine, groups.carried, own), c->value, lanes.index);
    for_end(&lanes, NULL);
    store_group(c, in, groups.index, out, true);
    for_end(&groups, build2(in, c->combine, groups.carried, group));
}

/* Where each thread's value comes from: another lane of its group if the block has it, else itself. */
static void emit_shuffle(const Collective *c, Builder *b, const char *kind, Value *lanes, Value *same_lane, Value *out) {
    For threads = for_begin(b, build_i64(b, 0), c->f->thread_count, 1, NULL);
    Builder *in = &threads.in;
    Value *thread = threads.index, *lane = build2(in, OP_ARITH_MOD, thread, build_i64(in, GROUP));
    Value *base = build2(in, OP_ARITH_SUB, thread, lane);
    Value *by = same_lane ? same_lane : fission_load(in, lanes, thread);
    Value *from = strcmp(kind, "down") == 0 ? build2(in, OP_ARITH_ADD, lane, by)
                : strcmp(kind, "up") == 0   ? build2(in, OP_ARITH_SUB, lane, by)
                : strcmp(kind, "xor") == 0  ? build2(in, OP_ARITH_XOR, lane, by) : by;
    Value *source = build2(in, OP_ARITH_ADD, base, from);
    Value *in_warp = build2(in, OP_ARITH_AND, build_cmp(in, "ge", from, build_i64(in, 0)),
                            build_cmp(in, "lt", from, build_i64(in, GROUP)));
    Value *exists = build2(in, OP_ARITH_AND, in_warp, build_cmp(in, "lt", source, c->f->thread_count));
    Value *at = build_typed(in, OP_ARITH_SELECT, thread->type, (Value *[]){exists, source, thread}, 3);
    fission_store(in, fission_load(in, c->in, at), out, thread);
    for_end(&threads, NULL);
}

static Value *emit_broadcast(const Collective *c, Builder *b, Value *thread) {
    Value *zero = build_i64(b, 0);
    Value *inside = build2(b, OP_ARITH_AND, build_cmp(b, "ge", thread, zero), build_cmp(b, "lt", thread, c->f->thread_count));
    return fission_load(b, c->in, build_typed(b, OP_ARITH_SELECT, thread->type, (Value *[]){inside, thread, zero}, 3));
}

/* The threads store operand `i`, where the block does not know it anyway. */
static Value *store_operand(Fission *f, Op *op, uint32_t i, Value *predicate, const Block *source) {
    fission_open(f, predicate, source, op);
    Value *array = fission_memory(f, op_operand(op, i)->type, 0);
    fission_store(&f->segment->in, fission_resolve(f, op_operand(op, i)), array, f->segment->linear);
    return array;
}

void fission_collective(Fission *f, Op *op, Value *predicate, const Block *source) {
    Value *result = op_result(op, 0);
    Collective c = {.f = f, .predicate = predicate, .in = store_operand(f, op, 0, predicate, source)};
    Value *second = NULL, *second_array = NULL;
    if (op->operand_count > 1) {
        if (uniformity_varies(f->uniformity, op_operand(op, 1)))
            second_array = store_operand(f, op, 1, predicate, source);
        else
            second = fission_block_value(f, op_operand(op, 1));
    }
    fission_close(f);
    Builder *b = &f->out;
    const char *kind = kind_of(op);
    bool prefix = strcmp(kind, "prefix_sum") == 0;
    if (op->code == OP_KERNEL_WARP || op->code == OP_KERNEL_BLOCK) {
        c.combine = combining_op(kind);
        c.value = fission_memory(f, op_operand(op, 0)->type, GROUP);
        c.has = fission_memory(f, f->types->boolean, GROUP);
    }
    if (op->code == OP_KERNEL_BLOCK && !prefix)
        map_put_ptr(&f->block_values, result, emit_block_reduce(&c, b));
    else if (op->code == OP_KERNEL_BLOCK_BROADCAST)
        map_put_ptr(&f->block_values, result, emit_broadcast(&c, b, second ? second : fission_load(b, second_array, build_i64(b, 0))));
    else if (op->code == OP_KERNEL_BLOCK)
        emit_block_scan(&c, b, fission_kept(f, result));
    else if (op->code == OP_KERNEL_SHUFFLE)
        emit_shuffle(&c, b, kind, second_array, second, fission_kept(f, result));
    else if (strcmp(kind, "ballot") == 0)
        emit_ballot(&c, b, fission_kept(f, result));
    else if (op->code == OP_KERNEL_WARP)
        emit_warp(&c, b, fission_kept(f, result), prefix);
    else
        weft_bug("fission does not know %s", op_info[op->code].text);
}
