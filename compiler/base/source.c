#include "base/source.h"

#include "base/vec.h"

#include <string.h>

/* A byte order mark is no character of the first line: columns are counted behind it. */
static const char BYTE_ORDER_MARK[] = "\xef\xbb\xbf";

struct Sources {
    Arena *arena;
    VEC(SourceFile *) files; /* files[id - 1] */
};

Sources *sources_create(Arena *arena) {
    Sources *sources = arena_new(arena, Sources);
    sources->arena = arena;
    return sources;
}

SourceFile *sources_add(Sources *sources, const char *path, const char *chars, size_t len) {
    SourceFile *file = arena_new(sources->arena, SourceFile);
    file->path = arena_strndup(sources->arena, path, strlen(path));
    file->chars = arena_strndup(sources->arena, chars, len);
    file->len = (uint32_t)len;
    vec_push(sources->arena, &sources->files, file);
    file->id = sources->files.len;
    return file;
}

SourceFile *sources_get(const Sources *sources, uint32_t id) {
    return id && id <= sources->files.len ? sources->files.items[id - 1] : NULL;
}

static uint32_t count_lines(const SourceFile *file) {
    uint32_t lines = 1;
    const char *end = file->chars + file->len;
    for (const char *at = file->chars; (at = memchr(at, '\n', (size_t)(end - at))); at++)
        lines++;
    return lines;
}

static void make_line_starts(Arena *arena, SourceFile *file) {
    if (file->line_starts)
        return;
    file->line_count = count_lines(file);
    file->line_starts = arena_array(arena, uint32_t, file->line_count);
    const char *end = file->chars + file->len;
    uint32_t line = 0;
    for (const char *at = file->chars; (at = memchr(at, '\n', (size_t)(end - at))); at++)
        file->line_starts[++line] = (uint32_t)(at + 1 - file->chars);
    if (file->len >= 3 && !memcmp(file->chars, BYTE_ORDER_MARK, 3))
        file->line_starts[0] = 3;
}

/* The last line that starts at or before `offset`, from 0. */
static uint32_t line_of(const SourceFile *file, uint32_t offset) {
    uint32_t low = 0, high = file->line_count;
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;
        if (file->line_starts[middle] <= offset)
            low = middle;
        else
            high = middle;
    }
    return low;
}

static uint32_t count_characters(const char *chars, uint32_t len) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < len; i++)
        count += ((unsigned char)chars[i] & 0xc0) != 0x80; /* UTF-8's continuation bytes */
    return count;
}

Position source_position(Sources *sources, uint32_t id, uint32_t offset) {
    SourceFile *file = sources_get(sources, id);
    if (!file)
        return (Position){0, 0};
    make_line_starts(sources->arena, file);
    if (offset > file->len)
        offset = file->len;
    uint32_t line = line_of(file, offset);
    uint32_t start = file->line_starts[line];
    uint32_t before = offset > start ? offset - start : 0;
    return (Position){line + 1, count_characters(file->chars + start, before) + 1};
}

const char *source_line(Sources *sources, uint32_t id, uint32_t line, uint32_t *len) {
    SourceFile *file = sources_get(sources, id);
    *len = 0;
    if (!file)
        return "";
    make_line_starts(sources->arena, file);
    if (line < 1 || line > file->line_count)
        return "";
    uint32_t start = file->line_starts[line - 1];
    uint32_t end = line < file->line_count ? file->line_starts[line] - 1 : file->len;
    if (end > start && file->chars[end - 1] == '\r')
        end--;
    *len = end - start;
    return file->chars + start;
}
