/* Host programs: arrays, random numbers, strings, asserts, and how they stop. Whatever fails is called
 * through weft_host_call(), which makes a status of it. */
#include "weft_host.h"

#include "core/device.h"
#include "core/error.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

enum { I32 = WEFT_DTYPE(0, 32), U32 = WEFT_DTYPE(1, 32), F16 = WEFT_DTYPE(2, 16), F32 = WEFT_DTYPE(2, 32),
       F64 = WEFT_DTYPE(2, 64) };

/* Under the sanitizers, too much memory is NULL, as it is without. */
const char *__asan_default_options(void);
const char *__tsan_default_options(void);

const char *__asan_default_options(void) {
    return "allocator_may_return_null=1";
}

const char *__tsan_default_options(void) {
    return "allocator_may_return_null=1";
}

#define SHAPE(...) ((int64_t[]){__VA_ARGS__})

static void stops(void (*body)(void *), void *context, weft_status status, const char *sentence) {
    assert_int_equal(weft_host_call(body, context), status);
    assert_string_equal(weft_last_error(), sentence);
}

/* ---- arrays ---- */

static void arrays_are_made_and_counted(void **state) {
    weft_array *a = weft_array_full(F32, 2, SHAPE(2, 3), 0x3fc00000, NULL, NULL); /* 1.5 */
    assert_int_equal(weft_array_rank(a), 2);
    assert_int_equal(weft_array_size(a), 6);
    assert_int_equal(weft_array_extent(a, 1), 3);
    assert_int_equal(weft_array_dtype(a), F32);
    assert_ptr_equal(weft_array_device(a), device_cpu());
    assert_true(((float *)weft_array_data(a))[5] == 1.5f);
    assert_ptr_equal(weft_array_retain(a), a);
    weft_array_release(a);
    weft_array *b = weft_array_copy(a, NULL), *c = weft_array_to(a, NULL, NULL);
    assert_ptr_not_equal(a, b);
    assert_ptr_equal(a, c);
    ((float *)weft_array_data(b))[0] = 9;
    assert_true(((float *)weft_array_data(a))[0] == 1.5f);
    weft_array_release(a);
    weft_array_release(b);
    weft_array_release(c);
    weft_array_release(NULL);
}

static void arange_counts_in_the_type(void **state) {
    weft_array *a = weft_array_arange_i64(I32, -2, 2, NULL, NULL);
    assert_memory_equal(weft_array_data(a), ((int32_t[]){-2, -1, 0, 1}), 16);
    weft_array *b = weft_array_arange_f64(F64, 0.5, 3, NULL, NULL);
    assert_memory_equal(weft_array_data(b), ((double[]){0.5, 1.5, 2.5}), 24);
    assert_int_equal(weft_array_size(b), 3);
    weft_array *c = weft_array_arange_i64(I32, 5, 2, NULL, NULL);
    assert_int_equal(weft_array_size(c), 0);
    weft_array_release(a);
    weft_array_release(b);
    weft_array_release(c);
}

static void negative_dim(void *context) {
    weft_array_new(F32, 2, SHAPE(3, -1), NULL, "a.weft:3");
}

static void enormous(void *context) {
    weft_array_new(F32, 2, SHAPE(INT64_MAX, 2), NULL, "a.weft:3");
}

static void no_memory(void *context) {
    weft_array_new(F64, 1, SHAPE((int64_t)1 << 59), NULL, "a.weft:3");
}

static void index_too_far(void *context) {
    weft_array_element2(context, 1, 3, "a.weft:9");
}

static void index_below(void *context) {
    weft_array_element(context, SHAPE(-1, 0), "a.weft:9");
}

static void what_can_not_be_says_where(void **state) {
    stops(negative_dim, NULL, WEFT_ERROR_ARGUMENT, "a.weft:3: an array's dim 1 is -1: it must not be below 0");
    stops(enormous, NULL, WEFT_ERROR_OUT_OF_MEMORY, "a.weft:3: an array of this shape is larger than any memory");
    stops(no_memory, NULL, WEFT_ERROR_OUT_OF_MEMORY, "a.weft:3: out of memory: no 4611686018427387904 bytes on the CPU");
    weft_array *a = weft_array_full(I32, 2, SHAPE(2, 3), 0, NULL, NULL);
    assert_ptr_equal(weft_array_element2(a, 1, 2, NULL), (int32_t *)weft_array_data(a) + 5);
    stops(index_too_far, a, WEFT_ERROR_ARGUMENT, "a.weft:9: index [1, 3] is out of range: the array's shape is (2, 3)");
    stops(index_below, a, WEFT_ERROR_ARGUMENT, "a.weft:9: index [-1, 0] is out of range: the array's shape is (2, 3)");
    weft_array_release(a);
}

