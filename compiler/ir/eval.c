/* What the arithmetic ops compute: the `computes` column read as C, once for each class of scalars,
 * and the conversions between all of them. compute.h says what the names of the column mean.
 *
 * Every float is at heart a sign, a significand and a power of two. One function, `pack`, rounds
 * such a triple to any format, so a conversion rounds once whatever it comes from. */
#include "ir/eval.h"

#include "base/diag.h"
#include "ir/compute.h"

#include <stdlib.h>

typedef unsigned __int128 Wide;

/* Formats. */

typedef struct Format {
    uint8_t exponent_bits, mantissa_bits;
    bool has_infinity; /* f8_e4m3 uses the top exponent for numbers, but for its last code, a NaN */
} Format;

static const Format formats[TYPE_NONE] = {
    [TYPE_F16] = {5, 10, true},     [TYPE_BF16] = {8, 7, true},   [TYPE_F32] = {8, 23, true},
    [TYPE_F64] = {11, 52, true},    [TYPE_F8_E4M3] = {4, 3, false}, [TYPE_F8_E5M2] = {5, 2, true},
};

static uint64_t sign_bit(Format f) {
    return 1ull << (f.exponent_bits + f.mantissa_bits);
}

/* The code of infinity, where there is one. */
static uint64_t infinity_of(Format f) {
    return ((1ull << f.exponent_bits) - 1) << f.mantissa_bits;
}

static uint64_t nan_of(Format f) {
    return f.has_infinity ? infinity_of(f) | 1ull << (f.mantissa_bits - 1) : sign_bit(f) - 1;
}

static uint64_t overflow_of(Format f) {
    return f.has_infinity ? infinity_of(f) : nan_of(f);
}

/* The exponent of the lowest bit of a subnormal. */
static int lowest_exponent(Format f) {
    int bias = (1 << (f.exponent_bits - 1)) - 1;
    return 1 - bias - f.mantissa_bits;
}

static int bit_length(Wide value) {
    uint64_t high = (uint64_t)(value >> 64), low = (uint64_t)value;
    return high ? 128 - __builtin_clzll(high) : low ? 64 - __builtin_clzll(low) : 0;
}

/* value / 2^shift to nearest, ties to even. */
static Wide shift_right_rounding(Wide value, int shift) {
    if (shift > 128)
        return 0;
    Wide kept = shift == 128 ? 0 : value >> shift;
    Wide half = (Wide)1 << (shift - 1);
    Wide rest = shift == 128 ? value : value & (((Wide)1 << shift) - 1);
    return kept + (rest > half || (rest == half && (kept & 1)));
}

/* The code of (negative ? -1 : 1) * significand * 2^exponent, rounded once to nearest, ties to
 * even. */
static uint64_t pack(Format f, bool negative, Wide significand, int exponent) {
    uint64_t sign = negative ? sign_bit(f) : 0;
    if (significand == 0)
        return sign;
    int lowest = lowest_exponent(f);
    int unit =
        exponent + bit_length(significand) - (f.mantissa_bits + 1); /* of the last bit kept */
    if (unit < lowest)
        unit = lowest;
    if (unit - lowest > 1 << f.exponent_bits)
        return sign | overflow_of(f);
    int shift = unit - exponent;
    Wide kept = shift > 0 ? shift_right_rounding(significand, shift) : significand << -shift;
    /* With its leading bit the significand adds one to the exponent's field, without it the number
     * is subnormal, and a carry out of it moves on to the next exponent: one sum serves all three.
     */
    uint64_t code = ((uint64_t)(unit - lowest) << f.mantissa_bits) + (uint64_t)kept;
    return sign | (code < overflow_of(f) ? code : overflow_of(f));
}

/* The finite double as significand * 2^exponent; its sign aside. */
static uint64_t unpack_double(double value, int *exponent) {
    uint64_t bits = bits_of_double(value), field = bits >> 52 & 0x7ff,
             mantissa = bits & ((1ull << 52) - 1);
    *exponent = (field ? (int)field : 1) - 1075;
    return field ? mantissa | 1ull << 52 : mantissa;
}

uint64_t eval_from_double(const Type *type, double value) {
    if (type->kind == TYPE_F64)
        return bits_of_double(value);
    if (type->kind == TYPE_F32)
        return bits_of_float((float)value);
    Format f = formats[type->kind];
    uint64_t sign = signbit(value) ? sign_bit(f) : 0;
    if (isnan(value))
        return sign | nan_of(f);
    if (isinf(value))
        return sign | overflow_of(f);
    int exponent;
    uint64_t significand = unpack_double(value, &exponent);
    return pack(f, sign != 0, significand, exponent);
}

