/* From an AMDGCN object to an hsaco, which HIP loads: a shared object of itself. */
#ifndef WEFT_TARGETS_AMDGCN_LINK_H
#define WEFT_TARGETS_AMDGCN_LINK_H

#include "codegen/codegen.h"

CodegenResult amdgcn_link(Arena *arena, const uint8_t *object, size_t size);

#endif
