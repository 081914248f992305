/* Compiled arithmetic against eval.c, bit for bit: every arithmetic op on every scalar type, as scalars and as
 * vectors of four, over values that matter and random ones, through the JIT, with and without optimisation, with and
 * without FMA in hardware. A NaN is any NaN. Control flow,
 * vectors and structs against the interpreter. And what becomes of code generation that fails. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "driver/load_codegen.h"
#include "ir/builder.h"
#include "ir/eval.h"
#include "ir/interp.h"
#include "ir/print.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { COUNT = 1024, MAX_CASES = 1500 };

static Arena *arena;
static Interner *names;
static Types *types;
static Module *module;

typedef struct Case {
    Opcode code;
    const Type *type, *result;
    const char *predicate;
    uint32_t lanes;
    const char *symbol;
} Case;

static Case cases[MAX_CASES];
static uint32_t case_count;

typedef void (*Compiled)(const void *a, const void *b, const void *c, void *out, int64_t n);

static int set_up(void **state) {
    arena = arena_create();
    names = interner_create(arena);
    types = types_create(arena, names);
    return 0;
}

static int tear_down(void **state) {
    arena_destroy(arena);
    return 0;
}

/* ---- the functions ---- */

static Value *build_case_op(Builder *b, const Case *c, Value **in) {
    const Type *result = type_vector(types, c->result, c->lanes);
    if (c->predicate)
        return build_cmp(b, c->predicate, in[0], in[1]);
    switch (op_info[c->code].operands) {
    case 1: return build_typed(b, c->code, result, in, 1);
    case 2: return build2(b, c->code, in[0], in[1]);
    default: return build3(b, c->code, in[0], in[1], in[2]);
    }
}

/* for i in range(0, n, lanes): out[i] = op(a[i], b[i], c[i]) */
static void build_case(Case *c) {
    char text[64];
    snprintf(text, sizeof text, "case_%u", case_count);
    c->symbol = intern_cstr(names, text);
    const Type *in_ptr = type_ptr(types, c->type, SPACE_GLOBAL), *out_ptr = type_ptr(types, c->result, SPACE_GLOBAL);
    FuncArg args[5] = {{.type = in_ptr}, {.type = in_ptr}, {.type = in_ptr}, {.type = out_ptr}, {.type = types->i64}};
    for (int i = 0; i < 5; i++)
        args[i].name = intern_cstr(names, (const char *[]){"a", "b", "c", "out", "n"}[i]);
    Func *func = func_create(module, FUNC_DEVICE, c->symbol, NULL, 0, args, 5, NULL, 0);
    func->level = LEVEL_VECTOR;
    func->export_name = c->symbol;
    Builder b = builder_at_end(module, func_entry(func));
    Value *bounds[3] = {build_i64(&b, 0), func_arg(func, 4), build_i64(&b, c->lanes)};
    Op *loop = build_op(&b, OP_LOOP_FOR, bounds, 3, NULL, 0, 1);
    Block *body = region_entry(op_region(loop, 0));
    if (!body) {
        body = block_create(module);
        region_append(op_region(loop, 0), body);
    }
    Value *i = body->arg_count ? body->args[0] : block_add_arg(module, body, types->i64);
    Builder in = builder_at_end(module, body);
    Value *loaded[3];
    for (uint32_t k = 0; k < 3; k++) {
        Value *place[2] = {func_arg(func, k), i};
        loaded[k] = build_typed(&in, OP_MEM_PTR_LOAD, type_vector(types, c->type, c->lanes), place, 2);
    }
    Value *stored[3] = {build_case_op(&in, c, loaded), func_arg(func, 3), i};
    build_op(&in, OP_MEM_PTR_STORE, stored, 3, NULL, 0, 0);
    build_yield(&in, NULL, 0);
    build_op(&b, OP_FUNC_RETURN, NULL, 0, NULL, 0, 0);
}

static void add_case(Opcode code, const Type *type, const Type *result, const char *predicate, uint32_t lanes) {
    assert_true(case_count < MAX_CASES);
    Case *c = &cases[case_count];
    *c = (Case){code, type, result, predicate, lanes, NULL};
    build_case(c);
    case_count++;
}

