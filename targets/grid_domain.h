/* GPUs: an over= kernel as a grid of blocks. */
#ifndef WEFT_TARGETS_GRID_DOMAIN_H
#define WEFT_TARGETS_GRID_DOMAIN_H

#include "passes/pass.h"

enum { GRID_DOMAIN_BLOCK = 256 }; /* threads of a block of such a kernel: a multiple of every warp size, small enough for any register count */

/* Makes a flat over= kernel a grid= one in place; others stay as they are. The block arguments are then exactly
 * the parameters of the GPU's kernel: the flat order, then begin and extent of each size of the domain. */
bool pass_grid_domain(PassContext *cx, Func *kernel);

#endif
