/* The CPU as a device: which instructions it has, threads, and how a launch is spread over them. */
#ifndef WEFT_RT_CPU_H
#define WEFT_RT_CPU_H

#include "core/names.h"
#include "weft_launch_table.h"
#include "weft_rt.h"

#include <stdatomic.h>

/* A clock that costs nothing to read, for thresholds: about TICKS_PER_US of them pass in a microsecond. */
enum { TICKS_PER_US = 3000 };

#if defined(__x86_64__)
static inline uint64_t cpu_ticks(void) {
    return __builtin_ia32_rdtsc();
}
#else
#include "core/clock.h"
static inline uint64_t cpu_ticks(void) {
    return (uint64_t)(clock_seconds() * 1e6 * TICKS_PER_US);
}
#endif

/* WEFT_ISA_*: what this CPU has, or what WEFT_CPU ("v2", "x86-64-v3") says where that is less. */
weft_status cpu_isa(uint32_t *isa);

/* DeviceOps.launch of the CPU: returns when all is done. */
weft_status cpu_launch(weft_device *device, weft_stream *stream, const weft_kernel *kernel, const int64_t *slots,
                       int64_t count);

/* One launch while it runs, on the caller's stack. Threads take runs of items (or blocks) from `next`
 * until it reaches `count`, or until one failed. */
typedef struct CpuRun {
    void (*run)(const int64_t *slots, int64_t begin, int64_t end);
    const int64_t *slots;
    int64_t count;
    int64_t grain;   /* the fewest to take at once */
    int32_t threads; /* that may come to help */
    _Atomic int64_t next;
    _Atomic int32_t failed; /* 0, 1 while the first failure writes `message`, 2 after */
    char message[768];
} CpuRun;

/* Takes runs until none is left. What each thread of the pool does, and the caller. */
void cpu_run_here(CpuRun *run);

/* The launch that runs on this thread, or NULL; and to say that it failed: the first sentence stays. */
CpuRun *cpu_run_current(void);
void cpu_run_fail(CpuRun *run, const char *message);

/* Threads that a launch may use, the caller's included: WEFT_THREADS, else the CPUs this process may use. */
int32_t pool_threads(void);

/* Runs `run` on the pool and the caller, until it is done. Where the pool is busy with another caller's, or
 * can't start threads, on the caller alone. Allocates nothing once the pool is there. */
void pool_run(CpuRun *run);

#endif