/* Whether eval.c gives the op a meaning on the type. */
static bool has_meaning(Opcode code, const Type *type) {
    Scalar operands[3] = {{.bits = 0}, {.bits = 0}, {.bits = 0}}, result;
    return type->kind != TYPE_BOOL && eval_scalar(code, type, type, NULL, operands, &result);
}

static void add_cases_of(const Type *type, uint32_t lanes) {
    static const char *const predicates[] = {"eq", "ne", "lt", "le", "gt", "ge"};
    for (Opcode code = OP_ARITH_ADD; code <= OP_MATH_COPYSIGN; code++) {
        bool special = code == OP_ARITH_CMP || code == OP_ARITH_SELECT || code == OP_ARITH_CONVERT || code == OP_ARITH_BITCAST ||
                       code == OP_ARITH_RANGE_TRIPS;
        if (!special && has_meaning(code, type))
            add_case(code, type, type, NULL, lanes);
    }
    for (size_t i = 0; i < 6 && type_class(type) != CLASS_STORAGE_FLOAT; i++)
        add_case(OP_ARITH_CMP, type, types->boolean, predicates[i], lanes);
    if (type_is_float(type)) {
        add_case(OP_MATH_IS_NAN, type, types->boolean, NULL, lanes);
        add_case(OP_MATH_IS_INF, type, types->boolean, NULL, lanes);
    }
    if (type_is_integer(type) && lanes == 1)
        add_case(OP_ARITH_RANGE_TRIPS, type, types->i64, NULL, lanes);
    for (uint32_t to = 0; to < TYPE_NONE; to++)
        if (types->scalars[to] != type)
            add_case(OP_ARITH_CONVERT, type, types->scalars[to], NULL, lanes);
}

/* ---- operands ---- */

static uint64_t random_state;

static uint64_t random_bits(void) {
    random_state = random_state * 6364136223846793005ull + 1442695040888963407ull;
    uint64_t x = random_state ^ random_state >> 29;
    return x * 0x9e3779b97f4a7c15ull ^ x >> 31;
}

static uint64_t special_value(const Type *type, uint32_t i) {
    static const double reals[] = {0.0, -0.0, 1.0, -1.0, 0.5, 1.5, 2.5, -2.5, 3.0, -3.0, 7.0, 1e-45, 5.9e-8, -6.1e-5, 464.0, 448.0, 480.0,
                                   65504.0, 65520.0, 3.4e38, -3.4e38, 1e300, 2147483648.0, -2147483649.0, 4294967296.0, 9.3e18, 1.9e19, 0.1};
    static const uint64_t whole[] = {0, 1, 2, 3, 5, 7, 8, 16, 31, 32, 63, 64, 100, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fffffff,
                                     0x80000000, 0xffffffff, 1ull << 53, (1ull << 53) + 1, 0x7fffffffffffffff, 1ull << 63, ~0ull, ~1ull};
    if (type->kind == TYPE_BOOL)
        return i & 1;
    if (type_class(type) == CLASS_FLOAT || type_class(type) == CLASS_STORAGE_FLOAT) {
        if (i % 32 >= sizeof reals / sizeof reals[0])
            return eval_from_double(type, i % 4 == 0 ? INFINITY : i % 4 == 1 ? -INFINITY : NAN);
        return eval_from_double(type, reals[i % 32]);
    }
    return whole[i % (sizeof whole / sizeof whole[0])];
}

/* Random bits of every length, so that small and large numbers, and all exponents, come. */
static uint64_t random_value(const Type *type) {
    uint64_t bits = random_bits();
    if (type->kind == TYPE_BOOL)
        return bits >> 40 & 1;
    if (type_is_integer(type))
        return (bits & 1) ? bits >> 8 >> (random_bits() % 56) : 0 - (bits >> 8 >> (random_bits() % 56));
    if (bits % 3 == 0)
        return eval_from_double(type, (double)(int64_t)(random_bits() % 4001 - 2000) / 8);
    return random_bits() >> 7;
}

static uint64_t operand_bits(const Type *type, uint32_t which, uint32_t i) {
    uint32_t stride = which == 0 ? i : which == 1 ? i / 32 : i / 7 + 3;
    return i < COUNT / 2 || (i & 3) == which ? special_value(type, stride) : random_value(type);
}

