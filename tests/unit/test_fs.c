#include "base/fs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

static Arena *arena;
static char folder[] = "/tmp/weft-test-fs-XXXXXX";

static int create(void **state) {
    arena = arena_create();
    return mkdtemp(folder) ? 0 : -1;
}

static int destroy(void **state) {
    const char *const names[] = {"a/b/c.txt", "a/b", "a", ""};
    for (int i = 0; i < 4; i++)
        remove(fs_join(arena, folder, names[i]));
    arena_destroy(arena);
    return 0;
}

static void what_was_written_is_read(void **state) {
    assert_null(fs_make_dirs(arena, fs_join(arena, folder, "a/b")));
    assert_null(fs_make_dirs(arena, fs_join(arena, folder, "a/b/")));
    const char *path = fs_join(arena, folder, "a/b/c.txt");
    assert_null(fs_write(arena, path, "old", 3));
    assert_null(fs_write(arena, path, "a\0b", 3));
    char *bytes;
    size_t len;
    assert_null(fs_read(arena, path, &bytes, &len));
    assert_int_equal(len, 3);
    assert_memory_equal(bytes, "a\0b", 4);
    assert_true(fs_exists(path) && !fs_is_folder(path));
}

static void failures_are_sentences(void **state) {
    char *bytes;
    size_t len;
    const char *problem = fs_read(arena, fs_join(arena, folder, "none"), &bytes, &len);
    assert_non_null(strstr(problem, "none`: No such file"));
    assert_non_null(strstr(fs_read(arena, folder, &bytes, &len), "it is a folder"));
    assert_non_null(fs_write(arena, fs_join(arena, folder, "none/x"), "", 0));
    assert_non_null(fs_make_dirs(arena, "/dev/null/x"));
}

static void paths(void **state) {
    assert_string_equal(fs_join(arena, "a", "b"), "a/b");
    assert_string_equal(fs_join(arena, "a/", "b"), "a/b");
    assert_string_equal(fs_join(arena, ".", "b"), "b");
    assert_string_equal(fs_join(arena, "a", "/b"), "/b");
    assert_string_equal(fs_folder_of(arena, "a/b.c"), "a");
    assert_string_equal(fs_folder_of(arena, "b.c"), ".");
    assert_string_equal(fs_folder_of(arena, "/b.c"), "/");
    assert_string_equal(fs_name_of("a/b.c"), "b.c");
    assert_string_equal(fs_stem_of(arena, "a/b.c"), "b");
    assert_string_equal(fs_stem_of(arena, "a/.b"), ".b");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_written_is_read),
        cmocka_unit_test(failures_are_sentences),
        cmocka_unit_test(paths),
    };
    return cmocka_run_group_tests(tests, create, destroy);
}
