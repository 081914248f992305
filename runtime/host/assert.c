/* assert_equal and assert_close: what differs, where and by how much. NaN equals NaN in both. */
#include "core/decimal.h"
#include "core/dtype.h"
#include "host/array.h"
#include "host/program.h"
#include "host/text.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- scalars ---- */

void weft_assert_equal_i64(int64_t a, int64_t b, const char *location) {
    if (a != b)
        host_failf(WEFT_ERROR_ASSERT, location, "assert_equal: %" PRId64 " is not %" PRId64, a, b);
}

void weft_assert_equal_u64(int64_t a, int64_t b, const char *location) {
    if (a != b)
        host_failf(WEFT_ERROR_ASSERT, location, "assert_equal: %" PRIu64 " is not %" PRIu64, (uint64_t)a, (uint64_t)b);
}

void weft_assert_equal_bool(uint8_t a, uint8_t b, const char *location) {
    if (!a != !b)
        host_failf(WEFT_ERROR_ASSERT, location, "assert_equal: %s is not %s", a ? "True" : "False", b ? "True" : "False");
}

void weft_assert_equal_str(const char *a, const char *b, const char *location) {
    if (strcmp(a, b) != 0)
        host_failf(WEFT_ERROR_ASSERT, location, "assert_equal: '%s' is not '%s'", a, b);
}

static bool same(double a, double b) {
    return a == b || (isnan(a) && isnan(b));
}

static bool close(double a, double b, double rtol, double atol) {
    return same(a, b) || (isfinite(b) && fabs(a - b) <= atol + rtol * fabs(b));
}

static const char *f64_text(double value, char text[DECIMAL_REPR_SIZE]) {
    decimal_repr(kDLFloat, 64, float_bits_from_f64(kDLFloat, 64, value), text);
    return text;
}

static const char *f32_text(float value, char text[DECIMAL_REPR_SIZE]) {
    decimal_repr(kDLFloat, 32, float_bits_from_f64(kDLFloat, 32, value), text);
    return text;
}

void weft_assert_equal_f64(double a, double b, const char *location) {
    char x[DECIMAL_REPR_SIZE], y[DECIMAL_REPR_SIZE];
    if (!same(a, b))
        host_failf(WEFT_ERROR_ASSERT, location, "assert_equal: %s is not %s", f64_text(a, x), f64_text(b, y));
}

void weft_assert_equal_f32(float a, float b, const char *location) {
    char x[DECIMAL_REPR_SIZE], y[DECIMAL_REPR_SIZE];
    if (!same(a, b))
        host_failf(WEFT_ERROR_ASSERT, location, "assert_equal: %s is not %s", f32_text(a, x), f32_text(b, y));
}

void weft_assert_close_f64(double a, double b, double rtol, double atol, const char *location) {
    char x[DECIMAL_REPR_SIZE], y[DECIMAL_REPR_SIZE];
    if (!close(a, b, rtol, atol))
        host_failf(WEFT_ERROR_ASSERT, location, "assert_close: %s and %s are %.3g apart, and %.3g is allowed",
                   f64_text(a, x), f64_text(b, y), fabs(a - b), atol + rtol * fabs(b));
}

void weft_assert_close_f32(float a, float b, double rtol, double atol, const char *location) {
    char x[DECIMAL_REPR_SIZE], y[DECIMAL_REPR_SIZE];
    if (!close(a, b, rtol, atol))
        host_failf(WEFT_ERROR_ASSERT, location, "assert_close: %s and %s are %.3g apart, and %.3g is allowed",
                   f32_text(a, x), f32_text(b, y), fabs((double)a - b), atol + rtol * fabs((double)b));
}

/* ---- arrays ---- */

/* What a comparison of two arrays found. */
typedef struct Differences {
    int64_t count, first, largest; /* indices of elements */
    double largest_by;
} Differences;

typedef struct ArrayPair {
    weft_array *a, *b;
    const char *a_data, *b_data;
    void *a_copy, *b_copy;
    bool is_float;
    double rtol, atol; /* below 0: equal is asked for */
} ArrayPair;

static double difference(const ArrayPair *p, int64_t i) {
    int64_t size = array_element_size(p->a);
    double a = dtype_to_f64(p->a->dtype_code, p->a->dtype_bits, p->a_data + i * size);
    double b = dtype_to_f64(p->b->dtype_code, p->b->dtype_bits, p->b_data + i * size);
    return same(a, b) ? 0 : fabs(a - b);
}

static bool elements_agree(const ArrayPair *p, int64_t i) {
    int64_t size = array_element_size(p->a);
    const char *a = p->a_data + i * size, *b = p->b_data + i * size;
    if (!p->is_float && p->rtol < 0)
        return memcmp(a, b, (size_t)size) == 0; /* exact for 64 bits, as f64 is not */
    double x = dtype_to_f64(p->a->dtype_code, p->a->dtype_bits, a);
    double y = dtype_to_f64(p->b->dtype_code, p->b->dtype_bits, b);
    return p->rtol < 0 ? same(x, y) : close(x, y, p->rtol, p->atol);
}