double eval_to_double(const Type *type, uint64_t bits) {
    if (type->kind == TYPE_F64)
        return double_of_bits(bits);
    if (type->kind == TYPE_F32)
        return float_of_bits(bits);
    Format f = formats[type->kind];
    uint64_t magnitude = bits & (sign_bit(f) - 1),
             mantissa = bits & ((1ull << f.mantissa_bits) - 1);
    uint64_t field = magnitude >> f.mantissa_bits;
    double value;
    if (f.has_infinity && magnitude >= infinity_of(f))
        value = magnitude == infinity_of(f) ? INFINITY : NAN;
    else if (!f.has_infinity && magnitude == nan_of(f))
        value = NAN;
    else if (field == 0)
        value = ldexp((double)mantissa, lowest_exponent(f));
    else
        value = ldexp((double)(mantissa | 1ull << f.mantissa_bits),
                      lowest_exponent(f) + (int)field - 1);
    return bits & sign_bit(f) ? -value : value;
}

/* Conversions. */

static bool is_float_kind(const Type *type) {
    ScalarClass class = type_class(type);
    return class == CLASS_FLOAT || class == CLASS_STORAGE_FLOAT;
}

static uint64_t cut(const Type *type, uint64_t bits) {
    unsigned width = type_bits(type);
    return type_class(type) == CLASS_SIGNED ? cut_signed(bits, width) : cut_unsigned(bits, width);
}

static uint64_t convert_float_to_int(const Type *to, double value) {
    unsigned width = type_bits(to);
    bool is_signed = type_class(to) == CLASS_SIGNED;
    double above = ldexp(1, (int)width - is_signed); /* the first power of two past the range */
    if (isnan(value))
        return 0;
    if (value >= above)
        return is_signed ? (1ull << (width - 1)) - 1 : ~0ull >> (64 - width);
    if (is_signed)
        return value < -above ? 0 - (1ull << (width - 1)) : (uint64_t)(int64_t)value;
    return value <= 0 ? 0 : (uint64_t)value;
}

static uint64_t convert_int_to_float(const Type *from, const Type *to, uint64_t bits) {
    bool negative = type_class(from) == CLASS_SIGNED && (int64_t)bits < 0;
    return pack(formats[to->kind], negative, negative ? 0 - bits : bits, 0);
}

uint64_t eval_convert(const Type *from, const Type *to, uint64_t bits) {
    if (from == to)
        return bits;
    if (is_float_kind(from)) {
        double value = eval_to_double(from, bits);
        if (to->kind == TYPE_BOOL)
            return value != 0;
        return is_float_kind(to) ? eval_from_double(to, value) : convert_float_to_int(to, value);
    }
    if (to->kind == TYPE_BOOL)
        return bits != 0;
    return is_float_kind(to) ? convert_int_to_float(from, to, bits) : cut(to, bits);
}

/* The floor of a quotient. */

static Wide shifted_quotient(uint64_t dividend, uint64_t divisor, int shift, uint64_t *rest) {
    Wide quotient = dividend / divisor;
    *rest = dividend % divisor;
    while (shift > 0) { /* long division; the rest stays under 2^53, so 64 more bits fit */
        int step = shift < 64 ? shift : 64;
        Wide part = (Wide)*rest << step;
        quotient = (quotient << step) + part / divisor;
        *rest = (uint64_t)(part % divisor);
        shift -= step;
    }
    return quotient;
}

/* Past this exponent of the quotient, floor can't show: the quotient and the midpoint of two
 * neighbouring floats, of at most 54 bits, differ by nothing or by more than 2^-107 of themselves,
 * which is over 1. */
enum { FLOOR_SHOWS = 108 };

/* For finite a and b with b != 0: true, with the magnitude of the floor, unless that is past
 * FLOOR_SHOWS. */
