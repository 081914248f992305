/* f16, bf16 and the two f8: bits that are widened to f32 for arithmetic and rounded back.
 *
 * Widening is exact. A sum, product, quotient or square root rounded to f32 and then to one of these is the one
 * rounded once, since 24 >= 2p + 2 (compute.h in ir/ has the argument). Rounding is done on the bits, in integers:
 *     normal result     add half of what falls off, ties to even, shift, move the exponent's bias
 *     subnormal result  add a power of two whose last bit is the format's last bit: the adder rounds
 * which holds on every target; LLVM's own bfloat conversions flush subnormals on some CPUs. f16 takes the
 * hardware's conversions where the vendor and level have them. */
#include "codegen/gen.h"

typedef struct Format {
    uint32_t bits, mantissa, bias;
    uint32_t largest;  /* code of the largest finite number */
    uint32_t overflow; /* code of what is larger: infinity, or NaN where there is none */
    uint32_t nan;
} Format;

static const Format formats[TYPE_NONE] = {
    [TYPE_F16] = {16, 10, 15, 0x7bff, 0x7c00, 0x7e00},
    [TYPE_BF16] = {16, 7, 127, 0x7f7f, 0x7f80, 0x7fc0},
    [TYPE_F8_E4M3] = {8, 3, 7, 0x7e, 0x7f, 0x7f},
    [TYPE_F8_E5M2] = {8, 2, 15, 0x7b, 0x7c, 0x7e},
};

bool gen_is_small_float(const Type *type) {
    return formats[type_scalar_of(type)->kind < TYPE_NONE ? type_scalar_of(type)->kind : TYPE_BOOL].bits != 0;
}

/* Whether the target's instructions convert between f16 and f32. */
static bool has_half_conversions(Gen *g) {
    return g->vendor->half_arithmetic || target_has(g->target, "f16c");
}

static Val as_float(Gen *g, Val bits, uint32_t lanes) {
    return LLVMBuildBitCast(g->builder, bits, gen_lanes(g->f32, lanes), "");
}

static Val as_bits(Gen *g, Val value, uint32_t lanes) {
    return LLVMBuildBitCast(g->builder, value, gen_lanes(g->i32, lanes), "");
}

/* A power of two as an f32. */
static Val power_of_two(Gen *g, int exponent, uint32_t lanes) {
    return as_float(g, gen_bits(gen_lanes(g->i32, lanes), (uint32_t)(exponent + 127) << 23), lanes);
}

/* The magnitude of the code shifted into f32's fields has its exponent too low by the difference of the biases: one
 * exact product mends that, subnormals too. */
static Val widen_bits(Gen *g, const Format *f, Val code, uint32_t lanes) {
    LLVMBuilderRef b = g->builder;
    LLVMTypeRef i32 = gen_lanes(g->i32, lanes);
    Val wide = LLVMBuildZExt(b, code, i32, "");
    Val magnitude = LLVMBuildAnd(b, wide, gen_bits(i32, (1u << (f->bits - 1)) - 1), "");
    Val shifted = LLVMBuildShl(b, magnitude, gen_bits(i32, 23 - f->mantissa), "");
    Val value = LLVMBuildFMul(b, as_float(g, shifted, lanes), power_of_two(g, 127 - (int)f->bias, lanes), "");
    Val bits = as_bits(g, value, lanes);
    Val is_special = LLVMBuildICmp(b, LLVMIntUGT, magnitude, gen_bits(i32, f->largest), "");
    Val special = f->overflow == f->nan ? gen_bits(i32, 0x7fc00000) /* no infinity */
                                        : LLVMBuildOr(b, shifted, gen_bits(i32, 0x7f800000), "");
    bits = LLVMBuildSelect(b, is_special, special, bits, "");
    Val sign = LLVMBuildShl(b, LLVMBuildLShr(b, wide, gen_bits(i32, f->bits - 1), ""), gen_bits(i32, 31), "");
    return as_float(g, LLVMBuildOr(b, bits, sign, ""), lanes);
}

Val gen_widen(Gen *g, const Type *type, Val value) {
    if (!gen_is_small_float(type))
        return value;
    uint32_t lanes = type_lanes(type);
    TypeKind kind = type_scalar_of(type)->kind;
    if (kind == TYPE_F16 && has_half_conversions(g)) {
        Val half = LLVMBuildBitCast(g->builder, value, gen_lanes(g->half, lanes), "");
        return LLVMBuildFPExt(g->builder, half, gen_lanes(g->f32, lanes), "");
    }
    if (kind != TYPE_BF16)
        return widen_bits(g, &formats[kind], value, lanes);
    LLVMTypeRef i32 = gen_lanes(g->i32, lanes);
    Val wide = LLVMBuildZExt(g->builder, value, i32, "");
    return as_float(g, LLVMBuildShl(g->builder, wide, gen_bits(i32, 16), ""), lanes);
}

