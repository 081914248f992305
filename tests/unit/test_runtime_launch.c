/* Launches of tables written by hand: what the contract refuses, in which words, and what runs. */
#include "weft_launch_table.h"
#include "weft_rt.h"

#include "core/device.h"
#include "core/error.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <xmmintrin.h>
#include <cmocka.h>

/* def scale(n: int, rate: f32, x: Tensor[f32, M, K], mut y: Tensor[f32, M, n]) where 0 <= rate <= 1, over=(M, n)
 * Slots: M, K, n, rate, x, y, begin0, extent0, begin1, extent1. */
enum { SLOT_M, SLOT_K, SLOT_N, SLOT_RATE, SLOT_X, SLOT_Y, SLOT_SHAPE, SLOT_COUNT = SLOT_SHAPE + 4 };

static float float_in(int64_t slot) {
    float value;
    memcpy(&value, &slot, sizeof value);
    return value;
}

static int64_t check_scale(const int64_t *slots) {
    float rate = float_in(slots[SLOT_RATE]);
    return 0 <= rate && rate <= 1 ? -1 : 0;
}

static void shape_scale(int64_t *slots) {
    slots[SLOT_SHAPE] = 0;
    slots[SLOT_SHAPE + 1] = slots[SLOT_M];
    slots[SLOT_SHAPE + 2] = 0;
    slots[SLOT_SHAPE + 3] = slots[SLOT_N];
}

static void run_scale(const int64_t *slots, int64_t begin, int64_t end) {
    const float *x = (const float *)slots[SLOT_X];
    float *y = (float *)slots[SLOT_Y];
    int64_t n = slots[SLOT_N], k = slots[SLOT_K];
    for (int64_t at = begin; at < end; at++)
        y[at] = float_in(slots[SLOT_RATE]) * x[at / n * k + at % n % k];
}

static const weft_dim x_dims[] = {{-1, SLOT_M, -1}, {-1, SLOT_K, -1}};
static const weft_dim y_dims[] = {{-1, SLOT_M, -1}, {-1, -1, 0}};
static const weft_arg scale_args[] = {
    {.name = "n", .kind = WEFT_ARG_SCALAR, .dtype_code = kDLInt, .dtype_bits = 64, .size = 8},
    {.name = "rate", .kind = WEFT_ARG_SCALAR, .dtype_code = kDLFloat, .dtype_bits = 32, .size = 4},
    {.name = "x", .kind = WEFT_ARG_TENSOR, .rank = 2, .dtype_code = kDLFloat, .dtype_bits = 32, .dims = x_dims},
    {.name = "y", .kind = WEFT_ARG_TENSOR, .mode = WEFT_MODE_MUT, .rank = 2, .dtype_code = kDLFloat, .dtype_bits = 32,
     .dims = y_dims},
};
static const char *const scale_dims[] = {"M", "K"};
static const weft_where scale_where[] = {{"0 <= rate <= 1", "scale.weft:3"}};
static const weft_cpu_variant scale_cpu[] = {{WEFT_ISA_V1, 0, run_scale}, {0, 0, NULL}};
static weft_kernel scale = {
    .version = WEFT_TABLE_VERSION, .name = "scale", .location = "scale.weft:2", .args = scale_args,
    .dim_names = scale_dims, .where = scale_where, .arg_count = 4, .dim_count = 2, .where_count = 1, .over_rank = 2,
    .slot_count = SLOT_COUNT, .shape = shape_scale, .check = check_scale, .cpu = scale_cpu,
};

/* The arguments of a launch of scale that is right: 2 by 3. */
typedef struct Fixture {
    float x_data[16], y_data[16];
    int64_t x_shape[3], y_shape[3], x_strides[3], n;
    float rate;
    DLTensor x, y;
    const void *args[4];
} Fixture;

static DLTensor tensor(void *data, int32_t rank, int64_t *shape) {
    return (DLTensor){.data = data, .device = {kDLCPU, 0}, .ndim = rank, .dtype = {kDLFloat, 32, 1}, .shape = shape};
}

