#include "core/dtype.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

typedef struct DtypeRow {
    const char *name;
    uint8_t code, bits;
} DtypeRow;

static const DtypeRow dtypes[] = {
    {"bool", kDLBool, 8},  {"i8", kDLInt, 8},     {"i16", kDLInt, 16},   {"i32", kDLInt, 32},
    {"i64", kDLInt, 64},   {"u8", kDLUInt, 8},    {"u16", kDLUInt, 16},  {"u32", kDLUInt, 32},
    {"u64", kDLUInt, 64},  {"f16", kDLFloat, 16}, {"bf16", kDLBfloat, 16}, {"f32", kDLFloat, 32},
    {"f64", kDLFloat, 64}, {"f8_e4m3", kDLFloat8_e4m3fn, 8}, {"f8_e5m2", kDLFloat8_e5m2, 8},
};

const char *dtype_name(uint8_t code, uint8_t bits) {
    for (size_t i = 0; i < sizeof dtypes / sizeof *dtypes; i++)
        if (dtypes[i].code == code && dtypes[i].bits == bits)
            return dtypes[i].name;
    return NULL;
}

const char *dtype_text(DLDataType dtype, char text[DTYPE_NAME_SIZE]) {
    const char *name = dtype_name(dtype.code, dtype.bits);
    if (name && dtype.lanes == 1)
        return name;
    if (name)
        snprintf(text, DTYPE_NAME_SIZE, "%sx%d", name, dtype.lanes);
    else if (dtype.code == 3)
        snprintf(text, DTYPE_NAME_SIZE, "V%d", dtype.bits / 8);
    else if (dtype.code == 5)
        snprintf(text, DTYPE_NAME_SIZE, "complex%d", dtype.bits);
    else
        snprintf(text, DTYPE_NAME_SIZE, "dtype (%d, %d)", dtype.code, dtype.bits);
    return text;
}

/* A small float: sign, `exponent` bits, `mantissa` bits. finite_only: all ones is NaN, the rest of the top
 * exponent are numbers, and there is no infinity. */
typedef struct SmallFloat {
    int exponent, mantissa;
    bool finite_only;
} SmallFloat;

static SmallFloat small_float(uint8_t code) {
    switch (code) {
    case kDLBfloat: return (SmallFloat){8, 7, false};
    case kDLFloat8_e4m3fn: return (SmallFloat){4, 3, true};
    case kDLFloat8_e5m2: return (SmallFloat){5, 2, false};
    default: return (SmallFloat){5, 10, false};
    }
}

double float_bits_to_f64(uint8_t code, uint8_t bits, uint64_t value) {
    if (code == kDLFloat && bits == 64) {
        double wide;
        memcpy(&wide, &value, sizeof wide);
        return wide;
    }
    if (code == kDLFloat && bits == 32) {
        float single;
        uint32_t low = (uint32_t)value;
        memcpy(&single, &low, sizeof single);
        return single;
    }
    SmallFloat f = small_float(code);
    int bias = (1 << (f.exponent - 1)) - 1, top = (1 << f.exponent) - 1;
    int exponent = (int)(value >> f.mantissa) & top;
    int64_t mantissa = (int64_t)(value & ((1u << f.mantissa) - 1));
    double sign = value >> (f.exponent + f.mantissa) & 1 ? -1.0 : 1.0;
    bool all_ones = mantissa == (1 << f.mantissa) - 1;
    if (exponent == top && (!f.finite_only || all_ones))
        return mantissa && (!f.finite_only || all_ones) ? copysign(NAN, sign) : sign * INFINITY;
    if (exponent == 0)
        return sign * ldexp((double)mantissa, 1 - bias - f.mantissa);
    return sign * ldexp((double)(mantissa + (1 << f.mantissa)), exponent - bias - f.mantissa);
}

uint64_t float_bits_from_f64(uint8_t code, uint8_t bits, double value) {
    uint64_t out = 0;
    if (code == kDLFloat && bits == 64) {
        memcpy(&out, &value, sizeof value);
        return out;
    }
    if (code == kDLFloat && bits == 32) {
        float single = (float)value;
        memcpy(&out, &single, sizeof single);
        return out;
    }
    SmallFloat f = small_float(code);
    int bias = (1 << (f.exponent - 1)) - 1, top = (1 << f.exponent) - 1;
    uint64_t sign = (uint64_t)!!signbit(value) << (f.exponent + f.mantissa);
    uint64_t infinity = (uint64_t)top << f.mantissa, nan = infinity | 1u << (f.mantissa - 1);
    if (f.finite_only)
        infinity = nan = ((uint64_t)1 << (f.exponent + f.mantissa)) - 1;
    if (isnan(value))
        return sign | nan;
    if (isinf(value))
        return sign | infinity;
    int exponent;
    double magnitude = fabs(value);
    frexp(magnitude, &exponent);
    exponent = exponent - 1 < 1 - bias ? 1 - bias : exponent - 1; /* of the leading bit, or of subnormals */
    /* Whole units of the last place: the scaling is exact, and rint takes ties to even. A carry past the
     * mantissa runs on into the exponent, which is the next number. */
    double units = rint(ldexp(magnitude, f.mantissa - exponent));
    if (units == 0)
        return sign;
    uint64_t encoded = (uint64_t)units + ((uint64_t)(exponent + bias - 1) << f.mantissa);
    return sign | (encoded > infinity ? infinity : encoded);
}

double dtype_to_f64(uint8_t code, uint8_t bits, const void *element) {
    if (dtype_is_float(code)) {
        uint64_t value = 0;
        memcpy(&value, element, bits / 8);
        return float_bits_to_f64(code, bits, value);
    }
    int64_t value = dtype_to_i64(code, bits, element);
    return code == kDLUInt ? (double)(uint64_t)value : (double)value;
}

int64_t dtype_to_i64(uint8_t code, uint8_t bits, const void *element) {
    uint64_t value = 0;
    memcpy(&value, element, bits / 8);
    if (code == kDLInt && bits < 64 && value >> (bits - 1) & 1)
        value |= ~(uint64_t)0 << bits;
    return (int64_t)value;
}

void dtype_from_i64(uint8_t code, uint8_t bits, int64_t value, void *element) {
    if (dtype_is_float(code)) {
        dtype_from_f64(code, bits, (double)value, element);
        return;
    }
    if (code == kDLBool)
        value = value != 0;
    memcpy(element, &value, bits / 8);
}

void dtype_from_f64(uint8_t code, uint8_t bits, double value, void *element) {
    if (!dtype_is_float(code)) {
        dtype_from_i64(code, bits, (int64_t)value, element);
        return;
    }
    uint64_t encoded = float_bits_from_f64(code, bits, value);
    memcpy(element, &encoded, bits / 8);
}
