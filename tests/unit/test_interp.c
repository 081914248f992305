/* The interpreter on pieces of IR: control flow, calls, memory, steps, and threads that meet. */
#include "ir/interp.h"
#include "ir/print.h"
#include "ir/verify.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

static Arena *arena;
static Interner *names;
static Types *types;
static Sources *sources;

static int set_up(void **state) {
    arena = arena_create();
    names = interner_create(arena);
    types = types_create(arena, names);
    sources = sources_create(arena);
    return 0;
}

static int tear_down(void **state) {
    arena_destroy(arena);
    return 0;
}

static Module *parse(const char *text) {
    Diags *diags = diags_create(arena, sources);
    SourceFile *file = sources_add(sources, "test.ir", text, strlen(text));
    Module *module = module_parse(arena, types, names, sources, diags, file);
    if (!module) {
        Text out = {.arena = arena};
        diags_render(diags, DIAG_TEXT, &out);
        fail_msg("%s", text_cstr(&out));
    }
    return module;
}

static Func *find(Module *module, const char *name) {
    return module_find(module, intern_cstr(names, name));
}

/* Calls @f with i64s; gives its one i64. */
static int64_t call(const char *text, int count, ...) {
    Module *module = parse(text);
    const Attr *args[8], *result = NULL;
    va_list list;
    va_start(list, count);
    for (int i = 0; i < count; i++)
        args[i] = attr_i64(types, va_arg(list, int64_t));
    va_end(list);
    InterpResult r = interp_call(interp_create(arena, types, 0), find(module, "f"), args,
                                 (uint32_t)count, &result);
    if (r.status != INTERP_OK)
        fail_msg("%s", r.message);
    return attr_as_i64(result);
}

static void ifs_loops_and_exits(void **state) {
    const char *text =
        "func device @f(%n: i64, %stop: i64) -> i64 {\n"
        "    %0 = arith.const 0 : i64\n"
        "    %1 = arith.const 1 : i64\n"
        "    %2 = arith.const 2 : i64\n"
        "    %s = loop.for %0, %n, %1, %0 : i64 { (%i: i64, %a: i64)\n"
        "        %past = arith.cmp %i, %stop {predicate = \"eq\"}\n"
        "        if %past {\n"
        "            loop.break %a\n"
        "        }\n"
        "        %rest = arith.mod %i, %2 : i64\n"
        "        %odd = arith.cmp %rest, %1 {predicate = \"eq\"}\n"
        "        if %odd {\n"
        "            loop.continue %a\n"
        "        }\n"
        "        %b = arith.add %a, %i : i64\n"
        "        yield %b\n"
        "    }\n"
        "    %big = arith.const 1000 : i64\n"
        "    %c = arith.cmp %s, %big {predicate = \"gt\"}\n"
        "    if %c {\n"
        "        func.return %big\n"
        "    }\n"
        "    func.return %s\n"
        "}\n";
    assert_int_equal(call(text, 2, (int64_t)10, (int64_t)100), 20);
    assert_int_equal(call(text, 2, (int64_t)10, (int64_t)5), 6);
    assert_int_equal(call(text, 2, (int64_t)100, (int64_t)100), 1000);
    assert_int_equal(call(text, 2, (int64_t)-3, (int64_t)0), 0);
}

static void carried_values_are_passed_all_at_once(void **state) {
    /* fib by swapping, in both kinds of loop */
    assert_int_equal(
        call("func device @f(%n: i64) -> i64 {\n"
             "    %0 = arith.const 0 : i64\n"
             "    %1 = arith.const 1 : i64\n"
             "    %x, %y = loop.for %0, %n, %1, %0, %1 : i64, i64 { (%i: i64, %a: i64, %b: i64)\n"
             "        %c = arith.add %a, %b : i64\n"
             "        yield %b, %c\n"
             "    }\n"
             "    func.return %x\n"
             "}\n",
             1, (int64_t)50),
        12586269025);
    assert_int_equal(
        call(
            "func device @f(%n: i64) -> i64 {\n"
            "    %0 = arith.const 0 : i64\n"
            "    %1 = arith.const 1 : i64\n"
            "    %p, %q, %r = loop.while %n, %0, %1 : i64, i64, i64 { (%k: i64, %a: i64, %b: i64)\n"
            "        %more = arith.cmp %k, %0 {predicate = \"gt\"}\n"
            "        loop.condition %more, %b, %a, %k\n"
            "    } do { (%b: i64, %a: i64, %k: i64)\n"
            "        %c = arith.add %a, %b : i64\n"
            "        %k2 = arith.sub %k, %1 : i64\n"
            "        yield %k2, %b, %c\n"
            "    }\n"
            "    func.return %q\n"
            "}\n",
            1, (int64_t)50),
        12586269025);
}