static weft_array *kept;

static void make_and_fail(void *context) {
    weft_array *a = weft_array_full(F32, 1, SHAPE(100), 0, NULL, NULL);
    weft_array_release(weft_array_full(F32, 1, SHAPE(100), 0, NULL, NULL));
    weft_array_retain(a);
    weft_host_fail("a.weft:1", "no");
}

static void make_and_keep(void *context) {
    kept = weft_array_full(F32, 1, SHAPE(100), 0, NULL, NULL);
    assert_int_equal(weft_host_call(make_and_fail, NULL), WEFT_ERROR_ARGUMENT); /* calls nest */
}

static void arrays_of_a_failed_call_are_freed(void **state) { /* the leak checker looks on */
    assert_int_equal(weft_host_call(make_and_fail, NULL), WEFT_ERROR_ARGUMENT);
    assert_int_equal(weft_host_call(make_and_keep, NULL), WEFT_OK);
    weft_array_release(kept);
}

static void npy_of_another_type(void *context) {
    weft_array_load_npy(context, F64, 2, NULL, "a.weft:4");
}

static void npy_files_carry_arrays(void **state) {
    char path[64], sentence[256];
    snprintf(path, sizeof path, "/tmp/test_host_array.%d.npy", (int)getpid());
    weft_array *a = weft_array_rand(F32, 2, SHAPE(3, 4), 5, NULL, NULL);
    weft_array_save_npy(path, a, NULL);
    weft_array *b = weft_array_load_npy(path, F32, 2, NULL, NULL);
    weft_assert_equal_array(a, b, NULL);
    snprintf(sentence, sizeof sentence, "a.weft:4: %s is an array of f32 with 2 dims, and load_npy[f64, 2] was asked for", path);
    stops(npy_of_another_type, path, WEFT_ERROR_CONTRACT, sentence);
    weft_array_release(a);
    weft_array_release(b);
    unlink(path);
}

static void a_dltensor_is_the_array(void **state) {
    weft_array *a = weft_array_full(F16, 2, SHAPE(2, 3), 0, NULL, NULL);
    DLTensor t;
    weft_array_dltensor(a, &t);
    assert_ptr_equal(t.data, weft_array_data(a));
    assert_int_equal(t.ndim, 2);
    assert_int_equal(t.shape[1], 3);
    assert_int_equal(t.dtype.bits, 16);
    assert_null(t.strides);
    weft_array_release(a);
}

/* ---- random numbers ---- */

static void philox_is_philox(void **state) {
    /* Random123's kat_vectors: philox4x32-10 of a zero counter and a zero key. */
    static const uint32_t known[] = {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8};
    weft_array *a = weft_array_rand(U32, 1, SHAPE(4), 0, NULL, NULL);
    assert_memory_equal(weft_array_data(a), known, sizeof known);
    weft_array *f = weft_array_rand(F32, 1, SHAPE(4), 0, NULL, NULL);
    for (int i = 0; i < 4; i++)
        assert_true(((float *)weft_array_data(f))[i] == (float)(known[i] >> 8) * 0x1p-24f);
    weft_array_release(a);
    weft_array_release(f);
}

static void normal_numbers_are_these_everywhere(void **state) {
    /* The f64 numbers of seed 42: Box and Muller's transform, computed with 200 bits. Ours are within 3 ULP. */
    static const double exact[] = {-0.48595370776513414, -1.9755590917286678, 0.019896262632193806, 0.12923737938702465};
    weft_array *a = weft_array_randn(F64, 1, SHAPE(20000), 42, NULL, NULL);
    weft_array *b = weft_array_randn(F32, 1, SHAPE(20000), 42, NULL, NULL);
    const double *x = weft_array_data(a);
    const float *y = weft_array_data(b);
    double sum = 0, squares = 0;
    for (int i = 0; i < 4; i++)
        assert_true(fabs(x[i] - exact[i]) <= 1e-15);
    for (int i = 0; i < 20000; i++) {
        sum += x[i];
        squares += x[i] * x[i];
        assert_true(y[i] == (float)x[i]);
    }
    assert_true(fabs(sum / 20000) < 0.02);
    assert_true(fabs(squares / 20000 - 1) < 0.03);
    weft_array_release(a);
    weft_array_release(b);
}

static void uniform_numbers_are_below_one(void **state) {
    static const int32_t dtypes[] = {F16, WEFT_DTYPE(4, 16), F32, F64};
    for (int d = 0; d < 4; d++) {
        weft_array *a = weft_array_rand(dtypes[d], 1, SHAPE(50000), 3, NULL, NULL);
        weft_array *one = weft_array_arange_f64(dtypes[d], 1, 2, NULL, NULL);
        for (int64_t i = 0; i < 50000; i++) /* bits of floats at or above 0 are ordered as they are */
            assert_true(memcmp(weft_array_element1(a, i, NULL), weft_array_data(one), (size_t)(dtypes[d] & 255) / 8) != 0);
        weft_array_release(a);
        weft_array_release(one);
    }
}

