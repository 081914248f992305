/* Static libraries: the System V "ar" format with the symbol index that linkers want. Deterministic: no
 * times, no owners. */
#ifndef WEFT_PACKAGE_ARCHIVE_H
#define WEFT_PACKAGE_ARCHIVE_H

#include "base/str.h"

typedef struct ArchiveMember {
    const char *name; /* "saxpy.o" */
    const uint8_t *bytes; /* an ELF64 little-endian object */
    size_t size;
} ArchiveMember;

/* NULL, or a sentence when a member is not such an object. */
const char *archive_build(Text *out, const ArchiveMember *members, uint32_t count);

#endif
