/* Rules of integers, bools, comparisons, select and conversions.
 *
 * Multiplications by a constant stay what they are: the analyses of strides read products, and LLVM makes
 * shifts of them. Divisions don't: floor division by a power of two is a shift, signed or not. */
#include "passes/rules/rules.h"

bool type_is_int(const Type *scalar) {
    return type_is_scalar(scalar) && type_is_integer(scalar);
}

bool is_integer(const Guard *g) {
    return type_is_int(g->type);
}

bool is_integer_or_bool(const Guard *g) {
    return type_is_int(g->type) || g->type->kind == TYPE_BOOL;
}

bool is_any_float(const Guard *g) {
    return type_is_scalar(g->type) && type_is_float(g->type);
}

static bool is_unsigned(const Guard *g) {
    return is_integer(g) && !type_is_signed(g->type);
}

static bool is_signed(const Guard *g) {
    return is_integer(g) && type_is_signed(g->type);
}

static bool is_bool(const Guard *g) {
    return g->type->kind == TYPE_BOOL;
}

/* Under a `not` the pattern's first operand is a bool; X is what is compared. */
static bool x_is_integer(const Guard *g) {
    return type_is_int(g->from) || g->from->kind == TYPE_BOOL;
}

static bool gives_bool(const Guard *g) {
    return g->result->kind == TYPE_BOOL;
}

static bool k_is_power_of_two(const Guard *g) {
    if (!is_integer(g) || (type_is_signed(g->type) && (int64_t)g->constants[1] <= 0))
        return false;
    uint64_t k = g->constants[1];
    return k != 0 && (k & (k - 1)) == 0;
}

static bool count_fits(const Guard *g, uint64_t count) {
    return count < type_bits(g->type);
}

static bool sum_fits_width(const Guard *g) {
    uint64_t j = g->constants[0], k = g->constants[1];
    return is_integer(g) && count_fits(g, j) && count_fits(g, k) && count_fits(g, j + k);
}

static bool sum_is_past_width(const Guard *g) {
    uint64_t j = g->constants[0], k = g->constants[1];
    return is_integer(g) && count_fits(g, j) && count_fits(g, k) && !count_fits(g, j + k);
}

static bool k_is_past_width(const Guard *g) {
    return is_integer(g) && !count_fits(g, g->constants[1]);
}

static bool k_is_past_width_unsigned(const Guard *g) {
    return is_unsigned(g) && k_is_past_width(g);
}

static bool sum_is_past_width_unsigned(const Guard *g) {
    return is_unsigned(g) && sum_is_past_width(g);
}

/* (x << k) >> k and the like keep the low or high bits: a mask, of unsigned integers. */
static bool k_fits_unsigned(const Guard *g) {
    return is_unsigned(g) && count_fits(g, g->constants[1]);
}

/* Every value of `from` is one of `to`. */
static bool widens(const Type *from, const Type *to) {
    if (!type_is_int(from) || !type_is_int(to))
        return false;
    if (type_is_signed(from) == type_is_signed(to))
        return type_bits(from) <= type_bits(to);
    return type_is_signed(to) && type_bits(from) < type_bits(to);
}

/* Only low bits go on, and the way in between keeps as many as come out; or nothing is lost on the way. */
static bool conversions_are_one(const Guard *g) {
    if (!type_is_int(g->middle) || !type_is_scalar(g->result))
        return false;
    if (widens(g->from, g->middle))
        return type_is_int(g->result) || type_is_float(g->result);
    return type_is_int(g->from) && type_is_int(g->result) && type_bits(g->result) <= type_bits(g->middle);
}

static bool float_widening_is_one(const Guard *g) {
    bool exact = (g->from->kind == TYPE_F16 && g->middle->kind == TYPE_F32) || (g->from->kind == TYPE_BF16 && g->middle->kind == TYPE_F32);
    return exact && type_is_scalar(g->result) && (type_is_float(g->result) || type_is_int(g->result));
}

static bool comes_back(const Guard *g) {
    return g->from == g->result &&
           (widens(g->from, g->middle) || (g->from->kind == TYPE_F16 && (g->middle->kind == TYPE_F32 || g->middle->kind == TYPE_F64)) ||
            (g->from->kind == TYPE_BF16 && (g->middle->kind == TYPE_F32 || g->middle->kind == TYPE_F64)) ||
            (g->from->kind == TYPE_F32 && g->middle->kind == TYPE_F64));
}

