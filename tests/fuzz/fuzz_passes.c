/* Random kernels with divergent control, through passes and the x86 lowering, against the interpreter.
 *
 *     fuzz_passes [--seconds N] [--seed N] [--count N]
 *
 * A kernel has ifs, loops, breaks, continues, early returns, local memory, calls and collectives of warp and block,
 * at random. Half of them meet at barriers (then control around these is uniform), the others leave wherever
 * they like. The kernel is interpreted as it is; then its NAME.run is, after each pipeline; both must leave
 * the same bytes. A kernel is left in fuzz_passes.failed before it is tried. Ends with "N passed, N failed". */
#include "ir/interp.h"
#include "ir/print.h"
#include "passes/pass.h"
#include "targets/x86/lower.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { CELLS = 1024, SLOTS_OF_THREAD = 4, MAX_VALUES = 64, MAX_DEPTH = 4 };

/* ------------------------------------------------------------------ random numbers */

static uint64_t random_state;

static uint32_t random_below(uint32_t limit) {
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (uint32_t)((random_state >> 20) % limit);
}

static bool one_in(uint32_t n) { return random_below(n) == 0; }

/* ------------------------------------------------------------------ texts */

typedef struct Gen {
    Text *out;
    uint32_t next;              /* number of the next value */
    uint32_t values[MAX_VALUES], value_count;     /* i64s that may be used, by number */
    uint32_t uniform[MAX_VALUES], uniform_count;  /* those of them that are the same in all threads */
    uint32_t depth, indent, budget;
    bool meets;                 /* the kernel has barriers */
    uint32_t loop_carried[MAX_DEPTH + 2]; /* of the loops around: how many values they carry */
    uint32_t loops;
    bool is_func;               /* a device function of two i64s, not a kernel */
} Gen;

static void line(Gen *g, const char *format, ...) {
    char text[512];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    text_printf(g->out, "%*s%s\n", (int)(4 * g->indent), "", text);
}

static void add_value(Gen *g, uint32_t value, bool uniform) {
    if (g->value_count < MAX_VALUES)
        g->values[g->value_count++] = value;
    if (uniform && g->uniform_count < MAX_VALUES)
        g->uniform[g->uniform_count++] = value;
}

static uint32_t any_value(Gen *g) { return g->values[random_below(g->value_count)]; }
static uint32_t uniform_value(Gen *g) { return g->uniform[random_below(g->uniform_count)]; }

/* A value that is uniform where control must stay so. */
static uint32_t control_value(Gen *g) { return g->meets || one_in(3) ? uniform_value(g) : any_value(g); }

static uint32_t constant(Gen *g, int64_t value) {
    line(g, "%%v%u = arith.const %lld : i64", g->next, (long long)value);
    return g->next++;
}

static uint32_t binary(Gen *g, const char *op, uint32_t a, uint32_t b) {
    line(g, "%%v%u = arith.%s %%v%u, %%v%u : i64", g->next, op, a, b);
    return g->next++;
}

static uint32_t random_arithmetic(Gen *g, uint32_t (*pick)(Gen *)) {
    static const char *const ops[] = {"add", "sub", "mul", "and", "or", "xor", "min", "max", "mod", "floor_div"};
    uint32_t a = pick(g), b = pick(g);
    return binary(g, ops[random_below(10)], a, b);
}

/* Between 0 and limit - 1. */
static uint32_t bounded(Gen *g, uint32_t value, int64_t limit) { return binary(g, "mod", value, constant(g, limit)); }

static uint32_t condition(Gen *g) {
    static const char *const predicates[] = {"eq", "ne", "lt", "le", "gt", "ge"};
    uint32_t a = control_value(g), b = one_in(2) ? constant(g, random_below(7)) : control_value(g);
    if (one_in(2))
        a = bounded(g, a, 5);
    line(g, "%%c%u = arith.cmp %%v%u, %%v%u {predicate = \"%s\"}", g->next, a, b, predicates[random_below(6)]);
    return g->next++;
}

static void list_values(Gen *g, char *text, uint32_t count) {
    *text = 0;
    for (uint32_t i = 0; i < count; i++)
        text += sprintf(text, "%s%%v%u", i ? ", " : "", any_value(g));
}

static void list_types(char *text, uint32_t count) {
    *text = 0;
    for (uint32_t i = 0; i < count; i++)
        text += sprintf(text, "%si64", i ? ", " : " : ");
}

