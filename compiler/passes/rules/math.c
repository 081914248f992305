/* Rules of floats: only those that keep every bit, -0.0, infinities and subnormals included; of a NaN they
 * keep that it is one. That leaves little: x + 0.0 is not x (-0.0 + 0.0 is 0.0), x * 0.0 is not 0.0. */
#include "passes/rules/rules.h"

/* 1 / k is exact: k is a power of two, and its inverse fits the type. It should be no subnormal, which some
 * machines multiply slowly. Then quotient and product are the same number, and both are rounded once. */
static bool k_has_an_exact_inverse(const Guard *g) {
    if (!is_any_float(g))
        return false;
    double k = eval_to_double(g->type, g->constants[1]), inverse = 1 / k;
    uint64_t bits = eval_from_double(g->type, inverse);
    int exponent;
    if (!__builtin_isfinite(k) || k == 0 || __builtin_fabs(__builtin_frexp(k, &exponent)) != 0.5)
        return false;
    double least_normal = g->type->kind == TYPE_F16 ? 0x1p-14 : g->type->kind == TYPE_F64 ? 0x1p-1022 : 0x1p-126;
    return eval_to_double(g->type, bits) == inverse && __builtin_fabs(inverse) >= least_normal;
}

static const Rule rules[] = {
    /* x + -0.0 -> x         */ {P(ARITH_ADD, X, MINUS_ZERO), X, is_any_float},
    /* x - 0.0 -> x          */ {P(ARITH_SUB, X, ZERO), X, is_any_float},
    /* -0.0 - x -> -x        */ {P(ARITH_SUB, MINUS_ZERO, X), P(ARITH_NEG, X), is_any_float},
    /* x + -y -> x - y       */ {P(ARITH_ADD, X, P(ARITH_NEG, Y)), P(ARITH_SUB, X, Y), is_any_float},
    /* x - -y -> x + y       */ {P(ARITH_SUB, X, P(ARITH_NEG, Y)), P(ARITH_ADD, X, Y), is_any_float},
    /* x * 1 -> x            */ {P(ARITH_MUL, X, ONE), X, is_any_float},
    /* x * -1 -> -x          */ {P(ARITH_MUL, X, MINUS_ONE), P(ARITH_NEG, X), is_any_float},
    /* -x * -y -> x * y      */ {P(ARITH_MUL, P(ARITH_NEG, X), P(ARITH_NEG, Y)), P(ARITH_MUL, X, Y), is_any_float},
    /* -x * k -> x * -k      */ {P(ARITH_MUL, P(ARITH_NEG, X), K), P(ARITH_MUL, X, P(ARITH_NEG, K)), is_any_float},
    /* x / 1 -> x            */ {P(ARITH_DIV, X, ONE), X, is_any_float},
    /* x / -1 -> -x          */ {P(ARITH_DIV, X, MINUS_ONE), P(ARITH_NEG, X), is_any_float},
    /* x / 2^k -> x * 2^-k   */ {P(ARITH_DIV, X, K), P(ARITH_MUL, X, P(ARITH_DIV, ONE, K)), k_has_an_exact_inverse},
    /* -x / -y -> x / y      */ {P(ARITH_DIV, P(ARITH_NEG, X), P(ARITH_NEG, Y)), P(ARITH_DIV, X, Y), is_any_float},
    /* -(-x) -> x            */ {P(ARITH_NEG, P(ARITH_NEG, X)), X, is_any_float},
    /* abs(-x) -> abs(x)     */ {P(ARITH_ABS, P(ARITH_NEG, X)), P(ARITH_ABS, X), is_any_float},
    /* abs(abs(x)) -> abs(x) */ {P(ARITH_ABS, P(ARITH_ABS, X)), P(ARITH_ABS, X), is_any_float},
    /* fma(x, 1, y) -> x + y */ {P(ARITH_FMA, X, ONE, Y), P(ARITH_ADD, X, Y), is_any_float},
    /* fma(-x, -y, z)        */ {P(ARITH_FMA, P(ARITH_NEG, X), P(ARITH_NEG, Y), Z), P(ARITH_FMA, X, Y, Z), is_any_float},
    /* rounding twice        */ {P(MATH_FLOOR, P(MATH_FLOOR, X)), P(MATH_FLOOR, X), NULL},
                                {P(MATH_CEIL, P(MATH_CEIL, X)), P(MATH_CEIL, X), NULL},
                                {P(MATH_TRUNC, P(MATH_TRUNC, X)), P(MATH_TRUNC, X), NULL},
                                {P(MATH_ROUND, P(MATH_ROUND, X)), P(MATH_ROUND, X), NULL},
    /* the sign of a sign    */ {P(MATH_COPYSIGN, P(MATH_COPYSIGN, X, Y), Z), P(MATH_COPYSIGN, X, Z), NULL},
                                {P(MATH_COPYSIGN, P(ARITH_NEG, X), Y), P(MATH_COPYSIGN, X, Y), NULL},
                                {P(MATH_COPYSIGN, P(ARITH_ABS, X), Y), P(MATH_COPYSIGN, X, Y), NULL},
                                {P(MATH_COPYSIGN, X, X), X, NULL},
                                {P(ARITH_ABS, P(MATH_COPYSIGN, X, Y)), P(ARITH_ABS, X), NULL},
};

const RuleTable math_rules = {"math", RULES_OF_ONE_TYPE, rules, sizeof rules / sizeof *rules};
