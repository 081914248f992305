/* The pool: threads that sleep until a launch has more work than one thread should do.
 *
 * One word tells the threads all: whether a run is open, which one (a counter), and how many threads are in
 * it. A thread joins by adding itself to the word while it is open, and so may touch the run only between
 * its join and its leave. The caller never waits for a thread to wake: it works itself, closes the word when
 * nothing is left to take, and waits for those that had joined. A run lies on the caller's stack, and is
 * safe there, since nobody can join once the word is closed.
 *
 * Idle threads spin for IDLE_US, so that launches in a row find them awake, then sleep in a futex. Waking is a tree: the caller wakes two, and each that wakes wakes two more.
 *
 * After fork() a child has no threads but the forking one: it starts with an empty pool. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include "core/fp_mode.h"
#include "cpu/cpu.h"

#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
    MAX_THREADS = 1024,
    WORKER_STACK = 8 << 20, /* a block's shared and local memory lies on it */
    IDLE_US = 50,           /* how long an idle thread spins: less than a sleep and a wake-up cost in a VM */
    FINISH_SPINS = 2000,
    WAKE_FAN = 2,
};

/* The word: bit 31 open, bits 16 to 30 a counter of runs, bits 0 to 15 threads inside. */
#define WORD_OPEN 0x80000000u
#define WORD_RUN 0x7fff0000u
#define WORD_RUN_ONE 0x00010000u
#define WORD_INSIDE 0x0000ffffu

static struct {
    _Atomic bool busy;        /* somebody's run is in the pool */
    bool started;             /* under busy, as the next three */
    int32_t wanted;           /* threads beside the caller */
    int32_t workers;
    CpuRun *run;              /* valid while the word is open or somebody is inside */
    _Atomic uint32_t word;
    _Atomic uint32_t wake;    /* what sleepers wait on: changes with each run */
    _Atomic int32_t sleepers;
} pool;

static void futex_wait(_Atomic uint32_t *word, uint32_t expected) {
    syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, expected, NULL, NULL, 0);
}

static void futex_wake(_Atomic uint32_t *word, int count) {
    syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, count, NULL, NULL, 0);
}

static void pause_briefly(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#endif
}

static void wake_some(void) {
    if (atomic_load(&pool.sleepers) > 0)
        futex_wake(&pool.wake, WAKE_FAN);
}

/* Joins the open run, unless it is the one that this thread has worked through already. */
static bool join_run(uint32_t *last_run) {
    uint32_t word = atomic_load(&pool.word);
    while (word & WORD_OPEN && (word & WORD_RUN) != *last_run) {
        if (atomic_compare_exchange_weak(&pool.word, &word, word + 1)) {
            *last_run = word & WORD_RUN;
            return true;
        }
    }
    return false;
}

static void leave_run(void) {
    uint32_t before = atomic_fetch_sub(&pool.word, 1);
    if (!(before & WORD_OPEN) && (before & WORD_INSIDE) == 1)
        futex_wake(&pool.word, INT_MAX);
}

/* True when there is a run to join, after spinning and then sleeping for one. */
static void wait_for_run(uint32_t *last_run, bool *slept) {
    for (;;) {
        uint64_t start = cpu_ticks();
        while (cpu_ticks() - start < IDLE_US * TICKS_PER_US) {
            if (join_run(last_run))
                return;
            pause_briefly();
        }
        uint32_t seen = atomic_load(&pool.wake);
        atomic_fetch_add(&pool.sleepers, 1);
        if (join_run(last_run)) {
            atomic_fetch_sub(&pool.sleepers, 1);
            return;
        }
        futex_wait(&pool.wake, seen);
        atomic_fetch_sub(&pool.sleepers, 1);
        *slept = true;
    }
}

static void *work(void *unused) {
    (void)unused;
    fp_mode_enter();
    uint32_t last_run = 0; /* no run has the number 0 */
    for (;;) {
        bool slept = false;
        wait_for_run(&last_run, &slept);
        if (slept)
            wake_some();
        cpu_run_here(pool.run);
        leave_run();
    }
    return NULL;
}

static int32_t usable_cpus(void) {
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) == 0)
        return CPU_COUNT(&set);
    long online = sysconf(_SC_NPROCESSORS_ONLN);
    return online > 0 ? (int32_t)online : 1;
}

int32_t pool_threads(void) {
    static _Atomic int32_t known;
    int32_t threads = atomic_load_explicit(&known, memory_order_relaxed);
    if (threads == 0) {
        const char *asked = getenv("WEFT_THREADS");
        threads = asked ? atoi(asked) : 0;
        if (threads <= 0)
            threads = usable_cpus();
        if (threads > MAX_THREADS)
            threads = MAX_THREADS;
        atomic_store_explicit(&known, threads, memory_order_relaxed);
    }
    return threads;
}

static bool start_worker(void) {
    pthread_attr_t attr;
    if (pthread_attr_init(&attr) != 0)
        return false;
    pthread_attr_setstacksize(&attr, WORKER_STACK);
    pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    /* Signals are the program's own threads' business. */
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    pthread_t thread;
    bool ok = pthread_create(&thread, &attr, work, NULL) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attr);
    return ok;
}

static void forget_threads(void) {
    atomic_store(&pool.busy, false);
    atomic_store(&pool.word, 0);
    atomic_store(&pool.sleepers, 0);
    pool.started = false;
    pool.workers = 0;
}

/* Under busy. What can't be started now is not tried again. */
static void start_pool(void) {
    static _Atomic bool fork_watched;
    if (!atomic_exchange(&fork_watched, true))
        pthread_atfork(NULL, NULL, forget_threads);
    pool.started = true;
    int32_t wanted = pool_threads() - 1;
    while (pool.workers < wanted && start_worker())
        pool.workers++;
}

static void open_run(CpuRun *run) {
    pool.run = run;
    uint32_t number = (atomic_load(&pool.word) & WORD_RUN) + WORD_RUN_ONE;
    number &= WORD_RUN;
    if (number == 0)
        number = WORD_RUN_ONE;
    atomic_store(&pool.word, WORD_OPEN | number);
    atomic_fetch_add(&pool.wake, 1);
    wake_some();
}

static void close_run(void) {
    uint32_t word = atomic_fetch_and(&pool.word, ~WORD_OPEN) & ~WORD_OPEN;
    for (int i = 0; word & WORD_INSIDE; i++) {
        if (i < FINISH_SPINS)
            pause_briefly();
        else
            futex_wait(&pool.word, word);
        word = atomic_load(&pool.word);
    }
}

void pool_run(CpuRun *run) {
    bool idle = false;
    if (pool_threads() == 1 || !atomic_compare_exchange_strong(&pool.busy, &idle, true)) {
        cpu_run_here(run);
        return;
    }
    if (!pool.started)
        start_pool();
    if (pool.workers > 0)
        open_run(run);
    cpu_run_here(run);
    if (pool.workers > 0)
        close_run();
    atomic_store(&pool.busy, false);
}