static void fill(const Type *type, uint32_t which, uint8_t *bytes) {
    uint32_t size = (uint32_t)type_size(type);
    for (uint32_t i = 0; i < COUNT; i++) {
        uint64_t bits = operand_bits(type, which, i);
        memcpy(bytes + i * size, &bits, size);
    }
}

/* As a Scalar: extended by its type. */
static uint64_t element(const Type *type, const uint8_t *bytes, uint32_t i) {
    uint64_t bits = 0;
    memcpy(&bits, bytes + i * type_size(type), type_size(type));
    return type_is_integer(type) ? attr_int(types, type, bits)->bits : bits;
}

/* ---- comparison ---- */

static bool is_nan_of(const Type *type, uint64_t bits) {
    ScalarClass class = type_class(type);
    return (class == CLASS_FLOAT || class == CLASS_STORAGE_FLOAT) && isnan(eval_to_double(type, bits));
}

static uint64_t wanted_bits(const Case *c, const Scalar *operands) {
    Scalar result = {0};
    assert_true(eval_scalar(c->code, c->type, c->result, c->predicate, operands, &result));
    return result.bits;
}

static void check_case(const Case *c, Compiled compiled, const char *how) {
    static uint8_t in[3][COUNT * 8], out[COUNT * 8];
    random_state = 12345;
    for (uint32_t k = 0; k < 3; k++)
        fill(c->type, k, in[k]);
    compiled(in[0], in[1], in[2], out, COUNT);
    for (uint32_t i = 0; i < COUNT; i++) {
        Scalar operands[3];
        for (uint32_t k = 0; k < 3; k++)
            operands[k].bits = element(c->type, in[k], i);
        uint64_t wanted = wanted_bits(c, operands), got = element(c->result, out, i);
        if (wanted == got || (is_nan_of(c->result, wanted) && is_nan_of(c->result, got)))
            continue;
        fail_msg("%s: %s%s%s of <%u x %s> to %s: %llx, %llx, %llx gave %llx, not %llx", how, op_info[c->code].text, c->predicate ? " " : "",
                 c->predicate ? c->predicate : "", c->lanes, type_source(arena, c->type), type_source(arena, c->result),
                 (unsigned long long)operands[0].bits, (unsigned long long)operands[1].bits, (unsigned long long)operands[2].bits,
                 (unsigned long long)got, (unsigned long long)wanted);
    }
}

static void check_all(const char *target_name, int opt_level, uint32_t lanes) {
    const char *error = NULL;
    const Target *target = target_find(target_name, arena, &error);
    assert_non_null(target);
    if (!target_runs_here(target))
        skip();
    module = module_create(arena, types, names, NULL);
    case_count = 0;
    for (uint32_t i = 0; i < TYPE_NONE; i++)
        add_cases_of(types->scalars[i], lanes);
    CodegenRequest request = {.module = module, .target = target, .output = CODEGEN_OBJECT, .opt_level = opt_level};
    CodegenResult object = codegen_emit_in_child(arena, &request);
    if (!object.ok)
        fail_msg("%s", object.error);
    const CodegenApi *api = codegen_load(&error);
    Jit *jit = api->jit_create(arena, &error);
    assert_non_null(jit);
    if (!api->jit_add_object(jit, object.bytes, object.size, &error))
        fail_msg("%s", error);
    char how[64];
    snprintf(how, sizeof how, "%s -O%d", target_name, opt_level);
    for (uint32_t i = 0; i < case_count; i++) {
        Compiled compiled;
        *(void **)&compiled = api->jit_lookup(jit, cases[i].symbol, &error);
        if (!compiled)
            fail_msg("%s", error);
        check_case(&cases[i], compiled, how);
    }
    api->jit_destroy(jit);
}

