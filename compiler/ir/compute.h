/* The names that the `computes` column of ops.def uses, for each class of scalars. Whoever
 * evaluates the column (eval.c, interp.c) includes this, says which class it is in, and includes
 * the rows:
 *
 *     #define CLASS(name) SIGNED_##name
 *     #define NO_VALUE ...                     what an op without a meaning in this class does
 *     #define OP(code, text, in, out, traits, levels, computes, doc) case OP_##code: r = computes;
 *     #include "ir/ops.def"
 *
 * Classes and the C types of a, b, c and of the value, which the reader then cuts or rounds to the
 * op's type:
 *     SIGNED    __int128            operands sign-extended: sums and products are exact
 *     UNSIGNED  unsigned __int128   operands zero-extended
 *     F32       float
 *     F64       double
 *     NARROW    double              f16 and bf16: the value is rounded once more, see below
 * `width`, the bits of the type, must be in scope for SIGNED and UNSIGNED.
 *
 * Why NARROW may round twice: f16 has p = 11 bits and bf16 p = 8. Products are exact in a double. A
 * sum, quotient or square root rounded to 53 >= 2p + 2 bits and then to p is the one rounded at
 * once (Figueroa, "When is double rounding innocuous?"), subnormal results included, since a sum in
 * their range is exact, and a quotient that is no midpoint is away from every midpoint by more than
 * 2^-24 of itself. An fma has no such bound: it is rounded to odd first, which loses nothing that a
 * second rounding looks at. */
#ifndef WEFT_IR_COMPUTE_H
#define WEFT_IR_COMPUTE_H

#include <math.h>
#include <stdint.h>
#include <string.h>

#define QUOTIENT(a, b)    CLASS(QUOTIENT)(a, b)
#define FLOOR_DIV(a, b)   CLASS(FLOOR_DIV)(a, b)
#define FLOOR_MOD(a, b)   CLASS(FLOOR_MOD)(a, b)
#define CEIL_DIV(a, b)    CLASS(CEIL_DIV)(a, b)
#define NEGATE(a)         CLASS(NEGATE)(a)
#define ABSOLUTE(a)       CLASS(ABSOLUTE)(a)
#define BITS(a)           CLASS(BITS)(a)
#define COMPLEMENT(a)     CLASS(COMPLEMENT)(a)
#define SHIFT_LEFT(a, b)  CLASS(SHIFT_LEFT)(a, b)
#define SHIFT_RIGHT(a, b) CLASS(SHIFT_RIGHT)(a, b)
#define FMA(a, b, c)      CLASS(FMA)(a, b, c)
#define SQRT(a)           CLASS(SQRT)(a)
#define FLOOR(a)          CLASS(FLOOR)(a)
#define CEIL(a)           CLASS(CEIL)(a)
#define TRUNC(a)          CLASS(TRUNC)(a)
#define ROUND_EVEN(a)     CLASS(ROUND_EVEN)(a)
#define COPYSIGN(a, b)    CLASS(COPYSIGN)(a, b)

/* Integers. */

static inline int64_t signed_floor_div(int64_t a, int64_t b) {
    if (b == 0)
        return 0;
    if (b == -1)
        return (int64_t)(0 - (uint64_t)a); /* the smallest wraps to itself */
    int64_t quotient = a / b;
    return quotient - (a % b != 0 && (a < 0) != (b < 0));
}

static inline int64_t signed_floor_mod(int64_t a, int64_t b) {
    if (b == 0 || b == -1)
        return 0;
    int64_t rest = a % b;
    return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
}

static inline int64_t signed_ceil_div(int64_t a, int64_t b) {
    if (b == 0 || b == -1)
        return signed_floor_div(a, b);
    int64_t quotient = a / b;
    return quotient + (a % b != 0 && (a < 0) == (b < 0));
}

#define SIGNED_QUOTIENT(a, b)    NO_VALUE
#define SIGNED_FLOOR_DIV(a, b)   signed_floor_div((int64_t)(a), (int64_t)(b))
#define SIGNED_FLOOR_MOD(a, b)   signed_floor_mod((int64_t)(a), (int64_t)(b))
#define SIGNED_CEIL_DIV(a, b)    signed_ceil_div((int64_t)(a), (int64_t)(b))
#define SIGNED_NEGATE(a)         (-(a))
#define SIGNED_ABSOLUTE(a)       ((a) < 0 ? -(a) : (a))
#define SIGNED_BITS(a)           (a)
#define SIGNED_COMPLEMENT(a)     (~(a))
#define SIGNED_SHIFT_LEFT(a, b)                                                                    \
    ((b) < 0 || (b) >= width ? 0 : (int64_t)((uint64_t)(a) << (int)(b)))
