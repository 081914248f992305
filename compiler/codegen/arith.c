/* Arithmetic, lane by lane: what the rows of ir/ops/arith.def and math.def compute. Integers wrap, and nothing is
 * left undefined: where LLVM's instruction has a case without a meaning (a shift past the width, the smallest
 * value by -1), a select beside it gives the contract's. No float is reassociated or fused unless the op says fast. */
#include "codegen/handlers.h"

#include "ir/eval.h"

#include <string.h>

bool gen_is_signed(const Type *type) {
    const Type *scalar = type_scalar_of(type);
    return type_is_scalar(scalar) && type_class(scalar) == CLASS_SIGNED;
}

bool gen_is_float(const Type *type) {
    const Type *scalar = type_scalar_of(type);
    return type_is_scalar(scalar) && (type_class(scalar) == CLASS_FLOAT || type_class(scalar) == CLASS_STORAGE_FLOAT);
}

void gen_fast(const Op *op, Val value) {
    if (op && op_attr(op, ATTR_KEY_FAST) && LLVMIsAInstruction(value) && LLVMCanValueUseFastMathFlags(value))
        LLVMSetFastMathFlags(value, LLVMFastMathAll);
}

void gen_const_op(Gen *g, Op *op) {
    gen_result(g, op, gen_constant(g, op_attr(op, ATTR_KEY_VALUE), op_result(op, 0)->type));
}

void gen_undef_op(Gen *g, Op *op) {
    gen_result(g, op, LLVMGetUndef(gen_type(g, op_result(op, 0)->type)));
}

/* ---- two operands ---- */

static Val float_binary(Gen *g, Opcode code, Val a, Val b) {
    switch (code) {
    case OP_ARITH_ADD: return LLVMBuildFAdd(g->builder, a, b, "");
    case OP_ARITH_SUB: return LLVMBuildFSub(g->builder, a, b, "");
    case OP_ARITH_MUL: return LLVMBuildFMul(g->builder, a, b, "");
    case OP_ARITH_DIV: return LLVMBuildFDiv(g->builder, a, b, "");
    default: return NULL;
    }
}

static Val integer_binary(Gen *g, Opcode code, Val a, Val b) {
    switch (code) {
    case OP_ARITH_ADD: return LLVMBuildAdd(g->builder, a, b, "");
    case OP_ARITH_SUB: return LLVMBuildSub(g->builder, a, b, "");
    case OP_ARITH_MUL: return LLVMBuildMul(g->builder, a, b, "");
    case OP_ARITH_AND: return LLVMBuildAnd(g->builder, a, b, "");
    case OP_ARITH_OR: return LLVMBuildOr(g->builder, a, b, "");
    case OP_ARITH_XOR: return LLVMBuildXor(g->builder, a, b, "");
    default: return NULL;
    }
}

/* `b` where it is below (min) or above (max) `a`, else `a`: a NaN leaves `a`. */
static Val pick(Gen *g, Opcode code, const Type *type, Val a, Val b) {
    Val takes_b = gen_compare(g, code == OP_ARITH_MIN ? "lt" : "gt", type, b, a);
    return LLVMBuildSelect(g->builder, takes_b, b, a, "");
}

Val gen_binary(Gen *g, const Op *op, Opcode code, const Type *type, Val a, Val b) {
    Val result = NULL;
    if (code == OP_ARITH_MIN || code == OP_ARITH_MAX) {
        result = pick(g, code, type, a, b);
    } else if (gen_is_float(type)) {
        result = float_binary(g, code, gen_widen(g, type, a), gen_widen(g, type, b));
        if (result) {
            gen_fast(op, result);
            result = gen_narrow(g, type, result);
        }
    } else {
        result = integer_binary(g, code, a, b);
    }
    if (result)
        return result;
    gen_fail(g, op, "%s has no meaning for %s", op_info[code].text, type_source(g->arena, type));
    return LLVMGetPoison(gen_type(g, type));
}

void gen_binary_op(Gen *g, Op *op) {
    const Type *type = op_operand(op, 0)->type;
    gen_result(g, op, gen_binary(g, op, op->code, type, gen_operand(g, op, 0), gen_operand(g, op, 1)));
}

/* ---- shifts ---- */

static Val shift_right_signed(Gen *g, const Type *type, Val a, Val count, Val inside) {
    Val last = gen_int(g, type, type_bits(type_scalar_of(type)) - 1);
    return LLVMBuildAShr(g->builder, a, LLVMBuildSelect(g->builder, inside, count, last, ""), "");
}

void gen_shift_op(Gen *g, Op *op) {
    const Type *type = op_operand(op, 0)->type;
    Val a = gen_operand(g, op, 0), count = gen_operand(g, op, 1);
    Val width = gen_int(g, type, type_bits(type_scalar_of(type)));
    Val inside = LLVMBuildICmp(g->builder, LLVMIntULT, count, width, ""); /* below 0 is above all widths */
    bool left = op->code == OP_ARITH_SHL;
    if (!left && gen_is_signed(type)) {
        gen_result(g, op, shift_right_signed(g, type, a, count, inside));
        return;
    }
    Val shifted = left ? LLVMBuildShl(g->builder, a, count, "") : LLVMBuildLShr(g->builder, a, count, "");
    gen_result(g, op, LLVMBuildSelect(g->builder, inside, shifted, gen_int(g, type, 0), ""));
}