static void scalars_on_v2_unoptimised(void **state) { check_all("x86-64-v2", 0, 1); }
static void vectors_on_v2_optimised(void **state) { check_all("x86-64-v2", 1, 4); }
static void scalars_on_v3_optimised(void **state) { check_all("x86-64-v3", 2, 1); }
static void vectors_on_v3_optimised(void **state) { check_all("x86-64-v3", 1, 4); }
static void scalars_on_v4_unoptimised(void **state) { check_all("x86-64-v4", 0, 1); }
static void vectors_here(void **state) { check_all("native", 1, 8); }

/* ---- control flow, vectors and structs, against the interpreter ---- */

static const char program_text[] =
    "struct !Pair {a: i32, b: bool, c: f64}\n"
    "func device @twice(%x: i32, %y: i32) -> i32 level vector {\n"
    "    %0 = arith.mul %x, %y : i32\n"
    "    func.return %0\n"
    "}\n"
    "func device @vectors(%n: i64) -> i64 level vector export \"vectors\" {\n"
    "    %one = arith.const 1 : i64\n"
    "    %two = arith.const 2 : i64\n"
    "    %x = arith.convert %n : i32\n"
    "    %i = vec.iota : <8 x i32>\n"
    "    %s = vec.splat %x : <8 x i32>\n"
    "    %v = arith.add %i, %s : <8 x i32>\n"
    "    %m = arith.mul %v, %v : <8 x i32>\n"
    "    %w = vec.shuffle %m {lanes = [3, 1, 7, 7]} : <4 x i32>\n"
    "    %build = vec.build %x, %x, %x, %x : <4 x i32>\n"
    "    %j = vec.join %w, %build : <8 x i32>\n"
    "    %k = arith.and %n, %two : i64\n"
    "    %part = vec.slice %j, %k : <4 x i32>\n"
    "    %in = vec.insert %part, %x, %one : <4 x i32>\n"
    "    %mask = arith.cmp %in, %w {predicate = \"lt\"}\n"
    "    %pick = arith.select %mask, %in, %w : <4 x i32>\n"
    "    %map = vec.map @twice(%pick, %x) : <4 x i32>\n"
    "    %sum = vec.reduce %map {kind = \"add\"} : i32\n"
    "    %low = vec.reduce %pick {kind = \"min\"} : i32\n"
    "    %any = vec.reduce %mask {kind = \"or\"} : bool\n"
    "    %e = vec.extract %j, %k : i32\n"
    "    %h = arith.convert %v : <8 x f16>\n"
    "    %hs = vec.reduce %h {kind = \"add\"} : f16\n"
    "    %hi = arith.convert %hs : i32\n"
    "    %t = agg.table %k {value = [[5, 6] : (i32, i32), [7, 8] : (i32, i32), [9, 10] : (i32, i32)]} : (i32, i32)\n"
    "    %t1 = agg.get %t {index = 1} : i32\n"
    "    %r0 = arith.add %sum, %low : i32\n"
    "    %r1 = arith.xor %r0, %e : i32\n"
    "    %r2 = arith.add %r1, %hi : i32\n"
    "    %r3 = arith.add %r2, %t1 : i32\n"
    "    %f = arith.convert %any : i32\n"
    "    %r4 = arith.add %r3, %f : i32\n"
    "    %r = arith.convert %r4 : i64\n"
    "    func.return %r\n"
    "}\n"
    "func device @structs(%n: i64) -> i64 level vector export \"structs\" {\n"
    "    %zero = arith.const 0 : i64\n"
    "    %one = arith.const 1 : i64\n"
    "    %two = arith.const 2 : i64\n"
    "    %x = arith.convert %n : i32\n"
    "    %c = arith.cmp %n, %one {predicate = \"gt\"}\n"
    "    %d = arith.convert %n : f64\n"
    "    %p = agg.make %x, %c, %d : !Pair\n"
    "    %memory = mem.ptr_local {value = 3} : ptr<!Pair, local>\n"
    "    mem.ptr_store %p, %memory, %zero\n"
    "    %q = agg.set %p, %d {index = 2} : !Pair\n"
    "    mem.ptr_store %q, %memory, %two\n"
    "    %l = mem.ptr_load %memory, %two : !Pair\n"
    "    mem.ptr_store %l, %memory, %one\n"
    "    %next = mem.ptr_offset %memory, %one : ptr<!Pair, local>\n"
    "    %back = mem.ptr_load %next, %zero : !Pair\n"
    "    %a = agg.get %back {index = 0} : i32\n"
    "    %b = agg.get %back {index = 1} : bool\n"
    "    %e = agg.get %back {index = 2} : f64\n"
    "    %r = if %b : i64 {\n"
    "        %w = arith.convert %e : i64\n"
    "        yield %w\n"
    "    } else {\n"
    "        %w = arith.convert %a : i64\n"
    "        %neg = arith.neg %w : i64\n"
    "        yield %neg\n"
    "    }\n"
    "    func.return %r\n"
    "}\n"
    "func device @collatz(%n: i64) -> i64 level vector export \"collatz\" {\n"
    "    %zero = arith.const 0 : i64\n"
    "    %one = arith.const 1 : i64\n"
    "    %two = arith.const 2 : i64\n"
    "    %three = arith.const 3 : i64\n"
    "    %x, %steps = loop.while %n, %zero : i64, i64 { (%a: i64, %s: i64)\n"
    "        %more = arith.cmp %a, %one {predicate = \"gt\"}\n"
    "        loop.condition %more, %a, %s\n"
    "    } do { (%b: i64, %t: i64)\n"
    "        %rest = arith.mod %b, %two : i64\n"
    "        %odd = arith.cmp %rest, %one {predicate = \"eq\"}\n"
    "        %next = if %odd : i64 {\n"
    "            %triple = arith.mul %b, %three : i64\n"
    "            %up = arith.add %triple, %one : i64\n"
    "            yield %up\n"
    "        } else {\n"
    "            %half = arith.floor_div %b, %two : i64\n"
    "            yield %half\n"
    "        }\n"
    "        %t2 = arith.add %t, %one : i64\n"
    "        yield %next, %t2\n"
    "    }\n"
    "    func.return %steps\n"
    "}\n"
    "func device @leaves(%n: i64) -> i64 level vector export \"leaves\" {\n"
    "    %zero = arith.const 0 : i64\n"
    "    %three = arith.const 3 : i64\n"
    "    %seven = arith.const 7 : i64\n"
    "    %minus = arith.const -2 : i64\n"
    "    %sum = loop.for %n, %minus, %minus, %zero : i64 { (%i: i64, %s: i64)\n"
    "        %a = arith.mod %i, %three : i64\n"
    "        %skip = arith.cmp %a, %zero {predicate = \"eq\"}\n"
    "        if %skip {\n"
    "            loop.continue %s\n"
    "        }\n"
    "        %b = arith.mod %i, %seven : i64\n"
    "        %stop = arith.cmp %b, %three {predicate = \"eq\"}\n"
    "        if %stop {\n"
    "            %far = arith.cmp %s, %seven {predicate = \"gt\"}\n"
    "            if %far {\n"
    "                func.return %i\n"
    "            }\n"
    "            loop.break %s\n"
    "        }\n"
    "        %next = arith.add %s, %i : i64\n"
    "        yield %next\n"
    "    }\n"
    "    func.return %sum\n"
    "}\n"
    "func device @narrow(%n: i64) -> i64 level vector export \"narrow\" {\n"
    "    %start = arith.convert %n : u8\n"
    "    %stop = arith.const 250 : u8\n"
    "    %step = arith.const 7 : u8\n"
    "    %zero = arith.const 0 : i64\n"
    "    %sum = loop.for %start, %stop, %step, %zero : i64 { (%i: u8, %s: i64)\n"
    "        %wide = arith.convert %i : i64\n"
    "        %next = arith.add %s, %wide : i64\n"
    "        yield %next\n"
    "    }\n"
    "    func.return %sum\n"
    "}\n";

