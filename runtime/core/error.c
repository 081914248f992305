#include "core/error.h"

#include <stdarg.h>
#include <stdio.h>

#ifndef WEFT_VERSION
#define WEFT_VERSION "0.1.0"
#endif

enum { MESSAGE_SIZE = 1024 };

static _Thread_local char last_error[MESSAGE_SIZE];

weft_status error_set(weft_status status, const char *format, ...) {
    va_list args;
    va_start(args, format);
    char text[MESSAGE_SIZE]; /* an argument may be the last error itself */
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    __builtin_memcpy(last_error, text, sizeof text);
    return status;
}

const char *weft_last_error(void) {
    return last_error;
}

const char *weft_version(void) {
    return WEFT_VERSION;
}

const char *weft_status_name(weft_status status) {
    switch (status) {
    case WEFT_OK: return "WEFT_OK";
    case WEFT_ERROR_CONTRACT: return "WEFT_ERROR_CONTRACT";
    case WEFT_ERROR_ARGUMENT: return "WEFT_ERROR_ARGUMENT";
    case WEFT_ERROR_OUT_OF_MEMORY: return "WEFT_ERROR_OUT_OF_MEMORY";
    case WEFT_ERROR_DEVICE: return "WEFT_ERROR_DEVICE";
    case WEFT_ERROR_ASSERT: return "WEFT_ERROR_ASSERT";
    case WEFT_ERROR_NO_IMAGE: return "WEFT_ERROR_NO_IMAGE";
    case WEFT_ERROR_IO: return "WEFT_ERROR_IO";
    }
    return "unknown status";
}
