/* Text: Python's formats as Python prints them (format_cases.def, made by format_cases.py), and arrays. */
#include "weft_host.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

static int failures;

static void expect(const char *what, const char *fmt, const char *wanted) {
    const char *got = weft_text_take();
    if (strcmp(got, wanted) != 0) {
        printf("%s with '%s': '%s', Python has '%s'\n", what, fmt, got, wanted);
        failures++;
    }
}

static void try_int(int64_t value, const char *fmt, const char *wanted) {
    char what[40];
    snprintf(what, sizeof what, "%lld", (long long)value);
    weft_text_begin();
    weft_text_i64(value, fmt);
    expect(what, fmt, wanted);
}

static void try_float(uint64_t bits, const char *fmt, const char *wanted) {
    double value;
    char what[40];
    memcpy(&value, &bits, sizeof value);
    snprintf(what, sizeof what, "%.17g", value);
    weft_text_begin();
    weft_text_f64(value, fmt);
    expect(what, fmt, wanted);
}

static void try_str(const char *value, const char *fmt, const char *wanted) {
    weft_text_begin();
    weft_text_str(value, fmt);
    expect(value, fmt, wanted);
}

static void try_bool(uint8_t value, const char *fmt, const char *wanted) {
    weft_text_begin();
    weft_text_bool(value, fmt);
    expect(value ? "True" : "False", fmt, wanted);
}

static void try_bad(char kind, const char *fmt) {
    if (!weft_text_check_format(fmt, kind)) {
        printf("'%s' is no format for %c, and was taken\n", fmt, kind);
        failures++;
    }
}

static void run_python_table(void) {
    failures = 0;
#define INT(value, fmt, text) try_int(value, fmt, text);
#define FLT(bits, fmt, text) try_float(bits, fmt, text);
#define STR(value, fmt, text) try_str(value, fmt, text);
#define BOO(value, fmt, text) try_bool(value, fmt, text);
#define BAD(kind, fmt) try_bad(kind, fmt);
#include "format_cases.def"
    assert_int_equal(failures, 0);
}

static void formats_are_pythons(void **state) {
    run_python_table();
}

static void the_locale_plays_no_part(void **state) {
    if (!setlocale(LC_NUMERIC, "de_DE.UTF-8") && !setlocale(LC_NUMERIC, "fr_FR.UTF-8"))
        skip();
    run_python_table();
    assert_true(weft_str_to_f64("1.5", NULL) == 1.5);
    setlocale(LC_NUMERIC, "C");
}

static void values_without_a_format_print_as_str(void **state) {
    weft_text_begin();
    weft_text_i64(-5, "");
    weft_text_literal(" ", 1);
    weft_text_u64(-1, "");
    weft_text_literal(" ", 1);
    weft_text_bool(1, "");
    weft_text_literal(" ", 1);
    weft_text_str("x", "");
    assert_string_equal(weft_text_take(), "-5 18446744073709551615 True x");
}

static void each_float_type_has_its_own_shortest(void **state) {
    weft_text_begin();
    weft_text_f32(0.1f, "");
    weft_text_literal(" ", 1);
    weft_text_f64(0.1f, "");
    weft_text_literal(" ", 1);
    weft_text_f16(0x2e66, ""); /* 0.1 */
    weft_text_literal(" ", 1);
    weft_text_bf16(0x3dcd, ""); /* 0.1 */
    weft_text_literal(" ", 1);
    weft_text_f8(0x7e, WEFT_DTYPE(10, 8), ""); /* 448: no other f8 is nearer to 450 */
    weft_text_literal(" ", 1);
    weft_text_f32(1e16f, "");
    weft_text_literal(" ", 1);
    weft_text_f32(16777216.0f, "");
    assert_string_equal(weft_text_take(), "0.1 0.10000000149011612 0.1 0.1 450.0 1e+16 16777216.0");
}

static const char *array_text(weft_array *array) {
    weft_text_begin();
    weft_text_array(array);
    weft_array_release(array);
    return weft_text_take();
}

static weft_array *counting(int32_t dtype, int32_t rank, const int64_t *shape) {
    weft_array *array = weft_array_new(dtype, rank, shape, NULL, NULL);
    for (int64_t i = 0; i < weft_array_size(array); i++)
        ((int32_t *)weft_array_data(array))[i] = (int32_t)i;
    return array;
}

static void arrays_print_on_one_line(void **state) {
    int32_t i32 = WEFT_DTYPE(0, 32), f32 = WEFT_DTYPE(2, 32);
    assert_string_equal(array_text(counting(i32, 2, (int64_t[]){2, 3})), "[[0, 1, 2], [3, 4, 5]]");
    assert_string_equal(array_text(counting(i32, 1, (int64_t[]){0})), "[]");
    assert_string_equal(array_text(counting(i32, 2, (int64_t[]){2, 0})), "[[], []]");
    assert_string_equal(array_text(weft_array_arange_f64(f32, 0, 2.5, NULL, NULL)), "[0.0, 1.0, 2.0]");
    assert_string_equal(array_text(weft_array_full(WEFT_DTYPE(6, 8), 1, (int64_t[]){2}, 1, NULL, NULL)), "[True, True]");
}

static void long_arrays_are_shortened_as_numpy_does(void **state) {
    int32_t i32 = WEFT_DTYPE(0, 32);
    assert_string_equal(array_text(counting(i32, 1, (int64_t[]){1001})), "[0, 1, 2, ..., 998, 999, 1000]");
    assert_string_equal(array_text(counting(i32, 2, (int64_t[]){2, 600})),
                        "[[0, 1, 2, ..., 597, 598, 599], [600, 601, 602, ..., 1197, 1198, 1199]]");
    assert_string_equal(array_text(counting(i32, 2, (int64_t[]){600, 2})),
                        "[[0, 1], [2, 3], [4, 5], ..., [1194, 1195], [1196, 1197], [1198, 1199]]");
    assert_null(strstr(array_text(counting(i32, 1, (int64_t[]){1000})), "..."));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(formats_are_pythons),
        cmocka_unit_test(the_locale_plays_no_part),
        cmocka_unit_test(values_without_a_format_print_as_str),
        cmocka_unit_test(each_float_type_has_its_own_shortest),
        cmocka_unit_test(arrays_print_on_one_line),
        cmocka_unit_test(long_arrays_are_shortened_as_numpy_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