static int set_up(void **state) {
    Fixture *f = calloc(1, sizeof *f);
    for (int i = 0; i < 16; i++)
        f->x_data[i] = (float)i;
    memcpy(f->x_shape, (int64_t[]){2, 3, 1}, sizeof f->x_shape);
    memcpy(f->y_shape, (int64_t[]){2, 3, 1}, sizeof f->y_shape);
    f->n = 3;
    f->rate = 0.5f;
    f->x = tensor(f->x_data, 2, f->x_shape);
    f->y = tensor(f->y_data, 2, f->y_shape);
    memcpy(f->args, (const void *[]){&f->n, &f->rate, &f->x, &f->y}, sizeof f->args);
    *state = f;
    return 0;
}

static int tear_down(void **state) {
    free(*state);
    return 0;
}

static void refused(Fixture *f, weft_status status, const char *sentence) {
    assert_int_equal(weft_launch(&scale, NULL, f->args), status);
    assert_string_equal(weft_last_error(), sentence);
    for (int i = 0; i < 16; i++)
        assert_true(f->y_data[i] == 0);
}

static void a_launch_runs_each_item(void **state) {
    Fixture *f = *state;
    assert_int_equal(weft_launch(&scale, NULL, f->args), WEFT_OK);
    for (int i = 0; i < 6; i++)
        assert_true(f->y_data[i] == 0.5f * (float)i);
    assert_true(f->y_data[6] == 0);
    weft_stream *stream;
    assert_int_equal(weft_stream_create(NULL, &stream), WEFT_OK);
    assert_int_equal(weft_launch(&scale, stream, f->args), WEFT_OK);
    assert_int_equal(weft_stream_synchronize(stream), WEFT_OK);
    weft_stream_destroy(stream);
}

static void the_dtype_is_held(void **state) {
    Fixture *f = *state;
    f->x.dtype.bits = 64;
    refused(f, WEFT_ERROR_CONTRACT, "x is f64, and scale wants f32");
    f->x.dtype = (DLDataType){5, 64, 1};
    refused(f, WEFT_ERROR_CONTRACT, "x is complex64, and scale wants f32");
    f->x.dtype = (DLDataType){kDLFloat, 32, 4};
    refused(f, WEFT_ERROR_CONTRACT, "x is f32x4, and scale wants f32");
}

static void the_rank_is_held(void **state) {
    Fixture *f = *state;
    f->x.ndim = 3;
    refused(f, WEFT_ERROR_CONTRACT, "x has 3 dims, and scale wants 2");
    f->x.ndim = 1;
    refused(f, WEFT_ERROR_CONTRACT, "x has 1 dim, and scale wants 2");
}

static void one_name_is_one_size(void **state) {
    Fixture *f = *state;
    f->y_shape[0] = 5;
    refused(f, WEFT_ERROR_CONTRACT, "M is 2 in x (dim 0) and 5 in y (dim 0)");
}

static void an_int_argument_is_a_dim(void **state) {
    Fixture *f = *state;
    f->n = 5;
    refused(f, WEFT_ERROR_CONTRACT, "n is 5 and y (dim 1) is 3");
}

static void row_major_is_held(void **state) {
    Fixture *f = *state;
    f->x.strides = f->x_strides;
    f->x_strides[0] = 1, f->x_strides[1] = 2;
    refused(f, WEFT_ERROR_CONTRACT,
            "x is not row-major: its strides are (1, 2), and (3, 1) are wanted; copy it, or declare it layout=strided");
    f->x_strides[0] = 3, f->x_strides[1] = 1;
    assert_int_equal(weft_launch(&scale, NULL, f->args), WEFT_OK);
}

static void strides_of_a_single_element_say_nothing(void **state) {
    Fixture *f = *state;
    f->x.strides = f->x_strides;
    f->x_shape[0] = f->y_shape[0] = 1;
    f->x_strides[0] = 77, f->x_strides[1] = 1;
    assert_int_equal(weft_launch(&scale, NULL, f->args), WEFT_OK);
}

static void where_says_its_values(void **state) {
    Fixture *f = *state;
    f->rate = 1.5f;
    refused(f, WEFT_ERROR_CONTRACT, "scale wants 0 <= rate <= 1: rate is 1.5 (scale.weft:3)");
}