static bool floor_quotient(double a, double b, bool *negative, Wide *magnitude) {
    int exponent_a, exponent_b;
    uint64_t significand_a = unpack_double(a, &exponent_a),
             significand_b = unpack_double(b, &exponent_b);
    while (significand_b < 1ull << 52) {
        significand_b <<= 1;
        exponent_b--;
    }
    int shift = exponent_a - exponent_b;
    uint64_t rest;
    *negative = (a < 0) != (b < 0);
    if (shift > FLOOR_SHOWS)
        return false;
    if (shift >= 0) {
        *magnitude = shifted_quotient(significand_a, significand_b, shift, &rest);
    } else {
        Wide divisor = shift < -60 ? 0 : (Wide)significand_b << -shift;
        *magnitude = divisor ? significand_a / divisor : 0;
        rest = significand_a != 0 && (!divisor || significand_a % divisor != 0);
    }
    if (*negative && rest)
        ++*magnitude;
    return true;
}

double compute_floor_div_f64(double a, double b) {
    if (isinf(b) && isfinite(a)) /* no quotient is exact here: as in Python */
        return a != 0 && (a < 0) != (b < 0) ? -1.0 : a / b;
    if (!isfinite(a) || isnan(b) || a == 0 || b == 0)
        return a / b;
    bool negative;
    Wide magnitude;
    if (!floor_quotient(a, b, &negative, &magnitude))
        return a / b;
    return negative ? -(double)magnitude : (double)magnitude;
}

float compute_floor_div_f32(float a, float b) {
    if (!isfinite(a) || !isfinite(b) || a == 0 || b == 0)
        return (float)compute_floor_div_f64(a, b);
    bool negative;
    Wide magnitude;
    if (!floor_quotient(a, b, &negative, &magnitude))
        return (
            float)((double)a /
                   (double)b); /* 53 bits are over 2 * 24 + 2: the second rounding is innocuous */
    return negative ? -(float)magnitude : (float)magnitude;
}

double compute_fma_to_odd(double a, double b, double c) {
    double product = a * b, sum = product + c;
    if (!isfinite(sum) ||
        sum == 0) /* zero: exact, as a sum of doubles that far from underflow is */
        return sum;
    double shadow = sum - product; /* Knuth's two-sum: sum + error is the exact product + c */
    double error = (product - (sum - shadow)) + (c - shadow);
    uint64_t bits = bits_of_double(sum);
    if (error == 0 || (bits & 1))
        return sum;
    return double_of_bits((error > 0) == (sum > 0) ? bits + 1 : bits - 1);
}

/* The column, class by class. */

#define NO_VALUE                                                                                   \
    ({                                                                                             \
        return false;                                                                              \
        0;                                                                                         \
    })
#define OP(code, text, operands, results, traits, levels, computes, doc)                           \
    case OP_##code: *value = (computes); return true;

#define CLASS(name) SIGNED_##name
static bool compute_signed(Opcode code, int width, __int128 a, __int128 b, __int128 c,
                           __int128 *value) {
    switch (code) {
#include "ir/ops.def"
    default: return false;
    }
}
#undef CLASS

#define CLASS(name) UNSIGNED_##name
static bool compute_unsigned(Opcode code, unsigned width, Wide a, Wide b, Wide c, Wide *value) {
    switch (code) {
#include "ir/ops.def"
    default: return false;
    }
}
#undef CLASS

#define CLASS(name) F32_##name
static bool compute_f32(Opcode code, float a, float b, float c, float *value) {
    switch (code) {
#include "ir/ops.def"
    default: return false;
    }
}
#undef CLASS

#define CLASS(name) F64_##name
static bool compute_f64(Opcode code, double a, double b, double c, double *value) {
    switch (code) {
#include "ir/ops.def"
    default: return false;
    }
}
#undef CLASS

#define CLASS(name) NARROW_##name
static bool compute_narrow(Opcode code, double a, double b, double c, double *value) {
    switch (code) {
#include "ir/ops.def"
    default: return false;
    }
}
#undef CLASS
#undef OP
#undef NO_VALUE

static bool eval_integer(Opcode code, const Type *type, const uint64_t *in, uint64_t *out) {
    unsigned width = type_bits(type);
    if (type_class(type) == CLASS_SIGNED) {
        __int128 value;
        if (!compute_signed(code, (int)width, (int64_t)in[0], (int64_t)in[1], (int64_t)in[2],
                            &value))
            return false;
        *out = cut_signed((uint64_t)value, width);
        return true;
    }
    Wide value;
    if (!compute_unsigned(code, width, in[0], in[1], in[2], &value))
        return false;
    *out = cut_unsigned((uint64_t)value, width);
    return true;
}

