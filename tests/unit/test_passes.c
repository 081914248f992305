/* Passes do not change what a program means: functions and kernels are interpreted before and after them, and a
 * kernel's x86 form (NAME.run, over its slots) is held against the kernel itself, byte for byte. */
#include "ir/interp.h"
#include "ir/print.h"
#include "ir/verify.h"
#include "passes/pass.h"
#include "targets/x86/lower.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static Arena *arena;
static Interner *names;
static Types *types;
static Sources *sources;
static Diags *diags;

static int set_up(void **state) {
    (void)state;
    arena = arena_create();
    names = interner_create(arena);
    types = types_create(arena, names);
    sources = sources_create(arena);
    diags = diags_create(arena, sources);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    arena_destroy(arena);
    return 0;
}

static Module *parse(const char *text) {
    SourceFile *file = sources_add(sources, "test.ir", text, strlen(text));
    Module *module = module_parse(arena, types, names, sources, diags, file);
    if (!module) {
        Text out = {.arena = arena};
        diags_render(diags, DIAG_TEXT, &out);
        fail_msg("%s", text_cstr(&out));
    }
    return module;
}

static Func *find(Module *module, const char *name) { return module_find(module, intern_cstr(names, name)); }

static void run_passes(Module *module, const char *const *list) {
    PassOptions options = {.arena = arena, .diags = diags, .verify = true};
    passes_run(module, list, &options);
}

static const char *printed(Module *module) {
    Text text = {.arena = arena};
    module_print(&text, module);
    return text_cstr(&text);
}

/* ------------------------------------------------------------------ functions of integers */

static int64_t call_with(Module *module, const int64_t *inputs, uint32_t count) {
    const Attr *args[4], *result = NULL;
    for (uint32_t i = 0; i < count; i++)
        args[i] = attr_i64(types, inputs[i]);
    InterpResult r = interp_call(interp_create(arena, types, 1000000), find(module, "f"), args, count, &result);
    if (r.status != INTERP_OK)
        fail_msg("%s\n%s", r.message, printed(module));
    return attr_as_i64(result);
}

static const char *const func_pipelines[][16] = {
    {"structure-exits"},
    {"inline"},
    {"inline", "structure-exits", "promote-local"},
    {"inline", "structure-exits", "promote-local", "flatten-views", "licm", "dce"},
    {"structure-exits", "flatten-views"},
    {"expand-map", "inline", "structure-exits", "simplify", "unroll", "promote-local", "simplify", "cse", "flatten-views", "simplify", "cse", "licm", "trim-loops", "simplify", "dce"},
};

/* @f of two i64s gives the same before and after each pipeline, for every pair of small inputs. */
static void check_func(const char *text) {
    Module *plain = parse(text);
    for (size_t p = 0; p < sizeof func_pipelines / sizeof func_pipelines[0]; p++) {
        Module *changed = parse(text);
        run_passes(changed, func_pipelines[p]);
        for (int64_t a = -1; a < 6; a++)
            for (int64_t b = -1; b < 6; b++) {
                int64_t inputs[] = {a, b}, wanted = call_with(plain, inputs, 2), got = call_with(changed, inputs, 2);
                if (wanted != got)
                    fail_msg("f(%lld, %lld) is %lld, and %lld after pipeline %zu:\n%s", (long long)a, (long long)b,
                             (long long)wanted, (long long)got, p, printed(changed));
            }
    }
}

static void early_returns_keep_their_values(void **state) {
    (void)state;
    check_func("func device @f(%a: i64, %b: i64) -> i64 {\n"
               "    %0 = arith.const 0 : i64\n"
               "    %7 = arith.const 7 : i64\n"
               "    %neg = arith.cmp %a, %0 {predicate = \"lt\"}\n"
               "    if %neg {\n"
               "        %bneg = arith.cmp %b, %0 {predicate = \"lt\"}\n"
               "        if %bneg {\n"
               "            func.return %7\n"
               "        }\n"
               "        yield\n"
               "    } else {\n"
               "        %big = arith.cmp %a, %b {predicate = \"gt\"}\n"
               "        if %big {\n"
               "            func.return %b\n"
               "        }\n"
               "        yield\n"
               "    }\n"
               "    %s = arith.sub %b, %a : i64\n"
               "    %same = arith.cmp %s, %0 {predicate = \"eq\"}\n"
               "    %r = if %same : i64 {\n"
               "        func.return %0\n"
               "    } else {\n"
               "        %t = arith.mul %s, %7 : i64\n"
               "        yield %t\n"
               "    }\n"
               "    func.return %r\n"
               "}\n");
}

static void both_sides_may_return(void **state) {
    (void)state;
    check_func("func device @f(%a: i64, %b: i64) -> i64 {\n"
               "    %c = arith.cmp %a, %b {predicate = \"lt\"}\n"
               "    if %c {\n"
               "        func.return %a\n"
               "    } else {\n"
               "        func.return %b\n"
               "    }\n"
               "    func.unreachable\n"
               "}\n");
}

