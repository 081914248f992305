/* Element types by their DLPack code and bits: names, and values to and from f64 and i64. Every float is
 * exact as an f64, every integer but u64's upper half as an i64. */
#ifndef WEFT_RT_DTYPE_H
#define WEFT_RT_DTYPE_H

#include "core/names.h"
#include "weft_rt.h"

enum { DTYPE_NAME_SIZE = 24 };

/* "f32"; NULL when the language has no such type. */
const char *dtype_name(uint8_t code, uint8_t bits);
/* The same, but for a foreign one made up in `text`: "complex64", "f32x4". Gives text or a constant. */
const char *dtype_text(DLDataType dtype, char text[DTYPE_NAME_SIZE]);

static inline bool dtype_is_float(uint8_t code) {
    return code == kDLFloat || code == kDLBfloat || code == kDLFloat8_e4m3fn || code == kDLFloat8_e5m2;
}

/* A float's bits, of any of the float types. From f64: rounds to nearest, ties to even; what overflows is
 * infinity, or NaN in f8_e4m3, which has none. */
double float_bits_to_f64(uint8_t code, uint8_t bits, uint64_t value);
uint64_t float_bits_from_f64(uint8_t code, uint8_t bits, double value);

/* An element in memory. dtype_to_i64 is of integers and bools: a u64's bits. */
double dtype_to_f64(uint8_t code, uint8_t bits, const void *element);
int64_t dtype_to_i64(uint8_t code, uint8_t bits, const void *element);
void dtype_from_f64(uint8_t code, uint8_t bits, double value, void *element);
void dtype_from_i64(uint8_t code, uint8_t bits, int64_t value, void *element);

#endif
