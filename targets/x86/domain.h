/* over= kernels on x86: loops over the items of the domain. */
#ifndef WEFT_TARGETS_X86_DOMAIN_H
#define WEFT_TARGETS_X86_DOMAIN_H

#include "passes/edit.h"

typedef struct DomainInput {
    Value *const *args;              /* for the kernel's block arguments */
    Value *begins[4], *extents[4];   /* of each size */
    Value *first, *end;              /* the run of items, in the linear domain, the last size fastest */
    Block *memory;                   /* where memory of a thread is made */
} DomainInput;

/* Emits, at `at`, the items [first, end) of the kernel (flat, no calls, structured exits), which is used up. */
void domain_emit(Arena *scratch, Func *kernel, Builder *at, const DomainInput *input);

#endif
