/* Random programs mean the same before and after passes: each is interpreted as it was made, then
 * after every pass of a list, on the same arguments. The programs have ifs, loops of both kinds,
 * breaks, local memory, aggregates, vectors, and arithmetic on types of every class; their seeds
 * are fixed. */
#include "ir/builder.h"
#include "ir/interp.h"
#include "ir/print.h"
#include "ir/verify.h"
#include "passes/pass.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

enum { PROGRAMS = 1500, MAX_DEPTH = 3, RESULTS = 6 };

static uint64_t seed;

static uint32_t below(uint32_t limit) {
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(seed >> 33) % limit;
}

typedef struct Maker {
    Arena *arena;
    Types *types;
    Module *module;
    Builder b;
    VEC(Value *) values; /* that may be named here */
    Value *memory;       /* a local view of 8 i64 */
    uint32_t depth;
    Op *loop;            /* the innermost, for breaks; NULL where there is none */
} Maker;

static const Type *random_type(Maker *m) {
    const Type *const list[] = {m->types->i64,     m->types->i64, m->types->i32, m->types->u8,
                                m->types->boolean, m->types->f32, m->types->f16};
    return list[below(7)];
}

static Value *random_constant(Maker *m, const Type *type) {
    static const int small[] = {0, 1, -1, 2, 3, 4, 7, 8, 64, -128, 255, 31};
    static const double reals[] = {0.0, -0.0, 1, -1, 0.5, 2, 3, 1e-7, 65504, INFINITY};
    if (type_is_float(type))
        return build_const(&m->b, attr_float(m->types, type, reals[below(10)]));
    return build_const(&m->b, attr_int(m->types, type, (uint64_t)(int64_t)small[below(12)]));
}

/* Mostly a late value of the type. */
static Value *pick(Maker *m, const Type *type) {
    for (uint32_t tries = 0; tries < 12 && m->values.len; tries++) {
        uint32_t back = below(m->values.len < 12 || below(4) == 0 ? m->values.len : 12);
        Value *value = m->values.items[m->values.len - 1 - back];
        if (value->type == type)
            return value;
    }
    return random_constant(m, type);
}

static void keep(Maker *m, Value *value) {
    vec_push(m->arena, &m->values, value);
}

static const char *random_predicate(void) {
    static const char *const list[] = {"eq", "ne", "lt", "le", "gt", "ge"};
    return list[below(6)];
}

static void make_arithmetic(Maker *m) {
    static const Opcode integers[] = {
        OP_ARITH_ADD,      OP_ARITH_SUB, OP_ARITH_MUL, OP_ARITH_FLOOR_DIV, OP_ARITH_MOD,
        OP_ARITH_CEIL_DIV, OP_ARITH_MIN, OP_ARITH_MAX, OP_ARITH_AND,       OP_ARITH_OR,
        OP_ARITH_XOR,      OP_ARITH_SHL, OP_ARITH_SHR};
    static const Opcode floats[] = {OP_ARITH_ADD, OP_ARITH_SUB,       OP_ARITH_MUL,
                                    OP_ARITH_DIV, OP_ARITH_FLOOR_DIV, OP_ARITH_MOD,
                                    OP_ARITH_MIN, OP_ARITH_MAX,       OP_MATH_COPYSIGN};
    static const Opcode bools[] = {OP_ARITH_AND, OP_ARITH_OR, OP_ARITH_XOR};
    const Type *type = random_type(m);
    Opcode code = type_is_float(type)       ? floats[below(9)]
                  : type->kind == TYPE_BOOL ? bools[below(3)]
                                            : integers[below(13)];
    keep(m, build2(&m->b, code, pick(m, type), pick(m, type)));
}

static void make_unary(Maker *m) {
    static const Opcode floats[] = {OP_ARITH_NEG,  OP_ARITH_ABS, OP_MATH_FLOOR,
                                    OP_MATH_ROUND, OP_MATH_SQRT, OP_MATH_TRUNC};
    static const Opcode integers[] = {OP_ARITH_NEG, OP_ARITH_ABS, OP_ARITH_NOT};
    const Type *type = random_type(m);
    Opcode code = type_is_float(type)       ? floats[below(6)]
                  : type->kind == TYPE_BOOL ? OP_ARITH_NOT
                                            : integers[below(3)];
    keep(m, build1(&m->b, code, pick(m, type)));
}