static void breaks_and_continues_of_a_counted_loop(void **state) {
    (void)state;
    check_func("func device @f(%a: i64, %b: i64) -> i64 {\n"
               "    %0 = arith.const 0 : i64\n"
               "    %1 = arith.const 1 : i64\n"
               "    %2 = arith.const 2 : i64\n"
               "    %9 = arith.const 9 : i64\n"
               "    %s, %n = loop.for %a, %9, %1, %0, %0 : i64, i64 { (%i: i64, %x: i64, %y: i64)\n"
               "        %odd = arith.mod %i, %2 : i64\n"
               "        %c = arith.cmp %odd, %1 {predicate = \"eq\"}\n"
               "        %y1 = arith.add %y, %1 : i64\n"
               "        if %c {\n"
               "            %h = arith.cmp %i, %b {predicate = \"gt\"}\n"
               "            if %h {\n"
               "                loop.break %i, %y\n"
               "            }\n"
               "            loop.continue %x, %y1\n"
               "        }\n"
               "        %x2 = arith.add %x, %i : i64\n"
               "        yield %x2, %y1\n"
               "    }\n"
               "    %m = arith.mul %n, %9 : i64\n"
               "    %r = arith.add %s, %m : i64\n"
               "    func.return %r\n"
               "}\n");
}

static void a_return_out_of_nested_loops(void **state) {
    (void)state;
    check_func("func device @f(%a: i64, %b: i64) -> i64 {\n"
               "    %0 = arith.const 0 : i64\n"
               "    %1 = arith.const 1 : i64\n"
               "    %5 = arith.const 5 : i64\n"
               "    %t = loop.for %0, %5, %1, %0 : i64 { (%i: i64, %x: i64)\n"
               "        %u = loop.for %0, %5, %1, %x : i64 { (%j: i64, %y: i64)\n"
               "            %p = arith.mul %i, %j : i64\n"
               "            %q = arith.add %a, %b : i64\n"
               "            %hit = arith.cmp %p, %q {predicate = \"eq\"}\n"
               "            if %hit {\n"
               "                %ij = arith.add %i, %p : i64\n"
               "                func.return %ij\n"
               "            }\n"
               "            %skip = arith.cmp %j, %b {predicate = \"gt\"}\n"
               "            if %skip {\n"
               "                loop.break %y\n"
               "            }\n"
               "            %y2 = arith.add %y, %p : i64\n"
               "            yield %y2\n"
               "        }\n"
               "        yield %u\n"
               "    }\n"
               "    %100 = arith.const 100 : i64\n"
               "    %r = arith.add %t, %100 : i64\n"
               "    func.return %r\n"
               "}\n");
}

/* What the condition passes on has other types than what is carried. */
static void leaving_a_while_loop(void **state) {
    (void)state;
    check_func("func device @f(%a: i64, %b: i64) -> i64 {\n"
               "    %0 = arith.const 0 : i64\n"
               "    %1 = arith.const 1 : i64\n"
               "    %20 = arith.const 20 : i64\n"
               "    %r = loop.while %a, %0 : i64 { (%x: i64, %n: i64)\n"
               "        %c = arith.cmp %x, %20 {predicate = \"lt\"}\n"
               "        %s = arith.add %x, %n : i64\n"
               "        loop.condition %c, %s\n"
               "    } do { (%s: i64)\n"
               "        %d = arith.cmp %s, %b {predicate = \"eq\"}\n"
               "        if %d {\n"
               "            loop.break %b\n"
               "        }\n"
               "        %big = arith.const 17 : i64\n"
               "        %g = arith.cmp %s, %big {predicate = \"gt\"}\n"
               "        if %g {\n"
               "            func.return %big\n"
               "        }\n"
               "        %x2 = arith.add %s, %1 : i64\n"
               "        yield %x2, %1\n"
               "    }\n"
               "    func.return %r\n"
               "}\n");
}

static void a_loop_that_only_a_return_leaves(void **state) {
    (void)state;
    check_func("func device @f(%a: i64, %b: i64) -> i64 {\n"
               "    %1 = arith.const 1 : i64\n"
               "    %true = arith.const true : bool\n"
               "    %r = loop.while %a : i64 { (%x: i64)\n"
               "        loop.condition %true, %x\n"
               "    } do { (%x: i64)\n"
               "        %d = arith.cmp %x, %b {predicate = \"ge\"}\n"
               "        if %d {\n"
               "            func.return %x\n"
               "        }\n"
               "        %x2 = arith.add %x, %1 : i64\n"
               "        yield %x2\n"
               "    }\n"
               "    func.unreachable\n"
               "}\n");
}