static Differences find_differences(const ArrayPair *p) {
    Differences found = {.largest_by = -1};
    for (int64_t i = 0; i < p->a->elements; i++) {
        if (elements_agree(p, i))
            continue;
        if (found.count++ == 0)
            found.first = i;
        double by = difference(p, i);
        if (by > found.largest_by || (isnan(by) && !isnan(found.largest_by))) {
            found.largest = i;
            found.largest_by = by;
        }
    }
    return found;
}

/* "[1, 2]": 1.0 and 2.0 */
static void append_place(Buffer *out, const ArrayPair *p, int64_t i) {
    int64_t index[WEFT_MAX_RANK], rest = i, size = array_element_size(p->a);
    for (int d = p->a->rank - 1; d >= 0; d--) {
        index[d] = rest % p->a->shape[d];
        rest /= p->a->shape[d];
    }
    buffer_append(out, "[", 1);
    for (int d = 0; d < p->a->rank; d++)
        buffer_printf(out, "%s%" PRId64, d ? ", " : "", index[d]);
    buffer_append(out, "]: ", 3);
    format_element(out, p->a->dtype_code, p->a->dtype_bits, p->a_data + i * size);
    buffer_append(out, " and ", 5);
    format_element(out, p->b->dtype_code, p->b->dtype_bits, p->b_data + i * size);
}

static void append_shape(Buffer *out, const weft_array *array) {
    buffer_append(out, "(", 1);
    for (int d = 0; d < array->rank; d++)
        buffer_printf(out, "%s%" PRId64, d ? ", " : "", array->shape[d]);
    buffer_append(out, array->rank == 1 ? ",)" : ")", array->rank == 1 ? 2 : 1);
}

static void describe_shapes(Buffer *out, const ArrayPair *p) {
    buffer_printf(out, "the shapes differ: ");
    append_shape(out, p->a);
    buffer_append(out, " and ", 5);
    append_shape(out, p->b);
}

static void describe_differences(Buffer *out, const ArrayPair *p, const Differences *found) {
    buffer_printf(out, "%" PRId64 " of %" PRId64 " elements differ%s; the first at ", found->count, p->a->elements,
                  p->rtol < 0 ? "" : " by more than is allowed");
    append_place(out, p, found->first);
    if (found->count > 1 && found->largest != found->first) {
        buffer_printf(out, "; the farthest at ");
        append_place(out, p, found->largest);
    }
    if (found->largest_by > 0)
        buffer_printf(out, ", %.3g apart", found->largest_by);
    if (p->rtol >= 0)
        buffer_printf(out, " (rtol=%g, atol=%g)", p->rtol, p->atol);
}

static bool same_shape(const weft_array *a, const weft_array *b) {
    return a->rank == b->rank && memcmp(a->shape, b->shape, (size_t)a->rank * sizeof *a->shape) == 0;
}

static void compare_arrays(const char *what, ArrayPair *p, const char *location) {
    Buffer message = {0};
    if (weft_array_dtype(p->a) != weft_array_dtype(p->b)) {
        buffer_printf(&message, "one is of %s, the other of %s", dtype_name(p->a->dtype_code, p->a->dtype_bits),
                      dtype_name(p->b->dtype_code, p->b->dtype_bits));
    } else if (!same_shape(p->a, p->b)) {
        describe_shapes(&message, p);
    } else {
        p->is_float = dtype_is_float(p->a->dtype_code);
        p->a_data = array_on_host(p->a, &p->a_copy, location);
        p->b_data = array_on_host(p->b, &p->b_copy, location);
        Differences found = find_differences(p);
        if (found.count > 0)
            describe_differences(&message, p, &found);
        free(p->a_copy);
        free(p->b_copy);
    }
    if (message.length == 0 && !message.failed)
        return;
    char sentence[800] = "the arrays differ";
    if (!message.failed) {
        size_t length = message.length < sizeof sentence ? message.length : sizeof sentence - 1;
        memcpy(sentence, message.data, length);
        sentence[length] = '\0';
    }
    buffer_free(&message);
    host_failf(WEFT_ERROR_ASSERT, location, "%s: %s", what, sentence);
}

void weft_assert_equal_array(weft_array *a, weft_array *b, const char *location) {
    ArrayPair pair = {.a = a, .b = b, .rtol = -1};
    compare_arrays("assert_equal", &pair, location);
}

void weft_assert_close_array(weft_array *a, weft_array *b, double rtol, double atol, const char *location) {
    ArrayPair pair = {.a = a, .b = b, .rtol = rtol < 0 ? 0 : rtol, .atol = atol};
    compare_arrays("assert_close", &pair, location);
}
