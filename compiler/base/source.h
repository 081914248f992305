/* Source files and spans. A span is bytes of one file; lines and columns (in characters, from 1)
 * are worked out only when somebody looks. File 0 is "no file": a span of the command line, say. */
#ifndef WEFT_BASE_SOURCE_H
#define WEFT_BASE_SOURCE_H

#include "base/arena.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct Span {
    uint32_t file, start, end; /* half-open byte offsets */
} Span;

typedef struct SourceFile {
    uint32_t id;
    const char *path;  /* as it is shown in messages */
    const char *chars; /* followed by a NUL that is not part of it */
    uint32_t len;
    uint32_t *line_starts; /* made on demand */
    uint32_t line_count;
} SourceFile;

typedef struct Sources Sources;

typedef struct Position {
    uint32_t line, column; /* from 1; the column counts characters, not bytes */
} Position;

Sources *sources_create(Arena *arena);
SourceFile *sources_add(Sources *sources, const char *path, const char *chars, size_t len);
SourceFile *sources_get(const Sources *sources, uint32_t id); /* NULL for 0 */
Position source_position(Sources *sources, uint32_t file, uint32_t offset);
/* The text of line `line` without its line end. */
const char *source_line(Sources *sources, uint32_t file, uint32_t line, uint32_t *len);

static inline Span span_to(Span from, Span to) {
    return (Span){from.file, from.start, to.end > from.end ? to.end : from.end};
}

#endif
