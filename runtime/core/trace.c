/* The trace file. It is whole JSON after each event: the next one is written over the closing bracket, so
 * that neither a crash nor _exit() spoils it. It belongs to the process that made its first event; a child
 * forked later does not write to it. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include "core/trace.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { TRACE_UNKNOWN, TRACE_OFF, TRACE_ON };

static pthread_mutex_t trace_lock = PTHREAD_MUTEX_INITIALIZER;
static _Atomic int trace_state;
static int trace_file = -1;
static pid_t trace_owner;
static off_t trace_end; /* where the closing bracket stands */

static int open_trace(void) {
    const char *path = getenv("WEFT_TRACE");
    if (!path || !*path)
        return TRACE_OFF;
    trace_file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (trace_file < 0) {
        fprintf(stderr, "warning: WEFT_TRACE: can't write %s\n", path);
        return TRACE_OFF;
    }
    trace_owner = getpid();
    return TRACE_ON;
}

bool trace_wanted(void) {
    int state = atomic_load_explicit(&trace_state, memory_order_acquire);
    if (state == TRACE_UNKNOWN) {
        pthread_mutex_lock(&trace_lock);
        state = atomic_load(&trace_state);
        if (state == TRACE_UNKNOWN) {
            state = open_trace();
            atomic_store_explicit(&trace_state, state, memory_order_release);
        }
        pthread_mutex_unlock(&trace_lock);
    }
    return state == TRACE_ON;
}

void trace_launch(const weft_kernel *kernel, const weft_device *device, double start, double end, int64_t count) {
    if (trace_owner != getpid())
        return;
    char event[640];
    int length = snprintf(event, sizeof event,
                          "{\"name\":\"%.200s\",\"cat\":\"launch\",\"ph\":\"X\",\"ts\":%.3f,\"dur\":%.3f,\"pid\":%d,"
                          "\"tid\":%d,\"args\":{\"device\":\"%.60s\",\"%s\":%lld}}\n]\n",
                          kernel->name, start * 1e6, (end - start) * 1e6, (int)trace_owner, (int)gettid(), device->name,
                          kernel->over_rank ? "items" : "blocks", (long long)count);
    pthread_mutex_lock(&trace_lock);
    const char *before = trace_end == 0 ? "[\n" : ",\n";
    if (pwrite(trace_file, before, 2, trace_end) == 2 && pwrite(trace_file, event, (size_t)length, trace_end + 2) == length)
        trace_end += 2 + length - 3; /* before "\n]\n" */
    pthread_mutex_unlock(&trace_lock);
}