static void places_through_calls_ifs_and_loops(void **state) {
    (void)state;
    check_func("struct !Pair {x: i64, y: i64}\n"
               "func device @bump(mut %p: view<i64, [], row, local> [], %by: i64) {\n"
               "    %0 = arith.const 0 : i64\n"
               "    %z = arith.cmp %by, %0 {predicate = \"eq\"}\n"
               "    if %z {\n"
               "        func.return\n"
               "    }\n"
               "    %v = mem.load %p : i64\n"
               "    %w = arith.add %v, %by : i64\n"
               "    mem.store %w, %p\n"
               "    func.return\n"
               "}\n"
               "func device @f(%a: i64, %b: i64) -> i64 {\n"
               "    %0 = arith.const 0 : i64\n"
               "    %1 = arith.const 1 : i64\n"
               "    %4 = arith.const 4 : i64\n"
               "    %s = mem.alloc_local : view<!Pair, [], row, local>\n"
               "    %t = mem.alloc_local : view<i64, 2x2, row, local>\n"
               "    %init = agg.make %a, %b : !Pair\n"
               "    mem.store %init, %s\n"
               "    mem.store %a, %t, %0, %0\n"
               "    mem.store %b, %t, %0, %1\n"
               "    mem.store %1, %t, %1, %0\n"
               "    %x = mem.field %s {index = 0} : view<i64, [], row, local>\n"
               "    %y = mem.field %s {index = 1} : view<i64, [], row, local>\n"
               "    loop.for %0, %4, %1 { (%i: i64)\n"
               "        %row = mem.subview %t, %0, %0 {dims = []} : view<i64, [], row, local>\n"
               "        func.call @bump(%row, %i)\n"
               "        %c = arith.cmp %i, %b {predicate = \"lt\"}\n"
               "        if %c {\n"
               "            func.call @bump(%x, %i)\n"
               "            %v = mem.load %t, %0, %1 : i64\n"
               "            mem.store %v, %t, %1, %0\n"
               "            yield\n"
               "        } else {\n"
               "            func.call @bump(%y, %a)\n"
               "            yield\n"
               "        }\n"
               "        yield\n"
               "    }\n"
               "    %vx = mem.load %x : i64\n"
               "    %vy = mem.load %y : i64\n"
               "    %v0 = mem.load %t, %0, %0 : i64\n"
               "    %v1 = mem.load %t, %1, %0 : i64\n"
               "    %100 = arith.const 100 : i64\n"
               "    %r0 = arith.mul %vx, %100 : i64\n"
               "    %r1 = arith.add %r0, %vy : i64\n"
               "    %r2 = arith.mul %r1, %100 : i64\n"
               "    %r3 = arith.add %r2, %v0 : i64\n"
               "    %r4 = arith.mul %r3, %100 : i64\n"
               "    %r5 = arith.add %r4, %v1 : i64\n"
               "    func.return %r5\n"
               "}\n");
}

static void maps_of_few_and_of_many_lanes(void **state) {
    (void)state;
    check_func("func device @g(%a: i64, %b: i64) -> i64 {\n"
               "    %c = arith.cmp %a, %b {predicate = \"lt\"}\n"
               "    if %c {\n"
               "        func.return %b\n"
               "    }\n"
               "    func.return %a\n"
               "}\n"
               "func device @f(%a: i64, %b: i64) -> i64 {\n"
               "    %v = vec.iota : <4 x i64>\n"
               "    %w = vec.map @g(%v, %a) : <4 x i64>\n"
               "    %s = vec.reduce %w {kind = \"add\"} : i64\n"
               "    %x = vec.iota : <16 x i64>\n"
               "    %y = vec.map @g(%x, %b) : <16 x i64>\n"
               "    %t = vec.reduce %y {kind = \"add\"} : i64\n"
               "    %100 = arith.const 1000 : i64\n"
               "    %u = arith.mul %s, %100 : i64\n"
               "    %r = arith.add %u, %t : i64\n"
               "    func.return %r\n"
               "}\n");
}

