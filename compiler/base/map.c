#include "base/map.h"

static uint32_t slot_of(const Map *map, uint64_t key) {
    uint64_t mixed = key * 0x9e3779b97f4a7c15u;
    uint32_t at = (uint32_t)(mixed >> 32) & map->mask;
    while (map->slots[at].key && map->slots[at].key != key)
        at = (at + 1) & map->mask;
    return at;
}

static void grow(Map *map) {
    Map bigger = {.arena = map->arena, .mask = map->slots ? map->mask * 2 + 1 : 15};
    bigger.slots = arena_array(map->arena, MapSlot, bigger.mask + 1);
    for (uint32_t i = 0; map->slots && i <= map->mask; i++)
        if (map->slots[i].key)
            map_put(&bigger, map->slots[i].key, map->slots[i].value);
    *map = bigger;
}

void map_put(Map *map, uint64_t key, void *value) {
    if (!map->slots || (map->count + 1) * 2 > map->mask)
        grow(map);
    MapSlot *slot = &map->slots[slot_of(map, key)];
    if (!slot->key)
        map->count++;
    *slot = (MapSlot){key, value};
}

void *map_get(const Map *map, uint64_t key) {
    return map->slots ? map->slots[slot_of(map, key)].value : NULL;
}

bool map_has(const Map *map, uint64_t key) {
    return map->slots && map->slots[slot_of(map, key)].key == key;
}
