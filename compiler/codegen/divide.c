/* Division. Of integers: rounded down (or up), 0 by zero, the smallest value by -1 itself, with no trap; of floats the
 * floor of the exact quotient and the remainder that goes with it (soft.c).
 *
 * LLVM's sdiv is undefined for a zero divisor and for the smallest value by -1, so both are divided by 1 and
 * mended afterwards. A constant divisor needs neither, and a power of two is a shift. */
#include "codegen/handlers.h"

#include "ir/eval.h"

static bool is_power_of_two(int64_t value) {
    return value > 0 && (value & (value - 1)) == 0;
}

static Val equals(Gen *g, Val a, Val b) {
    return LLVMBuildICmp(g->builder, LLVMIntEQ, a, b, "");
}

/* The quotient rounded toward zero with its rest, for a divisor that is neither 0 nor -1. */
typedef struct Quotient {
    Val quotient, rest;
} Quotient;

static Quotient divide(Gen *g, const Type *type, Val a, Val b) {
    Quotient q;
    q.quotient = gen_is_signed(type) ? LLVMBuildSDiv(g->builder, a, b, "") : LLVMBuildUDiv(g->builder, a, b, "");
    q.rest = LLVMBuildSub(g->builder, a, LLVMBuildMul(g->builder, q.quotient, b, ""), "");
    return q;
}

/* Whether rounding toward zero went past the side that is asked for: down for a negative quotient's floor, up for a
 * positive one's ceiling. */
static Val needs_step(Gen *g, Opcode code, const Type *type, Val rest, Val b) {
    Val zero = gen_int(g, type, 0);
    Val inexact = LLVMBuildICmp(g->builder, LLVMIntNE, rest, zero, "");
    if (!gen_is_signed(type))
        return code == OP_ARITH_CEIL_DIV ? inexact : LLVMConstNull(LLVMTypeOf(inexact));
    /* the rest has the dividend's sign */
    Val signs = LLVMBuildXor(g->builder, rest, b, "");
    LLVMIntPredicate wanted = code == OP_ARITH_CEIL_DIV ? LLVMIntSGE : LLVMIntSLT;
    return LLVMBuildAnd(g->builder, inexact, LLVMBuildICmp(g->builder, wanted, signs, zero, ""), "");
}

static Val rounded(Gen *g, Opcode code, const Type *type, Val a, Val b) {
    Quotient q = divide(g, type, a, b);
    Val step = needs_step(g, code, type, q.rest, b);
    if (code == OP_ARITH_MOD)
        return LLVMBuildAdd(g->builder, q.rest, LLVMBuildSelect(g->builder, step, b, gen_int(g, type, 0), ""), "");
    Val one = LLVMBuildZExt(g->builder, step, gen_type(g, type), "");
    return code == OP_ARITH_CEIL_DIV ? LLVMBuildAdd(g->builder, q.quotient, one, "")
                                     : LLVMBuildSub(g->builder, q.quotient, one, "");
}

static Val by_power_of_two(Gen *g, Opcode code, const Type *type, Val a, uint64_t divisor) {
    if (code == OP_ARITH_MOD)
        return LLVMBuildAnd(g->builder, a, gen_int(g, type, divisor - 1), "");
    Val count = gen_int(g, type, (uint64_t)__builtin_ctzll(divisor));
    return gen_is_signed(type) ? LLVMBuildAShr(g->builder, a, count, "") : LLVMBuildLShr(g->builder, a, count, "");
}

static Val by_constant(Gen *g, Opcode code, const Type *type, Val a, Val b, int64_t divisor) {
    if (divisor == 0)
        return gen_int(g, type, 0);
    if (gen_is_signed(type) && divisor == -1)
        return code == OP_ARITH_MOD ? gen_int(g, type, 0) : LLVMBuildNeg(g->builder, a, "");
    if (is_power_of_two(divisor) && code != OP_ARITH_CEIL_DIV)
        return by_power_of_two(g, code, type, a, (uint64_t)divisor);
    return rounded(g, code, type, a, b);
}