static void views_of_views(void **state) {
    (void)state;
    check_func("func device @f(%a: i64, %b: i64) -> i64 {\n"
               "    %0 = arith.const 0 : i64\n"
               "    %1 = arith.const 1 : i64\n"
               "    %2 = arith.const 2 : i64\n"
               "    %6 = arith.const 6 : i64\n"
               "    %x = mem.alloc_local : view<i64, 6x8, row, local>\n"
               "    %8 = arith.const 8 : i64\n"
               "    loop.for %0, %6, %1 { (%i: i64)\n"
               "        loop.for %0, %8, %1 { (%j: i64)\n"
               "            %m = arith.mul %i, %8 : i64\n"
               "            %v = arith.add %m, %j : i64\n"
               "            mem.store %v, %x, %i, %j\n"
               "            yield\n"
               "        }\n"
               "        yield\n"
               "    }\n"
               "    %s = mem.subview %x, %1, %2, %2, %6 {dims = [0, 1]} : view<i64, ?x?, strided, local>\n"
               "    %t = mem.transpose %x : view<i64, 8x6, col, local>\n"
               "    %f = mem.reshape %x, %8, %6 : view<i64, ?x?, row, local>\n"
               "    %p = mem.load_bounded %1, %s, %a, %b : i64\n"
               "    %q = mem.load_bounded %2, %t, %b, %a : i64\n"
               "    %r = mem.load_bounded %2, %f, %a, %b : i64\n"
               "    %v4 = mem.load_bounded %2, %x, %a, %b : <4 x i64>\n"
               "    %w4 = mem.load_bounded %1, %s, %a, %b : <4 x i64>\n"
               "    mem.store_bounded %v4, %f, %b, %a\n"
               "    mem.store_bounded %w4, %s, %b, %a\n"
               "    %z = mem.load_bounded %0, %f, %b, %b : <8 x i64>\n"
               "    %c = arith.cmp %a, %b {predicate = \"lt\"}\n"
               "    %chosen = if %c : view<i64, ?x?, strided, local> {\n"
               "        yield %s\n"
               "    } else {\n"
               "        %whole = mem.subview %x, %0, %0, %6, %8 {dims = [0, 1]} : view<i64, ?x?, strided, local>\n"
               "        yield %whole\n"
               "    }\n"
               "    %e = mem.extent %chosen {dim = 1} : i64\n"
               "    %g = mem.load %chosen, %1, %1 : i64\n"
               "    %sz = vec.reduce %z {kind = \"add\"} : i64\n"
               "    %sv = vec.reduce %v4 {kind = \"add\"} : i64\n"
               "    %k0 = arith.mul %p, %8 : i64\n"
               "    %k1 = arith.add %k0, %q : i64\n"
               "    %k2 = arith.mul %k1, %8 : i64\n"
               "    %k3 = arith.add %k2, %r : i64\n"
               "    %k4 = arith.mul %k3, %8 : i64\n"
               "    %k5 = arith.add %k4, %sz : i64\n"
               "    %k6 = arith.mul %k5, %8 : i64\n"
               "    %k7 = arith.add %k6, %sv : i64\n"
               "    %k8 = arith.mul %k7, %8 : i64\n"
               "    %k9 = arith.add %k8, %g : i64\n"
               "    %kA = arith.add %k9, %e : i64\n"
               "    func.return %kA\n"
               "}\n");
}

/* ------------------------------------------------------------------ kernels */

enum { CELLS = 512 };

/* @k(x, y): two row-major tensors of i64, x of [N], y of [N] too. */
typedef struct Launch {
    int64_t n;
    int64_t shape[8];
} Launch;

static void fill(int64_t *x, int64_t *y) {
    for (int64_t i = 0; i < CELLS; i++) {
        x[i] = i * 7919 % 101;
        y[i] = -i;
    }
}

static void launch_plain(Module *module, const Launch *launch, int64_t *x, int64_t *y) {
    InterpView vx = {x, {launch->n}, {1}}, vy = {y, {launch->n}, {1}};
    void *args[] = {&vx, &vy};
    InterpResult r = interp_launch(interp_create(arena, types, 0), find(module, "k"), &launch->n, args, launch->shape);
    if (r.status != INTERP_OK)
        fail_msg("%s\n%s", r.message, printed(module));
}

/* The run function as a kernel of one item, whose arguments are scalars. */
static void run_lowered(Module *module, int64_t *slots, int64_t begin, int64_t end) {
    Func *run = find(module, "k.run");
    run->kind = FUNC_KERNEL;
    run->kernel = arena_new(arena, KernelInfo);
    run->kernel->over_rank = 1;
    const int64_t once[] = {0, 1};
    void *args[] = {&slots, &begin, &end};
    InterpResult r = interp_launch(interp_create(arena, types, 0), run, NULL, args, once);
    if (r.status != INTERP_OK)
        fail_msg("%s\n%s", r.message, printed(module));
}

static void launch_lowered(Module *module, const Launch *launch, uint32_t over, int64_t *x, int64_t *y) {
    int64_t slots[16] = {launch->n, (int64_t)(intptr_t)x, (int64_t)(intptr_t)y}, total = 1;
    for (uint32_t i = 0; i < (over ? 2 * over : 6); i++) {
        bool is_end = over && i % 2 == 1;
        slots[3 + i] = is_end ? launch->shape[i] - launch->shape[i - 1] : launch->shape[i];
        if (over ? is_end : i < 3)
            total *= slots[3 + i];
    }
    /* In two runs, so that one begins in the middle. */
    run_lowered(module, slots, 0, total / 3);
    run_lowered(module, slots, total / 3, total);
}