/* ---- one operand ---- */

static Val sign_mask(Gen *g, const Type *type) {
    return gen_int(g, type, 1ull << (type_bits(type_scalar_of(type)) - 1));
}

static Val negate(Gen *g, const Type *type, Val a) {
    if (gen_is_small_float(type))
        return LLVMBuildXor(g->builder, a, sign_mask(g, type), "");
    return gen_is_float(type) ? LLVMBuildFNeg(g->builder, a, "") : LLVMBuildNeg(g->builder, a, "");
}

static Val magnitude(Gen *g, const Type *type, Val a) {
    LLVMTypeRef llvm = gen_type(g, type);
    if (gen_is_small_float(type))
        return LLVMBuildAnd(g->builder, a, LLVMBuildNot(g->builder, sign_mask(g, type), ""), "");
    if (gen_is_float(type))
        return gen_intrinsic(g, "llvm.fabs", &llvm, 1, &a, 1);
    if (!gen_is_signed(type))
        return a;
    Val args[] = {a, LLVMConstInt(g->i1, 0, false)}; /* the smallest value is no poison */
    return gen_intrinsic(g, "llvm.abs", &llvm, 1, args, 2);
}

void gen_unary_op(Gen *g, Op *op) {
    const Type *type = op_operand(op, 0)->type;
    Val a = gen_operand(g, op, 0);
    Val result = op->code == OP_ARITH_NEG   ? negate(g, type, a)
                 : op->code == OP_ARITH_ABS ? magnitude(g, type, a)
                                            : LLVMBuildNot(g->builder, a, "");
    gen_fast(op, result);
    gen_result(g, op, result);
}

void gen_math_op(Gen *g, Op *op) {
    static const char *const names[OPCODE_COUNT] = {
        [OP_MATH_SQRT] = "llvm.sqrt",   [OP_MATH_FLOOR] = "llvm.floor", [OP_MATH_CEIL] = "llvm.ceil",
        [OP_MATH_TRUNC] = "llvm.trunc", [OP_MATH_ROUND] = "llvm.roundeven",
    };
    const Type *type = op_operand(op, 0)->type;
    Val a = gen_widen(g, type, gen_operand(g, op, 0));
    LLVMTypeRef llvm = LLVMTypeOf(a);
    Val result = gen_intrinsic(g, names[op->code], &llvm, 1, &a, 1);
    gen_fast(op, result);
    gen_result(g, op, gen_narrow(g, type, result));
}

void gen_copysign_op(Gen *g, Op *op) {
    const Type *type = op_operand(op, 0)->type;
    LLVMTypeRef llvm = gen_type(g, type);
    Val args[] = {gen_operand(g, op, 0), gen_operand(g, op, 1)};
    if (!gen_is_small_float(type)) {
        gen_result(g, op, gen_intrinsic(g, "llvm.copysign", &llvm, 1, args, 2));
        return;
    }
    Val sign = LLVMBuildAnd(g->builder, args[1], sign_mask(g, type), "");
    gen_result(g, op, LLVMBuildOr(g->builder, magnitude(g, type, args[0]), sign, ""));
}

void gen_classify_op(Gen *g, Op *op) {
    const Type *type = op_operand(op, 0)->type;
    Val a = gen_widen(g, type, gen_operand(g, op, 0));
    LLVMTypeRef llvm = LLVMTypeOf(a);
    if (op->code == OP_MATH_IS_NAN) {
        gen_result(g, op, LLVMBuildFCmp(g->builder, LLVMRealUNO, a, a, ""));
        return;
    }
    Val infinity = gen_float(llvm, __builtin_inf());
    gen_result(g, op, LLVMBuildFCmp(g->builder, LLVMRealOEQ, gen_intrinsic(g, "llvm.fabs", &llvm, 1, &a, 1), infinity, ""));
}

/* ---- comparison and choice ---- */

static const struct {
    LLVMRealPredicate real;
    LLVMIntPredicate sign, plain;
} predicates[PREDICATE_COUNT] = {
    [PREDICATE_EQ] = {LLVMRealOEQ, LLVMIntEQ, LLVMIntEQ},   [PREDICATE_NE] = {LLVMRealUNE, LLVMIntNE, LLVMIntNE},
    [PREDICATE_LT] = {LLVMRealOLT, LLVMIntSLT, LLVMIntULT}, [PREDICATE_LE] = {LLVMRealOLE, LLVMIntSLE, LLVMIntULE},
    [PREDICATE_GT] = {LLVMRealOGT, LLVMIntSGT, LLVMIntUGT}, [PREDICATE_GE] = {LLVMRealOGE, LLVMIntSGE, LLVMIntUGE},
};

