/* Literals: numbers that have no type yet. Integers are exact in 128 bits, floats are held as f64;
 * a literal takes a type where it meets one, and must fit: an integer exactly, a float into any
 * float type. */
#include "sema/expr.h"

#include "ir/eval.h"

#include <math.h>
#include <stdlib.h>

static const __int128 INT128_MAX = (__int128)(((unsigned __int128)1 << 127) - 1);
static const __int128 INT128_MIN = -(__int128)(((unsigned __int128)1 << 127) - 1) - 1;

bool attr_is_literal(const Attr *attr) {
    return attr->kind == ATTR_LITERAL_INT || attr->kind == ATTR_LITERAL_FLOAT;
}

bool operand_is_literal(const Operand *operand) {
    return operand->kind == OPERAND_CHOICE ||
           (operand->kind == OPERAND_CONST && attr_is_literal(operand->constant));
}

const char *literal_text(FuncState *fs, const Attr *literal) {
    if (literal->kind == ATTR_LITERAL_FLOAT) {
        if (fabs(literal->real) < 1e15 && literal->real == trunc(literal->real))
            return arena_printf(fs->sema->arena, "%.1f", literal->real);
        for (int digits = 1; digits < 17; digits++) {
            const char *text = arena_printf(fs->sema->arena, "%.*g", digits, literal->real);
            if (strtod(text, NULL) == literal->real)
                return text;
        }
        return arena_printf(fs->sema->arena, "%.17g", literal->real);
    }
    char digits[48], *at = digits + sizeof digits - 1;
    bool negative = literal->wide < 0;
    unsigned __int128 rest =
        negative ? -(unsigned __int128)literal->wide : (unsigned __int128)literal->wide;
    *at = 0;
    do
        *--at = (char)('0' + (int)(rest % 10));
    while ((rest /= 10) != 0);
    if (negative)
        *--at = '-';
    return arena_strndup(fs->sema->arena, at, strlen(at));
}

/* ------------------------------------------------------------------ fitting a type */

static const Attr *fit_integer(Types *types, __int128 value, const Type *type) {
    uint32_t bits = type_bits(type);
    __int128 low = type_is_signed(type) ? -((__int128)1 << (bits - 1)) : 0;
    __int128 high = ((__int128)1 << (type_is_signed(type) ? bits - 1 : bits)) - 1;
    return value < low || value > high ? NULL : attr_int(types, type, (uint64_t)value);
}

static bool is_any_float(const Type *type) {
    return type_is_scalar(type) && type->kind != TYPE_BOOL && !type_is_integer(type);
}

static const Attr *fit_exactly(Types *types, __int128 value, const Type *type) {
    double wide = (double)value;
    bool in_range = wide < 0x1p127 && wide >= -0x1p127;
    if (!in_range || (__int128)wide != value)
        return NULL;
    uint64_t bits = eval_from_double(type, wide);
    return eval_to_double(type, bits) == wide ? attr_float_bits(types, type, bits) : NULL;
}

const Attr *literal_fit(Types *types, const Attr *literal, const Type *type) {
    if (literal->kind == ATTR_LITERAL_INT) {
        if (type_is_integer(type))
            return fit_integer(types, literal->wide, type);
        return is_any_float(type) ? fit_exactly(types, literal->wide, type) : NULL;
    }
    return is_any_float(type) ? attr_float(types, type, literal->real) : NULL;
}

static void report_misfit(FuncState *fs, const Attr *literal, const Type *type, const Node *node,
                          const char *what) {
    Diags *diags = fs->sema->diags;
    const char *text = literal_text(fs, literal), *wanted = type_source(fs->sema->arena, type);
    if (!type_is_scalar(type) || type->kind == TYPE_BOOL)
        diag(diags, node->span, W0301, what, wanted,
             literal->kind == ATTR_LITERAL_INT ? "an integer literal" : "a float literal");
    else if (literal->kind == ATTR_LITERAL_FLOAT)
        diag(diags, node->span, W0303, text, what, wanted);
    else if (type_is_integer(type))
        diag(diags, node->span, W0302, text, wanted);
    else
        diag(diags, node->span, W0318, text, wanted);
}