static const char *const kernel_pipelines[][24] = {
    {"inline", "structure-exits", "flatten-views", "x86-lower"},
    {"inline", "structure-exits", "flatten-views", "x86-lower", "thread-loop"},
    {"expand-map", "inline", "structure-exits", "simplify", "unroll", "promote-local", "cse", "flatten-views", "simplify", "cse", "licm", "dce",
     "x86-lower", "simplify", "cse", "thread-loop", "licm", "trim-loops", "simplify", "cse", "dce"},
};

static void check_kernel(const char *text, const Launch *launch) {
    int64_t plain_x[CELLS], plain_y[CELLS], x[CELLS], y[CELLS];
    Module *plain = parse(text);
    fill(plain_x, plain_y);
    launch_plain(plain, launch, plain_x, plain_y);
    for (size_t p = 0; p < sizeof kernel_pipelines / sizeof kernel_pipelines[0]; p++) {
        Module *lowered = parse(text);
        run_passes(lowered, kernel_pipelines[p]);
        assert_int_equal(diags_errors(diags), 0);
        fill(x, y);
        launch_lowered(lowered, launch, find(lowered, "k")->kernel->over_rank, x, y);
        for (int i = 0; i < CELLS; i++)
            if (x[i] != plain_x[i] || y[i] != plain_y[i])
                fail_msg("pipeline %zu: x[%d] %lld, wanted %lld; y[%d] %lld, wanted %lld\n%s", p, i, (long long)x[i],
                         (long long)plain_x[i], i, (long long)y[i], (long long)plain_y[i], printed(lowered));
    }
}

#define GRID_SHAPE "func host @k.shape(%N: dim) -> i64, i64, i64, i64, i64, i64 {\n" \
                   "    %0 = arith.const 1 : i64\n"                                  \
                   "    func.return %0, %0, %0, %0, %0, %0\n"                        \
                   "}\n"
#define KERNEL(options) "func kernel @k(%N: dim, mut %x: view<i64, ?> [%N], mut %y: view<i64, ?> [%N]) " options " {\n"
#define GRID_KERNEL GRID_SHAPE KERNEL("shape @k.shape")
#define THREAD "    %t = kernel.thread_idx {dim = 0} : i64\n" \
               "    %0 = arith.const 0 : i64\n"               \
               "    %1 = arith.const 1 : i64\n"

static void items_of_one_to_three_sizes(void **state) {
    (void)state;
    const char *one = "func host @k.shape(%N: dim) -> i64, i64 {\n"
                      "    %0 = arith.const 0 : i64\n"
                      "    func.return %0, %N\n"
                      "}\n" KERNEL("over 1 shape @k.shape")
                      "    %i = kernel.item {dim = 0} : i64\n"
                      "    %3 = arith.const 3 : i64\n"
                      "    %m = arith.mod %i, %3 : i64\n"
                      "    %0 = arith.const 0 : i64\n"
                      "    %c = arith.cmp %m, %0 {predicate = \"eq\"}\n"
                      "    if %c {\n"
                      "        func.return\n"
                      "    }\n"
                      "    %v = mem.load %x, %i : i64\n"
                      "    %w = arith.mul %v, %i : i64\n"
                      "    mem.store %w, %y, %i\n"
                      "    func.return\n"
                      "}\n";
    check_kernel(one, &(Launch){.n = 100, .shape = {0, 100}});
    check_kernel(one, &(Launch){.n = 100, .shape = {10, 90}});
    const char *three = "func host @k.shape(%N: dim) -> i64, i64, i64, i64, i64, i64 {\n"
                        "    %0 = arith.const 0 : i64\n"
                        "    func.return %0, %N, %0, %N, %0, %N\n"
                        "}\n" KERNEL("over 3 shape @k.shape")
                        "    %i = kernel.item {dim = 0} : i64\n"
                        "    %j = kernel.item {dim = 1} : i64\n"
                        "    %k = kernel.item {dim = 2} : i64\n"
                        "    %10 = arith.const 10 : i64\n"
                        "    %a = arith.mul %i, %10 : i64\n"
                        "    %b = arith.add %a, %j : i64\n"
                        "    %c = arith.mul %b, %10 : i64\n"
                        "    %d = arith.add %c, %k : i64\n"
                        "    mem.store %c, %y, %d\n"
                        "    func.return\n"
                        "}\n";
    check_kernel(three, &(Launch){.n = 500, .shape = {0, 4, 1, 7, 2, 9}});
    check_kernel(three, &(Launch){.n = 500, .shape = {1, 3, 0, 5, 3, 4}});
}