static void what_is_written_overlaps_nothing(void **state) {
    Fixture *f = *state;
    f->y.data = f->x_data + 2;
    assert_int_equal(weft_launch(&scale, NULL, f->args), WEFT_ERROR_CONTRACT);
    assert_string_equal(weft_last_error(), "x and y overlap, and y is written");
    f->y.data = f->x_data + 6; /* side by side */
    assert_int_equal(weft_launch(&scale, NULL, f->args), WEFT_OK);
}

static void empty_tensors_overlap_nothing_and_nothing_runs(void **state) {
    Fixture *f = *state;
    f->x_shape[0] = f->y_shape[0] = 0;
    f->y.data = f->x.data;
    assert_int_equal(weft_launch(&scale, NULL, f->args), WEFT_OK);
    f->x.data = f->y.data = NULL;
    assert_int_equal(weft_launch(&scale, NULL, f->args), WEFT_OK);
    f->rate = 2; /* the contract holds for nothing too */
    assert_int_equal(weft_launch(&scale, NULL, f->args), WEFT_ERROR_CONTRACT);
}

static void what_makes_no_sense_is_an_argument_error(void **state) {
    Fixture *f = *state;
    f->x.data = NULL;
    refused(f, WEFT_ERROR_ARGUMENT, "x has no data");
    f->x.data = (char *)f->x_data + 1;
    refused(f, WEFT_ERROR_ARGUMENT, "x is not aligned to the size of its elements");
    f->x.byte_offset = 3;
    assert_int_equal(weft_launch(&scale, NULL, f->args), WEFT_OK); /* base and offset together are */
    memset(f->y_data, 0, sizeof f->y_data);
    f->x.byte_offset = 0;
    f->x.data = f->x_data;
    f->x_shape[1] = -3;
    refused(f, WEFT_ERROR_ARGUMENT, "x has an extent below 0");
    f->x_shape[1] = INT64_MAX;
    refused(f, WEFT_ERROR_ARGUMENT, "x is larger than any memory");
    f->args[2] = NULL;
    refused(f, WEFT_ERROR_ARGUMENT, "x is NULL");
    assert_int_equal(weft_launch(NULL, NULL, f->args), WEFT_ERROR_ARGUMENT);
    assert_int_equal(weft_launch(&scale, NULL, NULL), WEFT_ERROR_ARGUMENT);
}

static void tensors_elsewhere_are_refused(void **state) {
    Fixture *f = *state;
    f->y.device = (DLDevice){kDLCUDA, 1};
    refused(f, WEFT_ERROR_CONTRACT, "x is on cpu and y on DLPack's device (2, 1): all tensors of a launch are on one device");
    f->x.device = (DLDevice){kDLCUDA, 1};
    refused(f, WEFT_ERROR_DEVICE, "x is on DLPack's device (2, 1), which is not here");
}

static void index_i32_wants_small_tensors(void **state) {
    Fixture *f = *state;
    weft_kernel small = scale;
    small.flags = WEFT_KERNEL_INDEX_I32;
    f->x_shape[1] = (int64_t)1 << 31;
    assert_int_equal(weft_launch(&small, NULL, f->args), WEFT_ERROR_CONTRACT);
    assert_string_equal(weft_last_error(), "x has 4294967296 elements, and index=i32 takes fewer than 2147483648");
}

static void code_for_another_cpu_is_no_code(void **state) {
    Fixture *f = *state;
    static const weft_cpu_variant future[] = {{9, 0, run_scale}, {0, 0, NULL}};
    weft_kernel k = scale;
    k.cache = NULL;
    k.cpu = future;
    assert_int_equal(weft_launch(&k, NULL, f->args), WEFT_ERROR_NO_IMAGE);
    assert_non_null(strstr(weft_last_error(), "scale has code for x86-64-v9, and this CPU is x86-64-v"));
    k.cpu = NULL;
    assert_int_equal(weft_launch(&k, NULL, f->args), WEFT_ERROR_NO_IMAGE);
    assert_string_equal(weft_last_error(), "scale has no code for the CPU");
    k.version = 77;
    assert_int_equal(weft_launch(&k, NULL, f->args), WEFT_ERROR_ARGUMENT);
}

/* ---- layouts ---- */

/* def f(x: Tensor[f32, 2, C, layout=...]): slots C, x, (strides,) begin, extent */
static int64_t seen_slots[8];

