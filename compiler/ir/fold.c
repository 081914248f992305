/* Constant folding: an op of constants becomes the constant that the interpreter would find.
 *
 * Arithmetic goes lane by lane through eval.c; what moves values about (aggregates, lanes, select,
 * bitcast) is done on the lists that constants of vectors and aggregates are. An op whose result
 * the IR leaves open, a lane out of range say, is left alone. */
#include "ir/fold.h"

#include "ir/eval.h"

#include <string.h>

typedef struct Fold {
    Types *types;
    Opcode code;
    const AttrEntry *attrs;
    uint32_t attr_count;
    const Type *type; /* of the result */
    const Attr *const *operands;
    uint32_t count;
} Fold;

static const Attr *find_attr(const Fold *f, AttrKey key) {
    for (uint32_t i = 0; i < f->attr_count; i++)
        if (f->attrs[i].key == key)
            return f->attrs[i].attr;
    return NULL;
}

static const char *find_word(const Fold *f, AttrKey key) {
    const Attr *attr = find_attr(f, key);
    return attr && attr->kind == ATTR_STRING ? attr->string : NULL;
}

static bool is_number(const Attr *attr) {
    return attr->kind == ATTR_INT || attr->kind == ATTR_FLOAT;
}

static const Attr *number(Types *types, const Type *type, uint64_t bits) {
    ScalarClass class = type_class(type);
    return class == CLASS_FLOAT || class == CLASS_STORAGE_FLOAT ? attr_float_bits(types, type, bits)
                                                                : attr_int(types, type, bits);
}

static const Attr *lane_of(const Attr *attr, uint32_t lane) {
    return attr->kind == ATTR_LIST ? attr->items[lane] : attr;
}

/* A vector of the lanes, or the one lane itself. */
static const Attr *from_lanes(const Fold *f, const Attr *const *lanes) {
    return f->type->kind == TYPE_VECTOR ? attr_list(f->types, f->type, lanes, f->type->lanes)
                                        : lanes[0];
}

/* The index that operand `i` is, when it is one of 0 .. limit-1. */
static bool index_operand(const Fold *f, uint32_t i, uint32_t limit, uint32_t *index) {
    if (f->operands[i]->kind != ATTR_INT || f->operands[i]->bits >= limit)
        return false;
    *index = (uint32_t)f->operands[i]->bits;
    return true;
}

/* Arithmetic. */

static const Attr *fold_lane(const Fold *f, uint32_t lane) {
    Scalar in[3], out;
    for (uint32_t i = 0; i < f->count; i++) {
        const Attr *operand = lane_of(f->operands[i], lane);
        if (!is_number(operand))
            return NULL;
        in[i].bits = operand->bits;
    }
    const Type *result = type_scalar_of(f->type);
    if (!eval_scalar(f->code, lane_of(f->operands[0], lane)->type, result,
                     find_word(f, ATTR_KEY_PREDICATE), in, &out))
        return NULL;
    return number(f->types, result, out.bits);
}

static const Attr *fold_lanes(const Fold *f) {
    const Attr *lanes[MAX_LANES];
    if (f->count == 0 || f->count > 3 || !type_is_scalar(type_scalar_of(f->type)))
        return NULL;
    for (uint32_t lane = 0; lane < type_lanes(f->type); lane++) {
        lanes[lane] = fold_lane(f, lane);
        if (!lanes[lane])
            return NULL;
    }
    return from_lanes(f, lanes);
}

static const Attr *fold_select(const Fold *f) {
    const Attr *condition = f->operands[0], *lanes[MAX_LANES];
    if (condition->kind == ATTR_INT)
        return condition->bits ? f->operands[1] : f->operands[2];
    if (condition->kind != ATTR_LIST || f->type->kind != TYPE_VECTOR)
        return NULL;
    for (uint32_t lane = 0; lane < f->type->lanes; lane++)
        lanes[lane] = lane_of(f->operands[condition->items[lane]->bits ? 1 : 2], lane);
    return from_lanes(f, lanes);
}

static const Attr *fold_bitcast(const Fold *f) {
    unsigned char bytes[MAX_LANES * 8] = {0};
    const Attr *from = f->operands[0], *lanes[MAX_LANES];
    const Type *from_scalar = type_scalar_of(from->type), *to_scalar = type_scalar_of(f->type);
    if (!type_is_scalar(from_scalar) || !type_is_scalar(to_scalar))
        return NULL;
    size_t from_size = type_size(from_scalar), to_size = type_size(to_scalar);
    if (from_size * type_lanes(from->type) != to_size * type_lanes(f->type))
        return NULL;
    for (uint32_t lane = 0; lane < type_lanes(from->type); lane++)
        memcpy(bytes + lane * from_size, &lane_of(from, lane)->bits, from_size);
    for (uint32_t lane = 0; lane < type_lanes(f->type); lane++) {
        uint64_t bits = 0;
        memcpy(&bits, bytes + lane * to_size, to_size);
        lanes[lane] = number(f->types, to_scalar, to_scalar->kind == TYPE_BOOL ? bits != 0 : bits);
    }
    return from_lanes(f, lanes);
}

/* Aggregates. */

static const Attr *fold_get(const Fold *f) {
    const Attr *index = find_attr(f, ATTR_KEY_INDEX), *from = f->operands[0];
    return index && from->kind == ATTR_LIST && index->bits < from->len ? from->items[index->bits]
                                                                       : NULL;
}

static const Attr *fold_set(const Fold *f) {
    const Attr *index = find_attr(f, ATTR_KEY_INDEX), *from = f->operands[0];
    const Attr *items[64];
    if (!index || from->kind != ATTR_LIST || from->len > 64 || index->bits >= from->len)
        return NULL;
    memcpy(items, from->items, sizeof *items * from->len);
    items[index->bits] = f->operands[1];
    return attr_list(f->types, f->type, items, from->len);
}

