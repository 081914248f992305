/* Every rewrite rule, both sides evaluated: over all 8-bit integers, the bools, and the f16 values
 * that matter. A new row of a table is tested by being there. */
#include "passes/rules/rules.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static Types *types;

static int set_up(void **state) {
    Arena *arena = arena_create();
    types = types_create(arena, interner_create(arena));
    return 0;
}

/* The f16 values that matter: zeros, ones, powers and what is beside them, subnormals, the ends,
 * infinities, NaN. */
static const uint16_t halves[] = {
    0x0000, 0x8000, 0x0001, 0x8001, 0x0002, 0x03ff, 0x83ff, 0x0400, 0x8400, 0x0401, 0x1400, 0x3555,
    0x3800, 0xb800, 0x3bff, 0x3c00, 0xbc00, 0x3c01, 0xbc01, 0x3e00, 0x4000, 0xc000, 0x4100, 0x4248,
    0x4400, 0x5640, 0x6400, 0x6401, 0x6800, 0x6801, 0x7800, 0x7bff, 0xfbff, 0x7c00, 0xfc00, 0x7e00,
};

/* What the letters of a rule stand for. */
typedef struct Letters {
    const Type *value_types[TERM_VALUES], *type; /* `type`: of constants and compared values */
    uint64_t values[TERM_VALUES], constants[TERM_CONSTS];
} Letters;

static const Type *result_type(const Term *term, const Type *wanted) {
    return term->kind == TERM_OP && term->code == OP_ARITH_CMP ? types->boolean : wanted;
}

static uint64_t eval_term(const Term *term, const Letters *letters, const Type *wanted);

static uint64_t eval_op(const Term *term, const Letters *letters, const Type *wanted) {
    static const char *const predicates[] = {"eq", "ne", "lt", "le", "gt", "ge"};
    const Type *in_type = term->code == OP_ARITH_CMP ? letters->type : wanted;
    if (term->code == OP_ARITH_SELECT) {
        uint64_t condition = eval_term(term->in[0], letters, types->boolean);
        return eval_term(term->in[condition ? 1 : 2], letters, wanted);
    }
    Scalar in[3] = {0}, out;
    for (uint32_t i = 0; i < 3 && term->in[i]; i++)
        in[i].bits = eval_term(term->in[i], letters, in_type);
    assert_true(eval_scalar(term->code, in_type, result_type(term, in_type),
                            predicates[term->predicate], in, &out));
    return out.bits;
}

static uint64_t eval_term(const Term *term, const Letters *letters, const Type *wanted) {
    uint64_t bits = 0;
    switch (term->kind) {
    case TERM_VALUE: return letters->values[term->index];
    case TERM_CONST: return letters->constants[term->index];
    case TERM_FIXED: assert_true(fixed_bits(term->fixed, wanted, &bits)); return bits;
    case TERM_LOG2:  return (uint64_t)__builtin_ctzll(letters->constants[term->index]);
    default:         return eval_op(term, letters, wanted);
    }
}

/* Whether the term has a meaning for the type: no bits of floats, no roots of integers. */
static bool has_meaning(const Term *term, const Type *type, const Type *wanted) {
    uint64_t bits;
    Scalar in[3] = {{1}, {1}, {1}}, out;
    if (term->kind == TERM_FIXED)
        return fixed_bits(term->fixed, wanted, &bits);
    if (term->kind != TERM_OP)
        return true;
    const Type *in_type = term->code == OP_ARITH_CMP ? type : wanted;
    if (term->code != OP_ARITH_SELECT && !eval_scalar(term->code, in_type, in_type, "eq", in, &out))
        return false;
    for (uint32_t i = 0; i < 3 && term->in[i]; i++)
        if (!has_meaning(term->in[i], type,
                         term->code == OP_ARITH_SELECT && i == 0 ? types->boolean : in_type))
            return false;
    return true;
}

static void find_letters(const Term *term, bool *values, bool *constants) {
    if (term->kind == TERM_VALUE)
        values[term->index] = true;
    if (term->kind == TERM_CONST)
        constants[term->index] = true;
    for (uint32_t i = 0; term->kind == TERM_OP && i < 3 && term->in[i]; i++)
        find_letters(term->in[i], values, constants);
}

static uint32_t sample_count(const Type *type, bool coarse) {
    if (type->kind == TYPE_F16)
        return sizeof halves / sizeof *halves;
    return type->kind == TYPE_BOOL ? 2 : coarse ? 24 : 256;
}

static uint64_t sample(const Type *type, uint32_t i, bool coarse) {
    static const int8_t edges[24] = {-128, -127, -126, -65, -64, -63, -9, -8, -7, -2, -1,  0,
                                     1,    2,    3,    7,   8,   9,   16, 63, 64, 65, 126, 127};
    if (type->kind == TYPE_F16)
        return halves[i];
    if (type->kind == TYPE_BOOL)
        return i;
    int64_t value = coarse ? edges[i] : (int64_t)i - 128;
    return type->kind == TYPE_I8 ? (uint64_t)value : (uint64_t)value & 0xff;
}

static bool is_nan(const Type *type, uint64_t bits) {
    return type_is_float(type) && isnan(eval_to_double(type, bits));
}