/* The divisor when it is one constant, in all lanes. */
static bool constant_divisor(const Attr *divisor, int64_t *value) {
    if (divisor && divisor->kind == ATTR_LIST && divisor->len > 0) {
        for (uint32_t i = 1; i < divisor->len; i++)
            if (divisor->items[i] != divisor->items[0])
                return false;
        divisor = divisor->items[0];
    }
    if (!divisor || divisor->kind != ATTR_INT)
        return false;
    *value = (int64_t)divisor->bits;
    return true;
}

Val gen_divide(Gen *g, const Op *op, Opcode code, const Type *type, Val a, Val b, const Attr *divisor) {
    LLVMBuilderRef builder = g->builder;
    int64_t constant;
    if (gen_is_float(type))
        return gen_float_divide(g, op, code, type, a, b);
    if (constant_divisor(divisor, &constant))
        return by_constant(g, code, type, a, b, constant);
    Val zero = gen_int(g, type, 0), one = gen_int(g, type, 1), minus_one = gen_int(g, type, ~0ull);
    Val by_zero = equals(g, b, zero), unsafe = by_zero, by_minus_one = NULL;
    if (gen_is_signed(type)) {
        by_minus_one = equals(g, b, minus_one);
        unsafe = LLVMBuildOr(builder, by_zero, by_minus_one, "");
    }
    Val result = rounded(g, code, type, a, LLVMBuildSelect(builder, unsafe, one, b, ""));
    if (by_minus_one) {
        Val negated = code == OP_ARITH_MOD ? zero : LLVMBuildNeg(builder, a, "");
        result = LLVMBuildSelect(builder, by_minus_one, negated, result, "");
    }
    return LLVMBuildSelect(builder, by_zero, zero, result, "");
}

void gen_divide_op(Gen *g, Op *op) {
    const Value *divisor = op_operand(op, 1);
    gen_result(g, op, gen_divide(g, op, op->code, op_operand(op, 0)->type, gen_operand(g, op, 0), gen_get(g, divisor),
                                 value_constant(divisor)));
}

/* ---- floats ---- */

/* Both ops are functions of two f64, whose results the narrower types round once (soft.c says why). */
static Val divide_lane(Gen *g, Opcode code, Val a, Val b) {
    return gen_soft_call(g, code == OP_ARITH_MOD ? "weft.fmod" : "weft.floor_div", a, b);
}

/* The remainder takes the divisor's sign; this sum is in the type itself. */
static Val with_sign_of(Gen *g, Val rest, Val b) {
    Val zero = LLVMConstNull(LLVMTypeOf(rest));
    Val inexact = LLVMBuildFCmp(g->builder, LLVMRealUNE, rest, zero, "");
    Val differs = LLVMBuildXor(g->builder, LLVMBuildFCmp(g->builder, LLVMRealOLT, rest, zero, ""),
                               LLVMBuildFCmp(g->builder, LLVMRealOLT, b, zero, ""), "");
    Val sum = LLVMBuildFAdd(g->builder, rest, b, "");
    return LLVMBuildSelect(g->builder, LLVMBuildAnd(g->builder, inexact, differs, ""), sum, rest, "");
}

static Val widened_to_double(Gen *g, Val value) {
    LLVMTypeRef f64 = gen_lanes(g->f64, gen_type_lanes(LLVMTypeOf(value)));
    return LLVMTypeOf(value) == f64 ? value : LLVMBuildFPExt(g->builder, value, f64, "");
}