/* ---- strings ---- */

static void read_i64(void *text) {
    weft_str_to_i64(text, "a.weft:2");
}

static void read_f64(void *text) {
    weft_str_to_f64(text, "a.weft:2");
}

static void numbers_are_read_as_python_reads_them(void **state) {
    assert_int_equal(weft_str_to_i64(" -1_000\n", NULL), -1000);
    assert_int_equal(weft_str_to_i64("+7", NULL), 7);
    assert_int_equal(weft_str_to_i64("-9223372036854775808", NULL), INT64_MIN);
    static const char *const bad[] = {"", " ", "1.5", "0x10", "1__0", "_1", "1_", "--1", "abc", "1 2", "+"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(weft_host_call(read_i64, (void *)bad[i]), WEFT_ERROR_ARGUMENT);
    stops(read_i64, "12a", WEFT_ERROR_ARGUMENT, "a.weft:2: int(): '12a' is not an integer");
    stops(read_i64, "9223372036854775808", WEFT_ERROR_ARGUMENT, "a.weft:2: int(): 9223372036854775808 does not fit an int");
    assert_true(weft_str_to_f64(" 1_0.5e1 ", NULL) == 105);
    assert_true(isinf(weft_str_to_f64("-inf", NULL)));
    stops(read_f64, "0x1p3", WEFT_ERROR_ARGUMENT, "a.weft:2: f64(): '0x1p3' is not a number");
    stops(read_f64, "", WEFT_ERROR_ARGUMENT, "a.weft:2: f64(): '' is not a number");
}

static void strings_compare(void **state) {
    assert_true(weft_str_equal("ab", "ab"));
    assert_false(weft_str_equal("ab", "abc"));
    assert_true(weft_str_compare("ab", "b") < 0);
    assert_int_equal(weft_str_length("naïve"), 5);
}

static void argument_two(void *context) {
    weft_host_argv(2, "a.weft:2");
}

static void arguments_are_the_programs(void **state) {
    static const char *const argv[] = {"prog", "x"};
    weft_host_init(2, argv);
    assert_int_equal(weft_host_argc(), 2);
    assert_string_equal(weft_host_argv(1, NULL), "x");
    stops(argument_two, NULL, WEFT_ERROR_ARGUMENT,
          "a.weft:2: argv()[2]: there are 2 arguments, the program's name among them");
}

/* ---- asserts ---- */

static void unequal_ints(void *context) {
    weft_assert_equal_i64(3, 4, "a.weft:2");
}

static void far_floats(void *context) {
    weft_assert_close_f32(1.0f, 1.1f, 1e-5, 1e-8, "a.weft:2");
}

static void scalars_are_compared(void **state) {
    weft_assert_equal_i64(3, 3, NULL);
    weft_assert_equal_f64(NAN, NAN, NULL);
    weft_assert_equal_f64(0.0, -0.0, NULL);
    weft_assert_close_f64(1.0, 1.000001, 1e-5, 1e-8, NULL);
    weft_assert_close_f64(INFINITY, INFINITY, 1e-5, 1e-8, NULL);
    weft_assert_close_f32(NAN, NAN, 1e-5, 1e-8, NULL);
    weft_assert_equal_str("a", "a", NULL);
    stops(unequal_ints, NULL, WEFT_ERROR_ASSERT, "a.weft:2: assert_equal: 3 is not 4");
    stops(far_floats, NULL, WEFT_ERROR_ASSERT, "a.weft:2: assert_close: 1.0 and 1.1 are 0.1 apart, and 1.1e-05 is allowed");
}

static void infinity_is_not_close(void *context) {
    weft_assert_close_f64(1.0, INFINITY, 1e-5, 1e-8, NULL);
}

static void nan_is_not_close(void *context) {
    weft_assert_close_f64(NAN, 1.0, 1e-5, 1e-8, NULL);
}

typedef struct Pair {
    weft_array *a, *b;
} Pair;

static void close_arrays(void *pair) {
    weft_assert_close_array(((Pair *)pair)->a, ((Pair *)pair)->b, 1e-5, 1e-8, "a.weft:2");
}

static void equal_arrays(void *pair) {
    weft_assert_equal_array(((Pair *)pair)->a, ((Pair *)pair)->b, "a.weft:2");
}

static void arrays_are_compared(void **state) {
    assert_int_equal(weft_host_call(infinity_is_not_close, NULL), WEFT_ERROR_ASSERT);
    assert_int_equal(weft_host_call(nan_is_not_close, NULL), WEFT_ERROR_ASSERT);
    Pair pair = {weft_array_full(F32, 2, SHAPE(2, 3), 0, NULL, NULL), weft_array_full(F32, 2, SHAPE(2, 3), 0, NULL, NULL)};
    float *a = weft_array_data(pair.a), *b = weft_array_data(pair.b);
    a[1] = b[1] = NAN;
    weft_assert_equal_array(pair.a, pair.b, NULL);
    b[4] = 0.5f;
    stops(equal_arrays, &pair, WEFT_ERROR_ASSERT,
          "a.weft:2: assert_equal: 1 of 6 elements differ; the first at [1, 1]: 0.0 and 0.5, 0.5 apart");
    b[5] = -2;
    stops(close_arrays, &pair, WEFT_ERROR_ASSERT,
          "a.weft:2: assert_close: 2 of 6 elements differ by more than is allowed; the first at [1, 1]: 0.0 and 0.5; the "
          "farthest at [1, 2]: 0.0 and -2.0, 2 apart (rtol=1e-05, atol=1e-08)");
    weft_array_release(pair.b);
    pair.b = weft_array_full(F32, 1, SHAPE(6), 0, NULL, NULL);
    stops(equal_arrays, &pair, WEFT_ERROR_ASSERT, "a.weft:2: assert_equal: the shapes differ: (2, 3) and (6,)");
    weft_array_release(pair.a);
    weft_array_release(pair.b);
}

static void integers_are_compared_exactly(void **state) {
    Pair pair = {weft_array_full(WEFT_DTYPE(0, 64), 1, SHAPE(1), INT64_MAX, NULL, NULL),
                 weft_array_full(WEFT_DTYPE(0, 64), 1, SHAPE(1), INT64_MAX - 1, NULL, NULL)};
    stops(equal_arrays, &pair, WEFT_ERROR_ASSERT,
          "a.weft:2: assert_equal: 1 of 1 elements differ; the first at [0]: 9223372036854775807 and 9223372036854775806");
    weft_array_release(pair.a);
    weft_array_release(pair.b);
}

/* ---- the end of a program ---- */

/* Runs `body` in a child with stdout and stderr in a pipe: its exit status, and what it said. */
static int run_child(void (*body)(void), char *said, size_t size) {
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        dup2(ends[1], 1);
        dup2(ends[1], 2);
        body();
        weft_host_flush();
        _exit(0);
    }
    close(ends[1]);
    size_t length = 0;
    for (ssize_t got; (got = read(ends[0], said + length, size - 1 - length)) > 0;)
        length += (size_t)got;
    said[length] = '\0';
    close(ends[0]);
    int status;
    waitpid(child, &status, 0);
    return status;
}

