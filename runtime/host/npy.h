/* NumPy's .npy files (https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html), versions 1 to
 * 3, of every dtype of the language, little-endian. NumPy has no bf16 and no f8: it keeps ml_dtypes' as raw bytes, V2 and
 * V1, which are whichever of these the reader takes them as.
 *
 * A failure is one sentence that names the file. A file is written under another name beside its own and
 * renamed when it is whole, so nobody ever sees half of one. */
#ifndef WEFT_RT_NPY_H
#define WEFT_RT_NPY_H

#include "core/names.h"
#include "weft_launch_table.h"
#include "weft_rt.h"

typedef struct NpyArray {
    DLDataType dtype;
    int32_t rank;
    int64_t shape[WEFT_MAX_RANK];
    int64_t strides[WEFT_MAX_RANK]; /* in elements: row-major, or column-major where fortran_order */
    bool fortran_order;             /* false where the two are the same */
    int64_t elements;
    void *data;                     /* aligned to 64 bytes; never NULL */
} NpyArray;

weft_status npy_read(const char *path, NpyArray *array);
/* Raw bytes become elements of `wanted`, if it is a type that NumPy keeps so. */
void npy_take_as(NpyArray *array, DLDataType wanted);
void npy_free(NpyArray *array);

/* `strides` in elements, NULL for row-major. Column-major data is written in Fortran order, any other as
 * row-major. */
weft_status npy_write(const char *path, DLDataType dtype, int32_t rank, const int64_t *shape, const int64_t *strides,
                      const void *data);

#endif