const Attr *literal_coerce(FuncState *fs, const Attr *literal, const Type *type, const Node *node,
                           const char *what) {
    const Attr *fitted = type_is_scalar(type) ? literal_fit(fs->sema->types, literal, type) : NULL;
    if (!fitted)
        report_misfit(fs, literal, type, node, what);
    return fitted;
}

const Attr *literal_default(FuncState *fs, const Attr *literal, const Node *node) {
    Types *types = fs->sema->types;
    return literal_coerce(fs, literal, literal->kind == ATTR_LITERAL_INT ? types->i64 : types->f64,
                          node, "this");
}

/* The double beside it whose last bit is 1, so that rounding it again, to fewer bits, is right. */
static double round_to_odd(__int128 value) {
    int excess = 0;
    while (value >> excess > (1LL << 53) || value >> excess < -(1LL << 53))
        excess++;
    __int128 kept = value >> excess, unit = (__int128)1 << excess;
    if (kept * unit != value)
        kept |= 1;
    return (double)(kept * unit);
}

const Attr *literal_convert(Types *types, const Attr *literal, const Type *type) {
    if (type->kind == TYPE_BOOL)
        return attr_bool(types, literal->kind == ATTR_LITERAL_INT ? literal->wide != 0
                                                                  : literal->real != 0);
    if (type_is_integer(type)) {
        if (literal->kind == ATTR_LITERAL_INT)
            return attr_int(types, type, (uint64_t)literal->wide);
        uint64_t bits = eval_from_double(types->f64, literal->real);
        return attr_int(types, type, eval_convert(types->f64, type, bits));
    }
    if (literal->kind == ATTR_LITERAL_FLOAT)
        return attr_float(types, type, literal->real);
    double real = type->kind == TYPE_F64 ? (double)literal->wide : round_to_odd(literal->wide);
    return attr_float(types, type, real);
}

/* ------------------------------------------------------------------ arithmetic */

static double real_of(const Attr *literal) {
    return literal->kind == ATTR_LITERAL_FLOAT ? literal->real : (double)literal->wide;
}

static __int128 floor_div(__int128 a, __int128 b) {
    if (b == 0)
        return 0;
    __int128 quotient = a / b;
    return quotient - (a % b != 0 && (a < 0) != (b < 0));
}

static __int128 floor_mod(__int128 a, __int128 b) {
    return b == 0 ? 0 : a - floor_div(a, b) * b;
}

static bool shift_left(__int128 a, __int128 count, __int128 *result) {
    *result = 0;
    if (count < 0 || a == 0)
        return true;
    if (count > 126 || a > INT128_MAX >> count || a < INT128_MIN >> count)
        return false;
    *result = a * ((__int128)1 << count);
    return true;
}

static __int128 shift_right(__int128 a, __int128 count) {
    return count < 0 || count > 127 ? (a < 0 ? -1 : 0) : a >> count;
}

/* By squaring; of integers 0 for a negative exponent. */
static bool power(__int128 base, __int128 exponent, __int128 *result) {
    *result = exponent < 0 ? 0 : 1;
    for (bool square = false; exponent > 0; exponent >>= 1, square = true) {
        if (square && __builtin_mul_overflow(base, base, &base))
            return false;
        if ((exponent & 1) && __builtin_mul_overflow(*result, base, result))
            return false;
    }
    return true;
}

static bool compute_integer(Operator op, __int128 a, __int128 b, __int128 *result) {
    switch (op) {
    case OPERATOR_ADD: return !__builtin_add_overflow(a, b, result);
    case OPERATOR_SUB: return !__builtin_sub_overflow(a, b, result);
    case OPERATOR_MUL: return !__builtin_mul_overflow(a, b, result);
    case OPERATOR_FLOOR_DIV: *result = floor_div(a, b); return !(a == INT128_MIN && b == -1);
    case OPERATOR_MOD: *result = b == -1 ? 0 : floor_mod(a, b); return true;
    case OPERATOR_POW: return power(a, b, result);
    case OPERATOR_AND: *result = a & b; return true;
    case OPERATOR_OR: *result = a | b; return true;
    case OPERATOR_XOR: *result = a ^ b; return true;
    case OPERATOR_SHL: return shift_left(a, b, result);
    case OPERATOR_SHR: *result = shift_right(a, b); return true;
    default: weft_bug("no integer literal operator %s", operator_text(op));
    }
}