static void compare_with_interpreter(const CodegenApi *api, Jit *jit, const char *name) {
    const char *error = NULL;
    int64_t (*compiled)(int64_t);
    *(void **)&compiled = api->jit_lookup(jit, name, &error);
    assert_non_null(compiled);
    Interp *interp = interp_create(arena, types, 0);
    for (int64_t n = -5; n < 300; n++) {
        const Attr *in = attr_i64(types, n), *out = NULL;
        assert_int_equal(interp_call(interp, module_find(module, intern_cstr(names, name)), &in, 1, &out).status, INTERP_OK);
        assert_int_equal(compiled(n), attr_as_i64(out));
    }
}

static void programs_do_what_the_interpreter_does(void **state) {
    Sources *sources = sources_create(arena);
    Diags *diags = diags_create(arena, sources);
    SourceFile *file = sources_add(sources, "program.ir", program_text, strlen(program_text));
    module = module_parse(arena, types, names, sources, diags, file);
    assert_non_null(module);
    for (int level = 0; level <= 3; level++) {
        const char *error = NULL;
        CodegenRequest request = {.module = module, .target = target_find("x86-64-v2", arena, &error), .output = CODEGEN_OBJECT,
                                  .opt_level = level, .debug = level == 1};
        CodegenResult object = codegen_emit_in_child(arena, &request);
        if (!object.ok)
            fail_msg("%s", object.error);
        const CodegenApi *api = codegen_load(&error);
        Jit *jit = api->jit_create(arena, &error);
        assert_true(api->jit_add_object(jit, object.bytes, object.size, &error));
        compare_with_interpreter(api, jit, "collatz");
        compare_with_interpreter(api, jit, "leaves");
        compare_with_interpreter(api, jit, "narrow");
        compare_with_interpreter(api, jit, "vectors");
        compare_with_interpreter(api, jit, "structs");
        api->jit_destroy(jit);
    }
}

