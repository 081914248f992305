/* arith.convert and arith.bitcast. From floats to integers: toward zero, saturating, NaN to 0. To floats: to nearest,
 * ties to even, rounded once. */
#include "codegen/handlers.h"

static bool is_bool(const Type *type) {
    return type_scalar_of(type)->kind == TYPE_BOOL;
}

static Val pick(Gen *g, LLVMRealPredicate predicate, Val a, Val b) {
    return LLVMBuildSelect(g->builder, LLVMBuildFCmp(g->builder, predicate, a, b, ""), a, b, "");
}

/* The largest number of a float type below 2^bits. */
static double largest_below(const Type *from, uint32_t bits) {
    uint32_t digits = type_scalar_of(from)->kind == TYPE_F64 ? 53 : 24;
    double top = (double)(1ull << bits);
    return bits > digits ? top - (double)(1ull << (bits - digits)) : top - 1;
}

/* By cutting to the limits first, which a CPU does to a whole vector, where LLVM takes its saturating conversion apart
 * into lanes. `wide` is an f32 or f64, the integer has at most 32 bits. A NaN is cut to the lower limit, which is 0
 * already where there is no sign; a limit that is no float is put in last. */
static Val cut_to_integer(Gen *g, const Type *from, const Type *to, Val wide) {
    LLVMTypeRef type = LLVMTypeOf(wide), result = gen_type(g, to);
    uint32_t bits = type_bits(type_scalar_of(to)), lanes = type_lanes(to);
    bool is_signed = gen_is_signed(to);
    uint32_t digits = is_signed ? bits - 1 : bits;
    double top = largest_below(from, digits), low = is_signed ? -(double)(1ull << digits) : 0;
    Val cut = pick(g, LLVMRealOLT, pick(g, LLVMRealOGT, wide, gen_float(type, low)), gen_float(type, top));
    LLVMTypeRef word = gen_lanes(LLVMInt32TypeInContext(g->context), lanes);
    bool needs_32 = bits == 32 && !is_signed;
    Val integer = needs_32 ? LLVMBuildFPToUI(g->builder, cut, word, "") : LLVMBuildFPToSI(g->builder, cut, word, "");
    if (bits < 32)
        integer = LLVMBuildTrunc(g->builder, integer, result, "");
    if (top < (double)((1ull << digits) - 1)) {
        Val is_past = LLVMBuildFCmp(g->builder, LLVMRealOGT, wide, gen_float(type, top), "");
        integer = LLVMBuildSelect(g->builder, is_past, gen_bits(result, (1ull << digits) - 1), integer, "");
    }
    if (!is_signed)
        return integer;
    Val is_number = LLVMBuildFCmp(g->builder, LLVMRealORD, wide, wide, "");
    return LLVMBuildSelect(g->builder, is_number, integer, LLVMConstNull(result), "");
}

static Val float_to_integer(Gen *g, const Type *from, const Type *to, Val value) {
    Val wide = gen_widen(g, from, value);
    if (g->vendor->cuts_floats && type_bits(type_scalar_of(to)) <= 32)
        return cut_to_integer(g, from, to, wide);
    LLVMTypeRef overloads[] = {gen_type(g, to), LLVMTypeOf(wide)};
    return gen_intrinsic(g, gen_is_signed(to) ? "llvm.fptosi.sat" : "llvm.fptoui.sat", overloads, 2, &wide, 1);
}

static Val integer_to(Gen *g, const Type *from, LLVMTypeRef to, Val value) {
    return gen_is_signed(from) ? LLVMBuildSIToFP(g->builder, value, to, "") : LLVMBuildUIToFP(g->builder, value, to, "");
}

/* An integer of 64 bits whose magnitude needs at most 53: what falls off is kept as one bit below, which a
 * rounding to 11 bits or fewer can't tell from the whole. */