/* x + j == k is x == k - j: sums wrap, so this is one to one. */
static const Rule rules[] = {
    /* x + 0 -> x                */ {P(ARITH_ADD, X, ZERO), X, is_integer},
    /* (x + j) + k -> x + (j+k)  */ {P(ARITH_ADD, P(ARITH_ADD, X, J), K), P(ARITH_ADD, X, P(ARITH_ADD, J, K)), is_integer},
    /* x + -y -> x - y           */ {P(ARITH_ADD, X, P(ARITH_NEG, Y)), P(ARITH_SUB, X, Y), is_integer},
    /* (x - y) + y -> x          */ {P(ARITH_ADD, P(ARITH_SUB, X, Y), Y), X, is_integer},
    /* (j - x) + k -> (j+k) - x  */ {P(ARITH_ADD, P(ARITH_SUB, J, X), K), P(ARITH_SUB, P(ARITH_ADD, J, K), X), is_integer},

    /* x - 0 -> x                */ {P(ARITH_SUB, X, ZERO), X, is_integer},
    /* x - x -> 0                */ {P(ARITH_SUB, X, X), ZERO, is_integer},
    /* x - k -> x + -k           */ {P(ARITH_SUB, X, K), P(ARITH_ADD, X, P(ARITH_NEG, K)), is_integer},
    /* 0 - x -> -x               */ {P(ARITH_SUB, ZERO, X), P(ARITH_NEG, X), is_integer},
    /* x - -y -> x + y           */ {P(ARITH_SUB, X, P(ARITH_NEG, Y)), P(ARITH_ADD, X, Y), is_integer},
    /* (x + y) - y -> x          */ {P(ARITH_SUB, P(ARITH_ADD, X, Y), Y), X, is_integer},
    /* (x + y) - x -> y          */ {P(ARITH_SUB, P(ARITH_ADD, X, Y), X), Y, is_integer},
    /* x - (x - y) -> y          */ {P(ARITH_SUB, X, P(ARITH_SUB, X, Y)), Y, is_integer},
    /* j - (x + k) -> (j-k) - x  */ {P(ARITH_SUB, J, P(ARITH_ADD, X, K)), P(ARITH_SUB, P(ARITH_SUB, J, K), X), is_integer},

    /* -(-x) -> x                */ {P(ARITH_NEG, P(ARITH_NEG, X)), X, is_integer},
    /* -(x - y) -> y - x         */ {P(ARITH_NEG, P(ARITH_SUB, X, Y)), P(ARITH_SUB, Y, X), is_integer},
    /* abs(-x) -> abs(x)         */ {P(ARITH_ABS, P(ARITH_NEG, X)), P(ARITH_ABS, X), is_signed},
    /* abs(abs(x)) -> abs(x)     */ {P(ARITH_ABS, P(ARITH_ABS, X)), P(ARITH_ABS, X), is_integer},
    /* abs of unsigned -> x      */ {P(ARITH_ABS, X), X, is_unsigned},

    /* x * 0 -> 0                */ {P(ARITH_MUL, X, ZERO), ZERO, is_integer},
    /* x * 1 -> x                */ {P(ARITH_MUL, X, ONE), X, is_integer},
    /* x * -1 -> -x              */ {P(ARITH_MUL, X, MINUS_ONE), P(ARITH_NEG, X), is_integer},
    /* (x * j) * k -> x * (j*k)  */ {P(ARITH_MUL, P(ARITH_MUL, X, J), K), P(ARITH_MUL, X, P(ARITH_MUL, J, K)), is_integer},
    /* -x * -y -> x * y          */ {P(ARITH_MUL, P(ARITH_NEG, X), P(ARITH_NEG, Y)), P(ARITH_MUL, X, Y), is_integer},

    /* x // 1 -> x               */ {P(ARITH_FLOOR_DIV, X, ONE), X, is_integer},
    /* x // 0 -> 0               */ {P(ARITH_FLOOR_DIV, X, ZERO), ZERO, is_integer},
    /* 0 // x -> 0               */ {P(ARITH_FLOOR_DIV, ZERO, X), ZERO, is_integer},
    /* x // 2^k -> x >> k        */ {P(ARITH_FLOOR_DIV, X, K), P(ARITH_SHR, X, LOG2_K), k_is_power_of_two},
    /* x % 1 -> 0                */ {P(ARITH_MOD, X, ONE), ZERO, is_integer},
    /* x % 0 -> 0                */ {P(ARITH_MOD, X, ZERO), ZERO, is_integer},
    /* 0 % x -> 0                */ {P(ARITH_MOD, ZERO, X), ZERO, is_integer},
    /* x % x -> 0                */ {P(ARITH_MOD, X, X), ZERO, is_integer},
    /* x % 2^k -> x & (2^k - 1)  */ {P(ARITH_MOD, X, K), P(ARITH_AND, X, P(ARITH_SUB, K, ONE)), k_is_power_of_two},
    /* (x % y) % y -> x % y      */ {P(ARITH_MOD, P(ARITH_MOD, X, Y), Y), P(ARITH_MOD, X, Y), is_integer},
    /* ceildiv(x, 1) -> x        */ {P(ARITH_CEIL_DIV, X, ONE), X, is_integer},
    /* ceildiv(x, 0) -> 0        */ {P(ARITH_CEIL_DIV, X, ZERO), ZERO, is_integer},
    /* ceildiv(0, x) -> 0        */ {P(ARITH_CEIL_DIV, ZERO, X), ZERO, is_integer},

    /* min(x, x) -> x            */ {P(ARITH_MIN, X, X), X, NULL},
    /* max(x, x) -> x            */ {P(ARITH_MAX, X, X), X, NULL},
    /* min(x, least) -> least    */ {P(ARITH_MIN, X, LEAST), LEAST, is_integer},
    /* min(x, most) -> x         */ {P(ARITH_MIN, X, MOST), X, is_integer},
    /* max(x, least) -> x        */ {P(ARITH_MAX, X, LEAST), X, is_integer},
    /* max(x, most) -> most      */ {P(ARITH_MAX, X, MOST), MOST, is_integer},
    /* min(min(x, j), k)         */ {P(ARITH_MIN, P(ARITH_MIN, X, J), K), P(ARITH_MIN, X, P(ARITH_MIN, J, K)), is_integer},
    /* max(max(x, j), k)         */ {P(ARITH_MAX, P(ARITH_MAX, X, J), K), P(ARITH_MAX, X, P(ARITH_MAX, J, K)), is_integer},
    /* min(min(x, y), y)         */ {P(ARITH_MIN, P(ARITH_MIN, X, Y), Y), P(ARITH_MIN, X, Y), is_integer},
    /* max(max(x, y), y)         */ {P(ARITH_MAX, P(ARITH_MAX, X, Y), Y), P(ARITH_MAX, X, Y), is_integer},
    /* min(max(x, y), y) -> y    */ {P(ARITH_MIN, P(ARITH_MAX, X, Y), Y), Y, is_integer},
    /* max(min(x, y), y) -> y    */ {P(ARITH_MAX, P(ARITH_MIN, X, Y), Y), Y, is_integer},

    /* x & 0 -> 0                */ {P(ARITH_AND, X, ZERO), ZERO, is_integer_or_bool},
    /* x & -1 -> x               */ {P(ARITH_AND, X, MINUS_ONE), X, is_integer_or_bool},
    /* x & x -> x                */ {P(ARITH_AND, X, X), X, is_integer_or_bool},
    /* x & ~x -> 0               */ {P(ARITH_AND, X, P(ARITH_NOT, X)), ZERO, is_integer_or_bool},
    /* (x & j) & k -> x & (j&k)  */ {P(ARITH_AND, P(ARITH_AND, X, J), K), P(ARITH_AND, X, P(ARITH_AND, J, K)), is_integer_or_bool},
    /* (x & y) & y -> x & y      */ {P(ARITH_AND, P(ARITH_AND, X, Y), Y), P(ARITH_AND, X, Y), is_integer_or_bool},
    /* x & (x | y) -> x          */ {P(ARITH_AND, X, P(ARITH_OR, X, Y)), X, is_integer_or_bool},
    /* x | 0 -> x                */ {P(ARITH_OR, X, ZERO), X, is_integer_or_bool},
    /* x | -1 -> -1              */ {P(ARITH_OR, X, MINUS_ONE), MINUS_ONE, is_integer_or_bool},
    /* x | x -> x                */ {P(ARITH_OR, X, X), X, is_integer_or_bool},
    /* x | ~x -> -1              */ {P(ARITH_OR, X, P(ARITH_NOT, X)), MINUS_ONE, is_integer_or_bool},
    /* (x | j) | k -> x | (j|k)  */ {P(ARITH_OR, P(ARITH_OR, X, J), K), P(ARITH_OR, X, P(ARITH_OR, J, K)), is_integer_or_bool},
    /* (x | y) | y -> x | y      */ {P(ARITH_OR, P(ARITH_OR, X, Y), Y), P(ARITH_OR, X, Y), is_integer_or_bool},
    /* x | (x & y) -> x          */ {P(ARITH_OR, X, P(ARITH_AND, X, Y)), X, is_integer_or_bool},
    /* x ^ 0 -> x                */ {P(ARITH_XOR, X, ZERO), X, is_integer_or_bool},
    /* x ^ x -> 0                */ {P(ARITH_XOR, X, X), ZERO, is_integer_or_bool},
    /* x ^ -1 -> ~x              */ {P(ARITH_XOR, X, MINUS_ONE), P(ARITH_NOT, X), is_integer_or_bool},
    /* (x ^ j) ^ k -> x ^ (j^k)  */ {P(ARITH_XOR, P(ARITH_XOR, X, J), K), P(ARITH_XOR, X, P(ARITH_XOR, J, K)), is_integer_or_bool},
    /* (x ^ y) ^ y -> x          */ {P(ARITH_XOR, P(ARITH_XOR, X, Y), Y), X, is_integer_or_bool},
    /* ~~x -> x                  */ {P(ARITH_NOT, P(ARITH_NOT, X)), X, is_integer_or_bool},

    /* x << 0 -> x               */ {P(ARITH_SHL, X, ZERO), X, is_integer},
    /* 0 << x -> 0               */ {P(ARITH_SHL, ZERO, X), ZERO, is_integer},
    /* x << k, k past the width  */ {P(ARITH_SHL, X, K), ZERO, k_is_past_width},
    /* (x << j) << k -> x << j+k */ {P(ARITH_SHL, P(ARITH_SHL, X, J), K), P(ARITH_SHL, X, P(ARITH_ADD, J, K)), sum_fits_width},
    /* (x << j) << k -> 0        */ {P(ARITH_SHL, P(ARITH_SHL, X, J), K), ZERO, sum_is_past_width},
    /* x >> 0 -> x               */ {P(ARITH_SHR, X, ZERO), X, is_integer},
    /* 0 >> x -> 0               */ {P(ARITH_SHR, ZERO, X), ZERO, is_integer},
    /* x >> k, k past the width  */ {P(ARITH_SHR, X, K), ZERO, k_is_past_width_unsigned},
    /* (x >> j) >> k -> x >> j+k */ {P(ARITH_SHR, P(ARITH_SHR, X, J), K), P(ARITH_SHR, X, P(ARITH_ADD, J, K)), sum_fits_width},
    /* (x >> j) >> k -> 0        */ {P(ARITH_SHR, P(ARITH_SHR, X, J), K), ZERO, sum_is_past_width_unsigned},
    /* (x << k) >> k -> x & mask */ {P(ARITH_SHR, P(ARITH_SHL, X, K), K), P(ARITH_AND, X, P(ARITH_SHR, MINUS_ONE, K)), k_fits_unsigned},
    /* (x >> k) << k -> x & mask */ {P(ARITH_SHL, P(ARITH_SHR, X, K), K), P(ARITH_AND, X, P(ARITH_SHL, MINUS_ONE, K)), k_fits_unsigned},

    /* x == x and its like       */ {CMP(EQ, X, X), ONE, is_integer_or_bool},
                                    {CMP(NE, X, X), ZERO, is_integer_or_bool},
                                    {CMP(LE, X, X), ONE, is_integer_or_bool},
                                    {CMP(LT, X, X), ZERO, NULL},
                                    {CMP(GE, X, X), ONE, is_integer_or_bool},
                                    {CMP(GT, X, X), ZERO, NULL},
    /* nothing is below least    */ {CMP(LT, X, LEAST), ZERO, is_integer_or_bool},
                                    {CMP(GE, X, LEAST), ONE, is_integer_or_bool},
                                    {CMP(GT, X, MOST), ZERO, is_integer_or_bool},
                                    {CMP(LE, X, MOST), ONE, is_integer_or_bool},
    /* x + j == k -> x == k - j  */ {CMP(EQ, P(ARITH_ADD, X, J), K), CMP(EQ, X, P(ARITH_SUB, K, J)), is_integer},
                                    {CMP(NE, P(ARITH_ADD, X, J), K), CMP(NE, X, P(ARITH_SUB, K, J)), is_integer},
    /* x - y == 0 -> x == y      */ {CMP(EQ, P(ARITH_SUB, X, Y), ZERO), CMP(EQ, X, Y), is_integer},
                                    {CMP(NE, P(ARITH_SUB, X, Y), ZERO), CMP(NE, X, Y), is_integer},
    /* x ^ y == 0 -> x == y      */ {CMP(EQ, P(ARITH_XOR, X, Y), ZERO), CMP(EQ, X, Y), is_integer},
                                    {CMP(NE, P(ARITH_XOR, X, Y), ZERO), CMP(NE, X, Y), is_integer},
    /* c == True -> c            */ {CMP(EQ, X, ONE), X, is_bool},
                                    {CMP(NE, X, ZERO), X, is_bool},
                                    {CMP(EQ, X, ZERO), P(ARITH_NOT, X), is_bool},
                                    {CMP(NE, X, ONE), P(ARITH_NOT, X), is_bool},
};