#define SIGNED_SHIFT_RIGHT(a, b)                                                                   \
    ((b) < 0 || (b) >= width ? ((a) < 0 ? -1 : 0) : (int64_t)(a) >> (int)(b))
#define SIGNED_FMA(a, b, c)      ((a) * (b) + (c))
#define SIGNED_SQRT(a)           NO_VALUE
#define SIGNED_FLOOR(a)          NO_VALUE
#define SIGNED_CEIL(a)           NO_VALUE
#define SIGNED_TRUNC(a)          NO_VALUE
#define SIGNED_ROUND_EVEN(a)     NO_VALUE
#define SIGNED_COPYSIGN(a, b)    NO_VALUE

#define UNSIGNED_QUOTIENT(a, b)    NO_VALUE
#define UNSIGNED_FLOOR_DIV(a, b)   ((b) == 0 ? 0 : (uint64_t)(a) / (uint64_t)((b) + ((b) == 0)))
#define UNSIGNED_FLOOR_MOD(a, b)   ((b) == 0 ? 0 : (uint64_t)(a) % (uint64_t)((b) + ((b) == 0)))
#define UNSIGNED_CEIL_DIV(a, b)    (UNSIGNED_FLOOR_DIV(a, b) + (UNSIGNED_FLOOR_MOD(a, b) != 0))
#define UNSIGNED_NEGATE(a)         (-(a))
#define UNSIGNED_ABSOLUTE(a)       (a)
#define UNSIGNED_BITS(a)           (a)
#define UNSIGNED_COMPLEMENT(a)     (~(a))
#define UNSIGNED_SHIFT_LEFT(a, b)  ((b) >= width ? 0 : (uint64_t)(a) << (int)(b))
#define UNSIGNED_SHIFT_RIGHT(a, b) ((b) >= width ? 0 : (uint64_t)(a) >> (int)(b))
#define UNSIGNED_FMA(a, b, c)      ((a) * (b) + (c))
#define UNSIGNED_SQRT(a)           NO_VALUE
#define UNSIGNED_FLOOR(a)          NO_VALUE
#define UNSIGNED_CEIL(a)           NO_VALUE
#define UNSIGNED_TRUNC(a)          NO_VALUE
#define UNSIGNED_ROUND_EVEN(a)     NO_VALUE
#define UNSIGNED_COPYSIGN(a, b)    NO_VALUE

/* Floats. */

/* The floor of the exact quotient, rounded once (eval.c). */
float compute_floor_div_f32(float a, float b);
double compute_floor_div_f64(double a, double b);
/* a * b + c to odd, for operands whose product is exact in a double. */
double compute_fma_to_odd(double a, double b, double c);

static inline float f32_floor_mod(float a, float b) {
    float rest = fmodf(a, b);
    return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
}

static inline double f64_floor_mod(double a, double b) {
    double rest = fmod(a, b);
    return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
}

/* Of f16 and bf16 the double quotient is off by less than it is away from an integer it is not, up
 * to 2^41; beyond, what floor takes off is less than any p-bit midpoint is away. At an infinity as
 * in Python. */
static inline double narrow_floor_div(double a, double b) {
    return isinf(b) ? compute_floor_div_f64(a, b) : floor(a / b);
}

#define F32_QUOTIENT(a, b)    ((a) / (b))
#define F32_FLOOR_DIV(a, b)   compute_floor_div_f32(a, b)
#define F32_FLOOR_MOD(a, b)   f32_floor_mod(a, b)
#define F32_CEIL_DIV(a, b)    NO_VALUE
#define F32_NEGATE(a)         (-(a))
#define F32_ABSOLUTE(a)       fabsf(a)
#define F32_BITS(a)           NO_VALUE
#define F32_COMPLEMENT(a)     NO_VALUE
#define F32_SHIFT_LEFT(a, b)  NO_VALUE
#define F32_SHIFT_RIGHT(a, b) NO_VALUE
#define F32_FMA(a, b, c)      fmaf(a, b, c)
#define F32_SQRT(a)           sqrtf(a)
#define F32_FLOOR(a)          floorf(a)
#define F32_CEIL(a)           ceilf(a)
#define F32_TRUNC(a)          truncf(a)
#define F32_ROUND_EVEN(a)     rintf(a)
#define F32_COPYSIGN(a, b)    copysignf(a, b)

