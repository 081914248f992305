#include "base/arena.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_BLOCK = 64 * 1024, LARGEST_BLOCK = 4 * 1024 * 1024, ALIGN = 16 };

typedef struct ArenaBlock {
    struct ArenaBlock *previous;
    size_t size, used;
    _Alignas(ALIGN) unsigned char bytes[];
} ArenaBlock;

struct Arena {
    ArenaBlock *block; /* the one being filled; full ones hang behind it */
    size_t next_size;
    size_t handed_out;
};

static void *allocate_or_exit(size_t size) {
    void *memory = malloc(size);
    if (!memory) {
        fputs("weft: error: out of memory\n", stderr);
        exit(1);
    }
    return memory;
}

Arena *arena_create(void) {
    Arena *arena = allocate_or_exit(sizeof *arena);
    *arena = (Arena){.next_size = FIRST_BLOCK};
    return arena;
}

static void free_blocks_after(Arena *arena, const ArenaBlock *last) {
    while (arena->block != last) {
        ArenaBlock *previous = arena->block->previous;
        free(arena->block);
        arena->block = previous;
    }
}

void arena_destroy(Arena *arena) {
    if (!arena)
        return;
    free_blocks_after(arena, NULL);
    free(arena);
}

static void add_block(Arena *arena, size_t wanted) {
    size_t size = arena->next_size > wanted ? arena->next_size : wanted;
    ArenaBlock *block = allocate_or_exit(sizeof *block + size);
    block->previous = arena->block;
    block->size = size;
    block->used = 0;
    arena->block = block;
    if (arena->next_size < LARGEST_BLOCK)
        arena->next_size *= 2;
}

void *arena_alloc(Arena *arena, size_t size) {
    size = (size + ALIGN - 1) & ~(size_t)(ALIGN - 1);
    if (!arena->block || arena->block->size - arena->block->used < size)
        add_block(arena, size);
    void *memory = arena->block->bytes + arena->block->used;
    arena->block->used += size;
    arena->handed_out += size;
    return memset(memory, 0, size);
}

void *arena_copy(Arena *arena, const void *bytes, size_t size) {
    void *copy = arena_alloc(arena, size);
    if (size)
        memcpy(copy, bytes, size);
    return copy;
}

char *arena_strndup(Arena *arena, const char *chars, size_t len) {
    char *copy = arena_alloc(arena, len + 1);
    if (len)
        memcpy(copy, chars, len);
    return copy;
}

char *arena_vprintf(Arena *arena, const char *format, va_list args) {
    va_list again;
    va_copy(again, args);
    int len = vsnprintf(NULL, 0, format, args);
    char *text = arena_alloc(arena, (size_t)len + 1);
    vsnprintf(text, (size_t)len + 1, format, again);
    va_end(again);
    return text;
}

char *arena_printf(Arena *arena, const char *format, ...) {
    va_list args;
    va_start(args, format);
    char *text = arena_vprintf(arena, format, args);
    va_end(args);
    return text;
}

ArenaMark arena_mark(const Arena *arena) {
    return (ArenaMark){arena->block, arena->block ? arena->block->used : 0};
}

void arena_rewind(Arena *arena, ArenaMark mark) {
    free_blocks_after(arena, mark.block);
    if (arena->block)
        arena->block->used = mark.used;
}

size_t arena_used(const Arena *arena) {
    return arena->handed_out;
}