static void statements(Gen *g, uint32_t count);

/* Ends the block early; true when it did. */
static bool leave(Gen *g) {
    char values[256];
    if (g->loops > 0 && one_in(2)) {
        list_values(g, values, g->loop_carried[g->loops]);
        line(g, one_in(2) ? "loop.break %s" : "loop.continue %s", values);
        return true;
    }
    if (!one_in(2))
        return false;
    if (g->is_func)
        line(g, "func.return %%v%u", any_value(g));
    else
        line(g, "func.return");
    return true;
}

/* The result numbers of an op with `count` of them: "%v7, %v8 = ". */
static uint32_t results(Gen *g, char *text, uint32_t count) {
    uint32_t first = g->next;
    *text = 0;
    for (uint32_t i = 0; i < count; i++)
        text += sprintf(text, "%s%%v%u", i ? ", " : "", g->next++);
    if (count)
        strcat(text, " = ");
    return first;
}

static void add_results(Gen *g, uint32_t first, uint32_t count) {
    for (uint32_t i = 0; i < count; i++)
        add_value(g, first + i, false);
}

static void arm(Gen *g, uint32_t count) {
    char values[256];
    uint32_t saved_values = g->value_count, saved_uniform = g->uniform_count;
    g->indent++;
    g->depth++;
    statements(g, 1 + random_below(4));
    if (!(one_in(4) && leave(g))) {
        list_values(g, values, count);
        line(g, "yield %s", values);
    }
    g->depth--;
    g->indent--;
    g->value_count = saved_values;
    g->uniform_count = saved_uniform;
}

static void random_if(Gen *g) {
    char left[256], types[64];
    uint32_t c = condition(g), count = random_below(3), first = results(g, left, count);
    list_types(types, count);
    line(g, "%sif %%c%u%s {", left, c, types);
    arm(g, count);
    line(g, "} else {");
    arm(g, count);
    line(g, "}");
    add_results(g, first, count);
}

static void random_for(Gen *g) {
    char left[256], types[64], initial[256], values[256];
    uint32_t count = random_below(3);
    uint32_t start = one_in(2) ? constant(g, 0) : bounded(g, control_value(g), 4);
    uint32_t stop = bounded(g, control_value(g), 6), step = one_in(3) ? bounded(g, control_value(g), 3) : constant(g, 1);
    list_values(g, initial, count);
    list_types(types, count);
    uint32_t first = results(g, left, count), counter = g->next++;
    uint32_t saved_values = g->value_count, saved_uniform = g->uniform_count;
    text_printf(g->out, "%*s%sloop.for %%v%u, %%v%u, %%v%u%s%s%s { (%%v%u: i64", (int)(4 * g->indent), "", left, start, stop, step,
                count ? ", " : "", initial, types, counter);
    add_value(g, counter, g->meets);
    for (uint32_t i = 0; i < count; i++) {
        text_printf(g->out, ", %%v%u: i64", g->next);
        add_value(g, g->next++, false);
    }
    text_printf(g->out, ")\n");
    g->indent++;
    g->loops++;
    g->loop_carried[g->loops] = count;
    g->depth++;
    statements(g, 2 + random_below(4));
    if (!(one_in(6) && leave(g))) {
        list_values(g, values, count);
        line(g, "yield %s", values);
    }
    g->depth--;
    g->loops--;
    g->indent--;
    line(g, "}");
    g->value_count = saved_values;
    g->uniform_count = saved_uniform;
    add_results(g, first, count);
}

