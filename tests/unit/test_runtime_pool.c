/* The pool: each item runs once whatever the threads, callers do not disturb each other, a failure stops the
 * launch, and a forked child starts anew. */
#include "weft_host.h"
#include "weft_launch_table.h"
#include "weft_rt.h"

#include "cpu/cpu.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

/* TSan, too, lets a forked child start threads. */
const char *__tsan_default_options(void);

const char *__tsan_default_options(void) {
    return "die_after_fork=0";
}

/* over=N; slots: counts, work, begin, extent. The domain's size is not a dim, so that no tensor is needed. */
enum { SLOT_COUNTS, SLOT_WORK, SLOT_BEGIN, SLOT_EXTENT, SLOT_COUNT };

static _Thread_local int64_t wanted_items;

static void shape_items(int64_t *slots) {
    slots[SLOT_BEGIN] = 0;
    slots[SLOT_EXTENT] = wanted_items;
}

static void spend(int64_t work) {
    for (volatile int64_t i = 0; i < work; i++)
        ;
}

static void run_count(const int64_t *slots, int64_t begin, int64_t end) {
    uint8_t *counts = (uint8_t *)slots[SLOT_COUNTS];
    for (int64_t i = begin; i < end; i++) {
        spend(slots[SLOT_WORK]);
        counts[i]++;
    }
}

static void run_fail(const int64_t *slots, int64_t begin, int64_t end) {
    uint8_t *counts = (uint8_t *)slots[SLOT_COUNTS];
    for (int64_t i = begin; i < end; i++) {
        spend(slots[SLOT_WORK]);
        counts[i]++;
        if (i >= 100) {
            weft_text_begin();
            weft_text_literal("too warm", 8);
            weft_text_at_item(1, i, 0, 0, 0);
            weft_text_assert_failed("pool.weft:7");
            return;
        }
    }
}

static const weft_arg items_args[] = {
    {.name = "counts", .kind = WEFT_ARG_SCALAR, .dtype_code = kDLInt, .dtype_bits = 64, .size = 8},
    {.name = "work", .kind = WEFT_ARG_SCALAR, .dtype_code = kDLInt, .dtype_bits = 64, .size = 8},
};
static const weft_cpu_variant count_cpu[] = {{WEFT_ISA_V1, 0, run_count}, {0, 0, NULL}};
static const weft_cpu_variant fail_cpu[] = {{WEFT_ISA_V1, 0, run_fail}, {0, 0, NULL}};
static weft_kernel counting = {.version = WEFT_TABLE_VERSION, .name = "counting", .args = items_args, .arg_count = 2,
                               .over_rank = 1, .slot_count = SLOT_COUNT, .shape = shape_items, .cpu = count_cpu};
static weft_kernel failing = {.version = WEFT_TABLE_VERSION, .name = "failing", .args = items_args, .arg_count = 2,
                              .over_rank = 1, .slot_count = SLOT_COUNT, .shape = shape_items, .cpu = fail_cpu};

static bool each_ran_once(int64_t items, int64_t work) {
    uint8_t *counts = calloc((size_t)items + 1, 1);
    wanted_items = items;
    bool ok = weft_launch(&counting, NULL, (const void *[]){&counts, &work}) == WEFT_OK;
    for (int64_t i = 0; i < items; i++)
        ok &= counts[i] == 1;
    ok &= counts[items] == 0;
    free(counts);
    return ok;
}

static void each_item_runs_once(void **state) {
    static const int64_t sizes[] = {1, 2, 15, 16, 17, 63, 64, 65, 1000, 4096, 100003};
    assert_int_equal(pool_threads(), 4);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (int64_t work = 0; work <= 1000; work += 500)
            if (sizes[i] * work < 5000000)
                assert_true(each_ran_once(sizes[i], work));
}

static void few_heavy_items_are_spread_too(void **state) {
    assert_true(each_ran_once(5, 300000));
    assert_true(each_ran_once(2, 300000));
}

static void *launch_often(void *ok) {
    for (int i = 0; i < 300 && *(bool *)ok; i++)
        *(bool *)ok = each_ran_once(1 + i * 37 % 3000, i % 3 * 20);
    return NULL;
}

static void many_callers_share_the_pool(void **state) {
    enum { CALLERS = 6 };
    pthread_t threads[CALLERS];
    bool ok[CALLERS];
    for (int i = 0; i < CALLERS; i++) {
        ok[i] = true;
        pthread_create(&threads[i], NULL, launch_often, &ok[i]);
    }
    for (int i = 0; i < CALLERS; i++) {
        pthread_join(threads[i], NULL);
        assert_true(ok[i]);
    }
}

