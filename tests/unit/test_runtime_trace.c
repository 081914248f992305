/* WEFT_TRACE: the file is whole JSON after each launch. */
#include "weft_launch_table.h"
#include "weft_rt.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

static void shape_six(int64_t *slots) {
    memcpy(slots, (int64_t[]){3, 2, 1, 1, 1, 1}, 6 * sizeof *slots);
}

static void run_nothing(const int64_t *slots, int64_t begin, int64_t end) {
}

static const weft_cpu_variant cpu[] = {{WEFT_ISA_V1, 0, run_nothing}, {0, 0, NULL}};
static weft_kernel six = {.version = WEFT_TABLE_VERSION, .name = "six", .slot_count = 6, .shape = shape_six, .cpu = cpu};
static char path[64];

static int count_of(const char *text, const char *what) {
    int count = 0;
    for (const char *at = strstr(text, what); at; at = strstr(at + 1, what))
        count++;
    return count;
}

static void each_launch_is_an_event(void **state) {
    for (int launches = 1; launches <= 3; launches++) {
        assert_int_equal(weft_launch(&six, NULL, NULL), WEFT_OK);
        char text[4096];
        FILE *file = fopen(path, "r");
        assert_non_null(file);
        text[fread(text, 1, sizeof text - 1, file)] = '\0';
        fclose(file);
        assert_int_equal(count_of(text, "\"name\":\"six\""), launches);
        assert_int_equal(count_of(text, "\"device\":\"cpu\",\"blocks\":6"), launches);
        assert_int_equal(count_of(text, "}},\n{"), launches - 1);
        assert_memory_equal(text, "[\n{", 3);
        assert_string_equal(text + strlen(text) - 5, "}}\n]\n");
    }
    unlink(path);
}

int main(void) {
    snprintf(path, sizeof path, "/tmp/test_runtime_trace.%d.json", (int)getpid());
    setenv("WEFT_TRACE", path, 1);
    const struct CMUnitTest tests[] = {cmocka_unit_test(each_launch_is_an_event)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
