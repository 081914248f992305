/* Vectors and aggregates: a part of something that was just put together is that part. */
#include "passes/rules/rules.h"

static uint64_t attr_bits(const Op *op, AttrKey key) {
    const Attr *attr = op_attr(op, key);
    return attr && attr->kind == ATTR_INT ? attr->bits : 0;
}

static bool constant_index(const Value *value, uint64_t *index) {
    const Attr *constant = value_constant(value);
    if (!constant || constant->kind != ATTR_INT)
        return false;
    *index = constant->bits;
    return true;
}

/* agg.get of agg.make, agg.set, arith.select of constants' fields */
static Value *get_of_made(Builder *b, Op *op) {
    Op *from = value_op(op_operand(op, 0));
    uint64_t index = attr_bits(op, ATTR_KEY_INDEX);
    if (!from)
        return NULL;
    if (from->code == OP_AGG_MAKE)
        return op_operand(from, (uint32_t)index);
    if (from->code == OP_AGG_SET && attr_bits(from, ATTR_KEY_INDEX) == index)
        return op_operand(from, 1);
    if (from->code == OP_AGG_SET)
        return build_agg_get(b, op_operand(from, 0), (uint32_t)index);
    if (from->code == OP_ARITH_UNDEF)
        return build_undef(b, op_result(op, 0)->type);
    return NULL;
}

/* agg.make of all fields of one value, in order, is that value */
static Value *make_of_gets(Builder *b, Op *op) {
    Value *whole = NULL;
    for (uint32_t i = 0; i < op->operand_count; i++) {
        Op *get = value_op(op_operand(op, i));
        if (!get || get->code != OP_AGG_GET || attr_bits(get, ATTR_KEY_INDEX) != i)
            return NULL;
        if (whole && whole != op_operand(get, 0))
            return NULL;
        whole = op_operand(get, 0);
    }
    return whole && whole->type == op_result(op, 0)->type ? whole : NULL;
}

/* agg.set of agg.make is another agg.make, if the first has no other use; then get sees through it
 */
static Value *set_of_made(Builder *b, Op *op) {
    Op *from = value_op(op_operand(op, 0));
    if (!from || from->code != OP_AGG_MAKE || from->operand_count > MAX_LANES)
        return NULL;
    Value *fields[MAX_LANES];
    for (uint32_t i = 0; i < from->operand_count; i++)
        fields[i] = op_operand(from, i);
    fields[attr_bits(op, ATTR_KEY_INDEX)] = op_operand(op, 1);
    return build_typed(b, OP_AGG_MAKE, op_result(op, 0)->type, fields, from->operand_count);
}

static Value *extract_of_made(Builder *b, Op *op) {
    Op *from = value_op(op_operand(op, 0));
    uint64_t lane, inserted;
    if (!from)
        return NULL;
    if (from->code == OP_VEC_SPLAT)
        return op_operand(from, 0);
    if (!constant_index(op_operand(op, 1), &lane) || lane >= type_lanes(op_operand(op, 0)->type))
        return NULL;
    if (from->code == OP_VEC_BUILD)
        return op_operand(from, (uint32_t)lane);
    if (from->code == OP_VEC_INSERT && constant_index(op_operand(from, 2), &inserted)) {
        if (inserted == lane)
            return op_operand(from, 1);
        Value *operands[] = {op_operand(from, 0), op_operand(op, 1)};
        return build_typed(b, OP_VEC_EXTRACT, op_result(op, 0)->type, operands, 2);
    }
    return NULL;
}

static Value *splat_of(Builder *b, Op *op, Value *scalar) {
    const Type *type = op_result(op, 0)->type;
    return type->kind == TYPE_VECTOR ? build_typed(b, OP_VEC_SPLAT, type, &scalar, 1) : scalar;
}

/* vec.shuffle, vec.slice of a splat */
static Value *lanes_of_splat(Builder *b, Op *op) {
    Op *from = value_op(op_operand(op, 0));
    return from && from->code == OP_VEC_SPLAT ? splat_of(b, op, op_operand(from, 0)) : NULL;
}

/* Joined twice of one scalar */
static Value *join_of_splats(Builder *b, Op *op) {
    Op *low = value_op(op_operand(op, 0)), *high = value_op(op_operand(op, 1));
    bool same = low && high && low->code == OP_VEC_SPLAT && high->code == OP_VEC_SPLAT &&
                op_operand(low, 0) == op_operand(high, 0);
    return same ? splat_of(b, op, op_operand(low, 0)) : NULL;
}

/* The least, the greatest, all and any of equal lanes */
static Value *reduce_of_splat(Builder *b, Op *op) {
    Op *from = value_op(op_operand(op, 0));
    Opcode code;
    if (!from || from->code != OP_VEC_SPLAT ||
        !eval_kind(op_attr(op, ATTR_KEY_KIND)->string, &code))
        return NULL;
    bool same =
        code == OP_ARITH_MIN || code == OP_ARITH_MAX || code == OP_ARITH_AND || code == OP_ARITH_OR;
    return same ? op_operand(from, 0) : NULL;
}

/* bitcast(bitcast x); of one type it is x */
static Value *bitcast_of_bitcast(Builder *b, Op *op) {
    Value *from = op_operand(op, 0);
    if (from->type == op_result(op, 0)->type)
        return from;
    Op *inner = value_op(from);
    if (!inner || inner->code != OP_ARITH_BITCAST)
        return NULL;
    Value *first = op_operand(inner, 0);
    return first->type == op_result(op, 0)->type
               ? first
               : build_typed(b, OP_ARITH_BITCAST, op_result(op, 0)->type, &first, 1);
}

static Value *convert_to_same(Builder *b, Op *op) {
    return op_operand(op, 0)->type == op_result(op, 0)->type ? op_operand(op, 0) : NULL;
}

const HandRule vec_hand_rules[] = {
    {OP_AGG_GET, get_of_made},
    {OP_AGG_MAKE, make_of_gets},
    {OP_AGG_SET, set_of_made},
    {OP_VEC_EXTRACT, extract_of_made},
    {OP_VEC_SHUFFLE, lanes_of_splat},
    {OP_VEC_SLICE, lanes_of_splat},
    {OP_VEC_JOIN, join_of_splats},
    {OP_VEC_REDUCE, reduce_of_splat},
    {OP_ARITH_BITCAST, bitcast_of_bitcast},
    {OP_ARITH_CONVERT, convert_to_same},
    {0, NULL},
};
