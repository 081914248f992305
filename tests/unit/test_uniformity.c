/* Uniform or varying, value by value: the names say what is expected. */
#include "ir_test.h"

#include "passes/analysis/uniformity.h"

static Uniformity *uniformity;
static UniformityKind kind;
static uint32_t looked_at;

/* A value named %u... must be uniform, one named %v... varying; others are not looked at. */
static void expect(const Value *value) {
    if (!value->name || (value->name[0] != 'u' && value->name[0] != 'v'))
        return;
    looked_at++;
    if (uniformity_varies(uniformity, value) != (value->name[0] == 'v'))
        fail_msg("%%%s is %s (kind %d)", value->name, value->name[0] == 'v' ? "not varying" : "not uniform", kind);
}

static void expect_op(Op *op, void *context) {
    (void)context;
    for (uint32_t i = 0; i < op->result_count; i++)
        expect(op_result(op, i));
    for (uint32_t i = 0; i < op->region_count; i++)
        REGION_FOR_EACH_BLOCK (block, op->regions[i])
            for (uint32_t a = 0; a < block->arg_count; a++)
                expect(block->args[a]);
}

static void check(const char *text, UniformityKind as, uint32_t values) {
    Module *module = parse(text);
    assert_non_null(module);
    kind = as;
    looked_at = 0;
    uniformity = uniformity_compute(t.arena, module_find(module, name("k")), as);
    region_walk(module_find(module, name("k"))->body, expect_op, NULL);
    assert_int_equal(looked_at, values);
}

static void arithmetic_follows_its_operands(void **state) {
    (void)state;
    const char *text = "func kernel @k(%n: i64) {\n"
                       "    %vt = kernel.thread_idx {dim = 0} : i64\n"
                       "    %vlane = kernel.lane_id : i64\n"
                       "    %ub = kernel.block_idx {dim = 0} : i64\n"
                       "    %u1 = arith.add %ub, %n : i64\n"
                       "    %v1 = arith.add %u1, %vt : i64\n"
                       "    %usum = kernel.block %v1 {kind = \"sum\"} : i64\n"
                       "    %vscan = kernel.block %v1 {kind = \"prefix_sum\"} : i64\n"
                       "    %vwarp = kernel.warp %v1 {kind = \"sum\"} : i64\n"
                       "    %u2 = arith.mul %usum, %u1 : i64\n"
                       "    func.return\n"
                       "}\n";
    check(text, UNIFORM_FOR_GANG, 9);
    check(text, UNIFORM_FOR_BLOCK, 9);
}

static void varying_control_decides_what_comes_out(void **state) {
    (void)state;
    check("func kernel @k(%n: i64, %c: bool) {\n"
          "    %vt = kernel.thread_idx {dim = 0} : i64\n"
          "    %vc = arith.cmp %vt, %n {predicate = \"lt\"}\n"
          "    %vr = if %vc : i64 {\n"
          "        %u1 = arith.add %n, %n : i64\n"
          "        yield %u1\n"
          "    } else {\n"
          "        yield %n\n"
          "    }\n"
          "    %ur, %vs = if %c : i64, i64 {\n"
          "        yield %n, %vt\n"
          "    } else {\n"
          "        yield %n, %n\n"
          "    }\n"
          "    func.return\n"
          "}\n", UNIFORM_FOR_GANG, 6);
}

/* A fact goes round a loop: %vb is uniform in the first turn only. */
static void loops_carry_facts_back(void **state) {
    (void)state;
    check("func kernel @k(%n: i64) {\n"
          "    %vt = kernel.thread_idx {dim = 0} : i64\n"
          "    %0 = arith.const 0 : i64\n"
          "    %1 = arith.const 1 : i64\n"
          "    %u0, %v1, %v2 = loop.for %0, %n, %1, %n, %vt, %n : i64, i64, i64 { (%ui: i64, %ua: i64, %va: i64, %vb: i64)\n"
          "        %ua2 = arith.add %ua, %ui : i64\n"
          "        yield %ua2, %va, %va\n"
          "    }\n"
          "    %v3 = loop.for %0, %vt, %1, %n : i64 { (%vi: i64, %vc: i64)\n"
          "        yield %vc\n"
          "    }\n"
          "    %v4 = loop.while %n : i64 { (%vk: i64)\n"
          "        %vm = arith.cmp %vk, %vt {predicate = \"lt\"}\n"
          "        loop.condition %vm, %vk\n"
          "    } do { (%vk2: i64)\n"
          "        %vk3 = arith.add %vk2, %1 : i64\n"
          "        yield %vk3\n"
          "    }\n"
          "    func.return\n"
          "}\n", UNIFORM_FOR_GANG, 17);
}

static void memory_that_nobody_writes(void **state) {
    (void)state;
    const char *text = "func kernel @k(%x: view<i64, 64>, mut %y: view<i64, 64>, %n: i64) {\n"
                       "    %t = kernel.thread_idx {dim = 0} : i64\n"
                       "    %ux = mem.load %x, %n : i64\n"
                       "    %vx = mem.load %x, %t : i64\n"
                       "    %vy = mem.load %y, %n : i64\n"
                       "    func.return\n"
                       "}\n";
    check(text, UNIFORM_FOR_GANG, 3);
}

/* What the block is to compute once must not have an effect, whatever it gives. */
static void an_effect_keeps_a_value_from_the_block(void **state) {
    (void)state;
    const char *text = "func kernel @k(mut %y: view<i64, 64>, %n: i64, %c: bool) {\n"
                       "    %t = kernel.thread_idx {dim = 0} : i64\n"
                       "    %upure = if %c : i64 {\n"
                       "        yield %n\n"
                       "    } else {\n"
                       "        yield %n\n"
                       "    }\n"
                       "    %vstores = if %c : i64 {\n"
                       "        mem.store %n, %y, %t\n"
                       "        yield %n\n"
                       "    } else {\n"
                       "        yield %n\n"
                       "    }\n"
                       "    %umeets = if %c : i64 {\n"
                       "        mem.store %n, %y, %t\n"
                       "        kernel.barrier\n"
                       "        yield %n\n"
                       "    } else {\n"
                       "        yield %n\n"
                       "    }\n"
                       "    func.return\n"
                       "}\n";
    check(text, UNIFORM_FOR_BLOCK, 3);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arithmetic_follows_its_operands),
        cmocka_unit_test(varying_control_decides_what_comes_out),
        cmocka_unit_test(loops_carry_facts_back),
        cmocka_unit_test(memory_that_nobody_writes),
        cmocka_unit_test(an_effect_keeps_a_value_from_the_block),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
