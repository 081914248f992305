/* From an AMDGCN object to an hsaco, which HIP loads: a shared object of itself. */
#ifndef WEFT_TARGETS_AMDGCN_LINK_H
#define WEFT_TARGETS_AMDGCN_LINK_H

#include "base/arena.h"

#include <stdbool.h>
#include <stdint.h>

/* False with a sentence in `error`. */
bool amdgcn_link(Arena *arena, const uint8_t *object, size_t object_size, const uint8_t **hsaco, size_t *hsaco_size,
                 const char **error);

#endif
