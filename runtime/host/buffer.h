/* Text that grows. Out of memory is remembered: what comes later is dropped. */
#ifndef WEFT_RT_BUFFER_H
#define WEFT_RT_BUFFER_H

#include "core/names.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct Buffer {
    char *data;
    size_t length, capacity;
    bool failed;
} Buffer;

char *buffer_reserve(Buffer *buffer, size_t extra); /* room after the text, or NULL */
void buffer_append(Buffer *buffer, const char *chars, size_t length);
void buffer_repeat(Buffer *buffer, const char *chars, size_t length, size_t times);
__attribute__((format(printf, 2, 3))) void buffer_printf(Buffer *buffer, const char *format, ...);
void buffer_free(Buffer *buffer);

#endif
