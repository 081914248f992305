/* The launch table: what the compiler and the runtime share. The compiler emits constants of these types
 * into every library; the runtime only reads them. WEFT_TABLE_VERSION changes with any of it.
 *
 * A launch fills `slots`, an array of 8-byte slots, in the flat order of the kernel:
 *     each dim;
 *     for each argument: a scalar's value in the low bytes of its slot (a struct, a mut or out place: a pointer to its bytes);
 *                        a tensor's base pointer, then, where its layout is strided, one stride for each dim;
 *     over=: begin and extent of each size; grid=: grid x y z, block x y z; of an exported function, which has
 *     no shape: the address of each result.
 * The functions of the table are compiled for the host and take the slots. */
#ifndef WEFT_LAUNCH_TABLE_H
#define WEFT_LAUNCH_TABLE_H

#include <stdint.h>

#define WEFT_TABLE_VERSION 2

enum { WEFT_MAX_RANK = 8, WEFT_MAX_SLOTS = 256 };
enum { WEFT_ARG_SCALAR = 0, WEFT_ARG_STRUCT = 1, WEFT_ARG_TENSOR = 2 };
enum { WEFT_MODE_READ = 0, WEFT_MODE_MUT = 1, WEFT_MODE_OUT = 2 };
enum { WEFT_LAYOUT_ROW_MAJOR = 0, WEFT_LAYOUT_COL_MAJOR = 1, WEFT_LAYOUT_STRIDED = 2 };

/* One dim of a tensor argument: comptime extent, a dim of the kernel, or an int argument. */
typedef struct weft_dim {
    int64_t extent; /* >= 0: must be this */
    int32_t dim;    /* >= 0: index into the kernel's dims */
    int32_t arg;    /* >= 0: the int argument that must equal it */
} weft_dim;

typedef struct weft_arg {
    const char *name;
    uint8_t kind, mode, layout, rank;
    uint8_t dtype_code, dtype_bits; /* DLPack's; of a scalar too */
    uint16_t reserved;
    uint32_t size;                  /* bytes of a scalar or struct */
    const weft_dim *dims;           /* rank of them */
} weft_arg;

typedef struct weft_where {
    const char *text;     /* "N % 8 == 0" */
    const char *location; /* "file.weft:12" */
} weft_where;

/* x86: a version of the kernel for an ISA level; the launch takes the first that this CPU can run. */
typedef struct weft_cpu_variant {
    uint32_t isa;      /* WEFT_ISA_* */
    uint32_t reserved;
    void (*run)(const int64_t *slots, int64_t begin, int64_t end); /* items of the linear domain, or linear blocks, x fastest */
} weft_cpu_variant;

enum { WEFT_ISA_V1 = 0, WEFT_ISA_V2 = 2, WEFT_ISA_V3 = 3, WEFT_ISA_V4 = 4 };

typedef struct weft_kernel {
    uint32_t version;          /* WEFT_TABLE_VERSION */
    uint32_t flags;            /* WEFT_KERNEL_* */
    const char *name;          /* as in the source */
    const char *location;      /* "saxpy.weft:5" */
    const weft_arg *args;
    const char *const *dim_names; /* "N", "_" */
    const weft_where *where;
    uint16_t arg_count, dim_count, where_count, over_rank; /* over_rank 0: a grid kernel */
    uint32_t slot_count;       /* the shape's slots included */
    uint32_t max_threads;      /* of a block, as the kernel's max_threads= says; 0: 1024 */
    uint32_t block[3];         /* what the code takes the block's sizes to be; 0: whatever the launch says */
    void (*shape)(int64_t *slots);         /* fills the shape's slots; sizes below 0 come out as 0 */
    int64_t (*check)(const int64_t *slots);/* -1, or the index of the first `where` that does not hold */
    const weft_cpu_variant *cpu;           /* ends with run == NULL; NULL where there is none */
    const void *interp;                    /* the driver's interpreter: the IR function; NULL elsewhere */
    void *cache;                           /* the runtime's: zero to begin with */
} weft_kernel;

enum { WEFT_KERNEL_INDEX_I32 = 1 }; /* all tensors must have under 2^31 elements */

#endif
