#include "host/buffer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char *buffer_reserve(Buffer *buffer, size_t extra) {
    if (buffer->failed)
        return NULL;
    if (extra > buffer->capacity - buffer->length) {
        size_t capacity = buffer->capacity < 64 ? 128 : buffer->capacity * 2;
        if (capacity < buffer->length + extra)
            capacity = buffer->length + extra;
        char *data = realloc(buffer->data, capacity);
        if (!data) {
            buffer->failed = true;
            return NULL;
        }
        buffer->data = data;
        buffer->capacity = capacity;
    }
    return buffer->data + buffer->length;
}

void buffer_append(Buffer *buffer, const char *chars, size_t length) {
    buffer_repeat(buffer, chars, length, 1);
}

void buffer_repeat(Buffer *buffer, const char *chars, size_t length, size_t times) {
    if (length == 0 || times == 0)
        return;
    char *to = buffer_reserve(buffer, length * times);
    for (size_t i = 0; to && i < times; i++)
        memcpy(to + i * length, chars, length);
    if (to)
        buffer->length += length * times;
}

void buffer_printf(Buffer *buffer, const char *format, ...) {
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int length = vsnprintf(NULL, 0, format, args);
    char *to = length < 0 ? NULL : buffer_reserve(buffer, (size_t)length + 1);
    if (to) {
        vsnprintf(to, (size_t)length + 1, format, again);
        buffer->length += (size_t)length;
    }
    va_end(again);
    va_end(args);
}

void buffer_free(Buffer *buffer) {
    free(buffer->data);
    *buffer = (Buffer){0};
}