static const Rule select_rules_list[] = {
    /* select(c, x, x) -> x      */ {P(ARITH_SELECT, X, Y, Y), Y, NULL},
    /* select(~c, x, y)          */ {P(ARITH_SELECT, P(ARITH_NOT, X), Y, Z), P(ARITH_SELECT, X, Z, Y), NULL},
};

static const Rule bool_rules_list[] = {
    /* select(c, True, False)    */ {P(ARITH_SELECT, X, ONE, ZERO), X, gives_bool},
    /* select(c, False, True)    */ {P(ARITH_SELECT, X, ZERO, ONE), P(ARITH_NOT, X), gives_bool},
    /* select(c, x, False)       */ {P(ARITH_SELECT, X, Y, ZERO), P(ARITH_AND, X, Y), gives_bool},
    /* select(c, True, x)        */ {P(ARITH_SELECT, X, ONE, Y), P(ARITH_OR, X, Y), gives_bool},
    /* select(c, c, x)           */ {P(ARITH_SELECT, X, X, Y), P(ARITH_OR, X, Y), gives_bool},
    /* select(c, x, c)           */ {P(ARITH_SELECT, X, Y, X), P(ARITH_AND, X, Y), gives_bool},
    /* ~c & ~d -> ~(c | d)       */ {P(ARITH_AND, P(ARITH_NOT, X), P(ARITH_NOT, Y)), P(ARITH_NOT, P(ARITH_OR, X, Y)), is_bool},
    /* ~c | ~d -> ~(c & d)       */ {P(ARITH_OR, P(ARITH_NOT, X), P(ARITH_NOT, Y)), P(ARITH_NOT, P(ARITH_AND, X, Y)), is_bool},
};