/* Counts down from a small number, with other values carried and passed on. */
static void random_while(Gen *g) {
    char left[256], values[256];
    uint32_t turns = bounded(g, control_value(g), 5), start = any_value(g);
    uint32_t first = results(g, left, 2), k = g->next++, a = g->next++, k2 = g->next++, a2 = g->next++;
    uint32_t saved_values = g->value_count, saved_uniform = g->uniform_count;
    line(g, "%sloop.while %%v%u, %%v%u : i64, i64 { (%%v%u: i64, %%v%u: i64)", left, turns, start, k, a);
    g->indent++;
    uint32_t zero = constant(g, 0);
    if (g->meets && one_in(3)) {
        line(g, "kernel.barrier");
    }
    line(g, "%%c%u = arith.cmp %%v%u, %%v%u {predicate = \"gt\"}", g->next, k, zero);
    line(g, "loop.condition %%c%u, %%v%u, %%v%u", g->next++, k, a);
    g->indent--;
    line(g, "} do { (%%v%u: i64, %%v%u: i64)", k2, a2);
    g->indent++;
    add_value(g, k2, g->meets);
    add_value(g, a2, false);
    uint32_t loops = g->loops, carried[MAX_DEPTH + 2]; /* in here leave() sees no loop: it would have to know that a */
    memcpy(carried, g->loop_carried, sizeof carried);   /* break and a continue carry different things */
    g->loops = 0;
    g->depth++;
    statements(g, 1 + random_below(4));
    g->depth--;
    g->loops = loops;
    memcpy(g->loop_carried, carried, sizeof carried);
    uint32_t less = binary(g, "sub", k2, constant(g, 1));
    list_values(g, values, 1);
    line(g, "yield %%v%u, %s", less, values);
    g->indent--;
    line(g, "}");
    g->value_count = saved_values;
    g->uniform_count = saved_uniform;
    add_results(g, first, 2);
}

static void random_collective(Gen *g) {
    static const char *const kinds[] = {"sum", "min", "max", "prod", "prefix_sum"};
    uint32_t value = any_value(g), kind = random_below(5);
    bool block = g->meets && one_in(2);
    if (block && kind == 3)
        kind = 0;
    if (g->meets && one_in(4)) {
        static const char *const shuffles[] = {"down", "up", "xor", "idx"};
        uint32_t lane = bounded(g, any_value(g), 32);
        line(g, "%%v%u = kernel.shuffle %%v%u, %%v%u {kind = \"%s\"} : i64", g->next, value, lane, shuffles[random_below(4)]);
        block = false;
        kind = 4;
    } else {
        line(g, "%%v%u = kernel.%s %%v%u {kind = \"%s\"} : i64", g->next, block ? "block" : "warp", value, kinds[kind]);
    }
    add_value(g, g->next++, block && kind != 4);
}

static void random_exchange(Gen *g) {
    line(g, "mem.store %%v%u, %%shared, %%t", any_value(g));
    line(g, "kernel.barrier");
    uint32_t at = binary(g, "mod", any_value(g), 1); /* %v1 is the size of the block */
    line(g, "%%v%u = mem.load %%shared, %%v%u : i64", g->next, at);
    add_value(g, g->next++, false);
    line(g, "kernel.barrier");
}

static void random_memory(Gen *g) {
    if (g->is_func)
        return;
    uint32_t at = bounded(g, any_value(g), 4);
    switch (random_below(4)) {
    case 0: line(g, "mem.store %%v%u, %%local, %%v%u", any_value(g), at); return;
    case 1:
        line(g, "%%v%u = mem.load %%local, %%v%u : i64", g->next, at);
        add_value(g, g->next++, false);
        return;
    case 2: line(g, "mem.store %%v%u, %%mine, %%v%u", any_value(g), at); return;
    default: {
        uint32_t cell = bounded(g, any_value(g), CELLS);
        line(g, "%%v%u = mem.load %%x, %%v%u : i64", g->next, cell);
        add_value(g, g->next++, false);
    }
    }
}

static void random_call(Gen *g) {
    if (g->is_func)
        return;
    line(g, "%%v%u = func.call @helper(%%v%u, %%v%u) : i64", g->next, any_value(g), any_value(g));
    add_value(g, g->next++, false);
}

static void statement(Gen *g) {
    uint32_t choice = random_below(16);
    bool deep = g->depth >= MAX_DEPTH;
    if (choice < 4)
        add_value(g, random_arithmetic(g, any_value), false);
    else if (choice < 6)
        add_value(g, random_arithmetic(g, uniform_value), true);
    else if (choice < 8)
        random_memory(g);
    else if (choice < 10 && !deep)
        random_if(g);
    else if (choice < 12 && !deep)
        random_for(g);
    else if (choice < 13 && !deep)
        random_while(g);
    else if (choice < 15 && !g->is_func)
        g->meets && one_in(3) ? random_exchange(g) : random_collective(g);
    else
        random_call(g);
}

static void statements(Gen *g, uint32_t count) {
    for (uint32_t i = 0; i < count && g->budget > 0; i++, g->budget--)
        statement(g);
}