static const Attr *fold_table(const Fold *f) {
    const Attr *table = find_attr(f, ATTR_KEY_VALUE);
    uint32_t index;
    return table && table->kind == ATTR_LIST && index_operand(f, 0, table->len, &index)
               ? table->items[index]
               : NULL;
}

/* Vectors. */

static const Attr *fold_splat(const Fold *f) {
    const Attr *lanes[MAX_LANES];
    for (uint32_t lane = 0; lane < type_lanes(f->type); lane++)
        lanes[lane] = f->operands[0];
    return from_lanes(f, lanes);
}

static const Attr *fold_iota(const Fold *f) {
    const Attr *lanes[MAX_LANES];
    const Type *scalar = type_scalar_of(f->type);
    for (uint32_t lane = 0; lane < type_lanes(f->type); lane++)
        lanes[lane] = number(f->types, scalar, eval_convert(f->types->i64, scalar, lane));
    return from_lanes(f, lanes);
}

static const Attr *fold_extract(const Fold *f) {
    uint32_t lane;
    return index_operand(f, 1, type_lanes(f->operands[0]->type), &lane)
               ? lane_of(f->operands[0], lane)
               : NULL;
}

static const Attr *fold_insert(const Fold *f) {
    const Attr *lanes[MAX_LANES];
    uint32_t at;
    if (!index_operand(f, 2, type_lanes(f->type), &at))
        return NULL;
    for (uint32_t lane = 0; lane < type_lanes(f->type); lane++)
        lanes[lane] = lane == at ? f->operands[1] : lane_of(f->operands[0], lane);
    return from_lanes(f, lanes);
}

static const Attr *fold_shuffle(const Fold *f) {
    const Attr *list = find_attr(f, ATTR_KEY_LANES), *lanes[MAX_LANES];
    if (!list || list->kind != ATTR_LIST || list->len != type_lanes(f->type))
        return NULL;
    for (uint32_t lane = 0; lane < list->len; lane++) {
        if (list->items[lane]->bits >= type_lanes(f->operands[0]->type))
            return NULL;
        lanes[lane] = lane_of(f->operands[0], (uint32_t)list->items[lane]->bits);
    }
    return from_lanes(f, lanes);
}

static const Attr *fold_join(const Fold *f) {
    const Attr *lanes[MAX_LANES];
    uint32_t low = type_lanes(f->operands[0]->type);
    for (uint32_t lane = 0; lane < type_lanes(f->type); lane++)
        lanes[lane] =
            lane < low ? lane_of(f->operands[0], lane) : lane_of(f->operands[1], lane - low);
    return from_lanes(f, lanes);
}

static const Attr *fold_slice(const Fold *f) {
    const Attr *lanes[MAX_LANES];
    uint32_t start, lanes_in = type_lanes(f->operands[0]->type), lanes_out = type_lanes(f->type);
    if (!index_operand(f, 1, lanes_in, &start) || start + lanes_out > lanes_in)
        return NULL;
    for (uint32_t lane = 0; lane < lanes_out; lane++)
        lanes[lane] = lane_of(f->operands[0], start + lane);
    return from_lanes(f, lanes);
}

static const Attr *fold_reduce(const Fold *f) {
    Scalar lanes[MAX_LANES];
    Opcode code;
    const Type *scalar = type_scalar_of(f->operands[0]->type);
    uint32_t count = type_lanes(f->operands[0]->type);
    if (!eval_kind(find_word(f, ATTR_KEY_KIND), &code))
        return NULL;
    for (uint32_t lane = 0; lane < count; lane++)
        lanes[lane].bits = lane_of(f->operands[0], lane)->bits;
    for (uint32_t half = count / 2; half > 0; half /= 2) {
        for (uint32_t lane = 0; lane < half; lane++) {
            Scalar pair[2] = {lanes[lane], lanes[lane + half]};
            if (!eval_scalar(code, scalar, scalar, NULL, pair, &lanes[lane]))
                return NULL;
        }
    }
    return number(f->types, scalar, lanes[0].bits);
}

const Attr *fold_op(Types *types, Opcode code, const AttrEntry *attrs, uint32_t attr_count,
                    const Type *result_type, const Attr *const *operands, uint32_t count) {
    Fold f = {types, code, attrs, attr_count, result_type, operands, count};
    switch (code) {
    case OP_ARITH_CONST:
    case OP_ARITH_UNDEF:   return NULL;
    case OP_ARITH_SELECT:  return fold_select(&f);
    case OP_ARITH_BITCAST: return fold_bitcast(&f);
    case OP_AGG_MAKE:      return attr_list(types, result_type, operands, count);
    case OP_AGG_GET:       return fold_get(&f);
    case OP_AGG_SET:       return fold_set(&f);
    case OP_AGG_TABLE:     return fold_table(&f);
    case OP_VEC_SPLAT:     return fold_splat(&f);
    case OP_VEC_BUILD:     return from_lanes(&f, operands);
    case OP_VEC_EXTRACT:   return fold_extract(&f);
    case OP_VEC_INSERT:    return fold_insert(&f);
    case OP_VEC_IOTA:      return fold_iota(&f);
    case OP_VEC_SHUFFLE:   return fold_shuffle(&f);
    case OP_VEC_JOIN:      return fold_join(&f);
    case OP_VEC_SLICE:     return fold_slice(&f);
    case OP_VEC_REDUCE:    return fold_reduce(&f);
    default: return fold_lanes(&f); /* NULL from eval_scalar for what is no arithmetic */
    }
}
