/* The sentences about arith, math, vec and agg. */
#include "ir/verify_internal.h"

/* What an arithmetic op computes on, scalars and vectors alike. */
typedef enum Class {
    ANY_VALUE,
    NUMBERS, /* integers and floats */
    INTEGERS,
    FLOATS,
    BITS, /* integers and bools */
} Class;

typedef struct ClassRule {
    Opcode code;
    Class class;
} ClassRule;

/* Every op in the list also wants all operands to have one type. */
static const ClassRule class_rules[] = {
    {OP_ARITH_ADD, NUMBERS},
    {OP_ARITH_SUB, NUMBERS},
    {OP_ARITH_MUL, NUMBERS},
    {OP_ARITH_DIV, FLOATS},
    {OP_ARITH_FLOOR_DIV, NUMBERS},
    {OP_ARITH_MOD, NUMBERS},
    {OP_ARITH_CEIL_DIV, INTEGERS},
    {OP_ARITH_NEG, NUMBERS},
    {OP_ARITH_ABS, NUMBERS},
    {OP_ARITH_MIN, NUMBERS},
    {OP_ARITH_MAX, NUMBERS},
    {OP_ARITH_AND, BITS},
    {OP_ARITH_OR, BITS},
    {OP_ARITH_XOR, BITS},
    {OP_ARITH_NOT, BITS},
    {OP_ARITH_SHL, INTEGERS},
    {OP_ARITH_SHR, INTEGERS},
    {OP_ARITH_FMA, FLOATS},
    {OP_ARITH_RANGE_TRIPS, INTEGERS},
    {OP_MATH_SQRT, FLOATS},
    {OP_MATH_FLOOR, FLOATS},
    {OP_MATH_CEIL, FLOATS},
    {OP_MATH_TRUNC, FLOATS},
    {OP_MATH_ROUND, FLOATS},
    {OP_MATH_COPYSIGN, FLOATS},
    {OP_MATH_IS_NAN, FLOATS},
    {OP_MATH_IS_INF, FLOATS},
};

static const char *const class_sentences[] = {
    [NUMBERS] = "the operands are integers or floats, or vectors of them",
    [INTEGERS] = "the operands are integers, or vectors of them",
    [FLOATS] = "the operands are floats, or vectors of them",
    [BITS] = "the operands are integers or bools, or vectors of them",
};

static bool is_of_class(const Type *type, Class class) {
    const Type *scalar = type_scalar_of(type);
    switch (class) {
    case NUMBERS: return type_is_numeric(scalar);
    case INTEGERS: return type_is_integer(scalar);
    case FLOATS: return type_is_float(scalar);
    case BITS: return type_is_integer(scalar) || scalar->kind == TYPE_BOOL;
    default: return true;
    }
}

static bool verify_class(Verifier *v, const Op *op) {
    for (uint32_t i = 0; i < sizeof class_rules / sizeof *class_rules; i++) {
        if (class_rules[i].code != op->code)
            continue;
        CHECK(v, is_of_class(type_of(op, 0), class_rules[i].class),
              class_sentences[class_rules[i].class]);
        for (uint32_t k = 1; k < op->operand_count; k++)
            CHECK(v, type_of(op, k) == type_of(op, 0), "the operands have one type");
    }
    return true;
}

/* --- arith --- */

static bool is_scalar_or_vector(const Type *type) {
    return type_is_scalar(type_scalar_of(type));
}

static bool attr_has_type(const Attr *attr, const Type *type) {
    if (attr->type != type)
        return false;
    if (attr->kind != ATTR_LIST)
        return attr->kind == ATTR_INT || attr->kind == ATTR_FLOAT || attr->kind == ATTR_STRING;
    uint32_t count = type->kind == TYPE_VECTOR ? type->lanes : type->field_count;
    if (attr->len != count)
        return false;
    for (uint32_t i = 0; i < count; i++)
        if (!attr_has_type(attr->items[i],
                           type->kind == TYPE_VECTOR ? type->element : type->fields[i]))
            return false;
    return true;
}

static bool verify_cmp(Verifier *v, const Op *op) {
    const Type *scalar = type_scalar_of(type_of(op, 0));
    CHECK(v, type_is_numeric(scalar) || scalar->kind == TYPE_BOOL,
          "the operands are integers, floats or bools, or vectors of them");
    CHECK(v, type_of(op, 0) == type_of(op, 1), "the operands have one type");
    return true;
}

static bool verify_select(Verifier *v, const Op *op) {
    const Type *condition = type_of(op, 0);
    CHECK(v, type_scalar_of(condition)->kind == TYPE_BOOL, "the condition is a bool or a mask");
    CHECK(v, type_of(op, 1) == result_of(op) && type_of(op, 2) == result_of(op),
          "both values have the type of the result");
    CHECK(v, condition->kind != TYPE_VECTOR || type_lanes(result_of(op)) == condition->lanes,
          "a mask has as many lanes as the values");
    return true;
}