static void random_helper(Text *out) {
    Gen g = {.out = out, .next = 2, .indent = 1, .budget = 12, .is_func = true};
    text_puts(out, "func device @helper(%v0: i64, %v1: i64) -> i64 {\n");
    add_value(&g, 0, true);
    add_value(&g, 1, true);
    statements(&g, 6);
    line(&g, "func.return %%v%u", any_value(&g));
    text_puts(out, "}\n");
}

static void random_kernel(Text *out, bool meets) {
    Gen g = {.out = out, .next = 10, .indent = 1, .budget = 60, .meets = meets};
    text_puts(out, "func host @k.shape(%N: dim) -> i64, i64, i64, i64, i64, i64 {\n"
                   "    %0 = arith.const 1 : i64\n"
                   "    func.return %0, %0, %0, %0, %0, %0\n"
                   "}\n");
    random_helper(out);
    text_puts(out, "func kernel @k(%N: dim, %x: view<i64, ?> [%N], mut %y: view<i64, ?> [%N]) shape @k.shape {\n"
                   "    %shared = mem.alloc_shared {name = \"s\"} : view<i64, 128, row, shared>\n"
                   "    %local = mem.alloc_local : view<i64, 4, row, local>\n"
                   "    %t = kernel.thread_idx {dim = 0} : i64\n"
                   "    %v1 = kernel.block_dim {dim = 0} : i64\n"
                   "    %v2 = kernel.block_idx {dim = 0} : i64\n"
                   "    %v3 = arith.mul %v1, %v2 : i64\n"
                   "    %v4 = arith.add %v3, %t : i64\n"
                   "    %v5 = arith.const 4 : i64\n"
                   "    %v6 = arith.mul %v4, %v5 : i64\n"
                   "    %mine = mem.subview %y, %v6, %v5 {dims = [0]} : view<i64, ?>\n"
                   "    %v7 = arith.const 0 : i64\n"
                   "    %v8 = arith.const 1 : i64\n"
                   "    loop.for %v7, %v5, %v8 { (%i: i64)\n"
                   "        mem.store %t, %local, %i\n"
                   "        yield\n"
                   "    }\n");
    static const uint32_t uniform[] = {1, 2, 5, 8}, varying[] = {4, 6};
    for (uint32_t i = 0; i < 4; i++)
        add_value(&g, uniform[i], true);
    for (uint32_t i = 0; i < 2; i++)
        add_value(&g, varying[i], false);
    statements(&g, 12);
    line(&g, "%%last = arith.const 3 : i64");
    line(&g, "mem.store %%v%u, %%mine, %%last", any_value(&g));
    line(&g, "func.return");
    text_puts(out, "}\n");
}

/* ------------------------------------------------------------------ running them */

typedef struct Session {
    Arena *arena;
    Interner *names;
    Sources *sources;
    Diags *diags;
    Types *types;
} Session;

static Module *parse(Session *s, const char *text) {
    SourceFile *file = sources_add(s->sources, "fuzz.ir", text, strlen(text));
    Module *module = module_parse(s->arena, s->types, s->names, s->sources, s->diags, file);
    if (!module) {
        Text out = {.arena = s->arena};
        diags_render(s->diags, DIAG_TEXT, &out);
        fputs(text_cstr(&out), stderr);
    }
    return module;
}

static void fill(int64_t *x, int64_t *y) {
    for (int64_t i = 0; i < CELLS; i++) {
        x[i] = i * 7919 % 101 - 50;
        y[i] = -i;
    }
}

/* A run function is one thread that does the work of all, and collectives step by step. */
enum { BLOCKS = 2, STEPS = 20000000, STEPS_LOWERED = 50 * STEPS };

static const char *launch(Session *s, uint64_t steps, Func *kernel, const int64_t *dims, void *const *args, const int64_t *shape) {
    InterpResult r = interp_launch(interp_create(s->arena, s->types, steps), kernel, dims, args, shape);
    return r.status == INTERP_OK ? NULL : r.message ? r.message : "too many steps";
}

static const char *run_plain(Session *s, Module *module, int64_t threads, int64_t *x, int64_t *y) {
    int64_t n = CELLS, shape[] = {BLOCKS, 1, 1, threads, 1, 1};
    InterpView vx = {x, {CELLS}, {1}}, vy = {y, {CELLS}, {1}};
    return launch(s, STEPS, module_find(module, intern_cstr(s->names, "k")), &n, (void *[]){&vx, &vy}, shape);
}

