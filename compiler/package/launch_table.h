/* The launch table of a kernel as bytes: a weft_kernel (runtime/include/weft_launch_table.h) and all that it
 * points to, in one constant. */
#ifndef WEFT_PACKAGE_LAUNCH_TABLE_H
#define WEFT_PACKAGE_LAUNCH_TABLE_H

#include "codegen/codegen.h"

typedef struct LaunchTableEntry {
    Func *kernel;              /* its args, dims and KernelInfo */
    const char *symbol;        /* of the table */
    const char *shape_symbol;  /* void (int64_t *slots) */
    const char *check_symbol;  /* int64_t (const int64_t *slots); NULL when there is no `where` */
    const char *run_symbol;    /* x86; NULL when there is no such variant */
    uint32_t isa;              /* WEFT_ISA_* of run_symbol */
    const void *interp;        /* for the interpreter's device in this process; NULL */
} LaunchTableEntry;

DataObject launch_table_build(Arena *arena, Sources *sources, const LaunchTableEntry *entry);
/* "weft_kernel_" and the kernel's name with what C does not allow replaced. */
const char *launch_table_symbol(Arena *arena, const Func *kernel);
/* "saxpy.weft:5", or "" where there is no source. */
const char *source_location(Arena *arena, Sources *sources, Span span);

#endif
