/* Floats as decimals: the digits of a value, and the shortest ones that read back as the same value of the
 * same type. The caller's locale plays no part. */
#ifndef WEFT_RT_DECIMAL_H
#define WEFT_RT_DECIMAL_H

#include "core/names.h"

#include <stdint.h>

enum { DECIMAL_SHORTEST_SIZE = 20, DECIMAL_REPR_SIZE = 32 };

/* value = 0.d1d2d3... times 10^point. Zero is the digit 0 with point 1. */
typedef struct Decimal {
    int count;   /* of digits */
    int point;
    char *digits;/* not ended by NUL */
} Decimal;

/* `bits` is of a finite float of this DLPack type; the sign is left out. `digits` has room for
 * DECIMAL_SHORTEST_SIZE. */
Decimal decimal_shortest(uint8_t code, uint8_t width, uint64_t bits, char *digits);

/* `count` significant digits of a finite value, correctly rounded; `digits` has room for count + 16. */
Decimal decimal_digits(double value, int count, char *digits);

/* As Python's repr: "0.5", "1e-05", "-inf", "nan", "2.0". `text` has room for DECIMAL_REPR_SIZE. Gives its length. */
int decimal_repr(uint8_t code, uint8_t width, uint64_t bits, char *text);

#endif
