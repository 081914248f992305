/* How host code stops: the one way out of every function that takes a location. */
#ifndef WEFT_RT_PROGRAM_H
#define WEFT_RT_PROGRAM_H

#include "core/names.h"
#include "weft_host.h"

/* As weft_host_fail(), with a sentence made here and the status that weft_host_call() gives. */
__attribute__((noreturn, format(printf, 3, 4))) void host_failf(weft_status status, const char *location,
                                                                const char *format, ...);

/* Stops with the last error unless `status` is WEFT_OK. */
static inline void host_require(weft_status status, const char *location) {
    if (status != WEFT_OK)
        host_failf(status, location, "%s", weft_last_error());
}

/* The weft_host_call() that runs on this thread, or NULL: who owns the arrays that are made in it. */
struct HostGuard *host_guarded(void);

#endif
