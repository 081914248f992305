/* Texts that are nearly right, through the front end, the passes and the lowering for x86: never a crash, a hang or a bug message.
 *
 *     fuzz_check STDLIB MUTATIONS PART/PARTS FILE...
 *
 * For each file: every prefix, every token dropped, every token doubled; then MUTATIONS random changes over all
 * files, from a fixed seed. Variants run in child processes, a batch each; one that dies is written to
 * build/fuzz-PART-N.weft; after FAILURES_SHOWN of them it stops. Ends with "N passed, N failed". */
#include "base/fs.h"
#include "passes/pass.h"
#include "sema/sema.h"
#include "targets/x86/lower.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

/* A hang is 2 s of a variant's own processor time: what else the machine does makes no variant slow. One that waits
 * for something is found by the clock. */
/* What weft check does has two seconds. A program without mistakes then goes through every pass, verified after each, and may
 * have 262,144 ops once its calls and loops are written out (W0840). */
enum { BATCH = 400, CHECK_CPU_SECONDS = 2, PASSES_CPU_SECONDS = 10, WALL_SECONDS_EACH = 30, FAILURES_SHOWN = 20 };

typedef struct Shared {
    volatile uint32_t at; /* the variant that runs */
} Shared;

typedef struct Fuzz {
    const char *stdlib;
    Arena *arena;         /* of texts */
    uint32_t part, parts, count, passed, failed;
    char **batch;
    uint32_t batch_len;
    Shared *shared;
} Fuzz;

static void lower_kernels(Sema *sema, Types *types, const PassOptions *passes) {
    PassContext cx = {.scratch = arena_create(), .types = types, .target = passes->target, .diags = passes->diags};
    const SemaFound *found = sema_found(sema);
    VEC_FOR_EACH (i, &found->kernels)
        if (diags_errors(passes->diags) == 0)
            x86_lower_kernel(&cx, found->kernels.items[i], &(X86Kernel){0});
    Module *module = sema_ir(sema);
    for (Func *func = module->first, *next; func; func = next) {
        next = func->next;
        if (func->level == LEVEL_KERNEL)
            func_erase(func);
    }
    arena_destroy(cx.scratch);
    if (diags_errors(passes->diags) == 0)
        passes_run(module, pipeline_vector(2), passes);
}

static void set_limits(int cpu_seconds) {
    setitimer(ITIMER_PROF, &(struct itimerval){.it_value.tv_sec = cpu_seconds}, NULL);
    alarm(WALL_SECONDS_EACH);
}

static void check_text(const char *stdlib, const char *text) {
    Arena *arena = arena_create();
    Interner *names = interner_create(arena);
    Sources *sources = sources_create(arena);
    Diags *diags = diags_create(arena, sources);
    Types *types = types_create(arena, names);
    SemaOptions options = {.target = target_find("x86-64-v3", arena, &(const char *){NULL}), .stdlib_path = stdlib};
    char path[] = "/tmp/weft-fuzz-XXXXXX.weft";
    int file = mkstemps(path, 5);
    if (file < 0 || write(file, text, strlen(text)) < 0)
        exit(3);
    close(file);
    Sema *sema = sema_create(arena, names, types, sources, diags, &options);
    SourceModule *module = sema_load_file(sema, path);
    unlink(path);
    if (module)
        sema_check(sema, module);
    if (module && diags_errors(diags) == 0) {
        set_limits(PASSES_CPU_SECONDS);
        PassOptions passes = {.arena = arena, .diags = diags, .target = options.target, .verify = true};
        passes_run(sema_ir(sema), pipeline_kernel(2), &passes);
        passes_run(sema_ir(sema), pipeline_host(2), &passes);
        lower_kernels(sema, types, &passes);
    }
    Text out = {.arena = arena};
    diags_render(diags, DIAG_TEXT, &out);
    arena_destroy(arena);
}

static void run_child(Fuzz *f, uint32_t from) {
    for (uint32_t i = from; i < f->batch_len; i++) {
        f->shared->at = i;
        set_limits(CHECK_CPU_SECONDS);
        check_text(f->stdlib, f->batch[i]);
    }
    alarm(0);
    _exit(0);
}

static void keep_text(Fuzz *f, const char *text, int status) {
    char *path = arena_printf(f->arena, "build/fuzz-%u-%u.weft", f->part, f->failed);
    fs_write(f->arena, path, text, strlen(text));
    printf("FAIL %s: %s\n", path, WIFSIGNALED(status) ? strsignal(WTERMSIG(status)) : "stopped with a bug message");
}