static double real_power(double base, const Attr *exponent) {
    if (exponent->kind == ATTR_LITERAL_FLOAT)
        return pow(base, exponent->real);
    __int128 left = exponent->wide < 0 ? -exponent->wide : exponent->wide;
    double result = 1;
    bool started = false;
    for (double square = base; left > 0; left >>= 1, square *= square) {
        if (left & 1) {
            result = started ? result * square : square;
            started = true;
        }
    }
    return exponent->wide < 0 ? 1 / result : result;
}

static bool compute_real(Types *types, Operator op, const Attr *a, const Attr *b, double *result) {
    double x = real_of(a), y = real_of(b);
    Opcode code = op == OPERATOR_MOD ? OP_ARITH_MOD : OP_ARITH_FLOOR_DIV;
    Scalar operands[2] = {{.f64 = x}, {.f64 = y}}, value;
    switch (op) {
    case OPERATOR_ADD: *result = x + y; return true;
    case OPERATOR_SUB: *result = x - y; return true;
    case OPERATOR_MUL: *result = x * y; return true;
    case OPERATOR_DIV: *result = x / y; return true;
    case OPERATOR_POW: *result = real_power(x, b); return true;
    case OPERATOR_MOD:
    case OPERATOR_FLOOR_DIV:
        eval_scalar(code, types->f64, types->f64, NULL, operands, &value);
        *result = value.f64;
        return true;
    default: return false; /* bits of a float: the caller says it */
    }
}

/* -1, 0, 1; 2 when a NaN makes them unordered. */
static int compare(const Attr *a, const Attr *b) {
    if (a->kind == ATTR_LITERAL_INT && b->kind == ATTR_LITERAL_INT)
        return (a->wide > b->wide) - (a->wide < b->wide);
    double x = real_of(a), y = real_of(b);
    return isnan(x) || isnan(y) ? 2 : (x > y) - (x < y);
}

static bool holds(Operator op, int order) {
    switch (op) {
    case OPERATOR_EQ: return order == 0;
    case OPERATOR_NE: return order != 0;
    case OPERATOR_LT: return order == -1;
    case OPERATOR_LE: return order == -1 || order == 0;
    case OPERATOR_GT: return order == 1;
    default: return order == 1 || order == 0;
    }
}

static const char *quoted(FuncState *fs, Operator op) {
    return arena_printf(fs->sema->arena, "`%s`", operator_text(op));
}

const Attr *literal_binary(FuncState *fs, Operator op, const Attr *a, const Attr *b,
                           const Node *node) {
    Types *types = fs->sema->types;
    if (operator_is_comparison(op))
        return attr_bool(types, holds(op, compare(a, b)));
    if (a->kind == ATTR_LITERAL_INT && b->kind == ATTR_LITERAL_INT && op != OPERATOR_DIV) {
        __int128 result;
        if (compute_integer(op, a->wide, b->wide, &result))
            return attr_literal_int(types, result);
        diag(fs->sema->diags, node->span, W0315, quoted(fs, op));
        return NULL;
    }
    double result;
    if (compute_real(types, op, a, b, &result))
        return attr_literal_float(types, result);
    diag(fs->sema->diags, node->span, W0308, quoted(fs, op),
         a->kind == ATTR_LITERAL_INT ? "an integer literal" : "a float literal",
         b->kind == ATTR_LITERAL_INT ? "an integer literal" : "a float literal");
    return NULL;
}

const Attr *literal_unary(FuncState *fs, Operator op, const Attr *a, const Node *node) {
    Types *types = fs->sema->types;
    if (op == OPERATOR_POS)
        return a;
    if (a->kind == ATTR_LITERAL_INT && (op == OPERATOR_INVERT || a->wide != INT128_MIN))
        return attr_literal_int(types, op == OPERATOR_NEG ? -a->wide : ~a->wide);
    if (a->kind == ATTR_LITERAL_FLOAT && op == OPERATOR_NEG)
        return attr_literal_float(types, -a->real);
    if (a->kind == ATTR_LITERAL_INT)
        diag(fs->sema->diags, node->span, W0315, quoted(fs, op));
    else
        diag(fs->sema->diags, node->span, W0319, quoted(fs, op), "a float literal");
    return NULL;
}