static bool verify_convert(Verifier *v, const Op *op) {
    CHECK(v, is_scalar_or_vector(type_of(op, 0)) && is_scalar_or_vector(result_of(op)),
          "a conversion is between scalars, or vectors of them");
    CHECK(v, type_lanes(type_of(op, 0)) == type_lanes(result_of(op)),
          "a conversion keeps the number of lanes");
    return true;
}

/* 0: it has no bits to cast. A pointer has 64. */
static uint64_t cast_bits(const Type *type) {
    const Type *scalar = type_scalar_of(type);
    if (type->kind == TYPE_PTR)
        return 64;
    return type_is_scalar(scalar) && scalar->kind != TYPE_BOOL
               ? (uint64_t)type_bits(scalar) * type_lanes(type)
               : 0;
}

static bool verify_bitcast(Verifier *v, const Op *op) {
    if (type_of(op, 0) == result_of(op))
        return true;
    CHECK(v, cast_bits(type_of(op, 0)) && cast_bits(type_of(op, 0)) == cast_bits(result_of(op)),
          "a bitcast is between numbers, vectors of them and pointers of one size");
    return true;
}

/* --- vec --- */

static bool verify_build(Verifier *v, const Op *op) {
    const Type *type = result_of(op);
    CHECK(v, type->kind == TYPE_VECTOR && op->operand_count == type->lanes,
          "there is an operand for each lane");
    for (uint32_t i = 0; i < op->operand_count; i++)
        CHECK(v, type_of(op, i) == type->element, "an operand has the type of a lane");
    return true;
}

static bool verify_shuffle(Verifier *v, const Op *op) {
    const Attr *lanes = op_attr(op, ATTR_KEY_LANES);
    const Type *from = type_of(op, 0), *to = result_of(op);
    CHECK(v,
          from->kind == TYPE_VECTOR && type_scalar_of(to) == from->element &&
              type_lanes(to) == lanes->len,
          "the result has a lane of operand 0 for each number of {lanes}");
    for (uint32_t i = 0; i < lanes->len; i++)
        CHECK(v, lanes->items[i]->bits < from->lanes, "{lanes} are lanes of operand 0");
    return true;
}

static bool verify_join(Verifier *v, const Op *op) {
    const Type *a = type_of(op, 0), *c = type_of(op, 1), *to = result_of(op);
    CHECK(v,
          is_scalar_or_vector(a) && type_scalar_of(a) == type_scalar_of(c) &&
              type_scalar_of(a) == type_scalar_of(to) &&
              type_lanes(to) == type_lanes(a) + type_lanes(c),
          "the result has the lanes of both operands");
    return true;
}

static bool verify_slice(Verifier *v, const Op *op) {
    const Type *from = type_of(op, 0), *to = result_of(op);
    CHECK(v,
          from->kind == TYPE_VECTOR && type_scalar_of(to) == from->element &&
              type_lanes(to) <= from->lanes,
          "the result has lanes of operand 0, no more than it has");
    CHECK(v, are_i64(op, 1, 1), "the first lane is an i64");
    return true;
}

static bool verify_reduce(Verifier *v, const Op *op) {
    const char *kind = op_attr(op, ATTR_KEY_KIND)->string;
    const Type *scalar = type_scalar_of(type_of(op, 0));
    bool is_logic = strcmp(kind, "and") == 0 || strcmp(kind, "or") == 0;
    CHECK(v, is_of_class(scalar, is_logic ? BITS : NUMBERS),
          "and, or combine integers and bools, the others numbers");
    CHECK(v, result_of(op) == scalar, "the result is one lane");
    return true;
}

/* A scalar function's result as its map over `lanes` has it. */
static const Type *mapped_result(Verifier *v, const Type *type, uint32_t lanes) {
    if (type_is_scalar(type))
        return type_vector(v->module->types, type, lanes);
    if (type->kind != TYPE_TUPLE)
        return NULL;
    const Type **fields = arena_array(v->arena, const Type *, type->field_count);
    for (uint32_t i = 0; i < type->field_count; i++) {
        if (!type_is_scalar(type->fields[i]))
            return NULL;
        fields[i] = type_vector(v->module->types, type->fields[i], lanes);
    }
    return type_tuple(v->module->types, fields, type->field_count);
}