static const char fib[] =
    "func device @f(%n: i64) -> i64 {\n"
    "    %1 = arith.const 1 : i64\n"
    "    %2 = arith.const 2 : i64\n"
    "    %small = arith.cmp %n, %2 {predicate = \"lt\"}\n"
    "    if %small {\n"
    "        func.return %n\n"
    "    }\n"
    "    %a = arith.sub %n, %1 : i64\n"
    "    %b = arith.sub %n, %2 : i64\n"
    "    %x = func.call @f(%a) : i64\n"
    "    %y = func.call @f(%b) : i64\n"
    "    %z = arith.add %x, %y : i64\n"
    "    func.return %z\n"
    "}\n";

static void functions_call_themselves(void **state) {
    assert_int_equal(call(fib, 1, (int64_t)20), 6765);
}

static void recursion_without_an_end_fails(void **state) {
    Module *module = parse("func device @f(%n: i64) -> i64 {\n"
                           "    %0 = func.call @f(%n) : i64\n"
                           "    func.return %0\n"
                           "}\n");
    const Attr *arg = attr_i64(types, 1), *result;
    InterpResult r =
        interp_call(interp_create(arena, types, 0), find(module, "f"), &arg, 1, &result);
    assert_int_equal(r.status, INTERP_FAILED);
}

static void the_step_limit_names_the_loop(void **state) {
    const char *text = "func device @f(%n: i64) -> i64 {\n"
                       "    %0 = arith.const 0 : i64\n"
                       "    %x = loop.while %n : i64 { (%a: i64)\n"
                       "        %more = arith.cmp %a, %0 {predicate = \"ne\"}\n"
                       "        loop.condition %more, %a\n"
                       "    } do { (%b: i64)\n"
                       "        %c = func.call @step(%b) : i64\n"
                       "        yield %c\n"
                       "    }\n"
                       "    func.return %x\n"
                       "}\n"
                       "func device @step(%n: i64) -> i64 {\n"
                       "    %1 = arith.const 1 : i64\n"
                       "    %0 = arith.add %n, %1 : i64\n"
                       "    func.return %0\n"
                       "}\n";
    Module *module = parse(text);
    const Attr *arg = attr_i64(types, 1), *result;
    clock_t start = clock();
    InterpResult r =
        interp_call(interp_create(arena, types, 10000000), find(module, "f"), &arg, 1, &result);
    double seconds = (double)(clock() - start) / CLOCKS_PER_SEC;
    assert_int_equal(r.status, INTERP_STEP_LIMIT);
    assert_int_equal(source_position(sources, r.where.file, r.where.start).line, 3);
    assert_true(seconds < 2);
    print_message("10 million steps: %.3f s\n", seconds);
}

static void values_of_every_kind_pass_through(void **state) {
    Module *module = parse("struct !P {x: f32, y: (i8, <4 x u16>)}\n"
                           "func device @f(%p: !P, %h: f16) -> (f16, !P, u16) {\n"
                           "    %y = agg.get %p {index = 1} : (i8, <4 x u16>)\n"
                           "    %v = agg.get %y {index = 1} : <4 x u16>\n"
                           "    %w = arith.add %v, %v : <4 x u16>\n"
                           "    %y2 = agg.set %y, %w {index = 1} : (i8, <4 x u16>)\n"
                           "    %p2 = agg.set %p, %y2 {index = 1} : !P\n"
                           "    %s = vec.reduce %w {kind = \"add\"} : u16\n"
                           "    %h2 = arith.mul %h, %h : f16\n"
                           "    %r = agg.make %h2, %p2, %s : (f16, !P, u16)\n"
                           "    func.return %r\n"
                           "}\n");
    Func *f = find(module, "f");
    const Type *p = func_entry(f)->args[0]->type;
    const Attr *lanes[4];
    for (uint32_t i = 0; i < 4; i++)
        lanes[i] = attr_int(types, types->u16, 0x4000u + i);
    const Attr *inner[2] = {attr_int(types, types->i8, (uint64_t)-3),
                            attr_list(types, p->fields[1]->fields[1], lanes, 4)};
    const Attr *outer[2] = {attr_float(types, types->f32, 1.5),
                            attr_list(types, p->fields[1], inner, 2)};
    const Attr *args[2] = {attr_list(types, p, outer, 2), attr_float(types, types->f16, 0.1)},
               *result;
    InterpResult r = interp_call(interp_create(arena, types, 0), f, args, 2, &result);
    assert_int_equal(r.status, INTERP_OK);
    assert_ptr_equal(
        result->items[0],
        attr_float(types, types->f16, attr_as_double(args[1]) * attr_as_double(args[1])));
    assert_int_equal(attr_as_i64(result->items[1]->items[1]->items[0]), -3);
    assert_int_equal(result->items[1]->items[1]->items[1]->items[3]->bits, 0x8006);
    assert_int_equal(result->items[2]->bits, 12);
}