static Val keep_53_bits(Gen *g, const Type *from, Val value) {
    LLVMBuilderRef b = g->builder;
    LLVMTypeRef type = gen_type(g, from);
    Val rest = LLVMBuildAnd(b, value, gen_bits(type, 0x7ff), "");
    Val top = LLVMBuildAnd(b, value, gen_bits(type, ~0x7ffull), "");
    Val sticky = LLVMBuildSelect(b, LLVMBuildICmp(b, LLVMIntNE, rest, gen_bits(type, 0), ""), gen_bits(type, 0x800), gen_bits(type, 0), "");
    Val folded = LLVMBuildOr(b, top, sticky, "");
    Val magnitude = value;
    if (gen_is_signed(from)) {
        Val args[] = {value, LLVMConstInt(g->i1, 0, false)};
        magnitude = gen_intrinsic(g, "llvm.abs", &type, 1, args, 2);
    }
    Val is_large = LLVMBuildICmp(b, LLVMIntUGE, magnitude, gen_bits(type, 1ull << 53), "");
    return LLVMBuildSelect(b, is_large, folded, value, "");
}

static Val integer_to_float(Gen *g, const Type *from, const Type *to, Val value) {
    if (!gen_is_small_float(to))
        return integer_to(g, from, gen_type(g, to), value);
    uint32_t bits = is_bool(from) ? 1 : type_bits(type_scalar_of(from)), lanes = type_lanes(to);
    /* f32 holds 24 bits, and what has more is past all of these types but bf16: then by way of an f64, which
     * gen_narrow takes to odd */
    if (bits <= 16 || type_scalar_of(to)->kind != TYPE_BF16)
        return gen_narrow(g, to, integer_to(g, from, gen_lanes(g->f32, lanes), value));
    if (bits == 64)
        value = keep_53_bits(g, from, value);
    return gen_narrow(g, to, integer_to(g, from, gen_lanes(g->f64, lanes), value));
}

static Val integer_to_integer(Gen *g, const Type *from, const Type *to, Val value) {
    LLVMTypeRef type = gen_type(g, to);
    uint32_t have = is_bool(from) ? 1 : type_bits(type_scalar_of(from)), want = type_bits(type_scalar_of(to));
    if (have == want)
        return value;
    if (have > want)
        return LLVMBuildTrunc(g->builder, value, type, "");
    return gen_is_signed(from) ? LLVMBuildSExt(g->builder, value, type, "") : LLVMBuildZExt(g->builder, value, type, "");
}

Val gen_convert(Gen *g, const Type *from, const Type *to, Val value) {
    if (from == to)
        return value;
    if (is_bool(to)) {
        if (gen_is_float(from)) {
            Val wide = gen_widen(g, from, value);
            return LLVMBuildFCmp(g->builder, LLVMRealUNE, wide, LLVMConstNull(LLVMTypeOf(wide)), "");
        }
        return LLVMBuildICmp(g->builder, LLVMIntNE, value, LLVMConstNull(LLVMTypeOf(value)), "");
    }
    if (gen_is_float(from))
        return gen_is_float(to) ? gen_narrow(g, to, gen_widen(g, from, value)) : float_to_integer(g, from, to, value);
    return gen_is_float(to) ? integer_to_float(g, from, to, value) : integer_to_integer(g, from, to, value);
}

void gen_convert_op(Gen *g, Op *op) {
    gen_result(g, op, gen_convert(g, op_operand(op, 0)->type, op_result(op, 0)->type, gen_operand(g, op, 0)));
}

static bool is_pointer(const Type *type) {
    return type->kind == TYPE_PTR;
}

void gen_bitcast_op(Gen *g, Op *op) {
    const Type *from = op_operand(op, 0)->type, *to = op_result(op, 0)->type;
    Val value = gen_operand(g, op, 0);
    LLVMTypeRef type = gen_type(g, to);
    if (is_pointer(from) && !is_pointer(to))
        value = LLVMBuildPtrToInt(g->builder, value, type, "");
    else if (is_pointer(to) && !is_pointer(from))
        value = LLVMBuildIntToPtr(g->builder, value, type, "");
    else
        value = LLVMBuildBitCast(g->builder, value, type, "");
    gen_result(g, op, value);
}