Val gen_float_divide(Gen *g, const Op *op, Opcode code, const Type *type, Val a, Val b) {
    uint32_t lanes = type_lanes(type);
    if (code == OP_ARITH_CEIL_DIV) {
        gen_fail(g, op, "arith.ceil_div has no meaning for %s", type_source(g->arena, type));
        return LLVMGetPoison(gen_type(g, type));
    }
    a = gen_widen(g, type, a);
    b = gen_widen(g, type, b);
    Val wide_a = widened_to_double(g, a), wide_b = widened_to_double(g, b);
    Val result = LLVMGetPoison(gen_lanes(g->f64, lanes));
    for (uint32_t i = 0; i < lanes; i++) {
        Val lane = LLVMConstInt(g->i32, i, false);
        Val lane_a = lanes == 1 ? wide_a : LLVMBuildExtractElement(g->builder, wide_a, lane, "");
        Val lane_b = lanes == 1 ? wide_b : LLVMBuildExtractElement(g->builder, wide_b, lane, "");
        Val value = divide_lane(g, code, lane_a, lane_b);
        result = lanes == 1 ? value : LLVMBuildInsertElement(g->builder, result, value, lane, "");
    }
    if (code == OP_ARITH_FLOOR_DIV)
        return gen_narrow(g, type, result);
    Val rest = LLVMTypeOf(a) == LLVMTypeOf(result) ? result : LLVMBuildFPTrunc(g->builder, result, LLVMTypeOf(a), "");
    return gen_narrow(g, type, with_sign_of(g, rest, b));
}

/* ---- range ---- */

/* How often range(start, stop, step) goes round, as a u64. The operands are widened: in 64 bits a distance
 * between two i64 is right as an unsigned number. */
Val gen_trips(Gen *g, const Type *type, Val start, Val stop, Val step, const Attr *constant_step) {
    LLVMBuilderRef b = g->builder;
    bool is_signed = gen_is_signed(type);
    const Type *wide = type_with_scalar(g->types, type, is_signed ? g->types->i64 : g->types->u64);
    LLVMTypeRef i64 = gen_type(g, wide);
    start = gen_convert(g, type, wide, start);
    stop = gen_convert(g, type, wide, stop);
    step = gen_convert(g, type, wide, step);
    Val zero = gen_bits(i64, 0), one = gen_bits(i64, 1);
    LLVMIntPredicate below = is_signed ? LLVMIntSLT : LLVMIntULT;
    int64_t known = 0;
    bool is_known = constant_divisor(constant_step, &known);
    Val up = LLVMBuildSub(b, stop, start, ""), down = LLVMBuildSub(b, start, stop, "");
    Val goes_up = LLVMBuildICmp(b, below, start, stop, "");
    if (is_known && known == 1)
        return LLVMBuildSelect(b, goes_up, up, zero, "");
    Val goes_down = LLVMBuildICmp(b, below, stop, start, "");
    Val rises = is_signed ? LLVMBuildICmp(b, LLVMIntSGT, step, zero, "") : LLVMBuildICmp(b, LLVMIntNE, step, zero, "");
    Val distance = LLVMBuildSelect(b, rises, up, down, "");
    Val stride = is_signed ? LLVMBuildSelect(b, rises, step, LLVMBuildNeg(b, step, ""), "") : step;
    Val stands = LLVMBuildICmp(b, LLVMIntEQ, step, zero, "");
    Val goes = LLVMBuildSelect(b, rises, goes_up, is_signed ? goes_down : LLVMConstNull(LLVMTypeOf(goes_up)), "");
    goes = LLVMBuildAnd(b, goes, LLVMBuildNot(b, stands, ""), "");
    Val safe = LLVMBuildSelect(b, stands, one, stride, "");
    Val turns = LLVMBuildAdd(b, LLVMBuildUDiv(b, LLVMBuildSub(b, distance, one, ""), safe, ""), one, "");
    return LLVMBuildSelect(b, goes, turns, zero, "");
}

void gen_range_trips_op(Gen *g, Op *op) {
    gen_result(g, op, gen_trips(g, op_operand(op, 0)->type, gen_operand(g, op, 0), gen_operand(g, op, 1), gen_operand(g, op, 2),
                                value_constant(op_operand(op, 2))));
}