/* ---- children ---- */

static CodegenResult emit_empty_kernel(const Target *target) {
    module = module_create(arena, types, names, NULL);
    Name name = intern_cstr(names, "nothing");
    Func *func = func_create(module, FUNC_KERNEL, name, NULL, 0, NULL, 0, NULL, 0);
    func->level = LEVEL_KERNEL;
    func->export_name = name;
    Builder b = builder_at_end(module, func_entry(func));
    build_op(&b, OP_FUNC_RETURN, NULL, 0, NULL, 0, 0);
    CodegenRequest request = {.module = module, .target = target, .output = CODEGEN_PTX};
    return codegen_emit_in_child(arena, &request);
}

static void a_fatal_error_of_llvm_is_a_sentence(void **state) {
    Target target = *target_find("sm_100a", arena, NULL);
    assert_true(emit_empty_kernel(&target).ok);
    target.llvm_features = "+ptx32"; /* LLVM ends the process: that PTX is older than the GPU */
    CodegenResult result = emit_empty_kernel(&target);
    assert_false(result.ok);
    assert_non_null(strstr(result.error, "code generation for sm_100a stopped"));
}

static void what_is_not_built_is_a_sentence(void **state) {
    module = module_create(arena, types, names, NULL);
    Name name = intern_cstr(names, "prints");
    Func *func = func_create(module, FUNC_KERNEL, name, NULL, 0, NULL, 0, NULL, 0);
    func->level = LEVEL_KERNEL;
    Builder b = builder_at_end(module, func_entry(func));
    build_op(&b, OP_FUNC_PRINT, NULL, 0, NULL, 0, 0);
    build_op(&b, OP_FUNC_RETURN, NULL, 0, NULL, 0, 0);
    CodegenRequest request = {.module = module, .target = target_find("gfx942", arena, NULL), .output = CODEGEN_ASM};
    CodegenResult result = codegen_emit_in_child(arena, &request);
    assert_false(result.ok);
    assert_string_equal(result.error, "not built yet: func.print in a kernel for gfx942");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(scalars_on_v2_unoptimised, set_up, tear_down),
        cmocka_unit_test_setup_teardown(vectors_on_v2_optimised, set_up, tear_down),
        cmocka_unit_test_setup_teardown(scalars_on_v3_optimised, set_up, tear_down),
        cmocka_unit_test_setup_teardown(vectors_on_v3_optimised, set_up, tear_down),
        cmocka_unit_test_setup_teardown(scalars_on_v4_unoptimised, set_up, tear_down),
        cmocka_unit_test_setup_teardown(vectors_here, set_up, tear_down),
        cmocka_unit_test_setup_teardown(programs_do_what_the_interpreter_does, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_fatal_error_of_llvm_is_a_sentence, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_not_built_is_a_sentence, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
