/* The text that a thread builds: print, f-strings, the messages of asserts. */
#include "host/text.h"

#include "core/decimal.h"
#include "core/device.h"
#include "core/dtype.h"
#include "cpu/cpu.h"
#include "host/array.h"
#include "host/format.h"
#include "host/program.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- elements and arrays ---- */

enum { SHORTEN_ABOVE = 1000, EDGE_ITEMS = 3 };

void format_element(Buffer *out, uint8_t code, uint8_t bits, const void *element) {
    if (dtype_is_float(code)) {
        uint64_t value = 0;
        char text[DECIMAL_REPR_SIZE];
        memcpy(&value, element, bits / 8);
        buffer_append(out, text, (size_t)decimal_repr(code, bits, value, text));
        return;
    }
    int64_t value = dtype_to_i64(code, bits, element);
    if (code == kDLBool)
        buffer_printf(out, "%s", value ? "True" : "False");
    else if (code == kDLUInt)
        buffer_printf(out, "%" PRIu64, (uint64_t)value);
    else
        buffer_printf(out, "%" PRId64, value);
}

typedef struct ArrayPrinter {
    Buffer *out;
    uint8_t code, bits;
    int32_t rank;
    const int64_t *shape;
    bool shorten;
} ArrayPrinter;

/* Gives where the next one's data begins. */
static const char *print_dim(const ArrayPrinter *p, int32_t dim, const char *data) {
    int64_t size = p->bits / 8;
    if (dim == p->rank) {
        format_element(p->out, p->code, p->bits, data);
        return data + size;
    }
    int64_t inner = size;
    for (int32_t d = dim + 1; d < p->rank; d++)
        inner *= p->shape[d];
    buffer_append(p->out, "[", 1);
    for (int64_t i = 0; i < p->shape[dim]; i++) {
        if (i > 0)
            buffer_append(p->out, ", ", 2);
        if (p->shorten && i == EDGE_ITEMS && p->shape[dim] > 2 * EDGE_ITEMS) {
            buffer_append(p->out, "..., ", 5);
            i = p->shape[dim] - EDGE_ITEMS;
        }
        print_dim(p, dim + 1, data + i * inner);
    }
    buffer_append(p->out, "]", 1);
    return data + inner * p->shape[dim];
}

void format_array(Buffer *out, uint8_t code, uint8_t bits, int32_t rank, const int64_t *shape, const char *data) {
    int64_t elements = 1;
    for (int32_t d = 0; d < rank; d++)
        elements *= shape[d];
    ArrayPrinter printer = {out, code, bits, rank, shape, elements > SHORTEN_ABOVE};
    print_dim(&printer, 0, data);
}

/* ---- this thread's text ---- */

static _Thread_local Buffer text;
static _Thread_local bool text_known; /* freed when the thread ends */
static pthread_key_t text_key;
static pthread_once_t text_once = PTHREAD_ONCE_INIT;

static void free_text(void *buffer) {
    buffer_free(buffer);
}

static void make_text_key(void) {
    pthread_key_create(&text_key, free_text);
}

void weft_text_begin(void) {
    if (!text_known) {
        pthread_once(&text_once, make_text_key);
        text_known = pthread_setspecific(text_key, &text) == 0;
    }
    text.length = 0;
    text.failed = false;
}

/* The text as a string. */
static const char *finish_text(void) {
    buffer_append(&text, "", 1);
    return text.failed ? "(no memory for this text)" : text.data;
}

void weft_text_literal(const char *chars, int64_t length) {
    buffer_append(&text, chars, (size_t)length);
}

/* A format that the compiler should have refused shows itself. */
static bool spec_of(const char *fmt, char kind, FormatSpec *spec) {
    const char *wrong = format_spec_parse(fmt ? fmt : "", kind, spec);
    if (wrong)
        buffer_printf(&text, "{:%s: %s}", fmt, wrong);
    return !wrong;
}

static bool is_plain(const char *fmt) {
    return !fmt || !*fmt;
}

void weft_text_str(const char *value, const char *fmt) {
    FormatSpec spec;
    if (is_plain(fmt))
        buffer_append(&text, value, strlen(value));
    else if (strcmp(fmt, "!r") == 0)
        format_str_repr(&text, value);
    else if (spec_of(fmt, 's', &spec))
        format_str(&text, value, &spec);
}

void weft_text_i64(int64_t value, const char *fmt) {
    FormatSpec spec;
    if (is_plain(fmt))
        buffer_printf(&text, "%" PRId64, value);
    else if (spec_of(fmt, 'i', &spec))
        format_int(&text, value < 0, value < 0 ? 0 - (uint64_t)value : (uint64_t)value, &spec);
}

void weft_text_u64(int64_t value, const char *fmt) {
    FormatSpec spec;
    if (is_plain(fmt))
        buffer_printf(&text, "%" PRIu64, (uint64_t)value);
    else if (spec_of(fmt, 'i', &spec))
        format_int(&text, false, (uint64_t)value, &spec);
}