/* The other comparison: of integers each has one, of floats only == and != (which is true of a NaN). */
static const Rule compare_rules_list[] = {
    {P(ARITH_NOT, CMP(EQ, X, Y)), CMP(NE, X, Y), NULL},
    {P(ARITH_NOT, CMP(NE, X, Y)), CMP(EQ, X, Y), NULL},
    {P(ARITH_NOT, CMP(LT, X, Y)), CMP(GE, X, Y), x_is_integer},
    {P(ARITH_NOT, CMP(GE, X, Y)), CMP(LT, X, Y), x_is_integer},
    {P(ARITH_NOT, CMP(GT, X, Y)), CMP(LE, X, Y), x_is_integer},
    {P(ARITH_NOT, CMP(LE, X, Y)), CMP(GT, X, Y), x_is_integer},
};

static const Rule convert_rules_list[] = {
    /* there and back            */ {P(ARITH_CONVERT, P(ARITH_CONVERT, X)), X, comes_back},
    /* two ways are one          */ {P(ARITH_CONVERT, P(ARITH_CONVERT, X)), P(ARITH_CONVERT, X), conversions_are_one},
                                    {P(ARITH_CONVERT, P(ARITH_CONVERT, X)), P(ARITH_CONVERT, X), float_widening_is_one},
};

#define TABLE(list) list, sizeof list / sizeof *list

const RuleTable arith_rules = {"arith", RULES_OF_ONE_TYPE, TABLE(rules)};
const RuleTable compare_rules = {"compare", RULES_OF_ONE_TYPE, TABLE(compare_rules_list)};
const RuleTable select_rules = {"select", RULES_OF_SELECT, TABLE(select_rules_list)};
const RuleTable bool_rules = {"bool", RULES_OF_BOOLS, TABLE(bool_rules_list)};
const RuleTable convert_rules = {"convert", RULES_OF_CONVERT, TABLE(convert_rules_list)};