Val gen_compare(Gen *g, const char *text, const Type *type, Val a, Val b) {
    Predicate predicate;
    if (!eval_predicate(text, &predicate)) {
        gen_fail(g, NULL, "there is no comparison `%s`", text);
        return LLVMGetPoison(g->i1);
    }
    if (gen_is_float(type))
        return LLVMBuildFCmp(g->builder, predicates[predicate].real, gen_widen(g, type, a), gen_widen(g, type, b), "");
    LLVMIntPredicate integer = gen_is_signed(type) ? predicates[predicate].sign : predicates[predicate].plain;
    return LLVMBuildICmp(g->builder, integer, a, b, "");
}

void gen_cmp_op(Gen *g, Op *op) {
    const Attr *predicate = op_attr(op, ATTR_KEY_PREDICATE);
    gen_result(g, op, gen_compare(g, predicate->string, op_operand(op, 0)->type, gen_operand(g, op, 0), gen_operand(g, op, 1)));
}

void gen_select_op(Gen *g, Op *op) {
    gen_result(g, op, LLVMBuildSelect(g->builder, gen_operand(g, op, 0), gen_operand(g, op, 1), gen_operand(g, op, 2), ""));
}

/* ---- fused multiply-add ---- */

static Val multiply_add(Gen *g, const Op *op, Val a, Val b, Val c) {
    Val product = LLVMBuildFMul(g->builder, a, b, "");
    gen_fast(op, product);
    Val sum = LLVMBuildFAdd(g->builder, product, c, "");
    gen_fast(op, sum);
    return sum;
}

/* Through f64, for f16, bf16 and, where there is no instruction, f32: their product is exact in an f64; the sum is
 * rounded to odd, so that rounding it again to the type is the only rounding there is (Knuth's two-sum gives what
 * the first one lost). */
static Val fma_through_f64(Gen *g, const Type *type, Val a, Val b, Val c) {
    LLVMBuilderRef builder = g->builder;
    uint32_t lanes = type_lanes(type);
    LLVMTypeRef f64 = gen_lanes(g->f64, lanes), i64 = gen_lanes(g->i64, lanes);
    a = LLVMBuildFPExt(builder, a, f64, "");
    b = LLVMBuildFPExt(builder, b, f64, "");
    c = LLVMBuildFPExt(builder, c, f64, "");
    Val product = LLVMBuildFMul(builder, a, b, "");
    Val sum = LLVMBuildFAdd(builder, product, c, "");
    Val shadow = LLVMBuildFSub(builder, sum, product, "");
    Val lost = LLVMBuildFAdd(builder, LLVMBuildFSub(builder, product, LLVMBuildFSub(builder, sum, shadow, ""), ""),
                             LLVMBuildFSub(builder, c, shadow, ""), "");
    Val zero = gen_float(f64, 0);
    /* NaN where the sum is no number: then nothing counts as lost */
    Val inexact = LLVMBuildFCmp(builder, LLVMRealONE, lost, zero, "");
    Val bits = LLVMBuildBitCast(builder, sum, i64, "");
    Val grows = LLVMBuildICmp(builder, LLVMIntEQ, LLVMBuildFCmp(builder, LLVMRealOGT, lost, zero, ""),
                              LLVMBuildFCmp(builder, LLVMRealOGT, sum, zero, ""), "");
    Val step = LLVMBuildSelect(builder, grows, gen_bits(i64, 1), gen_bits(i64, ~0ull), "");
    Val even = LLVMBuildICmp(builder, LLVMIntEQ, LLVMBuildAnd(builder, bits, gen_bits(i64, 1), ""), gen_bits(i64, 0), "");
    Val moves = LLVMBuildAnd(builder, inexact, even, "");
    Val odd = LLVMBuildSelect(builder, moves, LLVMBuildAdd(builder, bits, step, ""), bits, "");
    Val result = LLVMBuildBitCast(builder, odd, f64, "");
    return gen_is_small_float(type) ? gen_narrow(g, type, result) : LLVMBuildFPTrunc(builder, result, gen_type(g, type), "");
}

/* One rounding, whatever the CPU: library code counts on it. (Where there is no instruction, the front end makes
 * none of these of `a*b + c`; each is an fma() that was written. In f64 it is a call of C's.) */
void gen_fma_op(Gen *g, Op *op) {
    const Type *type = op_operand(op, 0)->type;
    Val args[3];
    for (uint32_t i = 0; i < 3; i++)
        args[i] = gen_widen(g, type, gen_operand(g, op, i));
    LLVMTypeRef llvm = gen_type(g, type);
    Val result;
    if (gen_is_small_float(type)) {
        result = fma_through_f64(g, type, args[0], args[1], args[2]);
    } else if (!gen_is_float(type)) {
        result = LLVMBuildAdd(g->builder, LLVMBuildMul(g->builder, args[0], args[1], ""), args[2], "");
    } else if (!g->target->has_fma && op_attr(op, ATTR_KEY_FAST)) {
        result = multiply_add(g, op, args[0], args[1], args[2]);
    } else if (!g->target->has_fma && type_scalar_of(type)->kind == TYPE_F32) {
        result = fma_through_f64(g, type, args[0], args[1], args[2]);
    } else {
        result = gen_intrinsic(g, "llvm.fma", &llvm, 1, args, 3);
        gen_fast(op, result);
    }
    gen_result(g, op, result);
}
