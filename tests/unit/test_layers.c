/* Rooms depend one way: this test reads every #include of the tree and holds it against the list below, which is
 * the table of CONTRIBUTING.md. Nothing but compiler/codegen names a header of LLVM's. */
#include "base/arena.h"
#include "base/fs.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

/* Rooms from the lowest up, with the first words of what they may include: their own, and those of rooms above. */
typedef struct Room {
    const char *folder;
    const char *may_include[14];
} Room;

static const Room rooms[] = {
    {"compiler/base", {"base"}},
    {"compiler/syntax", {"base", "syntax"}},
    {"compiler/ir", {"base", "ir", "weft_host.h"}},
    {"compiler/passes", {"base", "ir", "passes"}},
    {"targets", {"base", "ir", "passes", "targets"}},
    {"compiler/sema", {"base", "syntax", "ir", "sema", "targets", "weft_host.h"}},
    {"compiler/codegen", {"base", "ir", "targets", "codegen", "llvm-c", "weft_rt.h", "weft_launch_table.h", "weft_host.h"}},
    {"compiler/package", {"base", "ir", "codegen", "package", "weft_rt.h", "weft_launch_table.h"}},
    {"compiler/driver", {"base", "syntax", "ir", "sema", "passes", "targets", "codegen", "package", "driver",
                         "core", "host", "weft_rt.h", "weft_host.h", "weft_launch_table.h"}},
    {"runtime", {"core", "cpu", "host", "cuda", "hip", "weft_rt.h", "weft_host.h", "weft_launch_table.h"}},
};

/* Every first word that belongs to a room; what is not here is libc's, or a file of the same folder. */
static const char *const layers[] = {
    "base", "syntax", "ir", "passes", "targets", "sema", "codegen", "package", "driver", "core", "cpu", "host",
    "cuda", "hip", "llvm-c", "llvm", "weft_rt.h", "weft_host.h", "weft_launch_table.h", NULL,
};

static Arena *arena;

static bool is_listed(const char *const *list, size_t max, const char *word, size_t len) {
    for (size_t i = 0; i < max && list[i]; i++)
        if (strlen(list[i]) == len && strncmp(list[i], word, len) == 0)
            return true;
    return false;
}

/* `word` is what stands in the quotes or the angle brackets of an #include. */
static void check_include(const Room *room, const char *path, const char *word, size_t len) {
    const char *slash = memchr(word, '/', len);
    size_t first = slash ? (size_t)(slash - word) : len;
    bool known = is_listed(layers, sizeof layers / sizeof *layers, word, first);
    if (known && !is_listed(room->may_include, sizeof room->may_include / sizeof *room->may_include, word, first))
        fail_msg("%s includes %.*s: %s may not", path, (int)len, word, room->folder);
}

static uint32_t check_file(const Room *room, const char *path) {
    char *text;
    size_t size;
    uint32_t includes = 0;
    if (fs_read(arena, path, &text, &size))
        fail_msg("%s cannot be read", path);
    for (const char *at = text; (at = strstr(at, "#include ")); includes++) {
        at += strlen("#include ");
        if (*at != '"' && *at != '<')
            continue;
        const char *end = strpbrk(at + 1, "\">\n");
        if (end && *end != '\n')
            check_include(room, path, at + 1, (size_t)(end - at - 1));
    }
    return includes;
}

static bool is_code(const char *name) {
    const char *dot = strrchr(name, '.');
    return dot && (!strcmp(dot, ".c") || !strcmp(dot, ".h") || !strcmp(dot, ".def"));
}

static uint32_t check_folder(const Room *room, const char *folder) {
    DIR *dir = opendir(folder);
    uint32_t includes = 0;
    if (!dir)
        fail_msg("no folder %s", folder);
    for (struct dirent *entry; (entry = readdir(dir));) {
        char *path = fs_join(arena, folder, entry->d_name);
        if (entry->d_name[0] == '.')
            continue;
        if (fs_is_folder(path))
            includes += check_folder(room, path);
        else if (is_code(entry->d_name))
            includes += check_file(room, path);
    }
    closedir(dir);
    return includes;
}

static void includes_go_one_way(void **state) {
    (void)state;
    const char *root = fs_folder_of(arena, fs_folder_of(arena, fs_folder_of(arena, __FILE__)));
    for (size_t i = 0; i < sizeof rooms / sizeof *rooms; i++)
        assert_true(check_folder(&rooms[i], fs_join(arena, root, rooms[i].folder)) > 0);
}

static bool may_include(size_t from, const char *word) {
    const Room *room = &rooms[from];
    return is_listed(room->may_include, sizeof room->may_include / sizeof *room->may_include, word, strlen(word));
}

/* The list itself has no cycle: a room names only rooms that stand above it in the list. */
static void the_list_has_no_cycle(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof rooms / sizeof *rooms; i++)
        for (size_t k = i + 1; k < sizeof rooms / sizeof *rooms; k++)
            if (may_include(i, fs_name_of(rooms[k].folder)))
                fail_msg("%s may include %s, which stands below it", rooms[i].folder, rooms[k].folder);
}

static void only_codegen_knows_llvm(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof rooms / sizeof *rooms; i++)
        assert_int_equal(may_include(i, "llvm-c"), strcmp(rooms[i].folder, "compiler/codegen") == 0);
}

static int create(void **state) {
    (void)state;
    arena = arena_create();
    return 0;
}

static int destroy(void **state) {
    (void)state;
    arena_destroy(arena);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(includes_go_one_way),
        cmocka_unit_test(the_list_has_no_cycle),
        cmocka_unit_test(only_codegen_knows_llvm),
    };
    return cmocka_run_group_tests(tests, create, destroy);
}
