/* A hash map from a pointer or a 64-bit key to a pointer, on an arena. Its order is never looked at:
 * what must come out in order is kept in a vector beside it. Key 0 is not allowed. */
#ifndef WEFT_BASE_MAP_H
#define WEFT_BASE_MAP_H

#include "base/arena.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct MapSlot {
    uint64_t key;
    void *value;
} MapSlot;

typedef struct Map {
    Arena *arena; /* set before the first put */
    MapSlot *slots;
    uint32_t count, mask;
} Map;

void map_put(Map *map, uint64_t key, void *value); /* replaces */
void *map_get(const Map *map, uint64_t key);       /* NULL when absent */
bool map_has(const Map *map, uint64_t key);

#define map_put_ptr(map, key, value) map_put((map), (uint64_t)(uintptr_t)(key), (value))
#define map_get_ptr(map, key) map_get((map), (uint64_t)(uintptr_t)(key))
#define map_has_ptr(map, key) map_has((map), (uint64_t)(uintptr_t)(key))

#endif