static void a_map_calls_for_each_lane(void **state) {
    assert_int_equal(call("func device @f(%n: i64) -> i64 {\n"
                          "    %v = vec.iota : <8 x i64>\n"
                          "    %w = vec.map @g(%v, %n) : <8 x i64>\n"
                          "    %s = vec.reduce %w {kind = \"add\"} : i64\n"
                          "    func.return %s\n"
                          "}\n"
                          "func device @g(%a: i64, %b: i64) -> i64 {\n"
                          "    %c = arith.cmp %a, %b {predicate = \"lt\"}\n"
                          "    if %c {\n"
                          "        func.return %b\n"
                          "    }\n"
                          "    func.return %a\n"
                          "}\n", 1, (int64_t)5), 5 * 5 + 5 + 6 + 7);
}

static void local_memory_holds_what_is_stored(void **state) {
    const char *text = "func device @f(%i: i64) -> i64 {\n"
                       "    %x = mem.alloc_local : view<i64, 4, row, local>\n"
                       "    %2 = arith.const 2 : i64\n"
                       "    %7 = arith.const 7 : i64\n"
                       "    mem.store %7, %x, %2\n"
                       "    %y = mem.load %x, %i : i64\n"
                       "    func.return %y\n"
                       "}\n";
    assert_int_equal(call(text, 1, (int64_t)2), 7);
    const Attr *arg = attr_i64(types, 4), *result;
    InterpResult r =
        interp_call(interp_create(arena, types, 0), find(parse(text), "f"), &arg, 1, &result);
    assert_int_equal(r.status, INTERP_FAILED);
    assert_string_equal(r.message, "index 4 is out of range: dim 0 has 4");
}

static void a_failed_assert_carries_its_message(void **state) {
    Module *module =
        parse("func device @f(%n: i64) -> i64 {\n"
              "    %0 = arith.const 0 : i64\n"
              "    %c = arith.cmp %n, %0 {predicate = \"gt\"}\n"
              "    func.assert %c, %n {parts = [\"n is \", \"03d\", \", too small\"]}\n"
              "    func.return %n\n"
              "}\n");
    const Attr *arg = attr_i64(types, -5), *result;
    InterpResult r =
        interp_call(interp_create(arena, types, 0), find(module, "f"), &arg, 1, &result);
    assert_int_equal(r.status, INTERP_FAILED);
    assert_string_equal(r.message, "n is -05, too small");
    assert_int_equal(source_position(sources, r.where.file, r.where.start).line, 4);
}

/* Kernels. */

static void launch(const char *text, const int64_t *dims, void **args, const int64_t *shape) {
    Module *module = parse(text);
    InterpResult r =
        interp_launch(interp_create(arena, types, 0), find(module, "k"), dims, args, shape);
    if (r.status != INTERP_OK)
        fail_msg("%s", r.message);
}

static void items_run_over_their_domain(void **state) {
    float a = 2, x[6], y[6];
    for (int i = 0; i < 6; i++)
        x[i] = (float)i, y[i] = 1;
    InterpView vx = {x, {2, 3}, {3, 1}}, vy = {y, {2, 3}, {3, 1}};
    void *args[] = {&a, &vx, &vy};
    const int64_t dims[] = {2, 3}, shape[] = {0, 2, 1, 3};
    launch("func kernel @k(%M: dim, %N: dim, %a: f32, %x: view<f32, ?x?> [%M, %N], mut %y: "
           "view<f32, ?x?> [%M, %N]) over 2 {\n"
           "    %i = kernel.item {dim = 0} : i64\n"
           "    %j = kernel.item {dim = 1} : i64\n"
           "    %0 = mem.load %x, %i, %j : f32\n"
           "    %1 = mem.load %y, %i, %j : f32\n"
           "    %2 = arith.fma %a, %0, %1 : f32\n"
           "    mem.store %2, %y, %i, %j\n"
           "    func.return\n"
           "}\n",
           dims, args, shape);
    const float wanted[] = {1, 3, 5, 1, 9, 11};
    assert_memory_equal(y, wanted, sizeof y);
}

