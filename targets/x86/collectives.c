/* Collectives on the CPU: each thread stores its operand in an array of the block; then the block computes with a
 * vector of a group's lanes, in the shape that the contract gives ("the same bits on every target").
 *
 *   warp.sum and its like    lanes 16, 8, 4, 2, 1 apart, the lower lane on the left: vec.reduce is that tree
 *   prefix sums              what is 1, 2, 4, 8, 16 lanes below, on the left
 *   block.*                  groups of 32 threads so, then the groups in order
 *
 * A lane that is not there or not active counts as nothing: it holds what combines with any value to that value (-0.0
 * for a sum of floats, because -0.0 + 0.0 is 0.0). Where a float's min or max meets a NaN there is no such value, so
 * under a predicate each lane's being there goes down the tree beside it. A group is the warp of the contract, 32
 * threads on x86, or the next power of two of a smaller block; the arrays have room for whole groups.
 *
 * No loop over lanes: LLVM's loop passes forget, with each loop of a kernel that they change, what they know of all
 * the others, so with seven small loops for each collective the time grew with the square of their number. */
#include "targets/x86/fission.h"

#include "base/diag.h"
#include "ir/eval.h"

#include <math.h>
#include <string.h>

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

/* What one collective works on. */
typedef struct Collective {
    Fission *f;
    const char *kind;
    Opcode combine;
    Value *in, *predicate; /* what the threads stored; who is active, NULL: all */
} Collective;

uint32_t collective_lanes(int64_t max_threads) {
    uint32_t lanes = 2;
    while (lanes < GROUP && lanes < max_threads)
        lanes *= 2;
    return lanes;
}

static bool is_one_group(const Collective *c) { return c->f->input->max_threads <= GROUP; }

/* ------------------------------------------------------------------ lanes */

static const Type *lanes_of(const Collective *c, const Type *scalar) { return type_vector(c->f->types, scalar, c->f->lanes); }

static Value *splat(const Collective *c, Builder *b, Value *scalar) {
    return build_typed(b, OP_VEC_SPLAT, lanes_of(c, scalar->type), &scalar, 1);
}

static Value *load_lanes(const Collective *c, Builder *b, Value *ptr, Value *base) {
    const Type *type = lanes_of(c, ptr->type->element);
    return op_result(build_op(b, OP_MEM_PTR_LOAD, (Value *[]){ptr, base}, 2, &type, 1, 0), 0);
}

static Value *choose(Builder *b, Value *condition, Value *yes, Value *no) {
    return build_typed(b, OP_ARITH_SELECT, yes->type, (Value *[]){condition, yes, no}, 3);
}

static Value *reduce(const Collective *c, Builder *b, Opcode combine, Value *value) {
    const char *kind = op_info[combine].text + strlen("arith.");
    const Attr *attr = attr_string(c->f->types, intern_cstr(c->f->module->names, kind));
    return build_typed_attr(b, OP_VEC_REDUCE, type_scalar_of(value->type), &value, 1, ATTR_KEY_KIND, attr);
}

static Value *pick_lanes(const Collective *c, Builder *b, Value *value, const int64_t *lanes) {
    const Attr *items[GROUP];
    for (uint32_t i = 0; i < c->f->lanes; i++)
        items[i] = attr_i64(c->f->types, lanes[i]);
    const Attr *list = attr_list(c->f->types, NULL, items, c->f->lanes);
    return build_typed_attr(b, OP_VEC_SHUFFLE, value->type, &value, 1, ATTR_KEY_LANES, list);
}

/* Which of the group's threads the block has; NULL: all. */
static Value *present_lanes(const Collective *c, Builder *b, Value *base) {
    const Attr *count = value_constant(c->f->thread_count);
    if (count && attr_as_i64(count) % c->f->lanes == 0)
        return NULL;
    const Type *i32 = c->f->types->i32;
    Value *left = build_convert(b, build2(b, OP_ARITH_SUB, c->f->thread_count, base), i32);
    return build_cmp(b, "lt", build_typed(b, OP_VEC_IOTA, lanes_of(c, i32), NULL, 0), splat(c, b, left));
}

/* Which of them take part; NULL: all. */
static Value *active_lanes(const Collective *c, Builder *b, Value *base) {
    Value *present = present_lanes(c, b, base);
    if (!c->predicate)
        return present;
    Value *active = load_lanes(c, b, c->predicate, base);
    return present ? build2(b, OP_ARITH_AND, present, active) : active;
}

