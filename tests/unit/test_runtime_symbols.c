/* What libweft_rt.a brings into a program: symbols of ours only, and little. Looks with nm and size. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

static FILE *ask(const char *tool) {
    char self[1024] = "", command[2048];
    if (readlink("/proc/self/exe", self, sizeof self - 1) < 0)
        return NULL;
    snprintf(command, sizeof command, "%s %s/../lib/libweft_rt.a 2>/dev/null", tool, dirname(self));
    return popen(command, "r");
}

static void each_symbol_is_ours(void **state) {
    FILE *nm = ask("nm -g --defined-only -P");
    assert_non_null(nm);
    char line[512];
    int symbols = 0;
    while (fgets(line, sizeof line, nm)) {
        if (strstr(line, ".a[")) /* "libweft_rt.a[launch.o]:" */
            continue;
        if (strncmp(line, "weft_", 5) != 0 && strncmp(line, "__asan", 6) != 0 && strncmp(line, "__odr_asan", 10) != 0)
            fail_msg("libweft_rt.a defines %s", line);
        symbols++;
    }
    if (pclose(nm) != 0)
        skip();
    assert_true(symbols > 100);
}

static void all_of_it_is_under_100_kb(void **state) {
#ifdef __SANITIZE_ADDRESS__
    skip();
#endif
    FILE *size = ask("size -t");
    assert_non_null(size);
    char line[512];
    long text = 0, data = 0, bss = 0, total = 0;
    while (fgets(line, sizeof line, size))
        if (sscanf(line, "%ld %ld %ld %ld", &text, &data, &bss, &total) == 4 && strstr(line, "TOTALS"))
            break;
    if (pclose(size) != 0)
        skip();
    assert_true(total > 0);
    assert_true(total < 100 * 1024);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_symbol_is_ours),
        cmocka_unit_test(all_of_it_is_under_100_kb),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
