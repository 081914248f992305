/* From an AMDGCN object to an hsaco, which HIP loads: a shared object of itself. */
#ifndef WEFT_TARGETS_AMDGCN_LINK_H
#define WEFT_TARGETS_AMDGCN_LINK_H

#include "base/arena.h"

#include <stddef.h>
#include <stdint.h>

/* NULL, with the image in the arena; or a sentence. */
const char *amdgcn_link(Arena *arena, const uint8_t *object, size_t size, char **image, size_t *image_size);

#endif
