/* What compiled host code calls: arrays, launches, text, strings, files, tests. `def main()`, `@test` and
 * `@bench` functions, and exported functions that launch kernels, are made of calls of these.
 *
 * The conventions, which sema, code generation and the interpreter rely on:
 *   - Operands are i64, i32, f64, f32, a bool as uint8_t (0 or 1, zero-extended), `const char *` for a str
 *     (UTF-8, ends with NUL, lives until the process ends), and pointers. Nothing is passed or returned by
 *     value that is larger than 8 bytes; no function takes more than 6 integers and pointers, or more than
 *     4 floats, and none is variadic. So an interpreter calls any of them through one prototype.
 *   - A function that can fail takes `location` ("file.weft:16") last. Where it fails it does not return:
 *     weft_host_fail() says why and ends the program with status 1, or goes back to the
 *     weft_host_call() that is about it.
 *   - An array that is returned comes with one reference for the caller, who releases it; arguments are
 *     borrowed. A device of NULL is the default one.
 *   - A dtype is one i32: DLPack's code times 256, plus the bits: f32 is 2 << 8 | 32. */
#ifndef WEFT_HOST_H
#define WEFT_HOST_H

#include "weft_launch_table.h"
#include "weft_rt.h"

#ifdef __cplusplus
extern "C" {
#endif

#define WEFT_DTYPE(code, bits) ((int32_t)((code) << 8 | (bits)))

/* ---- The program ------------------------------------------------------------------------------- */

/* The C main of a program calls this first; ORC's does too. */
void weft_host_init(int32_t argc, const char *const *argv);
int64_t weft_host_argc(void);
const char *weft_host_argv(int64_t index, const char *location);

/* Flushes stdout, writes "file.weft:16: error: message" to stderr and exits with 1; in a program that weft_host_init() did
 * not begin, a C program that calls a bare function, it aborts. Inside a weft_host_call() of this thread it makes the
 * message the last error and goes back there. */
#if defined(__GNUC__)
__attribute__((noreturn))
#endif
void weft_host_fail(const char *location, const char *message);

/* Runs host code as a guest: what would end the program becomes a status, and the sentence the last error.
 * `function` must hold no C resource. Arrays that it made on this thread and had not released are. */
weft_status weft_host_call(void (*function)(void *context), void *context);

/* Writes out what print() has buffered: before a forked child leaves by _exit(). */
void weft_host_flush(void);

double weft_host_now(void); /* seconds, of a clock that never goes back */

weft_device *weft_host_device_default(const char *location);
weft_device *weft_host_device_named(const char *name, const char *location);
void weft_host_device_sync(weft_device *device, const char *location);

/* ---- Arrays: owning, counted, row-major, on one device ------------------------------------------ */

typedef struct weft_array weft_array;

/* Not initialised. `shape` points to rank extents; one below 0 is an error. */
weft_array *weft_array_new(int32_t dtype, int32_t rank, const int64_t *shape, weft_device *device, const char *location);
/* Every element is `bits`: the bytes of the element in the low bytes. zeros, ones and full are this. */
weft_array *weft_array_full(int32_t dtype, int32_t rank, const int64_t *shape, int64_t bits, weft_device *device, const char *location);
/* start, start + 1, ... below stop, converted to dtype. For a float dtype the second. */
weft_array *weft_array_arange_i64(int32_t dtype, int64_t start, int64_t stop, weft_device *device, const char *location);
weft_array *weft_array_arange_f64(int32_t dtype, double start, double stop, weft_device *device, const char *location);
/* Philox4x32-10 (host/random.c): uniform in [0, 1), and normal; the same numbers on every machine. For an
 * integer dtype rand gives uniform bits; randn wants a float dtype. */
weft_array *weft_array_rand(int32_t dtype, int32_t rank, const int64_t *shape, int64_t seed, weft_device *device, const char *location);
weft_array *weft_array_randn(int32_t dtype, int32_t rank, const int64_t *shape, int64_t seed, weft_device *device, const char *location);
weft_array *weft_array_load_npy(const char *path, int32_t dtype, int32_t rank, weft_device *device, const char *location);
void weft_array_save_npy(const char *path, weft_array *array, const char *location);
weft_array *weft_array_to(weft_array *array, weft_device *device, const char *location); /* a reference to the same one where it is there already */
weft_array *weft_array_copy(weft_array *array, const char *location);

/* Counting. NULL is allowed: an array variable that holds nothing yet. */
weft_array *weft_array_retain(weft_array *array); /* gives its argument */
void weft_array_release(weft_array *array);

/* Asking. */
int64_t weft_array_rank(const weft_array *array);
int64_t weft_array_size(const weft_array *array);               /* elements */
int64_t weft_array_extent(const weft_array *array, int64_t dim); /* dim in 0 .. rank - 1: the caller knows */
int32_t weft_array_dtype(const weft_array *array);
void *weft_array_data(const weft_array *array);                 /* an address of its device */
weft_device *weft_array_device(const weft_array *array);

/* The address of a[i, j, ...]; `index` points to rank indices. Out of range: an error that names index and shape. */
void *weft_array_element(weft_array *array, const int64_t *index, const char *location);
/* The same for up to two indices, with no array of them to fill. */
void *weft_array_element1(weft_array *array, int64_t i, const char *location);
void *weft_array_element2(weft_array *array, int64_t i, int64_t j, const char *location);

/* Fills a DLTensor (48 bytes) for a launch. Its shape is the array's own: valid while the array lives. */
void weft_array_dltensor(weft_array *array, DLTensor *tensor);
/* The same for a view of CPU memory; `shape` and `strides` (NULL: row-major) must outlive the launch. */
void weft_host_view_dltensor(DLTensor *tensor, void *data, int32_t dtype, int32_t rank, const int64_t *shape, const int64_t *strides);

/* ---- Launches ----------------------------------------------------------------------------------- */

/* weft_launch_shaped() on the tensors' device. `args` as there: scalars by address, tensors as DLTensor *.
 * `override`: six i64, grid x y z, block x y z, -1 where the kernel's own stays (a size below 0 that the
 * program computed counts as 0: write 0); NULL for none. */
void weft_host_launch(const weft_kernel *kernel, const void *const *args, const int64_t *override, const char *location);
/* The checked C form of an exported function that takes tensors: the checks of a launch, then the function as a guest
 * (weft_host_call). `args` as for a launch, then the address of each result. */
weft_status weft_host_entry(const weft_kernel *function, weft_stream *stream, const void *const *args, int32_t result_count);
/* What a call of a plain function checks of two tensors, one of which it writes: that they share no element. `x_form`: the
 * bytes of an element, the rank, the extents, the strides in elements. */
void weft_host_check_sharing(void *x, int64_t *x_form, void *y, int64_t *y_form, const char *message, const char *location);

/* ---- Text: print, f-strings, the messages of asserts --------------------------------------------- *
 * A text is built piece by piece in a buffer of the calling thread, then used up by print, take, fail or
 * assert_failed. Also from kernels on the CPU. Between begin and the end no other text is begun.
 * `fmt` is Python's format mini-language, "" for str(); floats of each type print as the shortest decimal
 * that reads back as the same value of that type. */

void weft_text_begin(void);
void weft_text_literal(const char *chars, int64_t length);
void weft_text_str(const char *value, const char *fmt); /* "!r": as Python's repr() */
void weft_text_i64(int64_t value, const char *fmt); /* narrower ones sign-extended */
void weft_text_u64(int64_t value, const char *fmt); /* the bits of a u64; narrower ones zero-extended */
void weft_text_bool(uint8_t value, const char *fmt);
void weft_text_f64(double value, const char *fmt);
void weft_text_f32(float value, const char *fmt);
void weft_text_f16(int32_t bits, const char *fmt);  /* 16 bits in the low half */
void weft_text_bf16(int32_t bits, const char *fmt);
void weft_text_f8(int32_t bits, int32_t dtype, const char *fmt);
void weft_text_array(weft_array *array);            /* [[1, 2], [3, 4]]; copies from its device */

void weft_text_print(int32_t stream);               /* 1 stdout, 2 stderr: whole, never between another's */
const char *weft_text_take(void);                   /* as a str */
#if defined(__GNUC__)
__attribute__((noreturn))
#endif
void weft_text_fail(const char *location);          /* an assert in host code: weft_host_fail with the text */

/* An assert in a kernel: the launch that runs on this thread fails with WEFT_ERROR_ASSERT, and starts no
 * more blocks; the kernel should return. Where no launch runs (a bare `_cpu` function): prints and aborts.
 * Before it, say which thread it is, if you can: at_item for over= (the first `rank` indices count),
 * at_thread for grid=. */
void weft_text_at_item(int32_t rank, int64_t i, int64_t j, int64_t k, int64_t l);
void weft_text_at_block(int64_t x, int64_t y, int64_t z);
void weft_text_at_thread(int64_t x, int64_t y, int64_t z);
void weft_text_assert_failed(const char *location);
/* What at_item, or at_block and at_thread, said, for who writes the sentence himself; until the next of these. */
const char *weft_text_take_place(void);

/* What is wrong with a format, as a sentence in static memory, or NULL: for `kind` 'i' integers, 'f' floats,
 * 's' strings, 'b' bools. */
const char *weft_text_check_format(const char *fmt, int32_t kind);

/* ---- Strings -------------------------------------------------------------------------------------- */

uint8_t weft_str_equal(const char *a, const char *b);
int64_t weft_str_compare(const char *a, const char *b);           /* below, at or above 0, by bytes */
int64_t weft_str_length(const char *text);                        /* characters */
int64_t weft_str_to_i64(const char *text, const char *location);  /* as Python's int(): spaces, sign, _ */
double weft_str_to_f64(const char *text, const char *location);

/* ---- Tests: assert_equal, assert_close ------------------------------------------------------------ *
 * NaN equals NaN in both. Close: |a - b| <= atol + rtol * |b|. */

void weft_assert_equal_i64(int64_t a, int64_t b, const char *location);
void weft_assert_equal_u64(int64_t a, int64_t b, const char *location);
void weft_assert_equal_bool(uint8_t a, uint8_t b, const char *location);
void weft_assert_equal_f64(double a, double b, const char *location);
void weft_assert_equal_f32(float a, float b, const char *location);
void weft_assert_equal_str(const char *a, const char *b, const char *location);
void weft_assert_equal_array(weft_array *a, weft_array *b, const char *location);
void weft_assert_close_f64(double a, double b, double rtol, double atol, const char *location);
void weft_assert_close_f32(float a, float b, double rtol, double atol, const char *location);
void weft_assert_close_array(weft_array *a, weft_array *b, double rtol, double atol, const char *location);

#ifdef __cplusplus
}
#endif
#endif
