/* What a launch costs: of a kernel that does nothing, checked, on the calling thread; and of one whose work
 * goes to the pool, against the same work with no launch.
 *
 *     cc -O2 -Iruntime/include tests/bench/bench_launch.c build/release/lib/libweft_rt.a -lm -lpthread
 *
 * Prints a line "row VALUE UNIT BOUND NAME" for each, which run.py reads: medians of many. */
#define _GNU_SOURCE

#include "weft_launch_table.h"
#include "weft_rt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* saxpy(a: f32, x: Tensor[f32, N], mut y: Tensor[f32, N]), over=N. Slots: N, a, x, y, begin, extent */
static void shape_saxpy(int64_t *slots) {
    slots[4] = 0;
    slots[5] = slots[0];
}

static void run_nothing(const int64_t *slots, int64_t begin, int64_t end) {
    (void)slots, (void)begin, (void)end;
}

static volatile double sink = 0.5;

/* About 10 ns an item. */
static void run_work(const int64_t *slots, int64_t begin, int64_t end) {
    (void)slots;
    double x = sink;
    for (int64_t i = begin; i < end; i++)
        for (int k = 0; k < 8; k++)
            x = x * 0.999 + 0.001;
    sink = x;
}

static const weft_dim dims[] = {{-1, 0, -1}};
static const char *const dim_names[] = {"N"};
static const weft_arg args[] = {
    {.name = "a", .kind = WEFT_ARG_SCALAR, .dtype_code = kDLFloat, .dtype_bits = 32, .size = 4},
    {.name = "x", .kind = WEFT_ARG_TENSOR, .rank = 1, .dtype_code = kDLFloat, .dtype_bits = 32, .dims = dims},
    {.name = "y", .kind = WEFT_ARG_TENSOR, .mode = WEFT_MODE_MUT, .rank = 1, .dtype_code = kDLFloat, .dtype_bits = 32,
     .dims = dims},
};
static const weft_cpu_variant nothing[] = {{WEFT_ISA_V1, 0, run_nothing}, {0, 0, NULL}};
static const weft_cpu_variant work[] = {{WEFT_ISA_V1, 0, run_work}, {0, 0, NULL}};

static weft_kernel make_kernel(const weft_cpu_variant *cpu) {
    return (weft_kernel){.version = WEFT_TABLE_VERSION, .name = "saxpy", .args = args, .dim_names = dim_names,
                         .arg_count = 3, .dim_count = 1, .over_rank = 1, .slot_count = 6, .shape = shape_saxpy, .cpu = cpu};
}

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int compare(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

enum { REPEATS = 401 };

/* The median over REPEATS of the mean over `batch` launches; `pause` microseconds between them let the pool sleep. */
static double time_launch(weft_kernel *kernel, int64_t items, int batch, int pause) {
    float a = 2, *memory = calloc((size_t)items * 2, sizeof *memory);
    int64_t shape[] = {items};
    DLTensor x = {.data = memory, .device = {kDLCPU, 0}, .ndim = 1, .dtype = {kDLFloat, 32, 1}, .shape = shape};
    DLTensor y = x;
    y.data = memory + items;
    const void *launch_args[] = {&a, &x, &y};
    double times[REPEATS];
    for (int r = 0; r < REPEATS; r++) {
        if (pause)
            usleep((useconds_t)pause);
        double start = now();
        for (int i = 0; i < batch; i++) {
            if (weft_launch(kernel, NULL, launch_args) != WEFT_OK) {
                fprintf(stderr, "%s\n", weft_last_error());
                exit(1);
            }
        }
        times[r] = (now() - start) / batch;
    }
    free(memory);
    qsort(times, REPEATS, sizeof *times, compare);
    return times[REPEATS / 2];
}

static double time_alone(int64_t items) {
    double times[REPEATS];
    for (int r = 0; r < REPEATS; r++) {
        double start = now();
        run_work(NULL, 0, items);
        times[r] = now() - start;
    }
    qsort(times, REPEATS, sizeof *times, compare);
    return times[REPEATS / 2];
}

static void row(double seconds, double bound_us, const char *name) {
    printf("row %.3f us %g %s\n", 1e6 * seconds, bound_us, name);
}

int main(void) {
    weft_kernel empty = make_kernel(nothing), busy = make_kernel(work);
    row(time_launch(&empty, 1, 1000, 0), 0.3, "launch of an empty kernel, 1 item");
    row(time_launch(&empty, 1000, 1000, 0), 0.3, "launch of an empty kernel, 1000 items");
    /* Work of about 40 us on one thread. While the pool's threads are awake it is shared; a launch that finds
     * them asleep wakes them, and may be done before they come. */
    int64_t items = (int64_t)(40e-6 / (time_alone(10000) / 10000));
    double alone = time_alone(items);
    row(time_launch(&busy, items, 1, 1000) - alone, 10, "launch that wakes the pool, beyond its work on one thread");
    row(time_launch(&busy, items, 50, 0) - alone, 10, "launch that finds the pool awake, beyond its work on one thread");
    return 0;
}