/* Reverses a block through shared memory; each thread must see what the others wrote. */
static void threads_meet_at_barriers(void **state) {
    int32_t x[96];
    for (int i = 0; i < 96; i++)
        x[i] = i;
    InterpView view = {x, {96}, {1}};
    void *args[] = {&view};
    const int64_t dims[] = {96}, shape[] = {2, 1, 1, 48, 1, 1};
    launch("func kernel @k(%N: dim, mut %x: view<i32, ?> [%N]) {\n"
           "    %s = mem.alloc_shared {name = \"s\"} : view<i32, 48, row, shared>\n"
           "    %t = kernel.thread_idx {dim = 0} : i64\n"
           "    %b = kernel.block_idx {dim = 0} : i64\n"
           "    %d = kernel.block_dim {dim = 0} : i64\n"
           "    %bd = arith.mul %b, %d : i64\n"
           "    %i = arith.add %bd, %t : i64\n"
           "    %v = mem.load %x, %i : i32\n"
           "    mem.store %v, %s, %t\n"
           "    kernel.barrier\n"
           "    %47 = arith.const 47 : i64\n"
           "    %r = arith.sub %47, %t : i64\n"
           "    %w = mem.load %s, %r : i32\n"
           "    mem.store %w, %x, %i\n"
           "    func.return\n"
           "}\n", dims, args, shape);
    for (int i = 0; i < 96; i++)
        assert_int_equal(x[i], i / 48 * 48 + 47 - i % 48);
}

/* A warp operation in a loop that lanes leave at different turns, and one after it, where all meet
 * again. */
static void warp_operations_see_who_comes_with_them(void **state) {
    int64_t x[64];
    InterpView view = {x, {64}, {1}};
    void *args[] = {&view};
    const int64_t dims[] = {64}, shape[] = {1, 1, 1, 32, 1, 1};
    launch("func kernel @k(%N: dim, mut %x: view<i64, ?> [%N]) {\n"
           "    %t = kernel.thread_idx {dim = 0} : i64\n"
           "    %0 = arith.const 0 : i64\n"
           "    %1 = arith.const 1 : i64\n"
           "    %32 = arith.const 32 : i64\n"
           "    %s = loop.for %0, %t, %1, %0 : i64 { (%i: i64, %a: i64)\n"
           "        %c = arith.mod %t, %32 : i64\n"
           "        %n = kernel.warp %1 {kind = \"sum\"} : i64\n"
           "        %b = arith.add %a, %n : i64\n"
           "        yield %b\n"
           "    }\n"
           "    %all = kernel.warp %1 {kind = \"sum\"} : i64\n"
           "    mem.store %s, %x, %t\n"
           "    %t2 = arith.add %t, %32 : i64\n"
           "    mem.store %all, %x, %t2\n"
           "    func.return\n"
           "}\n", dims, args, shape);
    for (int64_t t = 0; t < 32; t++) {
        int64_t sum = 0;
        for (int64_t turn = 0; turn < t; turn++)
            sum += 31 - turn; /* the lanes above `turn` are still in the loop */
        assert_int_equal(x[t], sum);
        assert_int_equal(x[32 + t], 32);
    }
}

/* Lanes 16 apart first: sums in the order of the contract, to the bit. */
static float warp_tree(const float *v) {
    float level[32];
    memcpy(level, v, sizeof level);
    for (int apart = 16; apart > 0; apart /= 2)
        for (int i = 0; i < apart; i++)
            level[i] = level[i] + level[i + apart];
    return level[0];
}