static void make_other(Maker *m) {
    const Type *type = random_type(m);
    Value *picked = pick(m, type), *other = pick(m, type);
    if (below(3) == 0) {
        keep(m, build_cmp(&m->b, random_predicate(), picked, other));
    } else if (below(2)) {
        Value *in[] = {pick(m, m->types->boolean), picked, other};
        keep(m, build_typed(&m->b, OP_ARITH_SELECT, type, in, 3));
    } else {
        keep(m, build_convert(&m->b, picked, random_type(m)));
    }
}

static Value *masked(Maker *m, uint64_t mask) {
    return build2(&m->b, OP_ARITH_AND, pick(m, m->types->i64), build_i64(&m->b, (int64_t)mask));
}

static void make_memory(Maker *m) {
    Value *index = masked(m, 7);
    if (below(2))
        build_store(&m->b, m->memory, &index, 1, pick(m, m->types->i64));
    else
        keep(m, build_load(&m->b, m->memory, &index, 1, m->types->i64));
}

static void make_compound(Maker *m) {
    const Type *f32 = m->types->f32, *i64 = m->types->i64;
    if (below(2)) {
        const Type *fields[] = {f32, i64};
        const Type *pair = type_tuple(m->types, fields, 2);
        Value *in[] = {pick(m, f32), pick(m, i64)};
        Value *made = build_typed(&m->b, OP_AGG_MAKE, pair, in, 2);
        if (below(2))
            made = build_agg_set(&m->b, made, 1, pick(m, i64));
        keep(m, build_agg_get(&m->b, made, below(2)));
        return;
    }
    const Type *vector = type_vector(m->types, f32, 4);
    Value *scalar = pick(m, f32), *made = build_typed(&m->b, OP_VEC_SPLAT, vector, &scalar, 1);
    Value *insert[] = {made, pick(m, f32), masked(m, 3)};
    made = build_typed(&m->b, OP_VEC_INSERT, vector, insert, 3);
    made = build2(&m->b, OP_ARITH_ADD, made, made);
    Value *extract[] = {made, below(2) ? masked(m, 3) : build_i64(&m->b, below(4))};
    keep(m, build_typed(&m->b, OP_VEC_EXTRACT, f32, extract, 2));
}

static void make_statements(Maker *m, uint32_t count);

/* Builds inside a new block of the region; what was named there is forgotten after. */
typedef struct Scope {
    Builder b;
    uint32_t len;
    Op *loop;
} Scope;

static Block *enter(Maker *m, Region *region, Scope *scope) {
    *scope = (Scope){m->b, m->values.len, m->loop};
    Block *block = block_create(m->module);
    region_append(region, block);
    m->b = builder_at_end(m->module, block);
    m->depth++;
    return block;
}

static void leave(Maker *m, const Scope *scope) {
    m->b = scope->b;
    m->values.len = scope->len;
    m->loop = scope->loop;
    m->depth--;
}

static Value *add_arg(Maker *m, Block *block, const Type *type) {
    Value *arg = block_add_arg(m->module, block, type);
    keep(m, arg);
    return arg;
}

static void build_end(Maker *m, Opcode code, Value *const *values, uint32_t count) {
    build_op(&m->b, code, values, count, NULL, 0, 0);
}

static void pick_results(Maker *m, const Op *op, Value **values) {
    for (uint32_t i = 0; i < op->result_count; i++)
        values[i] = pick(m, op_result(op, i)->type);
}

static void keep_results(Maker *m, Op *op) {
    for (uint32_t i = 0; i < op->result_count; i++)
        keep(m, op_result(op, i));
}