static void run_batch(Fuzz *f) {
    uint32_t from = 0;
    while (from < f->batch_len) {
        fflush(stdout);
        pid_t child = fork();
        if (child == 0) {
            setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
            run_child(f, from);
        }
        int status;
        waitpid(child, &status, 0);
        if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
            f->passed += f->batch_len - from;
            break;
        }
        uint32_t at = f->shared->at;
        f->passed += at - from;
        keep_text(f, f->batch[at], status);
        if (++f->failed == FAILURES_SHOWN) {
            printf("that is enough\n%u passed, %u failed\n", f->passed, f->failed);
            exit(1);
        }
        from = at + 1;
    }
    f->batch_len = 0;
}

static void add_variant(Fuzz *f, const char *a, size_t a_len, const char *b, size_t b_len, const char *c, size_t c_len) {
    if (f->count++ % f->parts != f->part)
        return;
    char *text = malloc(a_len + b_len + c_len + 1);
    memcpy(text, a, a_len);
    memcpy(text + a_len, b, b_len);
    memcpy(text + a_len + b_len, c, c_len);
    text[a_len + b_len + c_len] = '\0';
    f->batch[f->batch_len++] = text;
    if (f->batch_len == BATCH) {
        char *texts[BATCH];
        memcpy(texts, f->batch, sizeof texts);
        run_batch(f);
        for (uint32_t i = 0; i < BATCH; i++)
            free(texts[i]);
    }
}

static bool is_word(char c) {
    return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Where the token that begins at `at` ends, near enough: words, runs of blanks, single signs. */
static size_t token_end(const char *text, size_t len, size_t at) {
    size_t end = at + 1;
    if (is_word(text[at]) || text[at] == ' ')
        while (end < len && (text[at] == ' ' ? text[end] == ' ' : is_word(text[end])))
            end++;
    return end;
}

static void add_all_of(Fuzz *f, const char *text, size_t len) {
    for (size_t n = 0; n < len; n++)
        add_variant(f, text, n, "", 0, "", 0);
    for (size_t at = 0; at < len;) {
        size_t end = token_end(text, len, at);
        add_variant(f, text, at, "", 0, text + end, len - end);
        add_variant(f, text, end, text + at, end - at, text + end, len - end);
        at = end;
    }
}

static uint64_t state = 88172645463325252u;

static uint64_t random_below(uint64_t n) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state % n;
}

static void add_mutation(Fuzz *f, char *const *texts, const size_t *lens, uint32_t count) {
    static const char *const bits[] = {"(", ")", "[", "]", ":", ",", "\n", "    ", "def ", "if ", "0", "1.5", "x", "**", "//", "@", "comptime ",
                                       "lambda v: ", "\"", "f\"{", "=", "mut ", "Tensor[f32, N]", "SIMD[f32, 8]", "for i in range(3):\n", "return ",
                                       "barrier()", "-", "not ", "\\", "\t", "\xc3\xa9", "9999999999999999999999", "shared_tensor[f32, 4]()"};
    uint32_t k = (uint32_t)random_below(count), other = (uint32_t)random_below(count);
    size_t at = random_below(lens[k] + 1), cut = random_below(12);
    size_t after = at + cut < lens[k] ? at + cut : lens[k];
    if (random_below(3) == 0) {
        size_t from = random_below(lens[other]), n = random_below(60);
        n = from + n < lens[other] ? n : lens[other] - from;
        add_variant(f, texts[k], at, texts[other] + from, n, texts[k] + after, lens[k] - after);
        return;
    }
    const char *put = bits[random_below(sizeof bits / sizeof *bits)];
    size_t resume = random_below(2) ? at : after;
    add_variant(f, texts[k], at, put, strlen(put), texts[k] + resume, lens[k] - resume);
}

int main(int argc, char **argv) {
    Fuzz f = {.arena = arena_create(), .batch = calloc(BATCH, sizeof(char *))};
    if (argc < 5 || sscanf(argv[3], "%u/%u", &f.part, &f.parts) != 2)
        return fprintf(stderr, "usage: fuzz_check STDLIB MUTATIONS PART/PARTS FILE...\n"), 2;
    f.stdlib = argv[1];
    f.shared = mmap(NULL, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    uint32_t count = (uint32_t)argc - 4;
    char **texts = calloc(count, sizeof(char *));
    size_t *lens = calloc(count, sizeof(size_t));
    Arena *files = arena_create();
    for (uint32_t i = 0; i < count; i++) {
        const char *error = fs_read(files, argv[4 + i], &texts[i], &lens[i]);
        if (error)
            return fprintf(stderr, "%s\n", error), 2;
    }
    for (uint32_t i = 0; i < count; i++)
        add_all_of(&f, texts[i], lens[i]);
    for (int n = atoi(argv[2]); n > 0; n--)
        add_mutation(&f, texts, lens, count);
    run_batch(&f);
    printf("%u passed, %u failed\n", f.passed, f.failed);
    return f.failed > 0;
}