static void sums_have_the_shape_of_the_contract(void **state) {
    float x[64], sums[64], prefixes[64], total[64];
    for (int i = 0; i < 64; i++)
        x[i] = sinf((float)i * 1.7f) * expf((float)(i % 13));
    InterpView vx = {x, {64}, {1}}, vs = {sums, {64}, {1}}, vp = {prefixes, {64}, {1}},
               vt = {total, {64}, {1}};
    void *args[] = {&vx, &vs, &vp, &vt};
    const int64_t dims[] = {64}, shape[] = {1, 1, 1, 64, 1, 1};
    launch("func kernel @k(%N: dim, %x: view<f32, ?> [%N], out %s: view<f32, ?> [%N], out %p: "
           "view<f32, ?> [%N], out %t: view<f32, ?> [%N]) {\n"
           "    %i = kernel.thread_idx {dim = 0} : i64\n"
           "    %v = mem.load %x, %i : f32\n"
           "    %a = kernel.warp %v {kind = \"sum\"} : f32\n"
           "    %b = kernel.warp %v {kind = \"prefix_sum\"} : f32\n"
           "    %c = kernel.block %v {kind = \"sum\"} : f32\n"
           "    mem.store %a, %s, %i\n"
           "    mem.store %b, %p, %i\n"
           "    mem.store %c, %t, %i\n"
           "    func.return\n"
           "}\n",
           dims, args, shape);
    float scan[32];
    memcpy(scan, x, sizeof scan);
    for (int apart = 1; apart < 32; apart *= 2)
        for (int i = 31; i >= apart; i--)
            scan[i] = scan[i - apart] + scan[i];
    for (int i = 0; i < 64; i++) {
        assert_true(sums[i] == warp_tree(x + i / 32 * 32));
        assert_true(total[i] == warp_tree(x) + warp_tree(x + 32));
    }
    assert_memory_equal(prefixes, scan, sizeof scan);
}

static void shuffles_give_ones_own_value_outside(void **state) {
    int32_t x[40];
    InterpView view = {x, {40}, {1}};
    void *args[] = {&view};
    const int64_t dims[] = {40}, shape[] = {1, 1, 1, 40, 1, 1};
    launch("func kernel @k(%N: dim, mut %x: view<i32, ?> [%N]) {\n"
           "    %i = kernel.thread_idx {dim = 0} : i64\n"
           "    %v = arith.convert %i : i32\n"
           "    %4 = arith.const 4 : i64\n"
           "    %w = kernel.shuffle %v, %4 {kind = \"down\"} : i32\n"
           "    mem.store %w, %x, %i\n"
           "    func.return\n"
           "}\n", dims, args, shape);
    for (int i = 0; i < 40; i++)
        assert_int_equal(x[i], i < 28 || (i >= 32 && i < 36) ? i + 4 : i);
}

static void a_barrier_that_some_do_not_reach_fails(void **state) {
    Module *module = parse("func kernel @k() {\n"
                           "    %i = kernel.thread_idx {dim = 0} : i64\n"
                           "    %4 = arith.const 4 : i64\n"
                           "    %c = arith.cmp %i, %4 {predicate = \"lt\"}\n"
                           "    if %c {\n"
                           "        kernel.barrier\n"
                           "        yield\n"
                           "    }\n"
                           "    func.return\n"
                           "}\n");
    const int64_t shape[] = {1, 1, 1, 8, 1, 1};
    InterpResult r =
        interp_launch(interp_create(arena, types, 0), find(module, "k"), NULL, NULL, shape);
    assert_int_equal(r.status, INTERP_FAILED);
    assert_string_equal(r.message, "kernel.barrier is not reached by all threads of the block");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ifs_loops_and_exits),
        cmocka_unit_test(carried_values_are_passed_all_at_once),
        cmocka_unit_test(functions_call_themselves),
        cmocka_unit_test(recursion_without_an_end_fails),
        cmocka_unit_test(the_step_limit_names_the_loop),
        cmocka_unit_test(values_of_every_kind_pass_through),
        cmocka_unit_test(a_map_calls_for_each_lane),
        cmocka_unit_test(local_memory_holds_what_is_stored),
        cmocka_unit_test(a_failed_assert_carries_its_message),
        cmocka_unit_test(items_run_over_their_domain),
        cmocka_unit_test(threads_meet_at_barriers),
        cmocka_unit_test(warp_operations_see_who_comes_with_them),
        cmocka_unit_test(sums_have_the_shape_of_the_contract),
        cmocka_unit_test(shuffles_give_ones_own_value_outside),
        cmocka_unit_test(a_barrier_that_some_do_not_reach_fails),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