static void values_live_across_a_barrier(void **state) {
    (void)state;
    check_kernel(GRID_KERNEL THREAD
                 "    %s = mem.alloc_shared {name = \"s\"} : view<i64, 64, row, shared>\n"
                 "    %b = kernel.block_idx {dim = 0} : i64\n"
                 "    %d = kernel.block_dim {dim = 0} : i64\n"
                 "    %bd = arith.mul %b, %d : i64\n"
                 "    %i = arith.add %bd, %t : i64\n"
                 "    %v = mem.load %x, %i : i64\n"
                 "    %w = arith.mul %v, %v : i64\n"
                 "    mem.store %w, %s, %t\n"
                 "    kernel.barrier\n"
                 "    %last = arith.sub %d, %1 : i64\n"
                 "    %r = arith.sub %last, %t : i64\n"
                 "    %u = mem.load %s, %r : i64\n"
                 "    %sum = arith.add %u, %v : i64\n"
                 "    mem.store %sum, %y, %i\n"
                 "    func.return\n"
                 "}\n",
                 &(Launch){.n = 200, .shape = {5, 1, 1, 40, 1, 1}});
}

/* A tree reduction: a uniform loop with a barrier, under it a varying if without one. */
static void barriers_in_a_uniform_loop(void **state) {
    (void)state;
    check_kernel(GRID_KERNEL THREAD
                 "    %2 = arith.const 2 : i64\n"
                 "    %s = mem.alloc_shared {name = \"s\"} : view<i64, 64, row, shared>\n"
                 "    %d = kernel.block_dim {dim = 0} : i64\n"
                 "    %b = kernel.block_idx {dim = 0} : i64\n"
                 "    %bd = arith.mul %b, %d : i64\n"
                 "    %i = arith.add %bd, %t : i64\n"
                 "    %v = mem.load %x, %i : i64\n"
                 "    mem.store %v, %s, %t\n"
                 "    kernel.barrier\n"
                 "    %half = arith.floor_div %d, %2 : i64\n"
                 "    %end, %acc = loop.while %half, %0 : i64, i64 { (%h: i64, %a: i64)\n"
                 "        %c = arith.cmp %h, %0 {predicate = \"gt\"}\n"
                 "        loop.condition %c, %h, %a\n"
                 "    } do { (%h: i64, %a: i64)\n"
                 "        %lower = arith.cmp %t, %h {predicate = \"lt\"}\n"
                 "        %more = if %lower : i64 {\n"
                 "            %o = arith.add %t, %h : i64\n"
                 "            %p = mem.load %s, %t : i64\n"
                 "            %q = mem.load %s, %o : i64\n"
                 "            %pq = arith.add %p, %q : i64\n"
                 "            mem.store %pq, %s, %t\n"
                 "            yield %t\n"
                 "        } else {\n"
                 "            yield %0\n"
                 "        }\n"
                 "        %a2 = arith.add %a, %more : i64\n"
                 "        kernel.barrier\n"
                 "        %h2 = arith.floor_div %h, %2 : i64\n"
                 "        yield %h2, %a2\n"
                 "    }\n"
                 "    %total = mem.load %s, %0 : i64\n"
                 "    %out = arith.add %total, %acc : i64\n"
                 "    mem.store %out, %y, %i\n"
                 "    func.return\n"
                 "}\n",
                 &(Launch){.n = 192, .shape = {3, 1, 1, 64, 1, 1}});
}

/* Carried values that swap, in a counted loop around a barrier; local memory that lives across it. */
static void carried_values_swap_around_a_barrier(void **state) {
    (void)state;
    check_kernel(GRID_KERNEL THREAD
                 "    %5 = arith.const 5 : i64\n"
                 "    %m = mem.alloc_local : view<i64, 4, row, local>\n"
                 "    mem.store %t, %m, %0\n"
                 "    %v = mem.load %x, %t : i64\n"
                 "    %p, %q = loop.for %0, %5, %1, %v, %t : i64, i64 { (%k: i64, %a: i64, %b: i64)\n"
                 "        %o = mem.load %m, %0 : i64\n"
                 "        %o2 = arith.add %o, %k : i64\n"
                 "        kernel.barrier\n"
                 "        mem.store %o2, %m, %0\n"
                 "        yield %b, %a\n"
                 "    }\n"
                 "    %l = mem.load %m, %0 : i64\n"
                 "    %pl = arith.mul %p, %l : i64\n"
                 "    %r = arith.sub %pl, %q : i64\n"
                 "    mem.store %r, %y, %t\n"
                 "    func.return\n"
                 "}\n",
                 &(Launch){.n = 33, .shape = {1, 1, 1, 33, 1, 1}});
}

