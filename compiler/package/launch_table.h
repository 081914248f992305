/* The launch table of a kernel as bytes: a weft_kernel (runtime/include/weft_launch_table.h) and all that it
 * points to, in one constant. */
#ifndef WEFT_PACKAGE_LAUNCH_TABLE_H
#define WEFT_PACKAGE_LAUNCH_TABLE_H

#include "codegen/codegen.h"

typedef struct LaunchTableEntry {
    const Func *kernel;/* its args, dims and KernelInfo */
    Func *shape;       /* void (int64_t *slots); NULL of a function that is no kernel */
    Func *check;       /* int64_t (const int64_t *slots); NULL when there is no `where` */
    Func *run;         /* x86; NULL when there is no such variant */
    uint32_t isa;      /* WEFT_ISA_* of run */
    const void *interp;/* for the interpreter's device in this process; NULL */
    uint32_t result_count; /* of a function: addresses that stand behind the arguments, in place of a shape */
    DataLinkage linkage;
} LaunchTableEntry;

DataObject launch_table_build(Arena *arena, Sources *sources, const LaunchTableEntry *entry);
/* "saxpy.weft:5", or "" where there is no source. */
const char *source_location(Arena *arena, Sources *sources, Span span);

#endif