static void shape_once(int64_t *slots) {
    slots[2] = 0, slots[3] = 1;
}

static void shape_once_strided(int64_t *slots) {
    slots[4] = 0, slots[5] = 1;
}

static void run_keep_slots(const int64_t *slots, int64_t begin, int64_t end) {
    memcpy(seen_slots, slots, 4 * sizeof *slots);
}

static const weft_cpu_variant keep_cpu[] = {{WEFT_ISA_V1, 0, run_keep_slots}, {0, 0, NULL}};
static const weft_dim fixed_dims[] = {{2, -1, -1}, {-1, 0, -1}};
static const char *const fixed_names[] = {"C"};

static weft_status launch_layout(uint8_t layout, int64_t *shape, int64_t *strides, float *data) {
    weft_arg arg = {.name = "x", .kind = WEFT_ARG_TENSOR, .layout = layout, .rank = 2, .dtype_code = kDLFloat,
                    .dtype_bits = 32, .dims = fixed_dims};
    bool strided = layout == WEFT_LAYOUT_STRIDED;
    weft_kernel k = {.version = WEFT_TABLE_VERSION, .name = "f", .args = &arg, .dim_names = fixed_names, .arg_count = 1,
                     .dim_count = 1, .over_rank = 1, .slot_count = strided ? 6 : 4,
                     .shape = strided ? shape_once_strided : shape_once, .cpu = keep_cpu};
    DLTensor x = tensor(data, 2, shape);
    x.strides = strides;
    return weft_launch(&k, NULL, (const void *[]){&x});
}

static void comptime_extents_are_held(void **state) {
    float data[12];
    int64_t shape[] = {3, 4};
    assert_int_equal(launch_layout(WEFT_LAYOUT_ROW_MAJOR, shape, NULL, data), WEFT_ERROR_CONTRACT);
    assert_string_equal(weft_last_error(), "x (dim 0) is 3, and f wants 2");
}

static void col_major_is_held(void **state) {
    float data[12];
    int64_t shape[] = {2, 4}, strides[] = {1, 2}, rows[] = {4, 1};
    assert_int_equal(launch_layout(WEFT_LAYOUT_COL_MAJOR, shape, strides, data), WEFT_OK);
    assert_int_equal(launch_layout(WEFT_LAYOUT_COL_MAJOR, shape, rows, data), WEFT_ERROR_CONTRACT);
    assert_non_null(strstr(weft_last_error(), "x is not col_major: its strides are (4, 1), and (1, 2) are wanted"));
    assert_int_equal(launch_layout(WEFT_LAYOUT_COL_MAJOR, shape, NULL, data), WEFT_ERROR_CONTRACT);
    shape[1] = 1;
    assert_int_equal(launch_layout(WEFT_LAYOUT_COL_MAJOR, shape, NULL, data), WEFT_OK);
}

static void strides_become_slots(void **state) {
    float data[64];
    int64_t shape[] = {2, 4}, strides[] = {-16, 3};
    assert_int_equal(launch_layout(WEFT_LAYOUT_STRIDED, shape, strides, data + 20), WEFT_OK);
    assert_int_equal(seen_slots[0], 4);
    assert_ptr_equal((void *)seen_slots[1], data + 20);
    assert_int_equal(seen_slots[2], -16);
    assert_int_equal(seen_slots[3], 3);
    assert_int_equal(launch_layout(WEFT_LAYOUT_STRIDED, shape, NULL, data), WEFT_OK);
    assert_int_equal(seen_slots[2], 4);
    assert_int_equal(seen_slots[3], 1);
}

/* ---- sharing ---- */

/* def f(x: Tensor[f32, _, _, layout=strided], out y: the same): slots 4 dims, x and 2 strides, y and 2 strides */
static void shape_pair(int64_t *slots) {
    slots[10] = 0, slots[11] = 1;
}

