/* The sentence of the last failure of this thread. */
#ifndef WEFT_RT_ERROR_H
#define WEFT_RT_ERROR_H

#include "core/names.h"
#include "weft_rt.h"

/* Keeps the sentence for weft_last_error() and gives `status`, so that one can return it. Longer sentences
 * are cut. Needs no memory. */
__attribute__((format(printf, 2, 3))) weft_status error_set(weft_status status, const char *format, ...);

#define TRY(call)                                                                                              \
    do {                                                                                                       \
        weft_status try_status = (call);                                                                       \
        if (try_status != WEFT_OK)                                                                             \
            return try_status;                                                                                 \
    } while (0)

#endif
