/* Growable arrays on an arena.
 *
 *     VEC(Op *) work = {0};
 *     vec_push(scratch, &work, op);
 *     VEC_FOR_EACH (i, &work) use(work.items[i]);
 *
 * Growing copies to new arena memory; the old stays until the arena goes. Name a vector type that
 * crosses a function with `typedef VEC(T) TVec;`. */
#ifndef WEFT_BASE_VEC_H
#define WEFT_BASE_VEC_H

#include "base/arena.h"

#include <stdint.h>
#include <string.h>

#define VEC(T)                                                                                     \
    struct {                                                                                       \
        T *items;                                                                                  \
        uint32_t len, cap;                                                                         \
    }

#define vec_push(arena, vec, item)                                                                 \
    do {                                                                                           \
        if ((vec)->len == (vec)->cap)                                                              \
            (vec)->items =                                                                         \
                vec_grow((arena), (vec)->items, (vec)->len, &(vec)->cap, sizeof *(vec)->items);    \
        (vec)->items[(vec)->len++] = (item);                                                       \
    } while (0)

#define vec_pop(vec) ((vec)->items[--(vec)->len])
#define vec_last(vec) ((vec)->items[(vec)->len - 1])
#define VEC_FOR_EACH(i, vec) for (uint32_t i = 0; i < (vec)->len; i++)

static inline void *vec_grow(Arena *arena, const void *items, uint32_t len, uint32_t *cap,
                             size_t item_size) {
    *cap = *cap ? *cap * 2 : 8;
    void *grown = arena_alloc(arena, item_size * *cap);
    if (len)
        memcpy(grown, items, item_size * len);
    return grown;
}

#endif