static void make_if(Maker *m) {
    const Type *results[3];
    Value *condition = pick(m, m->types->boolean), *values[8];
    uint32_t count = below(4);
    for (uint32_t i = 0; i < count; i++)
        results[i] = random_type(m);
    Op *op = build_op(&m->b, OP_IF, &condition, 1, results, count, 2);
    for (uint32_t arm = 0; arm < 2; arm++) {
        Scope scope;
        enter(m, op_region(op, arm), &scope);
        make_statements(m, below(4));
        Op *loop = m->loop;
        uint32_t way = below(8);
        if (loop && way < 2) {
            pick_results(m, loop, values);
            build_end(m, way == 0 ? OP_LOOP_BREAK : OP_LOOP_CONTINUE, values, loop->result_count);
        } else {
            pick_results(m, op, values);
            build_end(m, OP_YIELD, values, count);
        }
        leave(m, &scope);
    }
    keep_results(m, op);
}

static void make_for(Maker *m) {
    const Type *results[3];
    Value *operands[6] = {below(2) ? build_i64(&m->b, below(3)) : masked(m, 3),
                          below(2) ? build_i64(&m->b, below(6)) : masked(m, 7),
                          build_i64(&m->b, (int64_t)below(4) - 1)};
    uint32_t count = below(4);
    for (uint32_t i = 0; i < count; i++) {
        results[i] = random_type(m);
        operands[3 + i] = pick(m, results[i]);
    }
    Op *op = build_op(&m->b, OP_LOOP_FOR, operands, 3 + count, results, count, 1);
    Scope scope;
    Value *values[8];
    Block *body = enter(m, op_region(op, 0), &scope);
    m->loop = op;
    add_arg(m, body, m->types->i64);
    for (uint32_t i = 0; i < count; i++)
        add_arg(m, body, results[i]);
    make_statements(m, 1 + below(5));
    pick_results(m, op, values);
    build_end(m, OP_YIELD, values, count);
    leave(m, &scope);
    keep_results(m, op);
}

/* Counts down from at most 7; carries one more value, which the head passes on as it is or changed.
 */
static void make_while(Maker *m) {
    const Type *type = random_type(m), *results[] = {m->types->i64, type};
    Value *operands[] = {masked(m, 7), pick(m, type)};
    Op *op = build_op(&m->b, OP_LOOP_WHILE, operands, 2, results, 2, 2);
    Scope scope;
    Block *head = enter(m, op_region(op, 0), &scope);
    m->loop = NULL; /* no exits: a continue would not count down */
    Value *count = add_arg(m, head, m->types->i64), *carried = add_arg(m, head, type);
    make_statements(m, below(2));
    Value *passed[] = {build_cmp(&m->b, "gt", count, build_i64(&m->b, 0)), count,
                       below(2) ? carried : pick(m, type)};
    build_end(m, OP_LOOP_CONDITION, passed, 3);
    leave(m, &scope);
    Block *body = enter(m, op_region(op, 1), &scope);
    m->loop = NULL;
    count = add_arg(m, body, m->types->i64);
    carried = add_arg(m, body, type);
    make_statements(m, 1 + below(3));
    Value *next[] = {build2(&m->b, OP_ARITH_SUB, count, build_i64(&m->b, 1)),
                     below(3) ? pick(m, type) : carried};
    build_end(m, OP_YIELD, next, 2);
    leave(m, &scope);
    keep_results(m, op);
}

static void make_statements(Maker *m, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        uint32_t kind = below(m->depth < MAX_DEPTH ? 14 : 10);
        if (kind < 4)
            make_arithmetic(m);
        else if (kind < 5)
            make_unary(m);
        else if (kind < 7)
            make_other(m);
        else if (kind < 9)
            make_memory(m);
        else if (kind < 10)
            make_compound(m);
        else if (kind < 12)
            make_if(m);
        else if (kind < 13)
            make_for(m);
        else
            make_while(m);
    }
}

