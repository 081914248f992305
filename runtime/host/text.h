/* Values as text, for print and for what the asserts say. */
#ifndef WEFT_RT_TEXT_H
#define WEFT_RT_TEXT_H

#include "core/names.h"
#include "host/buffer.h"

#include <stdint.h>

/* One element as str() prints it. */
void format_element(Buffer *out, uint8_t code, uint8_t bits, const void *element);

/* An array as NumPy prints it, on one line: [[1, 2], [3, 4]]. More than 1000 elements: of each dim the
 * first and the last three. */
void format_array(Buffer *out, uint8_t code, uint8_t bits, int32_t rank, const int64_t *shape, const char *data);

#endif