/* The result's code when it is no subnormal: rounded at the last bit kept, with the bias moved. */
static Val round_normal(Gen *g, const Format *f, Val magnitude, LLVMTypeRef i32) {
    LLVMBuilderRef b = g->builder;
    uint32_t shift = 23 - f->mantissa;
    Val odd = LLVMBuildAnd(b, LLVMBuildLShr(b, magnitude, gen_bits(i32, shift), ""), gen_bits(i32, 1), "");
    Val sum = LLVMBuildAdd(b, magnitude, gen_bits(i32, (1u << (shift - 1)) - 1), "");
    Val rounded = LLVMBuildLShr(b, LLVMBuildAdd(b, sum, odd, ""), gen_bits(i32, shift), "");
    return LLVMBuildSub(b, rounded, gen_bits(i32, (127 - f->bias) << f->mantissa), "");
}

/* The same when it is: 2^e, whose last bit as an f32 is the format's, is added and its code taken away. */
static Val round_subnormal(Gen *g, const Format *f, Val magnitude, LLVMTypeRef i32, uint32_t lanes) {
    int exponent = 1 - (int)f->bias - (int)f->mantissa + 23;
    Val magic = power_of_two(g, exponent, lanes);
    Val sum = LLVMBuildFAdd(g->builder, as_float(g, magnitude, lanes), magic, "");
    return LLVMBuildSub(g->builder, as_bits(g, sum, lanes), gen_bits(i32, (uint32_t)(exponent + 127) << 23), "");
}

static Val narrow_bits(Gen *g, const Format *f, Val value, uint32_t lanes) {
    LLVMBuilderRef b = g->builder;
    LLVMTypeRef i32 = gen_lanes(g->i32, lanes);
    Val bits = as_bits(g, value, lanes);
    Val magnitude = LLVMBuildAnd(b, bits, gen_bits(i32, 0x7fffffff), "");
    Val code = round_normal(g, f, magnitude, i32);
    if (f->bias < 127) {
        Val smallest = gen_bits(i32, (127 - f->bias + 1) << 23); /* normal number */
        Val is_small = LLVMBuildICmp(b, LLVMIntULT, magnitude, smallest, "");
        code = LLVMBuildSelect(b, is_small, round_subnormal(g, f, magnitude, i32, lanes), code, "");
        Val is_large = LLVMBuildICmp(b, LLVMIntSGT, code, gen_bits(i32, f->largest), "");
        code = LLVMBuildSelect(b, is_large, gen_bits(i32, f->overflow), code, "");
    }
    Val is_nan = LLVMBuildICmp(b, LLVMIntUGT, magnitude, gen_bits(i32, 0x7f800000), "");
    code = LLVMBuildSelect(b, is_nan, gen_bits(i32, f->nan), code, "");
    Val sign = LLVMBuildShl(b, LLVMBuildLShr(b, bits, gen_bits(i32, 31), ""), gen_bits(i32, f->bits - 1), "");
    return LLVMBuildTrunc(b, LLVMBuildOr(b, code, sign, ""), gen_int_type(g, f->bits, lanes), "");
}

/* Of the two f32 about an f64 that is none, the one with an odd last bit: a rounding to 22 bits or fewer
 * then sees what it would have seen. */
Val gen_to_odd(Gen *g, Val wide) {
    LLVMBuilderRef b = g->builder;
    uint32_t lanes = gen_type_lanes(LLVMTypeOf(wide));
    LLVMTypeRef i32 = gen_lanes(g->i32, lanes), f64 = gen_lanes(g->f64, lanes);
    Val nearest = LLVMBuildFPTrunc(b, wide, gen_lanes(g->f32, lanes), "");
    Val back = LLVMBuildFPExt(b, nearest, f64, "");
    Val exact_or_nan = LLVMBuildFCmp(b, LLVMRealUEQ, back, wide, "");
    Val above = LLVMBuildFCmp(b, LLVMRealOGT, gen_intrinsic(g, "llvm.fabs", &f64, 1, &back, 1),
                              gen_intrinsic(g, "llvm.fabs", &f64, 1, &wide, 1), "");
    Val bits = as_bits(g, nearest, lanes);
    Val toward_zero = LLVMBuildSub(b, bits, LLVMBuildZExt(b, above, i32, ""), "");
    Val odd = LLVMBuildOr(b, toward_zero, gen_bits(i32, 1), "");
    return as_float(g, LLVMBuildSelect(b, exact_or_nan, bits, odd, ""), lanes);
}

Val gen_narrow(Gen *g, const Type *type, Val value) {
    uint32_t lanes = type_lanes(type);
    TypeKind kind = type_scalar_of(type)->kind;
    bool from_double = LLVMTypeOf(value) == gen_lanes(g->f64, lanes);
    if (kind == TYPE_F64)
        return from_double ? value : LLVMBuildFPExt(g->builder, value, gen_lanes(g->f64, lanes), "");
    if (kind == TYPE_F32)
        return from_double ? LLVMBuildFPTrunc(g->builder, value, gen_lanes(g->f32, lanes), "") : value;
    if (from_double)
        value = gen_to_odd(g, value);
    if (kind == TYPE_F16 && has_half_conversions(g)) {
        Val half = LLVMBuildFPTrunc(g->builder, value, gen_lanes(g->half, lanes), "");
        return LLVMBuildBitCast(g->builder, half, gen_int_type(g, 16, lanes), "");
    }
    return narrow_bits(g, &formats[kind], value, lanes);
}
