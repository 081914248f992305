/* weft bench: the @bench functions of files and folders, timed.
 *
 * A function is called until a round of calls takes a few milliseconds, then rounds are measured for a while; what is
 * told is the time of one call in the best round and in the middle one, so that a busy machine shows. */
#include "driver/find_files.h"
#include "driver/jit_program.h"
#include "driver/run_program.h"
#include "weft_host.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_ROUNDS = 200 };

static const double round_seconds = 0.005, total_seconds = 0.5;

typedef struct BenchRun {
    Compilation *c;
    X86Program program;
    CodegenResult object;
    const char *file;
} BenchRun;

static int by_value(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double time_calls(void (*bench)(void), uint64_t calls) {
    double start = now_seconds();
    for (uint64_t i = 0; i < calls; i++)
        bench();
    return now_seconds() - start;
}

static void print_time(double seconds) {
    static const struct { double scale; const char *unit; } units[] = {{1e9, "ns"}, {1e6, "us"}, {1e3, "ms"}, {1, "s"}};
    int u = seconds < 1e-6 ? 0 : seconds < 1e-3 ? 1 : seconds < 1 ? 2 : 3;
    printf("%9.3f %-2s", seconds * units[u].scale, units[u].unit);
}

static void measure(const char *file, const char *name, void (*bench)(void)) {
    double rounds[MOST_ROUNDS];
    uint64_t calls = 1;
    uint32_t count = 0;
    bench(); /* the pool starts, pages are touched */
    while (time_calls(bench, calls) < round_seconds && calls < 1u << 30)
        calls *= 2;
    for (double start = now_seconds(); count < MOST_ROUNDS && (count < 3 || now_seconds() - start < total_seconds); count++)
        rounds[count] = time_calls(bench, calls) / (double)calls;
    qsort(rounds, count, sizeof *rounds, by_value);
    printf("%s::%-32s best ", file, name);
    print_time(rounds[0]);
    printf("  median ");
    print_time(rounds[count / 2]);
    printf("  (%u rounds of %llu)\n", count, (unsigned long long)calls);
    fflush(stdout);
}

static int run_file(void *context) {
    BenchRun *run = context;
    const Options *o = run->c->options;
    JitProgram program;
    if (!jit_load(run->c, run->object, o->device, &program))
        return 1;
    weft_host_init((int32_t)o->words.len, o->words.items);
    VEC_FOR_EACH (i, &run->c->found.benches) {
        const Func *func = run->c->found.benches.items[i];
        if (o->filter && !strstr(func->shown, o->filter))
            continue;
        void (*bench)(void) = (void (*)(void))jit_symbol(&program, run->program.bench_symbols.items[i]);
        if (!bench)
            return 1;
        measure(run->file, func->shown, bench);
    }
    weft_host_flush();
    return 0;
}

static int bench_file(const Options *o, const char *file) {
    Compilation c;
    BenchRun run = {.c = &c, .file = file};
    bool ok = compilation_check(&c, o, NULL, &file, 1) &&
              compilation_lower_x86(&c, (X86Options){.interp = wants_interp(o)}, &run.program);
    if (compilation_report(&c) || !ok)
        return 1;
    int status = 0, signal = 0;
    if (c.found.benches.len) {
        run.object = compilation_emit_x86(&c, &run.program, CODEGEN_OBJECT);
        if (!run.object.ok)
            return fail("%s: %s", file, run.object.error);
        status = run_in_child(run_file, &run, &signal);
    }
    if (signal)
        fail("%s: the bench was stopped by a signal: %s", file, strsignal(signal));
    compilation_destroy(&c);
    return status;
}

int cmd_bench(int argc, char **argv) {
    Arena *arena = arena_create();
    Options options;
    if (!options_parse(arena, COMMAND_BENCH, argc, argv, &options))
        return 1;
    if (options.words.len == 0)
        return fail("weft bench wants files or folders: weft bench FILE.weft");
    StringVec files = {0};
    VEC_FOR_EACH (i, &options.words)
        find_source_files(arena, &files, options.words.items[i]);
    int status = 0;
    VEC_FOR_EACH (i, &files)
        status |= bench_file(&options, files.items[i]);
    return status != 0;
}