static weft_status launch_pair(float *x_data, int64_t *x_shape, int64_t *x_strides, float *y_data, int64_t *y_shape,
                               int64_t *y_strides) {
    static const weft_dim x_two[] = {{-1, 0, -1}, {-1, 1, -1}}, y_two[] = {{-1, 2, -1}, {-1, 3, -1}};
    static const char *const names[] = {"_", "_", "_", "_"};
    weft_arg args[2] = {{.name = "x", .kind = WEFT_ARG_TENSOR, .layout = WEFT_LAYOUT_STRIDED, .rank = 2,
                         .dtype_code = kDLFloat, .dtype_bits = 32, .dims = x_two}};
    args[1] = args[0];
    args[1].name = "y";
    args[1].mode = WEFT_MODE_OUT;
    args[1].dims = y_two;
    weft_kernel k = {.version = WEFT_TABLE_VERSION, .name = "f", .args = args, .dim_names = names, .arg_count = 2,
                     .dim_count = 4, .over_rank = 1, .slot_count = 12, .shape = shape_pair, .cpu = keep_cpu};
    DLTensor x = tensor(x_data, 2, x_shape), y = tensor(y_data, 2, y_shape);
    x.strides = x_strides;
    y.strides = y_strides;
    return weft_launch(&k, NULL, (const void *[]){&x, &y});
}

/* Views of a 10 by 10 matrix. */
static weft_status launch_views(int x_at, int x_rows, int x_cols, int y_at, int y_rows, int y_cols, int64_t row_step) {
    static float matrix[200];
    int64_t x_shape[] = {x_rows, x_cols}, y_shape[] = {y_rows, y_cols}, strides[] = {row_step, 1};
    return launch_pair(matrix + 100 + x_at, x_shape, strides, matrix + 100 + y_at, y_shape, strides);
}

static void views_that_interleave_share_nothing(void **state) {
    for (int step = -10; step <= 10; step += 20) {
        assert_int_equal(launch_views(0, 5, 1, 1, 5, 1, step), WEFT_OK);   /* two columns */
        assert_int_equal(launch_views(0, 5, 4, 4, 5, 6, step), WEFT_OK);   /* halves of the rows */
        assert_int_equal(launch_views(4, 5, 6, 0, 5, 4, step), WEFT_OK);
        assert_int_equal(launch_views(0, 5, 5, 4, 5, 6, step), WEFT_ERROR_CONTRACT);
        assert_int_equal(launch_views(4, 5, 6, 0, 5, 5, step), WEFT_ERROR_CONTRACT);
        assert_int_equal(launch_views(0, 5, 4, 2 * step, 1, 4, step), WEFT_ERROR_CONTRACT);
    }
}

/* Random pairs of views against all pairs of their elements. What shares must be refused; the other way
 * round, refusals without cause stay few. */
static void sharing_is_never_missed(void **state) {
    static float memory[4096];
    srand(5);
    int needless = 0, apart = 0;
    for (int turn = 0; turn < 20000; turn++) {
        int64_t shape[2][2], strides[2][2], at[2];
        for (int t = 0; t < 2; t++) {
            at[t] = 2048 + rand() % 40;
            for (int d = 0; d < 2; d++) {
                shape[t][d] = 1 + rand() % 4;
                strides[t][d] = rand() % 25 - 12;
            }
        }
        bool shares = false;
        for (int i = 0; i < 4 * 4 * 4 * 4; i++) {
            int64_t a = i & 3, b = i >> 2 & 3, c = i >> 4 & 3, d = i >> 6 & 3;
            if (a < shape[0][0] && b < shape[0][1] && c < shape[1][0] && d < shape[1][1])
                shares |= at[0] + a * strides[0][0] + b * strides[0][1] == at[1] + c * strides[1][0] + d * strides[1][1];
        }
        bool taken = launch_pair(memory + at[0], shape[0], strides[0], memory + at[1], shape[1], strides[1]) == WEFT_OK;
        assert_false(shares && taken);
        apart += !shares;
        needless += !shares && !taken;
    }
    assert_true(needless < apart / 2);
}

/* ---- grids ---- */

static int64_t blocks_run;

static void shape_grid(int64_t *slots) {
    memcpy(slots, (int64_t[]){2, 3, 1, 32, 1, 1}, 6 * sizeof *slots);
}

static void run_grid(const int64_t *slots, int64_t begin, int64_t end) {
    __atomic_fetch_add(&blocks_run, end - begin, __ATOMIC_RELAXED);
}

static const weft_cpu_variant grid_cpu[] = {{WEFT_ISA_V1, 0, run_grid}, {0, 0, NULL}};
static weft_kernel grid = {.version = WEFT_TABLE_VERSION, .name = "g", .slot_count = 6, .shape = shape_grid, .cpu = grid_cpu};

