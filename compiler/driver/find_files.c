#include "driver/find_files.h"

#include "base/fs.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

static int compare_strings(const void *a, const void *b) {
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

void find_source_files(Arena *arena, StringVec *files, const char *path) {
    if (!fs_is_folder(path)) {
        vec_push(arena, files, path);
        return;
    }
    DIR *folder = opendir(path);
    if (!folder)
        return;
    StringVec inside = {0};
    for (struct dirent *entry; (entry = readdir(folder));) {
        const char *name = arena_strndup(arena, entry->d_name, strlen(entry->d_name));
        const char *whole = fs_join(arena, path, name);
        size_t len = strlen(name);
        bool is_source = len > 5 && !strcmp(name + len - 5, ".weft");
        if (name[0] != '.' && (is_source || fs_is_folder(whole)))
            vec_push(arena, &inside, whole);
    }
    closedir(folder);
    qsort(inside.items, inside.len, sizeof *inside.items, compare_strings);
    VEC_FOR_EACH (i, &inside)
        find_source_files(arena, files, inside.items[i]);
}