/* ------------------------------------------------------------------ what counts as nothing */

static uint64_t largest(const Type *type) {
    return type_class(type) == CLASS_SIGNED ? (1ull << (type_bits(type) - 1)) - 1 : ~0ull;
}

static const Attr *neutral_attr(Types *types, Opcode combine, const Type *type) {
    if (type_is_float(type)) {
        double value = combine == OP_ARITH_ADD ? -0.0 : combine == OP_ARITH_MUL ? 1.0 : (double)INFINITY;
        return attr_float(types, type, combine == OP_ARITH_MAX ? -value : value);
    }
    uint64_t bits = combine == OP_ARITH_MUL ? 1
                  : combine == OP_ARITH_MIN ? largest(type)
                  : combine == OP_ARITH_MAX ? ~largest(type)
                  : combine == OP_ARITH_AND ? ~0ull : 0;
    return type->kind == TYPE_BOOL ? attr_bool(types, bits & 1) : attr_int(types, type, bits);
}

static Value *neutral_lanes(const Collective *c, Builder *b, const Type *scalar) {
    return splat(c, b, build_const(b, neutral_attr(c->f->types, c->combine, scalar)));
}

/* The group's values, neutral where a lane takes no part. */
static Value *load_group(const Collective *c, Builder *b, Value *base) {
    Value *value = load_lanes(c, b, c->in, base), *active = active_lanes(c, b, base);
    return active ? choose(b, active, value, neutral_lanes(c, b, c->in->type->element)) : value;
}

/* ------------------------------------------------------------------ trees */

static Value *slice(const Collective *c, Builder *b, Value *value, int64_t first, uint32_t count) {
    const Type *type = type_vector(c->f->types, value->type->element, count);
    return build_typed(b, OP_VEC_SLICE, type, (Value *[]){value, build_i64(b, first)}, 2);
}

/* The tree of vec.reduce, with a lane that is not active giving way to the other one. */
static Value *reduce_active(const Collective *c, Builder *b, Value *base) {
    Value *value = load_lanes(c, b, c->in, base), *active = active_lanes(c, b, base);
    for (uint32_t apart = c->f->lanes / 2; apart > 0; apart /= 2) {
        Value *l = slice(c, b, value, 0, apart), *r = slice(c, b, value, apart, apart);
        Value *has_l = slice(c, b, active, 0, apart), *has_r = slice(c, b, active, apart, apart);
        value = choose(b, has_l, choose(b, has_r, build2(b, c->combine, l, r), l), r);
        active = build2(b, OP_ARITH_OR, has_l, has_r);
    }
    return value;
}

static Value *reduce_group(const Collective *c, Builder *b, Value *base) {
    bool is_order = c->combine == OP_ARITH_MIN || c->combine == OP_ARITH_MAX;
    if (c->predicate && is_order && type_is_float(c->in->type->element))
        return reduce_active(c, b, base);
    return reduce(c, b, c->combine, load_group(c, b, base));
}

/* Each lane becomes the sum up to itself. */
static Value *scan_group(const Collective *c, Builder *b, Value *base) {
    Value *value = load_group(c, b, base), *nothing = neutral_lanes(c, b, c->in->type->element);
    for (int64_t below = 1; below < c->f->lanes; below *= 2) {
        int64_t from[GROUP];
        const Attr *has[GROUP];
        for (int64_t i = 0; i < c->f->lanes; i++) {
            from[i] = i < below ? i : i - below;
            has[i] = attr_bool(c->f->types, i >= below);
        }
        Value *mask = build_const(b, attr_list(c->f->types, lanes_of(c, c->f->types->boolean), has, c->f->lanes));
        value = build2(b, c->combine, choose(b, mask, pick_lanes(c, b, value, from), nothing), value);
    }
    return value;
}

/* ------------------------------------------------------------------ groups */

/* The builder inside a loop over groups; of a single one there is no loop, and `loop->op` is NULL. */
static Builder *groups_begin(const Collective *c, Builder *b, For *loop) {
    *loop = (For){.index = build_i64(b, 0)};
    if (is_one_group(c))
        return b;
    *loop = for_begin(b, loop->index, c->f->thread_count, GROUP, NULL);
    return &loop->in;
}

static void groups_end(For *loop) {
    if (loop->op)
        for_end(loop, NULL);
}

