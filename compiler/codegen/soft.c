/* Arithmetic that no instruction does, as functions in LLVM's own text, linked in when one is called. They take no
 * libm, so they serve every target.
 *
 * weft.fmod(a, b): C's fmod, exact. weft.floor_div(a, b): the floor of the exact quotient, rounded once; at an
 * infinite divisor as Python has it.
 *
 * With a fused multiply-add the common case is short: for a quotient under 2^52, rounding can only have taken it
 * past the integer above, which the sign of the rest (exact: both operands are multiples of its last bit) shows.
 * The rest of the range is long division on the significands, one bit a turn. Past 2^109 the floor of a quotient
 * of two doubles can't be told from the quotient (eval.c). f32 and the narrower types call these on f64: a floor
 * under 2^52 is exact there, and above, no quotient of 24-bit numbers is near enough to the midpoint of two of them
 * for the second rounding to matter. */
#include "codegen/gen.h"

#include "base/diag.h"

#include <llvm-c/IRReader.h>
#include <llvm-c/Linker.h>
#include <string.h>

/* unpack: the significand of a positive finite number with its leading bit at 52, and the exponent field that goes
 * with it (below 1 for subnormals). */
static const char unpack_text[] =
    "define { i64, i64 } @weft.unpack(double %x) {\n"
    "  %bits = bitcast double %x to i64\n"
    "  %field = lshr i64 %bits, 52\n"
    "  %mantissa = and i64 %bits, 4503599627370495\n"
    "  %is_subnormal = icmp eq i64 %field, 0\n"
    "  %zeros = call i64 @llvm.ctlz.i64(i64 %mantissa, i1 false)\n"
    "  %shift = sub i64 %zeros, 11\n"
    "  %cut = and i64 %shift, 63\n"
    "  %moved = shl i64 %mantissa, %cut\n"
    "  %low = sub i64 1, %shift\n"
    "  %normal = or i64 %mantissa, 4503599627370496\n"
    "  %significand = select i1 %is_subnormal, i64 %moved, i64 %normal\n"
    "  %exponent = select i1 %is_subnormal, i64 %low, i64 %field\n"
    "  %r0 = insertvalue { i64, i64 } undef, i64 %significand, 0\n"
    "  %r1 = insertvalue { i64, i64 } %r0, i64 %exponent, 1\n"
    "  ret { i64, i64 } %r1\n"
    "}\n"
    "declare i64 @llvm.ctlz.i64(i64, i1)\n"
    "declare double @llvm.fabs.f64(double)\n"
    "declare double @llvm.trunc.f64(double)\n"
    "declare double @llvm.floor.f64(double)\n"
    "declare double @llvm.copysign.f64(double, double)\n"
    "declare double @llvm.fma.f64(double, double, double)\n";

static const char fmod_head[] =
    "define double @weft.fmod(double %a, double %b) {\n"
    "entry:\n"
    "  %x = call double @llvm.fabs.f64(double %a)\n"
    "  %y = call double @llvm.fabs.f64(double %b)\n"
    "  %a_bad = fcmp uge double %x, 0x7FF0000000000000\n"
    "  %b_bad = fcmp ueq double %y, 0.0\n"
    "  %bad = or i1 %a_bad, %b_bad\n"
    "  br i1 %bad, label %none, label %numbers\n"
    "none:\n"
    "  ret double 0x7FF8000000000000\n"
    "numbers:\n"
    "  %is_rest = fcmp olt double %x, %y\n"
    "  br i1 %is_rest, label %itself, label %larger\n"
    "itself:\n"
    "  ret double %a\n";

static const char fmod_quick[] =
    "larger:\n"
    "  %q = fdiv double %x, %y\n"
    "  %is_quick = fcmp olt double %q, 0x4330000000000000\n"
    "  br i1 %is_quick, label %quick, label %long\n"
    "quick:\n"
    "  %whole = call double @llvm.trunc.f64(double %q)\n"
    "  %minus = fneg double %whole\n"
    "  %rest = call double @llvm.fma.f64(double %minus, double %y, double %x)\n"
    "  %past = fcmp olt double %rest, 0.0\n"
    "  %back = fadd double %rest, %y\n"
    "  %right = select i1 %past, double %back, double %rest\n"
    "  %signed = call double @llvm.copysign.f64(double %right, double %a)\n"
    "  ret double %signed\n";

