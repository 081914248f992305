/* The meaning of arithmetic, against references of another make: __float128 and sorted tables of
 * all values for the small floats, plain loops over all pairs for the 8-bit integers. */
#include "ir/eval.h"

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

static uint64_t random_bits(void) {
    static uint64_t state = 88172645463325252ull;
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

static uint64_t eval(Opcode code, const Type *type, uint64_t a, uint64_t b, uint64_t c) {
    Scalar in[3] = {{.bits = a}, {.bits = b}, {.bits = c}}, out;
    assert_true(eval_scalar(code, type, type, NULL, in, &out));
    return out.bits;
}

static uint64_t bits_of(double value) {
    uint64_t bits;
    memcpy(&bits, &value, 8);
    return bits;
}

static double double_of(uint64_t bits) {
    double value;
    memcpy(&value, &bits, 8);
    return value;
}

/* A sorted table of the finite magnitudes of a float of at most 16 bits, made from the definition.
 */

typedef struct Table {
    const Type *type;
    int exponent_bits, mantissa_bits, count; /* finite codes without the sign: 0 .. count-1 */
    bool has_infinity;
} Table;

static Table table_of(const Type *type) {
    switch (type->kind) {
    case TYPE_F16: return (Table){type, 5, 10, 0x7c00, true};
    case TYPE_BF16: return (Table){type, 8, 7, 0x7f80, true};
    case TYPE_F8_E5M2: return (Table){type, 5, 2, 0x7c, true};
    default: return (Table){type, 4, 3, 0x7f, false};
    }
}

static double table_value(const Table *t, int code) {
    int bias = (1 << (t->exponent_bits - 1)) - 1, field = code >> t->mantissa_bits;
    double mantissa = code & ((1 << t->mantissa_bits) - 1), scale = 1 << t->mantissa_bits;
    return field ? ldexp(1 + mantissa / scale, field - bias) : ldexp(mantissa / scale, 1 - bias);
}

static int sign_of(const Table *t) {
    return 1 << (t->exponent_bits + t->mantissa_bits);
}

static int nan_or_infinity(const Table *t) {
    return t->count; /* the code after the last finite one: infinity, or e4m3's NaN */
}

/* Nearest of the table, ties to the even code; the code after the last one counts as a number. */
static int table_round(const Table *t, __float128 value) {
    __float128 magnitude = value < 0 ? -value : value;
    int low = 0, high = t->count;
    while (low + 1 < high) {
        int middle = (low + high) / 2;
        if (table_value(t, middle) <= magnitude)
            low = middle;
        else
            high = middle;
    }
    __float128 below = table_value(t, low), above = table_value(t, high);
    __float128 to_below = magnitude - below, to_above = above - magnitude;
    int code = to_below < to_above ? low : to_above < to_below ? high : low & 1 ? high : low;
    if (magnitude >= table_value(t, t->count))
        code = t->count;
    return code | (value < 0 ? sign_of(t) : 0);
}

static void assert_code(const Table *t, uint64_t got, int wanted) {
    if ((wanted & (sign_of(t) - 1)) == 0) { /* the sign of zero is tested elsewhere */
        assert_int_equal(got & (uint64_t)(sign_of(t) - 1), 0);
        return;
    }
    assert_int_equal(got, wanted);
}

static const Type *small_floats(int i) {
    const TypeKind kinds[] = {TYPE_F16, TYPE_BF16, TYPE_F8_E4M3, TYPE_F8_E5M2};
    return i < 4 ? types->scalars[kinds[i]] : NULL;
}

static void small_floats_widen_exactly_and_come_back(void **state) {
    for (int i = 0; small_floats(i); i++) {
        Table t = table_of(small_floats(i));
        for (int code = 0; code < t.count; code++) {
            assert_true(eval_to_double(t.type, (uint64_t)code) == table_value(&t, code));
            assert_true(eval_to_double(t.type, (uint64_t)(code | sign_of(&t))) ==
                        -table_value(&t, code));
            assert_int_equal(eval_from_double(t.type, table_value(&t, code)), code);
            assert_int_equal(eval_from_double(t.type, -table_value(&t, code)), code | sign_of(&t));
        }
    }
}

static void doubles_round_once_to_small_floats(void **state) {
    for (int i = 0; small_floats(i); i++) {
        Table t = table_of(small_floats(i));
        for (int code = 0; code < t.count; code++) {
            double low = table_value(&t, code), high = table_value(&t, code + 1),
                   middle = (low + high) / 2;
            double near[] = {low,
                             middle,
                             nextafter(middle, low),
                             nextafter(middle, high),
                             nextafter(low, 0),
                             nextafter(low, high),
                             low + (high - low) * 0.3,
                             low + (high - low) * 0.8};
            for (int k = 0; k < 8; k++)
                assert_code(&t, eval_from_double(t.type, near[k]), table_round(&t, near[k]));
        }
        for (int k = 0; k < 200000; k++) {
            double value = ldexp((double)(int64_t)random_bits(), (int)(random_bits() % 300) - 210);
            assert_code(&t, eval_from_double(t.type, value), table_round(&t, value));
        }
        assert_int_equal(eval_from_double(t.type, INFINITY), nan_or_infinity(&t));
        assert_int_equal(eval_from_double(t.type, 1e300), nan_or_infinity(&t));
        assert_int_equal(eval_from_double(t.type, -1e300), nan_or_infinity(&t) | sign_of(&t));
        assert_true(isnan(eval_to_double(t.type, eval_from_double(t.type, NAN))));
        assert_int_equal(eval_from_double(t.type, -0.0), sign_of(&t));
        assert_int_equal(eval_from_double(t.type, 5e-324), 0);
    }
    assert_int_equal(eval_from_double(types->scalars[TYPE_F8_E4M3], 464.0),
                     0x7e); /* the tie goes to 448 */
    assert_int_equal(eval_from_double(types->scalars[TYPE_F8_E4M3], 464.1), 0x7f);
}

/* The exact value of an op in 113 bits, which is exact or innocuous for operands of 11 bits at
 * most. */
static __float128 reference(Opcode code, __float128 a, __float128 b, __float128 c) {
    switch (code) {
    case OP_ARITH_ADD: return a + b;
    case OP_ARITH_SUB: return a - b;
    case OP_ARITH_MUL: return a * b;
    case OP_ARITH_DIV: return a / b;
    default: return a * b + c;
    }
}

static void small_floats_round_once_after_each_op(void **state) {
    const Opcode codes[] = {OP_ARITH_ADD, OP_ARITH_SUB, OP_ARITH_MUL, OP_ARITH_DIV, OP_ARITH_FMA};
    for (int i = 0; i < 2; i++) {
        Table t = table_of(small_floats(i));
        for (int k = 0; k < 5; k++) {
            for (int n = 0; n < 400000; n++) {
                int mask = sign_of(&t) * 2 - 1;
                int code[3];
                for (int j = 0; j < 3; j++)
                    code[j] = (int)(random_bits() >> 20) & mask;
                if (n % 2) /* near one another, where sums cancel */
                    code[2] = (code[0] + (int)(random_bits() % 64)) & mask;
                double v[3];
                for (int j = 0; j < 3; j++)
                    v[j] = eval_to_double(t.type, (uint64_t)code[j]);
                if (!isfinite(v[0]) || !isfinite(v[1]) || !isfinite(v[2]) ||
                    (codes[k] == OP_ARITH_DIV && v[1] == 0))
                    continue;
                /* bf16: 113 bits don't hold a * b + c; what is lost may show only at a midpoint */
                if (codes[k] == OP_ARITH_FMA && v[0] * v[1] != 0 && v[2] != 0 &&
                    abs(ilogb(v[0] * v[1]) - ilogb(v[2])) > 90)
                    continue;
                assert_code(
                    &t,
                    eval(codes[k], t.type, (uint64_t)code[0], (uint64_t)code[1], (uint64_t)code[2]),
                    table_round(&t, reference(codes[k], v[0], v[1], v[2])));
            }
        }
    }
}

/* Products of 9 significant bits lie on midpoints of bf16, which has 8; any addend breaks the tie,
 * though a sum in double would lose it. */
static void a_tie_of_the_product_is_broken_by_the_smallest_addend(void **state) {
    const Type *bf16 = types->bf16;
    uint64_t least = eval_from_double(bf16, 0x1p-133);
    /* 3 * 87 = 261, the midpoint of 260 and 262 */
    uint64_t three = eval_from_double(bf16, 3), n = eval_from_double(bf16, 87);
    assert_int_equal(eval(OP_ARITH_FMA, bf16, three, n, 0), eval_from_double(bf16, 260));
    assert_int_equal(eval(OP_ARITH_FMA, bf16, three, n, least), eval_from_double(bf16, 262));
    assert_int_equal(eval(OP_ARITH_FMA, bf16, three, n, least | 0x8000),
                     eval_from_double(bf16, 260));
    uint64_t m = eval_from_double(bf16, 89); /* 267: midpoint of 266 and 268, to even is 268 */
    assert_int_equal(eval(OP_ARITH_FMA, bf16, three, m, 0), eval_from_double(bf16, 268));
    assert_int_equal(eval(OP_ARITH_FMA, bf16, three, m, least | 0x8000),
                     eval_from_double(bf16, 266));
}

static void small_square_roots_are_correctly_rounded(void **state) {
    for (int i = 0; i < 2; i++) {
        Table t = table_of(small_floats(i));
        for (int code = 1; code < t.count; code++) {
            int root = (int)eval(OP_MATH_SQRT, t.type, (uint64_t)code, 0, 0);
            /* value is between the squares of the midpoints below and above the root */
            __float128 value = table_value(&t, code);
            __float128 r = table_value(&t, root), below = table_value(&t, root - 1),
                       above = table_value(&t, root + 1);
            assert_true((r + below) * (r + below) <= 4 * value &&
                        4 * value <= (r + above) * (r + above));
        }
    }
}

static void integers_convert_to_floats_rounding_once(void **state) {
    Table f16 = table_of(types->f16);
    for (int64_t n = -70000; n <= 70000; n++)
        assert_code(&f16, eval_convert(types->i64, types->f16, (uint64_t)n), table_round(&f16, n));
    for (int n = 0; n < 200000; n++) {
        uint64_t bits = random_bits() >> (random_bits() & 63);
        float wanted = (float)(int64_t)bits, unsigned_wanted = (float)bits;
        uint32_t code;
        memcpy(&code, &wanted, 4);
        assert_int_equal(eval_convert(types->i64, types->f32, bits), code);
        memcpy(&code, &unsigned_wanted, 4);
        assert_int_equal(eval_convert(types->u64, types->f32, bits), code);
        assert_int_equal(eval_convert(types->i64, types->f64, bits),
                         bits_of((double)(int64_t)bits));
        assert_int_equal(eval_convert(types->u64, types->f64, bits), bits_of((double)bits));
        Table bf16 = table_of(types->bf16);
        assert_code(&bf16, eval_convert(types->u64, types->bf16, bits), table_round(&bf16, bits));
    }
}

static void floats_convert_to_integers_toward_zero_and_saturate(void **state) {
    struct { double value; const Type *to; int64_t wanted;
    } cases[] = {
        {1.9, types->i32, 1},
        {-1.9, types->i32, -1},
        {NAN, types->i32, 0},
        {3e9, types->i32, INT32_MAX},
        {-3e9, types->i32, INT32_MIN},
        {127.9, types->i8, 127},
        {128, types->i8, 127},
        {-128.9, types->i8, -128},
        {-129, types->i8, -128},
        {255.9, types->u8, 255},
        {256, types->u8, 255},
        {-0.9, types->u8, 0},
        {-5, types->u8, 0},
        {INFINITY, types->i64, INT64_MAX},
        {-INFINITY, types->i64, INT64_MIN},
        {0x1p63, types->i64, INT64_MAX},
        {-0x1p63, types->i64, INT64_MIN},
        {0x1p64, types->u64, -1},
        {0x1p63, types->u64, INT64_MIN},
        {NAN, types->boolean, 1},
        {-0.0, types->boolean, 0},
        {0.25, types->boolean, 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal((int64_t)eval_convert(types->f64, cases[i].to, bits_of(cases[i].value)),
                         cases[i].wanted);
}

static void eight_bit_integers_do_as_python_does(void **state) {
    for (int is_signed = 0; is_signed < 2; is_signed++) {
        const Type *type = is_signed ? types->i8 : types->u8;
        int low = is_signed ? -128 : 0, high = is_signed ? 127 : 255;
        for (int a = low; a <= high; a++) {
            for (int b = low; b <= high; b++) {
                uint64_t x = (uint64_t)(int64_t)a, y = (uint64_t)(int64_t)b;
                int floor_div = b ? (int)floor((double)a / b) : 0,
                    ceil_div = b ? (int)ceil((double)a / b) : 0;
                int in_range = b >= 0 && b < 8;
                struct { Opcode code; int wanted; } cases[] = {
                    {OP_ARITH_ADD, a + b},
                    {OP_ARITH_SUB, a - b},
                    {OP_ARITH_MUL, a * b},
                    {OP_ARITH_FLOOR_DIV, floor_div},
                    {OP_ARITH_MOD, b ? a - floor_div * b : 0},
                    {OP_ARITH_CEIL_DIV, ceil_div},
                    {OP_ARITH_MIN, a < b ? a : b},
                    {OP_ARITH_MAX, a > b ? a : b},
                    {OP_ARITH_XOR, a ^ b},
                    {OP_ARITH_SHL, in_range ? a * (1 << b) : 0},
                    {OP_ARITH_SHR, in_range ? (int)floor(a / (double)(1 << b)) : a < 0 ? -1 : 0},
                    {OP_ARITH_NEG, -a},
                    {OP_ARITH_ABS, abs(a)},
                    {OP_ARITH_NOT, -1 - a},
                };
                for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                    int64_t wanted = is_signed ? (int8_t)cases[i].wanted : (uint8_t)cases[i].wanted;
                    assert_int_equal((int64_t)eval(cases[i].code, type, x, y, 0), wanted);
                }
            }
        }
    }
}

static void wide_integers_wrap_at_the_edges(void **state) {
    uint64_t least = 1ull << 63;
    assert_int_equal(eval(OP_ARITH_FLOOR_DIV, types->i64, least, ~0ull, 0), least);
    assert_int_equal(eval(OP_ARITH_CEIL_DIV, types->i64, least, ~0ull, 0), least);
    assert_int_equal(eval(OP_ARITH_MOD, types->i64, least, ~0ull, 0), 0);
    assert_int_equal(eval(OP_ARITH_NEG, types->i64, least, 0, 0), least);
    assert_int_equal(eval(OP_ARITH_ABS, types->i64, least, 0, 0), least);
    assert_int_equal(eval(OP_ARITH_MUL, types->i64, least, 3, 0), least);
    assert_int_equal(eval(OP_ARITH_MUL, types->u64, ~0ull, ~0ull, 0), 1);
    assert_int_equal(eval(OP_ARITH_SUB, types->u64, 0, 1, 0), ~0ull);
    assert_int_equal(eval(OP_ARITH_CEIL_DIV, types->u64, ~0ull, 2, 0), 1ull << 63);
    assert_int_equal(eval(OP_ARITH_SHL, types->i64, 1, 64, 0), 0);
    assert_int_equal(eval(OP_ARITH_SHR, types->i64, least, (uint64_t)-1, 0), ~0ull);
    assert_int_equal(eval(OP_ARITH_SHR, types->u64, ~0ull, 63, 0), 1);
    assert_int_equal(eval(OP_ARITH_NOT, types->boolean, 1, 0, 0), 0);
}

/* The exact floor by integers, for operands m * 2^e whose quotient fits 126 bits. */
static __int128 exact_floor(int64_t a, int64_t b, int shift) {
    __int128 dividend = (__int128)a * ((__int128)1 << shift), quotient = dividend / b;
    return quotient - (dividend % b != 0 && (dividend < 0) != (b < 0));
}

static void float_floor_division_is_exact_and_rounded_once(void **state) {
    for (int n = 0; n < 400000; n++) {
        int shift = (int)(random_bits() % 62);
        int64_t a = (int64_t)random_bits() >> 11 >> (random_bits() % 50),
                b = (int64_t)random_bits() >> 11 >> (random_bits() % 50);
        if (n % 4 == 0 && b)
            a = a / b * b + (int64_t)(random_bits() % 3) - 1; /* near an integer */
        b = b ? b : 1;
        if (a > 1ll << 53 || a < -(1ll << 53) || a == 0)
            continue;
        double wanted = (double)exact_floor(a, b, shift);
        double got = double_of(eval(OP_ARITH_FLOOR_DIV, types->f64,
                                    bits_of(ldexp((double)a, shift)), bits_of((double)b), 0));
        assert_true(got == wanted);
        float fa = (float)(a >> 30), fb = (float)(b >> 30);
        if (fb == 0 || fa == 0)
            continue;
        float narrow = (float)exact_floor((int64_t)fa, (int64_t)fb, shift), result;
        float scaled = ldexpf(fa, shift);
        uint32_t x, y;
        memcpy(&x, &scaled, 4);
        memcpy(&y, &fb, 4);
        uint32_t code = (uint32_t)eval(OP_ARITH_FLOOR_DIV, types->f32, x, y, 0);
        memcpy(&result, &code, 4);
        assert_true(result == narrow);
    }
    struct { double a, b, wanted;
    } cases[] = {
        {1, 0, INFINITY},   {-1, 0, -INFINITY}, {-0.0, 5, -0.0},
        {1, -5, -1},        {-1, 5, -1},        {7, -2, -4},
        {-1, INFINITY, -1}, {1, INFINITY, 0},   {1e300, 1e-300, INFINITY},
        {1, 0.1, 9},        {5e-324, 1e300, 0}, {-5e-324, 1e300, -1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(
            eval(OP_ARITH_FLOOR_DIV, types->f64, bits_of(cases[i].a), bits_of(cases[i].b), 0),
            bits_of(cases[i].wanted));
}

/* Floor division of all pairs of a sample of f16 and bf16 against 113 bits. */
static void small_floor_division_is_exact(void **state) {
    for (int i = 0; i < 2; i++) {
        Table t = table_of(small_floats(i));
        for (int n = 0; n < 300000; n++) {
            int x = (int)(random_bits() % (uint64_t)t.count),
                y = 1 + (int)(random_bits() % (uint64_t)(t.count - 1));
            int64_t quotient;
            __float128 exact = (__float128)table_value(&t, x) / table_value(&t, y);
            if (exact < 0x1p62Q) {
                quotient = (int64_t)exact;
                exact = quotient;
            }
            assert_code(&t, eval(OP_ARITH_FLOOR_DIV, t.type, (uint64_t)x, (uint64_t)y, 0),
                        table_round(&t, exact));
        }
    }
}

static void float_remainder_takes_the_divisors_sign(void **state) {
    struct { double a, b, wanted;
    } cases[] = {
        {5, 3, 2},
        {-5, 3, 1},
        {5, -3, -1},
        {-5, -3, -2},
        {-6, 3, -0.0},
        {1, INFINITY, 1},
        {-1, INFINITY, INFINITY},
        {5.5, 2, 1.5},
        {-1e-20, 3, 3},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(
            eval(OP_ARITH_MOD, types->f64, bits_of(cases[i].a), bits_of(cases[i].b), 0),
            bits_of(cases[i].wanted));
    assert_true(isnan(double_of(eval(OP_ARITH_MOD, types->f64, bits_of(1), bits_of(0), 0))));
}

static void minimum_and_maximum_let_nan_decide_the_order(void **state) {
    uint64_t nan = bits_of(NAN), one = bits_of(1), zero = bits_of(0), minus_zero = bits_of(-0.0);
    assert_int_equal(eval(OP_ARITH_MIN, types->f64, nan, one, 0), nan);
    assert_int_equal(eval(OP_ARITH_MIN, types->f64, one, nan, 0), one);
    assert_int_equal(eval(OP_ARITH_MAX, types->f64, zero, minus_zero, 0), zero);
    assert_int_equal(eval(OP_ARITH_MAX, types->f64, minus_zero, zero, 0), minus_zero);
}

static void range_counts_its_turns(void **state) {
    struct { const Type *type; int64_t start, stop, step; uint64_t wanted;
    } cases[] = {
        {types->i64, 0, 10, 1, 10},
        {types->i64, 0, 10, 3, 4},
        {types->i64, 10, 0, -3, 4},
        {types->i64, 0, 10, -1, 0},
        {types->i64, 0, 10, 0, 0},
        {types->i64, INT64_MIN, INT64_MAX, 1, UINT64_MAX},
        {types->i64, INT64_MAX, INT64_MIN, INT64_MIN, 2},
        {types->u8, 0, 255, 2, 128},
        {types->u64, 0, -1, 1, UINT64_MAX},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(eval(OP_ARITH_RANGE_TRIPS, cases[i].type, (uint64_t)cases[i].start,
                              (uint64_t)cases[i].stop, (uint64_t)cases[i].step),
                         cases[i].wanted);
}

static void comparisons_are_ordered_but_for_ne(void **state) {
    assert_false(eval_compare(PREDICATE_EQ, types->f64, bits_of(NAN), bits_of(NAN)));
    assert_true(eval_compare(PREDICATE_NE, types->f64, bits_of(NAN), bits_of(NAN)));
    assert_false(eval_compare(PREDICATE_GE, types->f64, bits_of(NAN), bits_of(1)));
    assert_true(eval_compare(PREDICATE_LT, types->i64, (uint64_t)-1, 0));
    assert_false(eval_compare(PREDICATE_LT, types->u64, (uint64_t)-1, 0));
    assert_true(eval_compare(PREDICATE_EQ, types->f16, 0x8000, 0));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(small_floats_widen_exactly_and_come_back),
        cmocka_unit_test(doubles_round_once_to_small_floats),
        cmocka_unit_test(small_floats_round_once_after_each_op),
        cmocka_unit_test(a_tie_of_the_product_is_broken_by_the_smallest_addend),
        cmocka_unit_test(small_square_roots_are_correctly_rounded),
        cmocka_unit_test(integers_convert_to_floats_rounding_once),
        cmocka_unit_test(floats_convert_to_integers_toward_zero_and_saturate),
        cmocka_unit_test(eight_bit_integers_do_as_python_does),
        cmocka_unit_test(wide_integers_wrap_at_the_edges),
        cmocka_unit_test(float_floor_division_is_exact_and_rounded_once),
        cmocka_unit_test(small_floor_division_is_exact),
        cmocka_unit_test(float_remainder_takes_the_divisors_sign),
        cmocka_unit_test(minimum_and_maximum_let_nan_decide_the_order),
        cmocka_unit_test(range_counts_its_turns),
        cmocka_unit_test(comparisons_are_ordered_but_for_ne),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