/* Tries all combinations of the letters from `letter` on; gives how often the rule fired. */
static uint64_t try_letters(const RuleTable *table, uint32_t index, const Type *result,
                            Letters *letters, Guard *guard, const bool *used, uint32_t letter,
                            bool coarse) {
    const Rule *rule = &table->rules[index];
    if (letter == TERM_VALUES + TERM_CONSTS) {
        memcpy(guard->constants, letters->constants, sizeof guard->constants);
        if (rule->when && !rule->when(guard))
            return 0;
        uint64_t before = eval_term(rule->pattern, letters, result),
                 after = eval_term(rule->replacement, letters, result);
        if (before != after && !(is_nan(result, before) && is_nan(result, after)))
            fail_msg(
                "%s rule %u of %s: X %#llx Y %#llx Z %#llx J %#llx K %#llx: %#llx becomes %#llx",
                table->name, index, letters->type->name, (long long)letters->values[0],
                (long long)letters->values[1], (long long)letters->values[2],
                (long long)letters->constants[0], (long long)letters->constants[1],
                (long long)before, (long long)after);
        return 1;
    }
    if (!used[letter])
        return try_letters(table, index, result, letters, guard, used, letter + 1, coarse);
    const Type *type = letter < TERM_VALUES ? letters->value_types[letter] : letters->type;
    uint64_t *place =
        letter < TERM_VALUES ? &letters->values[letter] : &letters->constants[letter - TERM_VALUES];
    uint64_t fired = 0;
    for (uint32_t i = 0; i < sample_count(type, coarse); i++) {
        *place = sample(type, i, coarse);
        fired += try_letters(table, index, result, letters, guard, used, letter + 1, coarse);
    }
    return fired;
}

static uint64_t try_rule(const RuleTable *table, uint32_t index, const Type *type) {
    const Rule *rule = &table->rules[index];
    bool used[TERM_VALUES + TERM_CONSTS] = {0};
    find_letters(rule->pattern, used, used + TERM_VALUES);
    uint32_t count = 0;
    for (uint32_t i = 0; i < TERM_VALUES + TERM_CONSTS; i++)
        count += used[i];
    bool is_not = rule->pattern->code == OP_ARITH_NOT && table == &compare_rules;
    Letters letters = {.type = type};
    for (uint32_t i = 0; i < TERM_VALUES; i++)
        letters.value_types[i] = table->shape == RULES_OF_SELECT && i == 0 ? types->boolean : type;
    const Type *result = is_not ? types->boolean : result_type(rule->pattern, type);
    if (!has_meaning(rule->pattern, type, result) || !has_meaning(rule->replacement, type, result))
        return 0;
    Guard guard = {.type = is_not || table->shape == RULES_OF_SELECT ? types->boolean : type,
                   .result = result,
                   .from = letters.value_types[0]};
    return try_letters(table, index, result, &letters, &guard, used, 0, count > 2);
}

static void both_sides_are_the_same(void **state) {
    const Type *tried[] = {types->i8, types->u8, types->boolean, types->f16};
    for (const RuleTable *const *table = all_rules; *table; table++) {
        if ((*table)->shape == RULES_OF_CONVERT)
            continue;
        for (uint32_t i = 0; i < (*table)->count; i++) {
            uint64_t fired = 0;
            for (uint32_t t = 0; t < 4; t++)
                if ((*table)->shape != RULES_OF_BOOLS || tried[t] == types->boolean)
                    fired += try_rule(*table, i, tried[t]);
            if (!fired)
                fail_msg("%s rule %u never fires", (*table)->name, i);
        }
    }
}

static uint64_t random_bits(void) {
    static uint64_t state = 88172645463325252ull;
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

/* All values of small types, many of the others, mostly near the ends of narrower ones. */
static uint64_t convert_sample(const Type *type, uint32_t i) {
    uint64_t bits = type_bits(type) <= 16 ? i : random_bits() >> (random_bits() & 63);
    if (type_is_float(type))
        return bits & (type_bits(type) == 64 ? ~0ull : (1ull << type_bits(type)) - 1);
    return eval_convert(types->u64, type, i % 2 ? bits : 0 - bits);
}

static uint64_t try_conversion(const Rule *rule, const Type *from, const Type *middle,
                               const Type *result) {
    Guard guard = {.type = middle, .middle = middle, .from = from, .result = result};
    if (!rule->when(&guard))
        return 0;
    for (uint32_t i = 0; i < 65536; i++) {
        uint64_t x = convert_sample(from, i);
        uint64_t before = eval_convert(middle, result, eval_convert(from, middle, x));
        uint64_t after = rule->replacement->kind == TERM_VALUE ? x : eval_convert(from, result, x);
        if (before != after && !(is_nan(result, before) && is_nan(result, after)))
            fail_msg("%s to %s to %s: %#llx gives %#llx, but %#llx at once", from->name,
                     middle->name, result->name, (long long)x, (long long)before, (long long)after);
    }
    return 1;
}

static void conversions_that_become_one_are_one(void **state) {
    for (uint32_t rule = 0; rule < convert_rules.count; rule++) {
        uint64_t fired = 0;
        for (uint32_t from = 0; from < TYPE_F8_E4M3; from++)
            for (uint32_t middle = 0; middle < TYPE_F8_E4M3; middle++)
                for (uint32_t result = 0; result < TYPE_F8_E4M3; result++)
                    if (from != middle)
                        fired += try_conversion(&convert_rules.rules[rule], types->scalars[from],
                                                types->scalars[middle], types->scalars[result]);
        assert_true(fired > 0);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_sides_are_the_same),
        cmocka_unit_test(conversions_that_become_one_are_one),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