static void a_grid_runs_its_blocks(void **state) {
    blocks_run = 0;
    assert_int_equal(weft_launch(&grid, NULL, NULL), WEFT_OK);
    assert_int_equal(blocks_run, 6);
    assert_int_equal(weft_launch_shaped(&grid, NULL, NULL, (int64_t[]){10, -1, -1, -1, -1, -1}), WEFT_OK);
    assert_int_equal(blocks_run, 6 + 30);
    assert_int_equal(weft_launch_shaped(&grid, NULL, NULL, (int64_t[]){0, -1, -1, -1, -1, -1}), WEFT_OK);
    assert_int_equal(blocks_run, 36);
}

static void a_block_has_at_most_1024_threads(void **state) {
    assert_int_equal(weft_launch_shaped(&grid, NULL, NULL, (int64_t[]){-1, -1, -1, 1025, -1, -1}), WEFT_ERROR_CONTRACT);
    assert_string_equal(weft_last_error(), "g: a block of 1025 x 1 x 1 is 1025 threads, and 1024 are the most");
    weft_kernel small = grid;
    small.max_threads = 64;
    assert_int_equal(weft_launch_shaped(&small, NULL, NULL, (int64_t[]){-1, -1, -1, 65, 1, 1}), WEFT_ERROR_CONTRACT);
    assert_string_equal(weft_last_error(), "g: a block of 65 x 1 x 1 is 65 threads, and 64 are the most");
    assert_int_equal(weft_launch_shaped(&grid, NULL, NULL, (int64_t[]){INT64_MAX, 3, -1, -1, -1, -1}), WEFT_ERROR_CONTRACT);
}

static void code_for_blocks_of_one_size_takes_no_others(void **state) {
    weft_kernel fixed = grid;
    fixed.block[0] = 64;
    assert_int_equal(weft_launch_shaped(&fixed, NULL, NULL, (int64_t[]){-1, -1, -1, 32, -1, -1}), WEFT_ERROR_CONTRACT);
    assert_string_equal(weft_last_error(), "g: its code is for blocks whose x is 64, and the launch says 32");
    assert_int_equal(weft_launch_shaped(&fixed, NULL, NULL, (int64_t[]){-1, -1, -1, 64, 2, -1}), WEFT_OK);
}

/* ---- the floating-point mode ---- */

static unsigned mode_inside;

static void shape_one_block(int64_t *slots) {
    for (int i = 0; i < 6; i++)
        slots[i] = 1;
}

static void run_see_mode(const int64_t *slots, int64_t begin, int64_t end) {
    mode_inside = _mm_getcsr() & ~0x3fu;
}

static void a_launch_has_the_default_mode(void **state) {
    static const weft_cpu_variant cpu[] = {{WEFT_ISA_V1, 0, run_see_mode}, {0, 0, NULL}};
    weft_kernel k = {.version = WEFT_TABLE_VERSION, .name = "m", .slot_count = 6, .shape = shape_one_block, .cpu = cpu};
    unsigned before = _mm_getcsr();
    _mm_setcsr((before | 0x8040 | 0x6000) & ~0x3fu); /* flush to zero, denormals are zero, toward zero */
    assert_int_equal(weft_launch(&k, NULL, NULL), WEFT_OK);
    unsigned after = _mm_getcsr() & ~0x3fu;
    _mm_setcsr(before);
    assert_int_equal(mode_inside, 0x1f80);
    assert_int_equal(after, (before | 0x8040 | 0x6000) & ~0x3fu);
}

/* ---- devices ---- */

static int64_t fake_count;

static weft_status fake_launch(weft_device *device, weft_stream *stream, const weft_kernel *kernel, const int64_t *slots,
                               int64_t count) {
    fake_count += count;
    return WEFT_OK;
}

