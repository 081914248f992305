/* The table behind types and attributes: a set of items by hash. Only type.c and attr.c look into
 * it.
 *
 * A slot's place depends on pointers (a struct's declaration), so nobody walks the table; what must
 * come out in order has its `id`. */
#ifndef WEFT_IR_INTERN_H
#define WEFT_IR_INTERN_H

#include "base/arena.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct InternSlot {
    uint64_t hash;
    const void *item; /* NULL: free */
} InternSlot;

typedef struct InternSet {
    InternSlot *slots;
    uint32_t count, mask;
} InternSet;

typedef struct TypeTable {
    InternSet types, attrs;
} TypeTable;

typedef bool (*InternEqual)(const void *a, const void *b);

/* The item that equals `like`, or NULL. */
const void *intern_set_find(const InternSet *set, uint64_t hash, const void *like,
                            InternEqual equal);
void intern_set_add(Arena *arena, InternSet *set, uint64_t hash, const void *item);

static inline uint64_t hash_mix(uint64_t hash, uint64_t word) {
    hash = (hash ^ word) * 0x9E3779B97F4A7C15u;
    return hash ^ (hash >> 29);
}

#endif
