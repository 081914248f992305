/* An arena hands out zeroed memory that is given back all at once, or back to a mark.
 *
 * Always true: an allocation is 16-byte aligned and zeroed; it lives until its arena is destroyed
 * or rewound past it; running out of memory ends the process with a sentence (the compiler is a
 * process of its own; the runtime, a guest in someone else's, does not use this file). */
#ifndef WEFT_BASE_ARENA_H
#define WEFT_BASE_ARENA_H

#include <stdarg.h>
#include <stddef.h>

typedef struct Arena Arena;

typedef struct ArenaMark {
    struct ArenaBlock *block;
    size_t used;
} ArenaMark;

Arena *arena_create(void);
void arena_destroy(Arena *arena);

void *arena_alloc(Arena *arena, size_t size);
void *arena_copy(Arena *arena, const void *bytes, size_t size);
char *arena_strndup(Arena *arena, const char *chars, size_t len); /* NUL-terminated */
char *arena_printf(Arena *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));
char *arena_vprintf(Arena *arena, const char *format, va_list args);

ArenaMark arena_mark(const Arena *arena);
void arena_rewind(Arena *arena, ArenaMark mark); /* frees what came after the mark */
size_t arena_used(const Arena *arena);           /* bytes handed out, for the time report */

#define arena_new(arena, T) ((T *)arena_alloc((arena), sizeof(T)))
#define arena_array(arena, T, n) ((T *)arena_alloc((arena), sizeof(T) * (size_t)(n)))

#endif