/* NAME.run as a kernel of one item, whose arguments are scalars. */
static const char *run_lowered(Session *s, Module *module, int64_t threads, int64_t *x, int64_t *y) {
    int64_t memory[] = {CELLS, (int64_t)(intptr_t)x, (int64_t)(intptr_t)y, BLOCKS, 1, 1, threads, 1, 1}, *slots = memory;
    int64_t begin = 0, end = BLOCKS;
    Func *run = module_find(module, intern_cstr(s->names, "k.run"));
    run->kind = FUNC_KERNEL;
    run->kernel = arena_new(s->arena, KernelInfo);
    run->kernel->over_rank = 1;
    return launch(s, STEPS_LOWERED, run, NULL, (void *[]){&slots, &begin, &end}, (const int64_t[]){0, 1});
}

static const char *const pipelines[][24] = {
    {"inline", "structure-exits", "flatten-views", "x86-lower"},
    {"inline", "structure-exits", "promote-local", "flatten-views", "licm", "dce", "x86-lower", "thread-loop"},
    {"expand-map", "inline", "structure-exits", "simplify", "unroll", "promote-local", "simplify", "cse", "merge-barriers", "flatten-views",
     "simplify", "cse", "licm", "dce", "x86-lower", "simplify", "cse", "thread-loop", "licm", "simplify", "cse", "dce"},
};

enum { PIPELINES = sizeof pipelines / sizeof pipelines[0] };

static void leave_behind(const char *text) {
    FILE *file = fopen("fuzz_passes.failed", "w");
    if (!file)
        return;
    fputs(text, file);
    fclose(file);
}

static bool report(const char *what, int pipeline, uint64_t seed) {
    fprintf(stderr, "seed %llu, pipeline %d: %s (fuzz_passes.failed)\n", (unsigned long long)seed, pipeline, what);
    return false;
}

static bool try_kernel(Session *s, const char *text, uint64_t seed) {
    static int64_t plain_x[CELLS], plain_y[CELLS], x[CELLS], y[CELLS];
    int64_t threads = 1 + random_below(100);
    leave_behind(text);
    Module *plain = parse(s, text);
    if (!plain)
        return report("not accepted", -1, seed);
    fill(plain_x, plain_y);
    const char *error = run_plain(s, plain, threads, plain_x, plain_y);
    if (error)
        return report(error, -1, seed);
    for (int p = 0; p < PIPELINES; p++) {
        Module *module = parse(s, text);
        PassOptions options = {.arena = s->arena, .diags = s->diags, .verify = true};
        passes_run(module, pipelines[p], &options);
        fill(x, y);
        error = run_lowered(s, module, threads, x, y);
        if (!error && memcmp(y, plain_y, sizeof y) != 0)
            error = "another result than the interpreter's";
        if (error)
            return report(error, p, seed);
    }
    return true;
}

static bool try_seed(uint64_t seed) {
    random_state = seed * 0x9E3779B97F4A7C15u + 1;
    for (int i = 0; i < 8; i++)
        random_below(2);
    Session s = {.arena = arena_create()};
    s.names = interner_create(s.arena);
    s.sources = sources_create(s.arena);
    s.diags = diags_create(s.arena, s.sources);
    s.types = types_create(s.arena, s.names);
    Text text = {.arena = s.arena};
    random_kernel(&text, one_in(2));
    bool ok = try_kernel(&s, text_cstr(&text), seed);
    arena_destroy(s.arena);
    return ok;
}

int main(int argc, char **argv) {
    uint64_t seed = 1, count = 0;
    double seconds = 10;
    for (int i = 1; i + 1 < argc; i += 2) {
        if (strcmp(argv[i], "--seconds") == 0)
            seconds = atof(argv[i + 1]);
        else if (strcmp(argv[i], "--seed") == 0)
            seed = strtoull(argv[i + 1], NULL, 10);
        else if (strcmp(argv[i], "--count") == 0)
            count = strtoull(argv[i + 1], NULL, 10);
    }
    uint32_t passed = 0, failed = 0;
    time_t end = time(NULL) + (time_t)seconds;
    for (uint64_t i = 0; count ? i < count : time(NULL) < end; i++) {
        if (try_seed(seed + i))
            passed++;
        else if (++failed == 5)
            break;
    }
    if (!failed)
        remove("fuzz_passes.failed");
    printf("%u passed, %u failed\n", passed, failed);
    return failed > 0;
}