#define F64_QUOTIENT(a, b)    ((a) / (b))
#define F64_FLOOR_DIV(a, b)   compute_floor_div_f64(a, b)
#define F64_FLOOR_MOD(a, b)   f64_floor_mod(a, b)
#define F64_CEIL_DIV(a, b)    NO_VALUE
#define F64_NEGATE(a)         (-(a))
#define F64_ABSOLUTE(a)       fabs(a)
#define F64_BITS(a)           NO_VALUE
#define F64_COMPLEMENT(a)     NO_VALUE
#define F64_SHIFT_LEFT(a, b)  NO_VALUE
#define F64_SHIFT_RIGHT(a, b) NO_VALUE
#define F64_FMA(a, b, c)      fma(a, b, c)
#define F64_SQRT(a)           sqrt(a)
#define F64_FLOOR(a)          floor(a)
#define F64_CEIL(a)           ceil(a)
#define F64_TRUNC(a)          trunc(a)
#define F64_ROUND_EVEN(a)     rint(a)
#define F64_COPYSIGN(a, b)    copysign(a, b)

#define NARROW_QUOTIENT(a, b)    ((a) / (b))
#define NARROW_FLOOR_DIV(a, b)   narrow_floor_div(a, b)
#define NARROW_FLOOR_MOD(a, b)   f64_floor_mod(a, b)
#define NARROW_CEIL_DIV(a, b)    NO_VALUE
#define NARROW_NEGATE(a)         (-(a))
#define NARROW_ABSOLUTE(a)       fabs(a)
#define NARROW_BITS(a)           NO_VALUE
#define NARROW_COMPLEMENT(a)     NO_VALUE
#define NARROW_SHIFT_LEFT(a, b)  NO_VALUE
#define NARROW_SHIFT_RIGHT(a, b) NO_VALUE
#define NARROW_FMA(a, b, c)      compute_fma_to_odd(a, b, c)
#define NARROW_SQRT(a)           sqrt(a)
#define NARROW_FLOOR(a)          floor(a)
#define NARROW_CEIL(a)           ceil(a)
#define NARROW_TRUNC(a)          trunc(a)
#define NARROW_ROUND_EVEN(a)     rint(a)
#define NARROW_COPYSIGN(a, b)    copysign(a, b)

/* Bits. */

static inline double double_of_bits(uint64_t bits) {
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static inline uint64_t bits_of_double(double value) {
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static inline float float_of_bits(uint64_t bits) {
    uint32_t low = (uint32_t)bits;
    float value;
    memcpy(&value, &low, sizeof value);
    return value;
}

static inline uint64_t bits_of_float(float value) {
    uint32_t low;
    memcpy(&low, &value, sizeof low);
    return low;
}

/* `bits` cut to `width` and extended: what a Scalar of an integer type or bool always is. */
static inline uint64_t cut_signed(uint64_t bits, unsigned width) {
    return (uint64_t)((int64_t)(bits << (64 - width)) >> (64 - width));
}

static inline uint64_t cut_unsigned(uint64_t bits, unsigned width) {
    return bits << (64 - width) >> (64 - width);
}

/* How often range(start, stop, step) goes round. */
static inline uint64_t range_trips_signed(int64_t start, int64_t stop, int64_t step) {
    if (step == 0 || (step > 0 ? start >= stop : start <= stop))
        return 0;
    uint64_t distance =
        step > 0 ? (uint64_t)stop - (uint64_t)start : (uint64_t)start - (uint64_t)stop;
    uint64_t stride = step > 0 ? (uint64_t)step : 0 - (uint64_t)step;
    return (distance - 1) / stride + 1;
}

static inline uint64_t range_trips_unsigned(uint64_t start, uint64_t stop, uint64_t step) {
    return step == 0 || start >= stop ? 0 : (stop - start - 1) / step + 1;
}

#endif