static bool verify_map(Verifier *v, const Op *op) {
    const Func *callee = op_attr(op, ATTR_KEY_CALLEE)->func;
    uint32_t lanes = 1;
    CHECK(v, op->operand_count == func_input_count(callee),
          "there is an operand for each input of {callee}");
    for (uint32_t i = 0; i < op->operand_count; i++) {
        const Type *type = type_of(op, i);
        CHECK(v, type_scalar_of(type) == func_input_type(callee, i),
              "an operand is a scalar of the input's type, or a vector of them");
        CHECK(v, type->kind != TYPE_VECTOR || lanes == 1 || lanes == type->lanes,
              "vectors have one number of lanes");
        lanes = type->kind == TYPE_VECTOR ? type->lanes : lanes;
    }
    CHECK(v,
          callee->result_count == 1 && mapped_result(v, callee->results[0], lanes) == result_of(op),
          "the result is a vector of {callee}'s results; of a tuple, a tuple of vectors");
    return true;
}

static bool verify_insert(Verifier *v, const Op *op) {
    CHECK(v,
          type_of(op, 0)->kind == TYPE_VECTOR && type_of(op, 1) == type_of(op, 0)->element &&
              are_i64(op, 2, 1),
          "the operands are a vector, a lane's value and an i64");
    return true;
}

/* --- agg --- */

static bool is_aggregate(const Type *type) {
    return type->kind == TYPE_TUPLE || type->kind == TYPE_STRUCT;
}

static bool verify_make(Verifier *v, const Op *op) {
    const Type *type = result_of(op);
    CHECK(v, is_aggregate(type) && op->operand_count == type->field_count,
          "there is an operand for each field");
    for (uint32_t i = 0; i < op->operand_count; i++)
        CHECK(v, type_of(op, i) == type->fields[i], "an operand has the type of its field");
    return true;
}

static bool verify_field(Verifier *v, const Op *op, const Type *field) {
    const Type *type = type_of(op, 0);
    uint64_t index = op_attr(op, ATTR_KEY_INDEX)->bits;
    CHECK(v, is_aggregate(type) && index < type->field_count,
          "operand 0 is a struct or tuple that has the field {index}");
    CHECK(v, type->fields[index] == field, "the field's value has the field's type");
    return true;
}

static bool verify_table(Verifier *v, const Op *op) {
    const Attr *list = op_attr(op, ATTR_KEY_VALUE);
    CHECK(v, are_i64(op, 0, 1), "the index is an i64");
    for (uint32_t i = 0; i < list->len; i++)
        CHECK(v, attr_has_type(list->items[i], result_of(op)),
              "the list's items have the result's type");
    return true;
}

bool verify_value_op(Verifier *v, const Op *op) {
    if (!verify_class(v, op))
        return false;
    switch (op->code) {
    case OP_ARITH_CONST:
        CHECK(v, attr_has_type(op_attr(op, ATTR_KEY_VALUE), result_of(op)),
              "the constant has the result's type");
        return true;
    case OP_ARITH_RANGE_TRIPS:
        CHECK(v, type_is_scalar(type_of(op, 0)), "start, stop and step are scalars");
        return true;
    case OP_ARITH_CMP: return verify_cmp(v, op);
    case OP_ARITH_SELECT: return verify_select(v, op);
    case OP_ARITH_CONVERT: return verify_convert(v, op);
    case OP_ARITH_BITCAST: return verify_bitcast(v, op);
    case OP_VEC_SPLAT:
        CHECK(v, type_is_scalar(type_of(op, 0)) && type_scalar_of(result_of(op)) == type_of(op, 0),
              "the result is a vector of operand 0, a scalar");
        return true;
    case OP_VEC_BUILD: return verify_build(v, op);
    case OP_VEC_EXTRACT:
        CHECK(v,
              type_of(op, 0)->kind == TYPE_VECTOR && type_of(op, 0)->element == result_of(op) &&
                  are_i64(op, 1, 1),
              "operand 0 is a vector of the result's type, operand 1 an i64");
        return true;
    case OP_VEC_INSERT: return verify_insert(v, op);
    case OP_VEC_IOTA:
        CHECK(v, type_is_numeric(type_scalar_of(result_of(op))),
              "the result is a vector of numbers");
        return true;
    case OP_VEC_SHUFFLE: return verify_shuffle(v, op);
    case OP_VEC_JOIN: return verify_join(v, op);
    case OP_VEC_SLICE: return verify_slice(v, op);
    case OP_VEC_REDUCE: return verify_reduce(v, op);
    case OP_VEC_MAP: return verify_map(v, op);
    case OP_AGG_MAKE: return verify_make(v, op);
    case OP_AGG_GET: return verify_field(v, op, result_of(op));
    case OP_AGG_SET: return verify_field(v, op, type_of(op, 1));
    case OP_AGG_TABLE: return verify_table(v, op);
    default: return true;
    }
}
