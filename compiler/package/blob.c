#include "package/blob.h"

#include <stdlib.h>

uint64_t blob_reserve(Blob *blob, uint64_t size) {
    static const char zeros[64];
    while (blob->bytes.len % 8)
        text_append(&blob->bytes, zeros, 1);
    uint64_t at = blob->bytes.len;
    for (uint64_t left = size; left > 0;) {
        uint64_t step = left < sizeof zeros ? left : sizeof zeros;
        text_append(&blob->bytes, zeros, step);
        left -= step;
    }
    return at;
}

void blob_write(Blob *blob, uint64_t at, const void *bytes, uint64_t size) {
    memcpy(blob->bytes.chars + at, bytes, size);
}

uint64_t blob_string(Blob *blob, const char *text) {
    uint64_t at = blob_reserve(blob, strlen(text) + 1);
    blob_write(blob, at, text, strlen(text));
    return at;
}

void blob_point(Blob *blob, uint64_t at, uint64_t to) {
    DataReloc reloc = {.offset = at, .symbol = blob->symbol, .addend = (int64_t)to};
    vec_push(blob->arena, &blob->relocs, reloc);
}

void blob_point_symbol(Blob *blob, uint64_t at, const char *symbol) {
    DataReloc reloc = {.offset = at, .symbol = symbol};
    vec_push(blob->arena, &blob->relocs, reloc);
}

static int by_offset(const void *a, const void *b) {
    uint64_t left = ((const DataReloc *)a)->offset, right = ((const DataReloc *)b)->offset;
    return (left > right) - (left < right);
}

DataObject blob_finish(Blob *blob, DataLinkage linkage, bool writable) {
    if (blob->relocs.len)
        qsort(blob->relocs.items, blob->relocs.len, sizeof *blob->relocs.items, by_offset);
    return (DataObject){
        .symbol = blob->symbol,
        .linkage = linkage,
        .writable = writable,
        .align = 16,
        .bytes = (const uint8_t *)text_cstr(&blob->bytes),
        .size = blob->bytes.len,
        .relocs = blob->relocs.items,
        .reloc_count = blob->relocs.len,
    };
}