static const char fmod_long[] =
    "long:\n"
    "  %ux = call { i64, i64 } @weft.unpack(double %x)\n"
    "  %uy = call { i64, i64 } @weft.unpack(double %y)\n"
    "  %mx = extractvalue { i64, i64 } %ux, 0\n"
    "  %ex = extractvalue { i64, i64 } %ux, 1\n"
    "  %my = extractvalue { i64, i64 } %uy, 0\n"
    "  %ey = extractvalue { i64, i64 } %uy, 1\n"
    "  %turns = sub i64 %ex, %ey\n"
    "  br label %loop\n"
    "loop:\n"
    "  %m = phi i64 [ %mx, %long ], [ %shifted, %next ]\n"
    "  %i = phi i64 [ %turns, %long ], [ %less, %next ]\n"
    "  %fits = icmp uge i64 %m, %my\n"
    "  %difference = sub i64 %m, %my\n"
    "  %left = select i1 %fits, i64 %difference, i64 %m\n"
    "  %last = icmp eq i64 %i, 0\n"
    "  br i1 %last, label %done, label %next\n"
    "next:\n"
    "  %shifted = shl i64 %left, 1\n"
    "  %less = sub i64 %i, 1\n"
    "  br label %loop\n"
    "done:\n"
    "  %zeros = call i64 @llvm.ctlz.i64(i64 %left, i1 false)\n"
    "  %shift = sub i64 %zeros, 11\n"
    "  %cut = and i64 %shift, 63\n"
    "  %significand = shl i64 %left, %cut\n"
    "  %exponent = sub i64 %ey, %shift\n"
    "  %is_normal = icmp sgt i64 %exponent, 0\n"
    "  %mantissa = and i64 %significand, 4503599627370495\n"
    "  %field = shl i64 %exponent, 52\n"
    "  %normal = or i64 %mantissa, %field\n"
    "  %down = sub i64 1, %exponent\n"
    "  %down_cut = and i64 %down, 63\n"
    "  %subnormal = lshr i64 %significand, %down_cut\n"
    "  %code = select i1 %is_normal, i64 %normal, i64 %subnormal\n"
    "  %is_zero = icmp eq i64 %left, 0\n"
    "  %bits = select i1 %is_zero, i64 0, i64 %code\n"
    "  %magnitude = bitcast i64 %bits to double\n"
    "  %result = call double @llvm.copysign.f64(double %magnitude, double %a)\n"
    "  ret double %result\n"
    "}\n";

static const char floor_head[] =
    "define double @weft.floor_div(double %a, double %b) {\n"
    "entry:\n"
    "  %q = fdiv double %a, %b\n"
    "  %x = call double @llvm.fabs.f64(double %a)\n"
    "  %y = call double @llvm.fabs.f64(double %b)\n"
    "  %size = call double @llvm.fabs.f64(double %q)\n"
    "  %a_below = fcmp olt double %a, 0.0\n"
    "  %b_below = fcmp olt double %b, 0.0\n"
    "  %negative = xor i1 %a_below, %b_below\n"
    "  %a_nonzero = fcmp one double %a, 0.0\n"
    "  %a_finite = fcmp olt double %x, 0x7FF0000000000000\n"
    "  %b_infinite = fcmp oeq double %y, 0x7FF0000000000000\n"
    "  %at_infinity = and i1 %a_finite, %b_infinite\n"
    "  br i1 %at_infinity, label %infinity, label %usual\n"
    "infinity:\n"
    "  %below = and i1 %negative, %a_nonzero\n"
    "  %limit = select i1 %below, double -1.0, double %q\n"
    "  ret double %limit\n"
    "usual:\n"
    "  %shows = fcmp olt double %size, 0x46C0000000000000\n"
    "  %divides = and i1 %shows, %a_nonzero\n"
    "  br i1 %divides, label %finite, label %itself\n"
    "itself:\n"
    "  ret double %q\n";

static const char floor_quick[] =
    "finite:\n"
    "  %is_quick = fcmp olt double %size, 0x4330000000000000\n"
    "  br i1 %is_quick, label %quick, label %long\n"
    "quick:\n"
    "  %whole = call double @llvm.floor.f64(double %q)\n"
    "  %minus = fneg double %whole\n"
    "  %rest = call double @llvm.fma.f64(double %minus, double %b, double %a)\n"
    "  %rest_below = fcmp olt double %rest, 0.0\n"
    "  %inexact = fcmp one double %rest, 0.0\n"
    "  %differs = xor i1 %rest_below, %b_below\n"
    "  %past = and i1 %inexact, %differs\n"
    "  %less_one = fsub double %whole, 1.0\n"
    "  %right = select i1 %past, double %less_one, double %whole\n"
    "  ret double %right\n";

