#ifndef WEFT_TARGETS_X86_ASSERT_PLACE_H
#define WEFT_TARGETS_X86_ASSERT_PLACE_H

#include "ir/func.h"

void assert_place_add(Arena *scratch, Func *kernel);

#endif
