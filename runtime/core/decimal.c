/* A decimal of k digits is what printf rounds to; that it reads back is tried. The fewest digits win, and
 * among decimals of as many the nearest.
 *
 * Digits are read from printf's text and given to strtod with an exponent and no point, so that no locale
 * matters. */
#include "core/decimal.h"

#include "core/dtype.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Decimal decimal_digits(double value, int count, char *digits) {
    snprintf(digits, (size_t)count + 16, "%.*e", count - 1, fabs(value));
    Decimal decimal = {0, 0, digits};
    const char *from = digits;
    for (; *from != 'e'; from++)
        if (isdigit((unsigned char)*from))
            digits[decimal.count++] = *from;
    decimal.point = atoi(from + 1) + 1;
    return decimal;
}

static bool reads_back(uint8_t code, uint8_t width, uint64_t magnitude, const Decimal *decimal) {
    char text[DECIMAL_SHORTEST_SIZE + 16];
    snprintf(text, sizeof text, "%.*se%d", decimal->count, decimal->digits, decimal->point - decimal->count);
    if (width == 32) {
        float value = strtof(text, NULL);
        uint32_t bits;
        memcpy(&bits, &value, sizeof bits);
        return bits == magnitude;
    }
    /* For 16 and 8 bits: a decimal this short is either a halfway case exactly, or farther from it than
     * strtod rounds (tests/unit/test_host_decimal.c tries all values). */
    return float_bits_from_f64(code, width, strtod(text, NULL)) == magnitude;
}

/* The next decimal up. False where it would have one digit more. */
static bool next_up(Decimal *decimal) {
    int i = decimal->count - 1;
    while (i >= 0 && decimal->digits[i] == '9')
        decimal->digits[i--] = '0';
    if (i < 0)
        return false;
    decimal->digits[i]++;
    return true;
}

static void strip_zeros(Decimal *decimal) {
    while (decimal->count > 1 && decimal->digits[decimal->count - 1] == '0')
        decimal->count--;
}

/* Below a power of two values lie half as far apart as above: the nearest decimal may be too low to read
 * back, and the next one up not. */
static bool try_digits(uint8_t code, uint8_t width, uint64_t magnitude, double value, int count, char *digits,
                       Decimal *decimal) {
    *decimal = decimal_digits(value, count, digits);
    if (reads_back(code, width, magnitude, decimal))
        return true;
    int exponent;
    return frexp(value, &exponent) == 0.5 && next_up(decimal) && reads_back(code, width, magnitude, decimal);
}

Decimal decimal_shortest(uint8_t code, uint8_t width, uint64_t bits, char *digits) {
    uint64_t magnitude = bits & ~((uint64_t)1 << (width - 1));
    double value = float_bits_to_f64(code, width, magnitude);
    char text[DECIMAL_SHORTEST_SIZE + 16];
    Decimal decimal = {1, 1, digits};
    digits[0] = '0';
    if (magnitude == 0)
        return decimal;
    /* Any decimal of 15 digits survives a normal f64 and back, and of 6 an f32: when that many read back,
     * the shortest is what is left without zeros at the end. */
    int count = 1;
    if (width == 64 && value >= 2.2250738585072014e-308)
        count = 15;
    else if (width == 32 && value >= 1.17549435e-38)
        count = 6;
    while (count < 17 && !try_digits(code, width, magnitude, value, count, text, &decimal))
        count++;
    if (count == 17)
        decimal = decimal_digits(value, 17, text);
    memcpy(digits, decimal.digits, (size_t)decimal.count);
    decimal.digits = digits;
    strip_zeros(&decimal);
    return decimal;
}

static int append_zeros(char *text, int length, int count) {
    for (int i = 0; i < count; i++)
        text[length++] = '0';
    return length;
}

static int append_digits(char *text, int length, const Decimal *d, int from, int to) {
    for (int i = from; i < to; i++)
        text[length++] = i < d->count ? d->digits[i] : '0';
    return length;
}

int decimal_repr(uint8_t code, uint8_t width, uint64_t bits, char *text) {
    double value = float_bits_to_f64(code, width, bits);
    if (!isfinite(value))
        return sprintf(text, "%s", isnan(value) ? "nan" : value < 0 ? "-inf" : "inf");
    char digits[DECIMAL_SHORTEST_SIZE];
    Decimal d = decimal_shortest(code, width, bits, digits);
    int length = 0;
    if (signbit(value))
        text[length++] = '-';
    if (d.point <= -4 || d.point > 16) {
        text[length++] = d.digits[0];
        if (d.count > 1)
            text[length++] = '.';
        length = append_digits(text, length, &d, 1, d.count);
        return length + sprintf(text + length, "e%+03d", d.point - 1);
    }
    if (d.point <= 0) {
        text[length++] = '0';
        text[length++] = '.';
        length = append_zeros(text, length, -d.point);
        length = append_digits(text, length, &d, 0, d.count);
    } else {
        length = append_digits(text, length, &d, 0, d.point);
        text[length++] = '.';
        length = append_digits(text, length, &d, d.point, d.count > d.point ? d.count : d.point + 1);
    }
    text[length] = '\0';
    return length;
}