static bool eval_float(Opcode code, const Type *type, const uint64_t *in, uint64_t *out) {
    if (type->kind == TYPE_F32) {
        float value;
        if (!compute_f32(code, float_of_bits(in[0]), float_of_bits(in[1]), float_of_bits(in[2]),
                         &value))
            return false;
        *out = bits_of_float(value);
        return true;
    }
    double value, a = eval_to_double(type, in[0]), b = eval_to_double(type, in[1]),
                  c = eval_to_double(type, in[2]);
    bool known = type->kind == TYPE_F64 ? compute_f64(code, a, b, c, &value)
                                        : compute_narrow(code, a, b, c, &value);
    if (known)
        *out = eval_from_double(type, value);
    return known;
}

/* Comparisons and the few that are no expression of one type. */

#define COMPARE(a, b)                                                                              \
    (p == PREDICATE_EQ   ? (a) == (b)                                                              \
     : p == PREDICATE_NE ? (a) != (b)                                                              \
     : p == PREDICATE_LT ? (a) < (b)                                                               \
     : p == PREDICATE_LE ? (a) <= (b)                                                              \
     : p == PREDICATE_GT ? (a) > (b)                                                               \
                         : (a) >= (b))

bool eval_predicate(const char *text, Predicate *predicate) {
    static const char *const texts[] = {"eq", "ne", "lt", "le", "gt", "ge"};
    for (int i = 0; text && i < PREDICATE_COUNT; i++) {
        if (strcmp(text, texts[i]) == 0) {
            *predicate = (Predicate)i;
            return true;
        }
    }
    return false;
}

bool eval_compare(Predicate p, const Type *type, uint64_t a, uint64_t b) {
    if (is_float_kind(type))
        return COMPARE(eval_to_double(type, a), eval_to_double(type, b));
    if (type_class(type) == CLASS_SIGNED)
        return COMPARE((int64_t)a, (int64_t)b);
    return COMPARE(a, b);
}

bool eval_kind(const char *kind, Opcode *code) {
    static const struct { const char *kind; Opcode code;
    } rows[] = {
        {"add", OP_ARITH_ADD}, {"sum", OP_ARITH_ADD}, {"prefix_sum", OP_ARITH_ADD},
        {"sub", OP_ARITH_SUB}, {"mul", OP_ARITH_MUL}, {"prod", OP_ARITH_MUL},
        {"min", OP_ARITH_MIN}, {"max", OP_ARITH_MAX}, {"and", OP_ARITH_AND},
        {"all", OP_ARITH_AND}, {"or", OP_ARITH_OR},   {"any", OP_ARITH_OR},
        {"xor", OP_ARITH_XOR},
    };
    for (size_t i = 0; kind && i < sizeof rows / sizeof *rows; i++) {
        if (strcmp(kind, rows[i].kind) == 0) {
            *code = rows[i].code;
            return true;
        }
    }
    return false;
}

static uint64_t eval_trips(const Type *type, const uint64_t *in) {
    return type_class(type) == CLASS_SIGNED
               ? range_trips_signed((int64_t)in[0], (int64_t)in[1], (int64_t)in[2])
               : range_trips_unsigned(in[0], in[1], in[2]);
}

bool eval_scalar(Opcode code, const Type *type, const Type *result_type, const char *predicate,
                 const Scalar *operands, Scalar *result) {
    if (!type_is_scalar(type))
        return false;
    uint64_t in[3] = {0};
    int count = op_info[code].operands;
    for (int i = 0; i < count && i < 3; i++)
        in[i] = operands[i].bits;
    Predicate p;
    switch (code) {
    case OP_ARITH_CMP:
        if (!eval_predicate(predicate, &p))
            return false;
        result->bits = eval_compare(p, type, in[0], in[1]);
        return true;
    case OP_ARITH_CONVERT:
        if (!type_is_scalar(result_type))
            return false;
        result->bits = eval_convert(type, result_type, in[0]);
        return true;
    case OP_ARITH_RANGE_TRIPS:
        result->bits = eval_trips(type, in);
        return !is_float_kind(type);
    case OP_MATH_IS_NAN:
        result->bits = is_float_kind(type) && isnan(eval_to_double(type, in[0]));
        return true;
    case OP_MATH_IS_INF:
        result->bits = is_float_kind(type) && isinf(eval_to_double(type, in[0]));
        return true;
    default: break;
    }
    switch (type_class(type)) {
    case CLASS_FLOAT: return eval_float(code, type, in, &result->bits);
    case CLASS_STORAGE_FLOAT: return false;
    default: return eval_integer(code, type, in, &result->bits);
    }
}