/* All threads go round alike, but the compiler cannot see it: the bound comes from memory. */
static void a_barrier_under_control_that_is_not_known_to_be_uniform(void **state) {
    (void)state;
    check_kernel(GRID_KERNEL THREAD
                 "    %s = mem.alloc_shared {name = \"s\"} : view<i64, 64, row, shared>\n"
                 "    %n = mem.load %x, %1 : i64\n"
                 "    %7 = arith.const 7 : i64\n"
                 "    %turns = arith.mod %n, %7 : i64\n"
                 "    mem.store %t, %s, %t\n"
                 "    kernel.barrier\n"
                 "    %r = loop.for %0, %turns, %1, %t : i64 { (%k: i64, %a: i64)\n"
                 "        %d = kernel.block_dim {dim = 0} : i64\n"
                 "        %next = arith.add %a, %1 : i64\n"
                 "        %at = arith.mod %next, %d : i64\n"
                 "        %v = mem.load %s, %at : i64\n"
                 "        kernel.barrier\n"
                 "        %vk = arith.add %v, %k : i64\n"
                 "        mem.store %vk, %s, %t\n"
                 "        %even = arith.cmp %n, %0 {predicate = \"gt\"}\n"
                 "        %g = if %even : i64 {\n"
                 "            kernel.barrier\n"
                 "            yield %at\n"
                 "        } else {\n"
                 "            yield %t\n"
                 "        }\n"
                 "        yield %g\n"
                 "    }\n"
                 "    %w = mem.load %s, %t : i64\n"
                 "    %rw = arith.add %r, %w : i64\n"
                 "    mem.store %rw, %y, %t\n"
                 "    func.return\n"
                 "}\n",
                 &(Launch){.n = 50, .shape = {1, 1, 1, 50, 1, 1}});
}

static void collectives_of_block_and_warp(void **state) {
    (void)state;
    check_kernel(GRID_KERNEL THREAD
                 "    %4 = arith.const 4 : i64\n"
                 "    %v = mem.load %x, %t : i64\n"
                 "    %a = kernel.warp %v {kind = \"sum\"} : i64\n"
                 "    %b = kernel.warp %v {kind = \"prefix_sum\"} : i64\n"
                 "    %c = kernel.block %v {kind = \"max\"} : i64\n"
                 "    %d = kernel.block %v {kind = \"prefix_sum\"} : i64\n"
                 "    %e = kernel.shuffle %v, %4 {kind = \"down\"} : i64\n"
                 "    %f = kernel.shuffle %v, %t {kind = \"xor\"} : i64\n"
                 "    %g = kernel.block_broadcast %v, %4 : i64\n"
                 "    %odd = arith.and %v, %1 : i64\n"
                 "    %is_odd = arith.cmp %odd, %1 {predicate = \"eq\"}\n"
                 "    %h = kernel.warp %is_odd {kind = \"ballot\"} : u64\n"
                 "    %any = kernel.block %is_odd {kind = \"any\"} : bool\n"
                 "    %all = kernel.warp %is_odd {kind = \"all\"} : bool\n"
                 "    %lane = kernel.lane_id : i64\n"
                 "    %warp = kernel.warp_id : i64\n"
                 "    %hi = arith.bitcast %h : i64\n"
                 "    %anyi = arith.convert %any : i64\n"
                 "    %alli = arith.convert %all : i64\n"
                 "    %3 = arith.const 3 : i64\n"
                 "    %s0 = arith.mul %a, %3 : i64\n"
                 "    %s1 = arith.add %s0, %b : i64\n"
                 "    %s2 = arith.mul %s1, %3 : i64\n"
                 "    %s3 = arith.add %s2, %c : i64\n"
                 "    %s4 = arith.mul %s3, %3 : i64\n"
                 "    %s5 = arith.add %s4, %d : i64\n"
                 "    %s6 = arith.mul %s5, %3 : i64\n"
                 "    %s7 = arith.add %s6, %e : i64\n"
                 "    %s8 = arith.mul %s7, %3 : i64\n"
                 "    %s9 = arith.add %s8, %f : i64\n"
                 "    %sa = arith.mul %s9, %3 : i64\n"
                 "    %sb = arith.add %sa, %g : i64\n"
                 "    %sc = arith.xor %sb, %hi : i64\n"
                 "    %sd = arith.add %sc, %anyi : i64\n"
                 "    %se = arith.add %sd, %alli : i64\n"
                 "    %sf = arith.mul %se, %3 : i64\n"
                 "    %sg = arith.add %sf, %lane : i64\n"
                 "    %sh = arith.sub %sg, %warp : i64\n"
                 "    mem.store %sh, %y, %t\n"
                 "    func.return\n"
                 "}\n",
                 &(Launch){.n = 75, .shape = {1, 1, 1, 75, 1, 1}});
}