static void print_and_fail(void) {
    weft_text_begin();
    weft_text_literal("before\n", 7);
    weft_text_print(1);
    weft_text_begin();
    weft_text_literal("temperature is ", 15);
    weft_text_i64(-5, "");
    weft_text_fail("warm.weft:9");
}

static void assert_in_a_bare_kernel(void) {
    weft_text_begin();
    weft_text_literal("no", 2);
    weft_text_at_block(1, 0, 0);
    weft_text_at_thread(5, 0, 0);
    weft_text_assert_failed("k.weft:4");
}

static void a_program_stops_with_its_line(void **state) {
    char said[256];
    int status = run_child(print_and_fail, said, sizeof said);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 1);
    assert_string_equal(said, "before\nwarm.weft:9: error: temperature is -5\n");
    status = run_child(assert_in_a_bare_kernel, said, sizeof said);
    assert_true(WIFSIGNALED(status));
    assert_string_equal(said, "error: no (k.weft:4, block (1, 0, 0), thread (5, 0, 0))\n");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arrays_are_made_and_counted),
        cmocka_unit_test(arange_counts_in_the_type),
        cmocka_unit_test(what_can_not_be_says_where),
        cmocka_unit_test(arrays_of_a_failed_call_are_freed),
        cmocka_unit_test(npy_files_carry_arrays),
        cmocka_unit_test(a_dltensor_is_the_array),
        cmocka_unit_test(philox_is_philox),
        cmocka_unit_test(normal_numbers_are_these_everywhere),
        cmocka_unit_test(uniform_numbers_are_below_one),
        cmocka_unit_test(numbers_are_read_as_python_reads_them),
        cmocka_unit_test(strings_compare),
        cmocka_unit_test(arguments_are_the_programs),
        cmocka_unit_test(scalars_are_compared),
        cmocka_unit_test(arrays_are_compared),
        cmocka_unit_test(integers_are_compared_exactly),
        cmocka_unit_test(a_program_stops_with_its_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