static void a_driver_registers_a_device(void **state) {
    Fixture *f = *state;
    static const DeviceOps ops = {.launch = fake_launch};
    static weft_device fake = {.name = "interp", .dl = {kDLCPU, 0}, .host_memory = true, .ops = &ops};
    weft_device *found;
    assert_int_equal(weft_device_get("interp", &found), WEFT_ERROR_DEVICE);
    assert_string_equal(weft_last_error(), "there is no device interp; there is: cpu");
    assert_int_equal(device_register(&fake), WEFT_OK);
    assert_int_equal(weft_device_get("interp", &found), WEFT_OK);
    int32_t count;
    assert_int_equal(weft_device_count(&count), WEFT_OK);
    assert_int_equal(count, 2);
    weft_stream *stream;
    assert_int_equal(weft_stream_create(found, &stream), WEFT_OK);
    assert_int_equal(weft_launch(&scale, stream, f->args), WEFT_OK);
    assert_int_equal(fake_count, 6);
    weft_stream_destroy(stream);
    device_set_default(found); /* memory of the host is then this device's */
    assert_int_equal(weft_launch(&scale, NULL, f->args), WEFT_OK);
    assert_int_equal(fake_count, 12);
    device_set_default(device_cpu());
}

static void events_tell_time(void **state) {
    weft_event *a, *b;
    double seconds;
    assert_int_equal(weft_event_create(NULL, &a), WEFT_OK);
    assert_int_equal(weft_event_create(NULL, &b), WEFT_OK);
    assert_int_equal(weft_event_elapsed(a, b, &seconds), WEFT_ERROR_ARGUMENT);
    assert_int_equal(weft_event_record(a, NULL), WEFT_OK);
    assert_int_equal(weft_event_record(b, NULL), WEFT_OK);
    assert_int_equal(weft_event_elapsed(a, b, &seconds), WEFT_OK);
    assert_true(seconds >= 0 && seconds < 1);
    weft_event_destroy(a);
    weft_event_destroy(b);
}

static void memory_is_aligned_and_its_lack_a_status(void **state) {
    void *memory, *other;
    assert_int_equal(weft_memory_alloc(NULL, 100, &memory), WEFT_OK);
    assert_int_equal((uintptr_t)memory % 64, 0);
    assert_int_equal(weft_memory_alloc(NULL, 0, &other), WEFT_OK);
    memset(memory, 7, 100);
    assert_int_equal(weft_memory_copy(NULL, other, NULL, memory, 64, NULL), WEFT_OK);
    assert_int_equal(((char *)other)[63], 7);
    weft_memory_free(NULL, memory);
    weft_memory_free(NULL, other);
    assert_int_equal(weft_memory_alloc(NULL, SIZE_MAX, &memory), WEFT_ERROR_OUT_OF_MEMORY);
    assert_null(memory);
}

#define LAUNCH_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        LAUNCH_TEST(a_launch_runs_each_item),
        LAUNCH_TEST(the_dtype_is_held),
        LAUNCH_TEST(the_rank_is_held),
        LAUNCH_TEST(one_name_is_one_size),
        LAUNCH_TEST(an_int_argument_is_a_dim),
        LAUNCH_TEST(row_major_is_held),
        LAUNCH_TEST(strides_of_a_single_element_say_nothing),
        LAUNCH_TEST(where_says_its_values),
        LAUNCH_TEST(what_is_written_overlaps_nothing),
        LAUNCH_TEST(empty_tensors_overlap_nothing_and_nothing_runs),
        LAUNCH_TEST(what_makes_no_sense_is_an_argument_error),
        LAUNCH_TEST(tensors_elsewhere_are_refused),
        LAUNCH_TEST(index_i32_wants_small_tensors),
        LAUNCH_TEST(code_for_another_cpu_is_no_code),
        cmocka_unit_test(comptime_extents_are_held),
        cmocka_unit_test(col_major_is_held),
        cmocka_unit_test(strides_become_slots),
        cmocka_unit_test(views_that_interleave_share_nothing),
        cmocka_unit_test(sharing_is_never_missed),
        cmocka_unit_test(a_grid_runs_its_blocks),
        cmocka_unit_test(a_block_has_at_most_1024_threads),
        cmocka_unit_test(code_for_blocks_of_one_size_takes_no_others),
        cmocka_unit_test(a_launch_has_the_default_mode),
        LAUNCH_TEST(a_driver_registers_a_device),
        cmocka_unit_test(events_tell_time),
        cmocka_unit_test(memory_is_aligned_and_its_lack_a_status),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
