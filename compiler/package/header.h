/* The C header of a library: C11 and C++17, silent under -Wall -Wextra -pedantic. */
#ifndef WEFT_PACKAGE_HEADER_H
#define WEFT_PACKAGE_HEADER_H

#include "ir/func.h"

typedef struct HeaderExport {
    const Func *func;
    const char *c_name;
    bool has_cpu; /* a bare function c_name_cpu exists */
} HeaderExport;

/* `sources`: what is named in the first line, "saxpy.weft, scale.weft". */
void header_print(Text *out, const char *library, const char *sources, const HeaderExport *exports, uint32_t count);

/* A struct crosses the C interface by value in the header and by address in the object: the ABI of structs is
 * the C compiler's. Such a function's symbol is this, and the header holds the one with the plain name. */
bool header_takes_tensors(const Func *func); /* a mut or out scalar is none */
/* How many results of a function come back by address: all but a single scalar of one without tensors. */
uint32_t header_results_by_address(const Func *func);
bool header_passes_structs(const Func *func);
const char *header_entry_symbol(Arena *arena, const Func *func, const char *c_name);

#endif