static void a_failed_assert_stops_the_launch(void **state) {
    enum { ITEMS = 1000000 };
    uint8_t *counts = calloc(ITEMS, 1);
    int64_t work = 100;
    wanted_items = ITEMS;
    assert_int_equal(weft_launch(&failing, NULL, (const void *[]){&counts, &work}), WEFT_ERROR_ASSERT);
    assert_non_null(strstr(weft_last_error(), "too warm (pool.weft:7, item "));
    int64_t ran = 0;
    for (int64_t i = 0; i < ITEMS; i++)
        ran += counts[i];
    assert_true(ran < ITEMS / 2);
    free(counts);
    assert_true(each_ran_once(5000, 100)); /* the next one is not disturbed */
}

static int in_child(bool (*test)(void)) {
    fflush(NULL);
    pid_t child = fork();
    if (child == 0)
        _exit(test() ? 0 : 1);
    int status = -1;
    waitpid(child, &status, 0);
    return status;
}

static bool child_launches(void) {
    return each_ran_once(20000, 50) && each_ran_once(20000, 50);
}

static void a_forked_child_has_a_pool_of_its_own(void **state) {
    assert_true(each_ran_once(20000, 50));
    for (int i = 0; i < 5; i++)
        assert_int_equal(in_child(child_launches), 0);
    assert_true(each_ran_once(20000, 50));
}

static void *fork_often(void *ok) {
    for (int i = 0; i < 10 && *(bool *)ok; i++)
        *(bool *)ok = in_child(child_launches) == 0;
    return NULL;
}

static void forks_while_others_launch(void **state) {
    pthread_t launcher, forker;
    bool launched = true, forked = true;
    pthread_create(&launcher, NULL, launch_often, &launched);
    pthread_create(&forker, NULL, fork_often, &forked);
    pthread_join(launcher, NULL);
    pthread_join(forker, NULL);
    assert_true(launched);
    assert_true(forked);
}

/* ---- a launch in a launch ---- */

static _Atomic bool nested_ok;

static void run_nested(const int64_t *slots, int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; i++) {
        CpuRun *mine = cpu_run_current();
        if (!each_ran_once(300, 100) || cpu_run_current() != mine)
            nested_ok = false;
    }
}

static void a_launch_in_a_launch_stays_on_its_thread(void **state) {
    static const weft_cpu_variant cpu[] = {{WEFT_ISA_V1, 0, run_nested}, {0, 0, NULL}};
    weft_kernel k = counting;
    k.cpu = cpu;
    k.cache = NULL;
    int64_t nothing = 0;
    nested_ok = true;
    wanted_items = 64;
    assert_int_equal(weft_launch(&k, NULL, (const void *[]){&nothing, &nothing}), WEFT_OK);
    assert_true(nested_ok);
}

/* ---- text from many threads ---- */

static void run_print(const int64_t *slots, int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; i++) {
        spend(500);
        weft_text_begin();
        weft_text_literal("item ", 5);
        weft_text_i64(i, "06d");
        weft_text_literal(" of many\n", 9);
        weft_text_print(1);
    }
}

static char printed[64];

static bool print_from_all(void) {
    static const weft_cpu_variant cpu[] = {{WEFT_ISA_V1, 0, run_print}, {0, 0, NULL}};
    weft_kernel k = counting;
    k.cpu = cpu;
    k.cache = NULL;
    int64_t nothing = 0;
    wanted_items = 3000;
    if (!freopen(printed, "w", stdout))
        return false;
    bool ok = weft_launch(&k, NULL, (const void *[]){&nothing, &nothing}) == WEFT_OK;
    weft_host_flush();
    return ok;
}

static void prints_of_threads_do_not_mix(void **state) {
    snprintf(printed, sizeof printed, "/tmp/test_runtime_pool.%d.txt", (int)getpid());
    assert_int_equal(in_child(print_from_all), 0);
    FILE *file = fopen(printed, "r");
    assert_non_null(file);
    char line[64];
    int lines = 0, item;
    while (fgets(line, sizeof line, file)) {
        assert_int_equal(strlen(line), 20);
        assert_int_equal(sscanf(line, "item %d of many\n", &item), 1);
        lines++;
    }
    assert_int_equal(lines, 3000);
    fclose(file);
    unlink(printed);
}

int main(void) {
    setenv("WEFT_THREADS", "4", 1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_item_runs_once),
        cmocka_unit_test(few_heavy_items_are_spread_too),
        cmocka_unit_test(many_callers_share_the_pool),
        cmocka_unit_test(a_failed_assert_stops_the_launch),
        cmocka_unit_test(a_forked_child_has_a_pool_of_its_own),
        cmocka_unit_test(forks_while_others_launch),
        cmocka_unit_test(a_launch_in_a_launch_stays_on_its_thread),
        cmocka_unit_test(prints_of_threads_do_not_mix),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
