/* expand-map: a scalar function over vectors becomes a call for each lane.
 *
 *     %r = vec.map %v, %s {callee = @f}           %0 = vec.extract %v, 0
 *                                          ->     %1 = func.call %0, %s {callee = @f}
 *                                                 ... the other lanes ...
 *                                                 %r = vec.build %1, ...
 *
 * A scalar operand goes to every lane; a tuple result becomes a tuple of vectors. Sound: the function stores
 * nothing, so the lanes may run one after the other. Wide vectors are walked by a loop, so that code stays
 * small. Comes before inlining, which then takes the calls in. */
#include "passes/edit.h"
#include "passes/pass.h"

enum { UNROLLED_LANES = 8 };

typedef VEC(Op *) OpVec;

typedef struct MapSearch {
    Arena *arena;
    OpVec maps;
} MapSearch;

static void collect_map(Op *op, void *context) {
    MapSearch *search = context;
    if (op->code == OP_VEC_MAP)
        vec_push(search->arena, &search->maps, op);
}

static const Type *part_type(const Type *type, uint32_t part) {
    return type->kind == TYPE_TUPLE ? type->fields[part] : type;
}

static uint32_t part_count(const Type *type) { return type->kind == TYPE_TUPLE ? type->field_count : 1; }

static uint32_t lanes_of(const Op *map) { return type_lanes(part_type(op_result(map, 0)->type, 0)); }

/* The call of one lane; its result. */
static Value *call_lane(Arena *scratch, Builder *b, const Op *map, Value *lane) {
    Value **operands = arena_array(scratch, Value *, map->operand_count);
    for (uint32_t i = 0; i < map->operand_count; i++) {
        Value *operand = op_operand(map, i);
        bool is_vector = operand->type->kind == TYPE_VECTOR;
        operands[i] = is_vector ? build_typed(b, OP_VEC_EXTRACT, operand->type->element, (Value *[]){operand, lane}, 2) : operand;
    }
    Func *callee = op_attr(map, ATTR_KEY_CALLEE)->func;
    return op_result(build_call(b, callee, operands, map->operand_count), 0);
}

static Value *part_of(Builder *b, const Type *map_type, Value *value, uint32_t part) {
    return map_type->kind == TYPE_TUPLE ? build_agg_get(b, value, part) : value;
}

static Value *join_parts(Builder *b, const Type *type, Value *const *parts) {
    return type->kind == TYPE_TUPLE ? build_typed(b, OP_AGG_MAKE, type, parts, type->field_count) : parts[0];
}

static Value *expand_unrolled(Arena *scratch, Builder *b, const Op *map) {
    const Type *type = op_result(map, 0)->type;
    uint32_t lanes = lanes_of(map), count = part_count(type);
    Value **calls = arena_array(scratch, Value *, lanes), **row = arena_array(scratch, Value *, lanes);
    Value **parts = arena_array(scratch, Value *, count);
    for (uint32_t lane = 0; lane < lanes; lane++)
        calls[lane] = call_lane(scratch, b, map, build_i64(b, lane));
    for (uint32_t part = 0; part < count; part++) {
        for (uint32_t lane = 0; lane < lanes; lane++)
            row[lane] = part_of(b, type, calls[lane], part);
        parts[part] = build_typed(b, OP_VEC_BUILD, part_type(type, part), row, lanes);
    }
    return join_parts(b, type, parts);
}

static Value *expand_loop(Arena *scratch, Builder *b, const Op *map) {
    const Type *type = op_result(map, 0)->type;
    uint32_t count = part_count(type);
    ValueVec operands = {0};
    TypeVec types = {0};
    vec_push(scratch, &operands, build_i64(b, 0));
    vec_push(scratch, &operands, build_i64(b, lanes_of(map)));
    vec_push(scratch, &operands, build_i64(b, 1));
    for (uint32_t part = 0; part < count; part++) {
        vec_push(scratch, &types, part_type(type, part));
        vec_push(scratch, &operands, build_undef(b, part_type(type, part)));
    }
    Op *loop = build_op(b, OP_LOOP_FOR, operands.items, operands.len, types.items, types.len, 1);
    Block *body = region_add_block(loop, 0);
    Value *lane = block_add_arg(b->module, body, b->module->types->i64);
    for (uint32_t part = 0; part < count; part++)
        block_add_arg(b->module, body, types.items[part]);
    Builder in = builder_at_end(b->module, body);
    in.span = b->span;
    Value *result = call_lane(scratch, &in, map, lane);
    Value **next = arena_array(scratch, Value *, count), **parts = arena_array(scratch, Value *, count);
    for (uint32_t part = 0; part < count; part++) {
        next[part] = build3(&in, OP_VEC_INSERT, body->args[1 + part], part_of(&in, type, result, part), lane);
        parts[part] = op_result(loop, part);
    }
    build_yield(&in, next, count);
    return join_parts(b, type, parts);
}

bool pass_expand_map(PassContext *cx, Func *func) {
    MapSearch search = {.arena = cx->scratch};
    region_walk(func->body, collect_map, &search);
    VEC_FOR_EACH (i, &search.maps) {
        Op *map = search.maps.items[i];
        Builder b = builder_before(map);
        Value *result = lanes_of(map) <= UNROLLED_LANES ? expand_unrolled(cx->scratch, &b, map) : expand_loop(cx->scratch, &b, map);
        value_replace_uses(op_result(map, 0), result);
        op_erase(map);
    }
    return search.maps.len > 0;
}
