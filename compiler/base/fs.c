#include "base/fs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *sentence(Arena *arena, const char *what, const char *path) {
    return arena_printf(arena, "cannot %s `%s`: %s", what, path, strerror(errno));
}

/* Pipes and files that grow have no size to trust, so this reads until there is no more. */
static const char *read_all(Arena *arena, int fd, const char *path, size_t guess, char **bytes,
                            size_t *len) {
    size_t cap = guess + 2, used = 0;
    char *buffer = arena_alloc(arena, cap);
    for (;;) {
        ssize_t got = read(fd, buffer + used, cap - used - 1);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return sentence(arena, "read", path);
        if (got == 0)
            break;
        used += (size_t)got;
        if (used + 1 == cap) {
            char *grown = arena_alloc(arena, cap * 2);
            buffer = memcpy(grown, buffer, used);
            cap *= 2;
        }
    }
    buffer[used] = '\0';
    *bytes = buffer;
    *len = used;
    return NULL;
}

const char *fs_read(Arena *arena, const char *path, char **bytes, size_t *len) {
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return sentence(arena, "read", path);
    struct stat info;
    const char *problem = NULL;
    if (fstat(fd, &info) < 0)
        problem = sentence(arena, "read", path);
    else if (S_ISDIR(info.st_mode))
        problem = arena_printf(arena, "cannot read `%s`: it is a folder", path);
    else
        problem = read_all(arena, fd, path, (size_t)info.st_size, bytes, len);
    close(fd);
    return problem;
}

static bool write_all(int fd, const char *bytes, size_t len) {
    while (len > 0) {
        ssize_t written = write(fd, bytes, len);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return false;
        bytes += written;
        len -= (size_t)written;
    }
    return true;
}

static const char *write_plainly(Arena *arena, const char *path, const void *bytes, size_t len) {
    int fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
    if (fd < 0)
        return sentence(arena, "write", path);
    bool written = write_all(fd, bytes, len);
    if (close(fd) < 0 || !written)
        return sentence(arena, "write", path);
    return NULL;
}

const char *fs_write(Arena *arena, const char *path, const void *bytes, size_t len) {
    struct stat info;
    if (stat(path, &info) == 0 && !S_ISREG(info.st_mode)) /* /dev/stdout, a pipe */
        return write_plainly(arena, path, bytes, len);
    char *temporary = arena_printf(arena, "%s.%ld.tmp", path, (long)getpid());
    int fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (fd < 0)
        return sentence(arena, "write", path);
    bool written = write_all(fd, bytes, len);
    if (close(fd) < 0 || !written || rename(temporary, path) < 0) {
        const char *problem = sentence(arena, "write", path);
        unlink(temporary);
        return problem;
    }
    return NULL;
}

const char *fs_make_dirs(Arena *arena, const char *path) {
    char *partial = arena_strndup(arena, path, strlen(path));
    for (char *at = partial + 1; partial[0] && at[-1]; at++) {
        if (*at != '/' && *at != '\0')
            continue;
        char held = *at;
        *at = '\0';
        if (mkdir(partial, 0777) < 0 && !fs_is_folder(partial))
            return sentence(arena, "make the folder", partial);
        *at = held;
    }
    return NULL;
}

bool fs_exists(const char *path) {
    struct stat info;
    return stat(path, &info) == 0;
}

bool fs_is_folder(const char *path) {
    struct stat info;
    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

char *fs_join(Arena *arena, const char *folder, const char *name) {
    if (name[0] == '/' || !folder[0] || !strcmp(folder, "."))
        return arena_strndup(arena, name, strlen(name));
    bool has_slash = folder[strlen(folder) - 1] == '/';
    return arena_printf(arena, has_slash ? "%s%s" : "%s/%s", folder, name);
}

char *fs_canonical(Arena *arena, const char *path) {
    char *real = realpath(path, NULL);
    char *copy = arena_strndup(arena, real ? real : path, strlen(real ? real : path));
    free(real);
    return copy;
}

char *fs_folder_of(Arena *arena, const char *path) {
    const char *slash = strrchr(path, '/');
    if (!slash)
        return arena_strndup(arena, ".", 1);
    return arena_strndup(arena, path, slash == path ? 1 : (size_t)(slash - path));
}

const char *fs_name_of(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

char *fs_stem_of(Arena *arena, const char *path) {
    const char *name = fs_name_of(path);
    const char *dot = strrchr(name, '.');
    return arena_strndup(arena, name, dot && dot != name ? (size_t)(dot - name) : strlen(name));
}
