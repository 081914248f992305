/* A launch on the CPU: the variant for this CPU, then its items or blocks, here or on the pool.
 *
 * Waking threads costs microseconds, so a launch begins on the caller's thread, in runs that double until
 * the time taken tells what an item costs. Only when the rest is worth it, the pool gets it. A kernel of a
 * few cheap items thus never leaves the calling thread, and one of a few dear ones does, with no guess
 * about either. */
#include "core/error.h"
#include "cpu/cpu.h"

#include <stdio.h>
#include <string.h>

enum {
    PROBE_US = 3,         /* long enough to tell an item's cost */
    POOL_US = 12,         /* the rest must take this long to be given to the pool: a wake-up's cost and more */
    GRAIN_US = 8,         /* a run of items that a thread takes should take this long */
    FIRST_ITEMS = 16,     /* the first run of a domain: one vector at least; of blocks, one */
    ITEMS_MULTIPLE = 64,  /* runs of a domain end where lines of memory tend to */
};

static _Thread_local CpuRun *current_run;

CpuRun *cpu_run_current(void) {
    return current_run;
}

void cpu_run_fail(CpuRun *run, const char *message) {
    int32_t none = 0;
    if (!atomic_compare_exchange_strong(&run->failed, &none, 1))
        return;
    snprintf(run->message, sizeof run->message, "%s", message);
    atomic_store(&run->failed, 2);
}

static bool has_failed(const CpuRun *run) {
    return atomic_load_explicit(&((CpuRun *)run)->failed, memory_order_relaxed) != 0;
}

/* The next run of items: a share of what is left, so that runs are long at first and the threads end
 * together. False when there is none. */
static bool take_items(CpuRun *run, int64_t *begin, int64_t *end) {
    int64_t next = atomic_load_explicit(&run->next, memory_order_relaxed);
    while (next < run->count && !has_failed(run)) {
        int64_t left = run->count - next, share = left / (4 * (int64_t)run->threads);
        share -= share % run->grain;
        if (share < run->grain)
            share = run->grain;
        *begin = next;
        *end = share < left ? next + share : run->count;
        if (atomic_compare_exchange_weak_explicit(&run->next, &next, *end, memory_order_relaxed, memory_order_relaxed))
            return true;
    }
    return false;
}

void cpu_run_here(CpuRun *run) {
    CpuRun *outer = current_run;
    current_run = run;
    int64_t begin, end;
    while (take_items(run, &begin, &end))
        run->run(run->slots, begin, end);
    current_run = outer;
}

/* Runs from the start in doubling pieces until they have taken PROBE_US. Gives the ticks they took. */
static uint64_t run_first_items(CpuRun *run, int64_t first, int64_t *done) {
    uint64_t start = cpu_ticks(), taken = 0;
    int64_t at = 0, length = first;
    while (at < run->count && taken < PROBE_US * TICKS_PER_US && !has_failed(run)) {
        int64_t end = length < run->count - at ? at + length : run->count;
        run->run(run->slots, at, end);
        at = end;
        length = at;
        taken = cpu_ticks() - start;
    }
    *done = at;
    return taken;
}

static void run_rest(CpuRun *run, int64_t done, uint64_t taken, int64_t multiple) {
    double ticks_each = (double)taken / (double)done;
    double left_ticks = ticks_each * (double)(run->count - done);
    atomic_init(&run->next, done);
    if (left_ticks < POOL_US * TICKS_PER_US) {
        run->grain = run->count;
        cpu_run_here(run);
        return;
    }
    double grain = GRAIN_US * TICKS_PER_US / (ticks_each > 0.001 ? ticks_each : 0.001);
    int64_t even = (run->count - done) / run->threads;
    run->grain = grain > (double)even ? even : (int64_t)grain;
    run->grain = run->grain < multiple ? 1 : run->grain - run->grain % multiple;
    if (run->grain < 1)
        run->grain = 1;
    pool_run(run);
}

static void run_items(CpuRun *run, bool is_grid) {
    CpuRun *outer = current_run;
    current_run = run;
    int64_t first = is_grid ? 1 : FIRST_ITEMS;
    if (run->count <= first && (run->count == 1 || run->threads == 1 || outer)) {
        run->run(run->slots, 0, run->count);
    } else if (run->threads == 1 || outer) { /* a launch inside a launch stays on its thread */
        run->grain = run->count;
        cpu_run_here(run);
    } else {
        int64_t done;
        uint64_t taken = run_first_items(run, first < run->count ? first : 1, &done);
        if (done < run->count && !has_failed(run))
            run_rest(run, done, taken, is_grid ? 1 : ITEMS_MULTIPLE);
    }
    current_run = outer;
}

static weft_status no_variant(const weft_kernel *kernel, uint32_t isa) {
    char has[96] = "";
    for (const weft_cpu_variant *v = kernel->cpu; v->run; v++) {
        size_t used = strlen(has);
        snprintf(has + used, sizeof has - used, "%sx86-64-v%u", used ? ", " : "", v->isa == WEFT_ISA_V1 ? 1 : v->isa);
    }
    return error_set(WEFT_ERROR_NO_IMAGE, "%s has code for %s, and this CPU is x86-64-v%u", kernel->name, has,
                     isa == WEFT_ISA_V1 ? 1 : isa);
}

/* The first variant that this CPU can run; kept in the kernel's cache. */
static weft_status find_variant(const weft_kernel *kernel, const weft_cpu_variant **variant) {
    _Atomic(void *) *cache = (_Atomic(void *) *)&kernel->cache;
    *variant = atomic_load_explicit(cache, memory_order_acquire);
    if (*variant)
        return WEFT_OK;
    if (!kernel->cpu || !kernel->cpu->run)
        return error_set(WEFT_ERROR_NO_IMAGE, "%s has no code for the CPU", kernel->name);
    uint32_t isa;
    TRY(cpu_isa(&isa));
    const weft_cpu_variant *v = kernel->cpu;
    while (v->run && v->isa > isa)
        v++;
    if (!v->run)
        return no_variant(kernel, isa);
    atomic_store_explicit(cache, (void *)v, memory_order_release);
    *variant = v;
    return WEFT_OK;
}

weft_status cpu_launch(weft_device *device, weft_stream *stream, const weft_kernel *kernel, const int64_t *slots,
                       int64_t count) {
    (void)device, (void)stream;
    const weft_cpu_variant *variant;
    TRY(find_variant(kernel, &variant));
    CpuRun run;
    run.run = variant->run;
    run.slots = slots;
    run.count = count;
    run.grain = 1;
    run.threads = count > 1 ? pool_threads() : 1;
    atomic_init(&run.next, 0);
    atomic_init(&run.failed, 0);
    run_items(&run, kernel->over_rank == 0);
    if (has_failed(&run))
        return error_set(WEFT_ERROR_ASSERT, "%s", run.message);
    return WEFT_OK;
}