static void emit_warp(const Collective *c, Builder *b, Value *out, bool prefix) {
    For groups;
    Builder *in = groups_begin(c, b, &groups);
    Value *value = prefix ? scan_group(c, in, groups.index) : splat(c, in, reduce_group(c, in, groups.index));
    fission_store(in, value, out, groups.index);
    groups_end(&groups);
}

/* Bit `lane` of the result: the lane is active and its operand is true. */
static void emit_ballot(const Collective *c, Builder *b, Value *out) {
    Types *types = c->f->types;
    For groups;
    Builder *in = groups_begin(c, b, &groups);
    Value *set = load_group(c, in, groups.index), *one = splat(c, in, build_const(in, attr_int(types, types->u32, 1)));
    Value *lane = build_typed(in, OP_VEC_IOTA, one->type, NULL, 0);
    Value *bits = choose(in, set, build2(in, OP_ARITH_SHL, one, lane), splat(c, in, build_zero(in, types->u32)));
    Value *mask = build_convert(in, reduce(c, in, OP_ARITH_OR, bits), types->u64);
    fission_store(in, splat(c, in, mask), out, groups.index);
    groups_end(&groups);
}

/* All threads of the block: the groups' results in order, the first as it is. */
static Value *emit_block_reduce(const Collective *c, Builder *b) {
    Value *first = reduce_group(c, b, build_i64(b, 0));
    if (is_one_group(c))
        return first;
    For groups = for_begin(b, build_i64(b, GROUP), c->f->thread_count, GROUP, first);
    Value *group = reduce_group(c, &groups.in, groups.index);
    return for_end(&groups, build2(&groups.in, c->combine, groups.carried, group));
}

static Value *last_lane(const Collective *c, Builder *b, Value *value) {
    Value *operands[] = {value, build_i64(b, c->f->lanes - 1)};
    return build_typed(b, OP_VEC_EXTRACT, value->type->element, operands, 2);
}

/* Groups one by one; what the groups before have in all comes on the left. */
static void emit_block_scan(const Collective *c, Builder *b, Value *out) {
    Value *zero = build_i64(b, 0), *first = scan_group(c, b, zero);
    fission_store(b, first, out, zero);
    if (is_one_group(c))
        return;
    For groups = for_begin(b, build_i64(b, GROUP), c->f->thread_count, GROUP, last_lane(c, b, first));
    Builder *in = &groups.in;
    Value *own = scan_group(c, in, groups.index);
    Value *sums = build2(in, c->combine, splat(c, in, groups.carried), own);
    fission_store(in, sums, out, groups.index);
    for_end(&groups, last_lane(c, in, sums));
}

/* ------------------------------------------------------------------ exchange */

/* The lane that `lane` reads, which may be none; sums wrap, as the op's do. */
static int64_t source_lane(const char *kind, int64_t lane, int64_t by) {
    uint64_t l = (uint64_t)lane, d = (uint64_t)by;
    return (int64_t)(strcmp(kind, "down") == 0 ? l + d : strcmp(kind, "up") == 0 ? l - d : strcmp(kind, "xor") == 0 ? l ^ d : d);
}

/* By a constant: lanes move within their vector. */
static void emit_moved(const Collective *c, Builder *b, int64_t by, Value *out) {
    int64_t from[GROUP];
    for (uint32_t i = 0; i < c->f->lanes; i++) {
        int64_t source = source_lane(c->kind, i, by);
        from[i] = source >= 0 && source < c->f->lanes ? source : i;
    }
    For groups;
    Builder *in = groups_begin(c, b, &groups);
    Value *own = load_lanes(c, in, c->in, groups.index), *present = present_lanes(c, in, groups.index);
    Value *moved = pick_lanes(c, in, own, from);
    if (present)
        moved = choose(in, pick_lanes(c, in, present, from), moved, own);
    fission_store(in, moved, out, groups.index);
    groups_end(&groups);
}

