/* UTF-8, one character at a time. What is not UTF-8 (overlong forms, surrogates, stray bytes) is one
 * invalid byte after the other, so a walk over any bytes ends. */
#ifndef WEFT_BASE_UTF8_H
#define WEFT_BASE_UTF8_H

#include <stddef.h>
#include <stdint.h>

enum { UTF8_INVALID = 0xffffffffu };

/* The code point at `chars`, of which `len` > 0 bytes are left; `size` is how many it takes. */
uint32_t utf8_decode(const char *chars, size_t len, size_t *size);
/* Writes 1 to 4 bytes; `code` is at most 0x10ffff. */
size_t utf8_encode(uint32_t code, char out[4]);
/* The offset of the first byte that is not UTF-8, or `len`. Plain ASCII is checked 8 bytes a step. */
size_t utf8_check(const char *chars, size_t len);
/* The columns it takes in a terminal: 0 for combining marks, 2 for East Asian wide ones. */
unsigned utf8_columns(uint32_t code);

#endif
