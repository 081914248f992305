/* The shortest decimals: every f16, bf16 and f8, and many f32 and f64. Held against a definition that shares
 * no code with them: the text reads back as the value, and no decimal with fewer digits does. */
#include "core/decimal.h"
#include "core/dtype.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

/* The bits of the float that is nearest to a decimal, found among neighbours with no rounding in between: by
 * long double, which holds every halfway point of the small floats and 11 bits beyond f64. */
static bool reads_as(uint8_t code, uint8_t width, const char *text, uint64_t bits) {
    if (width == 64)
        return float_bits_from_f64(code, width, strtod(text, NULL)) == bits;
    if (width == 32) {
        float value = strtof(text, NULL);
        uint32_t got;
        memcpy(&got, &value, sizeof got);
        return got == bits;
    }
    long double decimal = strtold(text, NULL), value = (long double)float_bits_to_f64(code, width, bits);
    uint64_t sign = (uint64_t)1 << (width - 1);
    double above = float_bits_to_f64(code, width, bits + 1), below = float_bits_to_f64(code, width, bits - 1);
    if ((bits & ~sign) == 0)
        below = -above;
    if (!isfinite(above)) /* the step to what would follow the largest */
        above = (double)(value + (value - (long double)below));
    long double error = fabsl(decimal - value), up = fabsl(decimal - (long double)above), down = fabsl(decimal - (long double)below);
    bool even = (bits & 1) == 0;
    return (error < up || (even && error == up)) && (error < down || (even && error == down));
}

static int count_digits(const char *text) {
    int count = 0, zeros = 0;
    for (; *text && *text != 'e'; text++) {
        if (*text < '0' || *text > '9' || (count == 0 && *text == '0'))
            continue;
        zeros = *text == '0' ? zeros + 1 : 0;
        count++;
    }
    return count - zeros;
}

/* Any decimal of `count` digits next to the value on either side. */
static bool some_decimal_reads(uint8_t code, uint8_t width, double value, uint64_t bits, int count) {
    char text[64];
    snprintf(text, sizeof text, "%.*e", count - 1, value);
    int exponent = atoi(strchr(text, 'e') + 1);
    *strchr(text, 'e') = '\0';
    char digits[32];
    int length = 0;
    for (char *at = text; *at; at++)
        if (*at != '.')
            digits[length++] = *at;
    digits[length] = '\0';
    long long middle = atoll(digits);
    for (long long near = middle - 1; near <= middle + 1; near++) {
        snprintf(text, sizeof text, "%llde%d", near, exponent - (count - 1));
        if (near > 0 && reads_as(code, width, text, bits))
            return true;
    }
    return false;
}

static void check_value(uint8_t code, uint8_t width, uint64_t bits) {
    double value = float_bits_to_f64(code, width, bits);
    if (!isfinite(value) || value <= 0)
        return;
    char text[DECIMAL_REPR_SIZE];
    decimal_repr(code, width, bits, text);
    int digits = count_digits(text);
    bool ok = reads_as(code, width, text, bits);
    for (int fewer = 1; ok && fewer < digits; fewer++)
        ok = !some_decimal_reads(code, width, value, bits, fewer);
    if (!ok)
        fail_msg("%s for bits 0x%llx of (%d, %d)", text, (unsigned long long)bits, code, width);
}

static void every_small_float(void **state) {
    for (uint64_t bits = 0; bits < 0x8000; bits++) {
        check_value(kDLFloat, 16, bits);
        check_value(kDLBfloat, 16, bits);
    }
    for (uint64_t bits = 0; bits < 0x80; bits++) {
        check_value(kDLFloat8_e4m3fn, 8, bits);
        check_value(kDLFloat8_e5m2, 8, bits);
    }
}

static uint64_t random_bits(void) {
    static uint64_t state = 88172645463325252ull;
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

static void many_f32_and_f64(void **state) {
    for (int i = 0; i < 5000; i++) {
        check_value(kDLFloat, 32, random_bits() >> 33);
        check_value(kDLFloat, 64, random_bits() >> 1);
    }
}

/* Powers of two, where the gaps below and above differ, and their neighbours; subnormals. */
static void every_power_of_two(void **state) {
    for (uint64_t exponent = 0; exponent < 255; exponent++)
        for (uint64_t step = 0; step < 3; step++)
            check_value(kDLFloat, 32, (exponent << 23) + step - (exponent > 0));
    for (uint64_t exponent = 0; exponent < 2047; exponent++)
        for (uint64_t step = 0; step < 3; step++)
            check_value(kDLFloat, 64, (exponent << 52) + step - (exponent > 0));
    for (int bit = 0; bit < 52; bit++)
        check_value(kDLFloat, 64, (uint64_t)1 << bit);
}

static void repr_is(double value, const char *wanted) {
    char text[DECIMAL_REPR_SIZE];
    assert_int_equal(decimal_repr(kDLFloat, 64, float_bits_from_f64(kDLFloat, 64, value), text), strlen(wanted));
    assert_string_equal(text, wanted);
}

static void the_style_is_pythons(void **state) {
    repr_is(0.0, "0.0");
    repr_is(-0.0, "-0.0");
    repr_is(2.0, "2.0");
    repr_is(0.5, "0.5");
    repr_is(0.0001, "0.0001");
    repr_is(0.00001, "1e-05");
    repr_is(1e15, "1000000000000000.0");
    repr_is(1e16, "1e+16");
    repr_is(1.5e300, "1.5e+300");
    repr_is(-123.456, "-123.456");
    repr_is(5e-324, "5e-324");
    repr_is(0x1p-44, "5.684341886080802e-14");
    repr_is(-INFINITY, "-inf");
    repr_is(NAN, "nan");
    repr_is(-NAN, "nan");
}

/* Each value comes back from f64, and halfway cases go to even. */
static void small_floats_round_from_f64(void **state) {
    static const DLDataType small[] = {{kDLFloat, 16, 1}, {kDLBfloat, 16, 1}, {kDLFloat8_e4m3fn, 8, 1}, {kDLFloat8_e5m2, 8, 1}};
    for (size_t k = 0; k < sizeof small / sizeof *small; k++) {
        uint8_t code = small[k].code, width = small[k].bits;
        for (uint64_t bits = 0; bits + 1 < (uint64_t)1 << (width - 1); bits++) {
            double value = float_bits_to_f64(code, width, bits), next = float_bits_to_f64(code, width, bits + 1);
            if (!isfinite(value))
                continue;
            assert_int_equal(float_bits_from_f64(code, width, value), bits);
            if (!isfinite(next))
                continue;
            double half = (value + next) / 2;
            assert_int_equal(float_bits_from_f64(code, width, half), bits + (bits & 1));
            assert_int_equal(float_bits_from_f64(code, width, nextafter(half, next)), bits + 1);
            assert_int_equal(float_bits_from_f64(code, width, nextafter(half, value)), bits);
        }
        assert_true(isnan(float_bits_to_f64(code, width, float_bits_from_f64(code, width, NAN))));
        double large = float_bits_to_f64(code, width, float_bits_from_f64(code, width, 1e300));
        assert_true(code == kDLFloat8_e4m3fn ? isnan(large) : isinf(large));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_small_float),
        cmocka_unit_test(many_f32_and_f64),
        cmocka_unit_test(every_power_of_two),
        cmocka_unit_test(the_style_is_pythons),
        cmocka_unit_test(small_floats_round_from_f64),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