/* Where each thread's value comes from: another lane of its group if the block has it, else itself. */
static void emit_shuffle(const Collective *c, Builder *b, Value *lanes, Value *same_lane, Value *out) {
    For threads = for_begin(b, build_i64(b, 0), c->f->thread_count, 1, NULL);
    Builder *in = &threads.in;
    Value *thread = threads.index, *lane = build2(in, OP_ARITH_MOD, thread, build_i64(in, GROUP));
    Value *base = build2(in, OP_ARITH_SUB, thread, lane);
    Value *by = same_lane ? same_lane : fission_load(in, lanes, thread);
    Value *from = strcmp(c->kind, "down") == 0 ? build2(in, OP_ARITH_ADD, lane, by)
                : strcmp(c->kind, "up") == 0   ? build2(in, OP_ARITH_SUB, lane, by)
                : strcmp(c->kind, "xor") == 0  ? build2(in, OP_ARITH_XOR, lane, by) : by;
    Value *source = build2(in, OP_ARITH_ADD, base, from);
    Value *in_warp = build2(in, OP_ARITH_AND, build_cmp(in, "ge", from, build_i64(in, 0)),
                            build_cmp(in, "lt", from, build_i64(in, GROUP)));
    Value *exists = build2(in, OP_ARITH_AND, in_warp, build_cmp(in, "lt", source, c->f->thread_count));
    fission_store(in, fission_load(in, c->in, choose(in, exists, source, thread)), out, thread);
    for_end(&threads, NULL);
}

static Value *emit_broadcast(const Collective *c, Builder *b, Value *thread) {
    Value *zero = build_i64(b, 0);
    Value *inside = build2(b, OP_ARITH_AND, build_cmp(b, "ge", thread, zero), build_cmp(b, "lt", thread, c->f->thread_count));
    return fission_load(b, c->in, choose(b, inside, thread, zero));
}

/* The threads store operand `i`, where the block does not know it anyway. */
static Value *store_operand(Fission *f, Op *op, uint32_t i, Value *predicate, const Block *source) {
    fission_open(f, predicate, source, op);
    Value *array = fission_memory(f, op_operand(op, i)->type, 0);
    fission_store(&f->segment->in, fission_resolve(f, op_operand(op, i)), array, f->segment->linear);
    return array;
}

static void emit_exchange(const Collective *c, Builder *b, Value *lanes, Value *same_lane, Value *out) {
    const Attr *by = same_lane ? value_constant(same_lane) : NULL;
    if (by && type_is_scalar(c->in->type->element))
        emit_moved(c, b, attr_as_i64(by), out);
    else
        emit_shuffle(c, b, lanes, same_lane, out);
}

static const char *kind_of(const Op *op) {
    const Attr *kind = op_attr(op, ATTR_KEY_KIND);
    return kind ? kind->string : "";
}

static Opcode combining_op(const char *kind) {
    Opcode code = OP_ARITH_OR; /* what a ballot's bits do */
    if (strcmp(kind, "ballot") != 0 && !eval_kind(kind, &code))
        weft_bug("a collective of kind %s", kind);
    return code;
}

void fission_collective(Fission *f, Op *op, Value *predicate, const Block *source) {
    Value *result = op_result(op, 0);
    Collective c = {.f = f, .kind = kind_of(op), .predicate = predicate, .in = store_operand(f, op, 0, predicate, source)};
    Value *second = NULL, *second_array = NULL;
    if (op->operand_count > 1) {
        if (uniformity_varies(f->uniformity, op_operand(op, 1)))
            second_array = store_operand(f, op, 1, predicate, source);
        else
            second = fission_block_value(f, op_operand(op, 1));
    }
    fission_close(f);
    Builder *b = &f->out;
    bool prefix = strcmp(c.kind, "prefix_sum") == 0;
    if (op->code == OP_KERNEL_WARP || op->code == OP_KERNEL_BLOCK)
        c.combine = combining_op(c.kind);
    if (op->code == OP_KERNEL_BLOCK && !prefix)
        map_put_ptr(&f->block_values, result, emit_block_reduce(&c, b));
    else if (op->code == OP_KERNEL_BLOCK_BROADCAST)
        map_put_ptr(&f->block_values, result, emit_broadcast(&c, b, second ? second : fission_load(b, second_array, build_i64(b, 0))));
    else if (op->code == OP_KERNEL_BLOCK)
        emit_block_scan(&c, b, fission_kept(f, result));
    else if (op->code == OP_KERNEL_SHUFFLE)
        emit_exchange(&c, b, second_array, second, fission_kept(f, result));
    else if (strcmp(c.kind, "ballot") == 0)
        emit_ballot(&c, b, fission_kept(f, result));
    else if (op->code == OP_KERNEL_WARP)
        emit_warp(&c, b, fission_kept(f, result), prefix);
    else
        weft_bug("fission does not know %s", op_info[op->code].text);
}
