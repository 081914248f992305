/* weft test: the @test functions of files and folders, each in a child process of its own. */
#include "driver/find_files.h"
#include "driver/jit_program.h"
#include "driver/run_program.h"
#include "weft_host.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

typedef struct TestRun {
    Compilation *c;
    X86Program program;
    CodegenResult object;
    const char *file;
    JitProgram jit;
    uint32_t index;
    uint32_t *failed; /* shared with the file's child: an exit status has 8 bits */
} TestRun;

static bool selected(const Options *o, const Func *test) {
    return !o->filter || strstr(test->shown, o->filter);
}

static int run_one(void *context) {
    TestRun *run = context;
    void (*test)(void) = (void (*)(void))jit_symbol(&run->jit, run->program.test_symbols.items[run->index]);
    if (!test)
        return 1;
    test();
    weft_host_flush();
    return 0;
}

/* In the file's own child: loads the code once, then forks for each test. */
static int run_file(void *context) {
    TestRun *run = context;
    const Options *o = run->c->options;
    if (!jit_load(run->c, run->object, o->device, &run->jit))
        return 1;
    weft_host_init((int32_t)o->words.len, o->words.items);
    VEC_FOR_EACH (i, &run->c->found.tests) {
        const Func *test = run->c->found.tests.items[i];
        if (!selected(o, test))
            continue;
        int signal;
        run->index = i;
        int status = run_in_child(run_one, run, &signal);
        if (signal)
            fprintf(stderr, "%s: the test was stopped by a signal: %s\n", test->shown, strsignal(signal));
        printf("%s %s::%s\n", status ? "FAILED" : "ok    ", run->file, test->shown);
        fflush(stdout);
        *run->failed += status != 0;
    }
    return 0;
}

static int count_in_file(TestRun *run, uint32_t wanted, uint32_t *passed, uint32_t *failed) {
    run->failed = mmap(NULL, sizeof *run->failed, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (run->failed == MAP_FAILED)
        return fail("out of memory");
    int signal;
    int broken = run_in_child(run_file, run, &signal);
    uint32_t count = broken ? wanted : *run->failed;
    *failed += count;
    *passed += wanted - count;
    munmap(run->failed, sizeof *run->failed);
    return broken;
}

static int test_file(const Options *o, const char *file, uint32_t *passed, uint32_t *failed) {
    Compilation c;
    TestRun run = {.c = &c, .file = file};
    bool ok = compilation_check(&c, o, NULL, &file, 1) &&
              compilation_lower_x86(&c, (X86Options){.interp = wants_interp(o)}, &run.program);
    if (compilation_report(&c) || !ok)
        return 1;
    uint32_t wanted = 0;
    VEC_FOR_EACH (i, &c.found.tests)
        wanted += selected(o, c.found.tests.items[i]);
    if (wanted == 0)
        return compilation_destroy(&c), 0;
    run.object = compilation_emit_x86(&c, &run.program, CODEGEN_OBJECT);
    if (!run.object.ok)
        return fail("%s: %s", file, run.object.error);
    int broken = count_in_file(&run, wanted, passed, failed);
    compilation_destroy(&c);
    return broken;
}

int cmd_test(int argc, char **argv) {
    Arena *arena = arena_create();
    Options options;
    if (!options_parse(arena, COMMAND_TEST, argc, argv, &options))
        return 1;
    if (options.check)
        return fail("not built yet: --check");
    if (options.words.len == 0)
        return fail("weft test wants files or folders: weft test FILE.weft");
    StringVec files = {0};
    VEC_FOR_EACH (i, &options.words)
        find_source_files(arena, &files, options.words.items[i]);
    uint32_t passed = 0, failed = 0;
    int broken = 0;
    VEC_FOR_EACH (i, &files)
        broken |= test_file(&options, files.items[i], &passed, &failed);
    printf("%u passed, %u failed\n", passed, failed);
    return broken || failed ? 1 : 0;
}
