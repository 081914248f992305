/* Blocks and what they cost.
 *
 * Half of the time of a large compilation would go into page faults and into zeroing what the system has zeroed
 * already. So blocks from 128 KB come from the system as they are, those of an arena that has grown large with their
 * pages in place, and a block remembers how far it has ever been used: beyond that its bytes are still zero. Small blocks come
 * from malloc, which recycles them: most arenas are scratch, and never need a second one. (Huge pages were tried: on
 * a virtual machine that gives free memory back to its host they make it twice as slow.) */
#include "base/arena.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { FIRST_BLOCK = 64 << 10, MAPPED_FROM = 128 << 10, LARGEST_BLOCK = 4 << 20, LARGE_ARENA = 16 << 20, PAGE = 4096, ALIGN = 16 };

typedef struct ArenaBlock {
    struct ArenaBlock *previous;
    size_t size, used; /* of `bytes` */
    size_t clean_from; /* bytes from here on were never used, and are zero */
    size_t mapped;     /* bytes from mmap, this header included; 0: from malloc */
    _Alignas(ALIGN) unsigned char bytes[];
} ArenaBlock;

struct Arena {
    ArenaBlock *block; /* the one being filled; full ones hang behind it */
    ArenaBlock *spare; /* kept by a rewind: whoever rewinds in a loop gets it again */
    size_t next_size;  /* of the next block, its header included */
    size_t handed_out;
};

static void *or_exit(void *memory) {
    if (!memory || memory == MAP_FAILED) {
        fputs("weft: error: out of memory\n", stderr);
        exit(1);
    }
    return memory;
}

static size_t round_up(size_t size, size_t to) {
    return (size + to - 1) & ~(to - 1);
}

static void *map_pages(size_t size, bool in_place) {
    int populate = in_place ? MAP_POPULATE : 0;
    return or_exit(mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | populate, -1, 0));
}

static ArenaBlock *create_block(size_t size, bool in_place) {
#ifdef __SANITIZE_ADDRESS__
    bool map = false; /* so that the sanitizer sees what the blocks point to */
#else
    bool map = size >= MAPPED_FROM;
#endif
    size = round_up(size, PAGE);
    ArenaBlock *block = map ? map_pages(size, in_place) : or_exit(malloc(size));
    size_t room = size - sizeof *block;
    *block = (ArenaBlock){.size = room, .clean_from = map ? 0 : room, .mapped = map ? size : 0};
    return block;
}

static void destroy_block(ArenaBlock *block) {
    if (block->mapped)
        munmap(block, block->mapped);
    else
        free(block);
}

Arena *arena_create(void) {
    Arena *arena = or_exit(malloc(sizeof *arena));
    *arena = (Arena){.next_size = FIRST_BLOCK};
    return arena;
}

static void keep_as_spare(Arena *arena, ArenaBlock *block) {
    ArenaBlock *other = arena->spare;
    if (other && other->size >= block->size) {
        destroy_block(block);
        return;
    }
    if (other)
        destroy_block(other);
    block->used = 0;
    arena->spare = block;
}

static void drop_blocks_after(Arena *arena, const ArenaBlock *last) {
    while (arena->block != last) {
        ArenaBlock *previous = arena->block->previous;
        keep_as_spare(arena, arena->block);
        arena->block = previous;
    }
}

void arena_destroy(Arena *arena) {
    if (!arena)
        return;
    drop_blocks_after(arena, NULL);
    if (arena->spare)
        destroy_block(arena->spare);
    free(arena);
}

static ArenaBlock *next_block(Arena *arena, size_t wanted) {
    ArenaBlock *spare = arena->spare;
    if (spare && spare->size >= wanted) {
        arena->spare = NULL;
        return spare;
    }
    wanted += sizeof(ArenaBlock);
    ArenaBlock *block = create_block(arena->next_size > wanted ? arena->next_size : wanted,
                                     arena->handed_out >= LARGE_ARENA);
    if (arena->next_size < LARGEST_BLOCK)
        arena->next_size *= 2;
    return block;
}

static void add_block(Arena *arena, size_t wanted) {
    ArenaBlock *block = next_block(arena, wanted);
    block->previous = arena->block;
    arena->block = block;
}

/* Takes `size` bytes of the block, zeroing what an earlier use may have left in them. */
static void *take(ArenaBlock *block, size_t size) {
    unsigned char *memory = block->bytes + block->used;
    size_t end = block->used + size;
    if (block->used < block->clean_from)
        memset(memory, 0, end < block->clean_from ? size : block->clean_from - block->used);
    if (end > block->clean_from)
        block->clean_from = end;
    block->used = end;
    return memory;
}

void *arena_alloc(Arena *arena, size_t size) {
    size = round_up(size, ALIGN);
    if (!arena->block || arena->block->size - arena->block->used < size)
        add_block(arena, size);
    arena->handed_out += size;
    return take(arena->block, size);
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
    drop_blocks_after(arena, mark.block);
    if (arena->block)
        arena->block->used = mark.used;
}

size_t arena_used(const Arena *arena) {
    return arena->handed_out;
}
