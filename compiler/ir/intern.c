#include "ir/intern.h"

const void *intern_set_find(const InternSet *set, uint64_t hash, const void *like,
                            InternEqual equal) {
    if (!set->count)
        return NULL;
    for (uint32_t i = (uint32_t)hash & set->mask; set->slots[i].item; i = (i + 1) & set->mask)
        if (set->slots[i].hash == hash && equal(set->slots[i].item, like))
            return set->slots[i].item;
    return NULL;
}

static void put(InternSet *set, InternSlot slot) {
    uint32_t i = (uint32_t)slot.hash & set->mask;
    while (set->slots[i].item)
        i = (i + 1) & set->mask;
    set->slots[i] = slot;
}

static void grow(Arena *arena, InternSet *set) {
    InternSet old = *set;
    uint32_t size = old.slots ? 2 * (old.mask + 1) : 64;
    set->slots = arena_array(arena, InternSlot, size);
    set->mask = size - 1;
    for (uint32_t i = 0; old.slots && i <= old.mask; i++)
        if (old.slots[i].item)
            put(set, old.slots[i]);
}

void intern_set_add(Arena *arena, InternSet *set, uint64_t hash, const void *item) {
    if (!set->slots || 4 * (set->count + 1) > 3 * (set->mask + 1))
        grow(arena, set);
    put(set, (InternSlot){hash, item});
    set->count++;
}
