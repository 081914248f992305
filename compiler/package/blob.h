/* Bytes of a constant that point to one another: one symbol, with relocations to itself and to functions. */
#ifndef WEFT_PACKAGE_BLOB_H
#define WEFT_PACKAGE_BLOB_H

#include "codegen/codegen.h"

typedef struct Blob {
    Arena *arena;
    const char *symbol;
    Text bytes;
    VEC(DataReloc) relocs;
} Blob;

/* Room for `size` bytes, aligned to 8; gives its offset. */
uint64_t blob_reserve(Blob *blob, uint64_t size);
void blob_write(Blob *blob, uint64_t at, const void *bytes, uint64_t size);
uint64_t blob_string(Blob *blob, const char *text);          /* with its NUL; gives its offset */
void blob_point(Blob *blob, uint64_t at, uint64_t to);       /* an 8-byte pointer at `at` to offset `to` of the blob */
void blob_point_symbol(Blob *blob, uint64_t at, const char *symbol);
DataObject blob_finish(Blob *blob, DataLinkage linkage, bool writable);

#endif