static Func *make_program(Maker *m) {
    Types *t = m->types;
    FuncArg args[] = {{.name = intern_cstr(t->names, "a"), .type = t->i64},
                      {.name = intern_cstr(t->names, "b"), .type = t->i64},
                      {.name = intern_cstr(t->names, "c"), .type = t->boolean},
                      {.name = intern_cstr(t->names, "x"), .type = t->f32}};
    const Type *results[RESULTS] = {t->i64, t->i64, t->f32, t->f16, t->u8, t->i32};
    Func *func = func_create(m->module, FUNC_DEVICE, intern_cstr(t->names, "f"), NULL, 0, args, 4,
                             results, RESULTS);
    m->b = builder_at_end(m->module, func_entry(func));
    for (uint32_t i = 0; i < 4; i++)
        keep(m, func_arg(func, i));
    m->memory = build_typed(
        &m->b, OP_MEM_ALLOC_LOCAL,
        type_view(t, t->i64, 1, (const int64_t[]){8}, LAYOUT_ROW_MAJOR, SPACE_LOCAL), NULL, 0);
    for (int64_t i = 0; i < 8; i++) {
        Value *index = build_i64(&m->b, i);
        build_store(&m->b, m->memory, &index, 1, func_arg(func, (uint32_t)i % 2));
    }
    make_statements(m, 6 + below(14));
    Value *values[RESULTS];
    for (uint32_t i = 0; i < RESULTS; i++)
        values[i] = pick(m, results[i]);
    build_end(m, OP_FUNC_RETURN, values, RESULTS);
    return func;
}

static bool same_result(const Attr *a, const Attr *b) {
    return a == b ||
           (a->kind == ATTR_FLOAT && isnan(attr_as_double(a)) && isnan(attr_as_double(b)));
}

static void run(Maker *m, Func *func, const Attr **results) {
    static const int64_t numbers[] = {0, 1, -1, 5, 100, INT64_MIN};
    const Attr *args[] = {attr_i64(m->types, numbers[below(6)]),
                          attr_i64(m->types, numbers[below(6)]), attr_bool(m->types, below(2)),
                          attr_float(m->types, m->types->f32, (double)(int)below(100) / 8 - 4)};
    InterpResult r =
        interp_call(interp_create(m->arena, m->types, 10000000), func, args, 4, results);
    if (r.status != INTERP_OK)
        fail_msg("%s", r.message);
}

static void check_passes(Maker *m, Func *func, const char *const *passes, uint32_t program) {
    enum { RUNS = 3 };
    const Attr *before[RUNS][RESULTS], *after[RESULTS];
    Text text = {.arena = m->arena}, message = {.arena = m->arena};
    module_print(&text, m->module);
    if (!module_verify(m->module, &message))
        fail_msg("program %u is not valid: %s\n%s", program, text_cstr(&message), text_cstr(&text));
    uint64_t seeds[RUNS];
    for (uint32_t k = 0; k < RUNS; k++) {
        below(1);
        seeds[k] = seed;
        run(m, func, before[k]);
    }
    PassOptions options = {.arena = m->arena, .diags = diags_create(m->arena, NULL)};
    for (; *passes; passes++) {
        passes_run(m->module, (const char *const[]){*passes, NULL}, &options);
        if (!module_verify(m->module, &message))
            fail_msg("program %u is not valid after %s: %s\n%s", program, *passes,
                     text_cstr(&message), text_cstr(&text));
        for (uint32_t k = 0; k < RUNS; k++) {
            seed = seeds[k];
            run(m, func, after);
            for (uint32_t i = 0; i < RESULTS; i++)
                if (!same_result(before[k][i], after[i]))
                    fail_msg("program %u, result %u: %s changes it\n%s", program, i, *passes,
                             text_cstr(&text));
        }
    }
}

static void check_list(const char *const *passes) {
    for (uint32_t program = 0; program < PROGRAMS; program++) {
        Arena *arena = arena_create();
        Interner *names = interner_create(arena);
        Maker m = {.arena = arena, .types = types_create(arena, names)};
        m.module = module_create(arena, m.types, names, NULL);
        seed = program * 0x9E3779B97F4A7C15u + 1;
        for (int k = 0; k < 4; k++)
            below(1);
        check_passes(&m, make_program(&m), passes, program);
        arena_destroy(arena);
    }
}

static void simplify_cse_and_dce_keep_the_meaning(void **state) {
    check_list((const char *const[]){"simplify", "cse", "dce", "simplify", NULL});
}

static void the_kernel_pipeline_keeps_the_meaning(void **state) {
    check_list((const char *const[]){"structure-exits", "simplify", "promote-local", "simplify",
                                     "cse", "flatten-views", "simplify", "cse", "licm", "trim-loops", "dce",
                                     NULL});
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(simplify_cse_and_dce_keep_the_meaning),
        cmocka_unit_test(the_kernel_pipeline_keeps_the_meaning),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
