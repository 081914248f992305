/* Files: read whole, written whole. A failure of the world is a sentence for the user, made in the
 * arena and returned; NULL says that all went well. Nothing here ends the process. */
#ifndef WEFT_BASE_FS_H
#define WEFT_BASE_FS_H

#include "base/arena.h"

#include <stdbool.h>
#include <stddef.h>

/* The file's bytes, with a NUL behind them that `len` does not count. */
const char *fs_read(Arena *arena, const char *path, char **bytes, size_t *len);
/* Through a temporary file beside `path` and a rename: a reader sees the old bytes or the new. */
const char *fs_write(Arena *arena, const char *path, const void *bytes, size_t len);
/* The folder and those it lies in; one that exists is fine. */
const char *fs_make_dirs(Arena *arena, const char *path);

bool fs_exists(const char *path);
bool fs_is_folder(const char *path);

/* `name` in `folder`; `name` itself when it is absolute or `folder` is "" or ".". */
char *fs_join(Arena *arena, const char *folder, const char *name);
/* The absolute path without links and dots, one for each file; `path` itself where there is none. */
char *fs_canonical(Arena *arena, const char *path);
char *fs_folder_of(Arena *arena, const char *path); /* "a/b.c" gives "a", "b.c" gives "." */
const char *fs_name_of(const char *path);           /* "a/b.c" gives "b.c" */
char *fs_stem_of(Arena *arena, const char *path);   /* "a/b.c" gives "b" */

#endif