/* Lanes leave a loop one by one; the operations in it see who is left, those after it everybody. */
static void warp_operations_under_divergence(void **state) {
    (void)state;
    check_kernel(GRID_KERNEL THREAD
                 "    %3 = arith.const 3 : i64\n"
                 "    %v = mem.load %x, %t : i64\n"
                 "    %n = arith.mod %t, %3 : i64\n"
                 "    %s = loop.for %0, %t, %n, %0 : i64 { (%i: i64, %a: i64)\n"
                 "        %w = arith.add %v, %i : i64\n"
                 "        %sum = kernel.warp %w {kind = \"sum\"} : i64\n"
                 "        %odd = arith.and %i, %1 : i64\n"
                 "        %c = arith.cmp %odd, %0 {predicate = \"eq\"}\n"
                 "        %p = if %c : i64 {\n"
                 "            %q = kernel.warp %w {kind = \"prefix_sum\"} : i64\n"
                 "            yield %q\n"
                 "        } else {\n"
                 "            %q = kernel.warp %t {kind = \"max\"} : i64\n"
                 "            yield %q\n"
                 "        }\n"
                 "        %b = arith.add %a, %sum : i64\n"
                 "        %b2 = arith.sub %b, %p : i64\n"
                 "        %stop = arith.cmp %b2, %v {predicate = \"gt\"}\n"
                 "        if %stop {\n"
                 "            loop.break %b2\n"
                 "        }\n"
                 "        yield %b2\n"
                 "    }\n"
                 "    %all = kernel.warp %s {kind = \"min\"} : i64\n"
                 "    %r = arith.add %all, %s : i64\n"
                 "    mem.store %r, %y, %t\n"
                 "    func.return\n"
                 "}\n",
                 &(Launch){.n = 70, .shape = {1, 1, 1, 70, 1, 1}});
}

static void blocks_in_three_dims(void **state) {
    (void)state;
    check_kernel(GRID_KERNEL
                 "    %s = mem.alloc_shared {name = \"s\"} : view<i64, 24, row, shared>\n"
                 "    %tx = kernel.thread_idx {dim = 0} : i64\n"
                 "    %ty = kernel.thread_idx {dim = 1} : i64\n"
                 "    %tz = kernel.thread_idx {dim = 2} : i64\n"
                 "    %bx = kernel.block_idx {dim = 0} : i64\n"
                 "    %by = kernel.block_idx {dim = 1} : i64\n"
                 "    %bz = kernel.block_idx {dim = 2} : i64\n"
                 "    %gx = kernel.grid_dim {dim = 0} : i64\n"
                 "    %gy = kernel.grid_dim {dim = 1} : i64\n"
                 "    %2 = arith.const 2 : i64\n"
                 "    %3 = arith.const 3 : i64\n"
                 "    %4 = arith.const 4 : i64\n"
                 "    %23 = arith.const 23 : i64\n"
                 "    %24 = arith.const 24 : i64\n"
                 "    %a = arith.mul %tz, %3 : i64\n"
                 "    %b = arith.add %a, %ty : i64\n"
                 "    %c = arith.mul %b, %4 : i64\n"
                 "    %t = arith.add %c, %tx : i64\n"
                 "    %d = arith.mul %bz, %gy : i64\n"
                 "    %e = arith.add %d, %by : i64\n"
                 "    %f = arith.mul %e, %gx : i64\n"
                 "    %blk = arith.add %f, %bx : i64\n"
                 "    %g = arith.mul %blk, %24 : i64\n"
                 "    %i = arith.add %g, %t : i64\n"
                 "    %v = mem.load %x, %i : i64\n"
                 "    mem.store %v, %s, %t\n"
                 "    kernel.barrier\n"
                 "    %r = arith.sub %23, %t : i64\n"
                 "    %w = mem.load %s, %r : i64\n"
                 "    %wt = arith.mul %w, %t : i64\n"
                 "    mem.store %wt, %y, %i\n"
                 "    func.return\n"
                 "}\n",
                 &(Launch){.n = 288, .shape = {2, 3, 2, 4, 3, 2}});
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(early_returns_keep_their_values),
        cmocka_unit_test(both_sides_may_return),
        cmocka_unit_test(breaks_and_continues_of_a_counted_loop),
        cmocka_unit_test(a_return_out_of_nested_loops),
        cmocka_unit_test(leaving_a_while_loop),
        cmocka_unit_test(a_loop_that_only_a_return_leaves),
        cmocka_unit_test(places_through_calls_ifs_and_loops),
        cmocka_unit_test(maps_of_few_and_of_many_lanes),
        cmocka_unit_test(views_of_views),
        cmocka_unit_test(items_of_one_to_three_sizes),
        cmocka_unit_test(values_live_across_a_barrier),
        cmocka_unit_test(barriers_in_a_uniform_loop),
        cmocka_unit_test(carried_values_swap_around_a_barrier),
        cmocka_unit_test(a_barrier_under_control_that_is_not_known_to_be_uniform),
        cmocka_unit_test(collectives_of_block_and_warp),
        cmocka_unit_test(warp_operations_under_divergence),
        cmocka_unit_test(blocks_in_three_dims),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