static const char floor_long[] =
    "long:\n"
    "  %ux = call { i64, i64 } @weft.unpack(double %x)\n"
    "  %uy = call { i64, i64 } @weft.unpack(double %y)\n"
    "  %mx = extractvalue { i64, i64 } %ux, 0\n"
    "  %ex = extractvalue { i64, i64 } %ux, 1\n"
    "  %my = extractvalue { i64, i64 } %uy, 0\n"
    "  %ey = extractvalue { i64, i64 } %uy, 1\n"
    "  %turns = sub i64 %ex, %ey\n"
    "  %is_fraction = icmp slt i64 %turns, 0\n"
    "  br i1 %is_fraction, label %round, label %loop\n"
    "loop:\n"
    "  %m = phi i64 [ %mx, %long ], [ %shifted, %next ]\n"
    "  %i = phi i64 [ %turns, %long ], [ %less, %next ]\n"
    "  %so_far = phi i128 [ 0, %long ], [ %whole_bits, %next ]\n"
    "  %fits = icmp uge i64 %m, %my\n"
    "  %difference = sub i64 %m, %my\n"
    "  %left = select i1 %fits, i64 %difference, i64 %m\n"
    "  %doubled = shl i128 %so_far, 1\n"
    "  %bit = zext i1 %fits to i128\n"
    "  %whole_bits = or i128 %doubled, %bit\n"
    "  %last = icmp eq i64 %i, 0\n"
    "  br i1 %last, label %round, label %next\n"
    "next:\n"
    "  %shifted = shl i64 %left, 1\n"
    "  %less = sub i64 %i, 1\n"
    "  br label %loop\n"
    "round:\n"
    "  %toward_zero = phi i128 [ 0, %long ], [ %whole_bits, %loop ]\n"
    "  %over = phi i64 [ 1, %long ], [ %left, %loop ]\n"
    "  %has_rest = icmp ne i64 %over, 0\n"
    "  %steps = and i1 %has_rest, %negative\n"
    "  %step = zext i1 %steps to i128\n"
    "  %magnitude = add i128 %toward_zero, %step\n"
    "  %high_part = lshr i128 %magnitude, 64\n"
    "  %high = trunc i128 %high_part to i64\n"
    "  %low = trunc i128 %magnitude to i64\n"
    "  %is_short = icmp eq i64 %high, 0\n"
    "  %short = uitofp i64 %low to double\n"
    "  %zeros = call i64 @llvm.ctlz.i64(i64 %high, i1 false)\n"
    "  %cut = and i64 %zeros, 63\n"
    "  %cut_wide = zext i64 %cut to i128\n"
    "  %aligned = shl i128 %magnitude, %cut_wide\n"
    "  %top_part = lshr i128 %aligned, 64\n"
    "  %top = trunc i128 %top_part to i64\n"
    "  %bottom = trunc i128 %aligned to i64\n"
    "  %falls = icmp ne i64 %bottom, 0\n"
    "  %sticky = zext i1 %falls to i64\n"
    "  %all = or i64 %top, %sticky\n"
    "  %unscaled = uitofp i64 %all to double\n"
    "  %field = sub i64 1087, %cut\n" /* of 2^(64 - cut) */
    "  %scale_bits = shl i64 %field, 52\n"
    "  %scale = bitcast i64 %scale_bits to double\n"
    "  %wide = fmul double %unscaled, %scale\n"
    "  %size_of_floor = select i1 %is_short, double %short, double %wide\n"
    "  %turned = fneg double %size_of_floor\n"
    "  %result = select i1 %negative, double %turned, double %size_of_floor\n"
    "  ret double %result\n"
    "}\n";

/* Without a multiply-add in hardware (a call of libm's), everything goes the long way. */
static const char *soft_text(Gen *g) {
    bool fma = g->target->has_fma;
    return arena_printf(g->arena, "%s%s%s%s%s%s%s", unpack_text, fmod_head,
                        fma ? fmod_quick : "larger:\n  br label %long\n", fmod_long, floor_head,
                        fma ? floor_quick : "finite:\n  br label %long\n", floor_long);
}

static void link_soft(Gen *g) {
    const char *text = soft_text(g);
    LLVMMemoryBufferRef buffer = LLVMCreateMemoryBufferWithMemoryRangeCopy(text, strlen(text), "weft.soft");
    LLVMModuleRef soft;
    char *message = NULL;
    if (LLVMParseIRInContext2(g->context, buffer, &soft, &message))
        weft_bug("soft.c does not parse: %s", message);
    if (LLVMLinkModules2(g->module, soft))
        weft_bug("soft.c does not link");
    static const char *const names[] = {"weft.unpack", "weft.fmod", "weft.floor_div"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        LLVMSetLinkage(LLVMGetNamedFunction(g->module, names[i]), LLVMInternalLinkage);
    g->soft_linked = true;
}

Val gen_soft_call(Gen *g, const char *name, Val a, Val b) {
    if (!g->soft_linked)
        link_soft(g);
    Val function = LLVMGetNamedFunction(g->module, name);
    return LLVMBuildCall2(g->builder, LLVMGlobalGetValueType(function), function, (Val[]){a, b}, 2, "");
}