void weft_text_bool(uint8_t value, const char *fmt) {
    FormatSpec spec;
    if (is_plain(fmt))
        buffer_append(&text, value ? "True" : "False", value ? 4 : 5);
    else if (spec_of(fmt, 'b', &spec))
        format_int(&text, false, value != 0, &spec);
}

static void append_float(uint8_t code, uint8_t width, uint64_t bits, const char *fmt) {
    FormatSpec spec;
    if (is_plain(fmt))
        format_element(&text, code, width, &bits);
    else if (spec_of(fmt, 'f', &spec))
        format_float(&text, code, width, bits, &spec);
}

void weft_text_f64(double value, const char *fmt) {
    append_float(kDLFloat, 64, float_bits_from_f64(kDLFloat, 64, value), fmt);
}

void weft_text_f32(float value, const char *fmt) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    append_float(kDLFloat, 32, bits, fmt);
}

void weft_text_f16(int32_t bits, const char *fmt) {
    append_float(kDLFloat, 16, (uint32_t)bits & 0xffff, fmt);
}

void weft_text_bf16(int32_t bits, const char *fmt) {
    append_float(kDLBfloat, 16, (uint32_t)bits & 0xffff, fmt);
}

void weft_text_f8(int32_t bits, int32_t dtype, const char *fmt) {
    append_float((uint8_t)(dtype >> 8), 8, (uint32_t)bits & 0xff, fmt);
}

void weft_text_array(weft_array *array) {
    void *copy;
    const char *data = array_on_host(array, &copy, NULL);
    format_array(&text, array->dtype_code, array->dtype_bits, array->rank, array->shape, data);
    free(copy);
}

const char *weft_text_check_format(const char *fmt, int32_t kind) {
    FormatSpec spec;
    return format_spec_parse(fmt, (char)kind, &spec);
}

/* ---- what becomes of it ---- */

/* One call of fwrite, which holds the stream's lock: no other thread's text comes between. */
void weft_text_print(int32_t stream) {
    FILE *file = stream == 2 ? stderr : stdout;
    if (text.failed)
        fputs("(no memory for this text)\n", file);
    else
        fwrite(text.data, 1, text.length, file);
}

/* Strings of the program live until it ends. They are reachable from here. */
typedef struct KeptString {
    struct KeptString *next;
    char text[];
} KeptString;

static _Atomic(KeptString *) kept_strings;

const char *weft_text_take(void) {
    const char *value = finish_text();
    size_t length = strlen(value);
    KeptString *kept = malloc(sizeof *kept + length + 1);
    if (!kept)
        host_failf(WEFT_ERROR_OUT_OF_MEMORY, NULL, "out of memory for a str");
    memcpy(kept->text, value, length + 1);
    kept->next = atomic_load(&kept_strings);
    while (!atomic_compare_exchange_weak(&kept_strings, &kept->next, kept))
        ;
    return kept->text;
}

void weft_text_fail(const char *location) {
    host_failf(WEFT_ERROR_ASSERT, location, "%s", finish_text());
}

/* ---- asserts in kernels ---- */

static _Thread_local char thread_place[160]; /* "block (0, 1, 0), thread (5, 0, 0)" */

void weft_text_at_item(int32_t rank, int64_t i, int64_t j, int64_t k, int64_t l) {
    int64_t index[4] = {i, j, k, l};
    int length = snprintf(thread_place, sizeof thread_place, rank == 1 ? "item " : "item (");
    for (int32_t d = 0; d < rank && d < 4; d++)
        length += snprintf(thread_place + length, sizeof thread_place - (size_t)length, "%s%" PRId64, d ? ", " : "", index[d]);
    snprintf(thread_place + length, sizeof thread_place - (size_t)length, rank == 1 ? "" : ")");
}

void weft_text_at_block(int64_t x, int64_t y, int64_t z) {
    snprintf(thread_place, sizeof thread_place, "block (%" PRId64 ", %" PRId64 ", %" PRId64 ")", x, y, z);
}

void weft_text_at_thread(int64_t x, int64_t y, int64_t z) {
    size_t length = strlen(thread_place);
    snprintf(thread_place + length, sizeof thread_place - length, "%sthread (%" PRId64 ", %" PRId64 ", %" PRId64 ")",
             length ? ", " : "", x, y, z);
}

const char *weft_text_take_place(void) {
    static _Thread_local char taken[sizeof thread_place];
    snprintf(taken, sizeof taken, "%s", thread_place);
    *thread_place = '\0';
    return taken;
}

void weft_text_assert_failed(const char *location) {
    char message[768];
    snprintf(message, sizeof message, "%.480s (%.120s%s%s)", finish_text(), location ? location : "a kernel",
             *thread_place ? ", " : "", thread_place);
    *thread_place = '\0';
    CpuRun *run = cpu_run_current();
    if (run) {
        cpu_run_fail(run, message);
        return;
    }
    fflush(stdout);
    fprintf(stderr, "error: %s\n", message);
    abort();
}
