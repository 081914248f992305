/* The error of std.math in ULP of the exact result, for f32 against the C library's double functions and for f64
 * against its long double ones, whose own errors are a thousandth of an ULP of ours. Special values must be what
 * C's Annex F says, signs of zeros included.
 *
 *     ulp [--all] [--deep] [--table] [NAME ...]
 *
 * prints a line for each function and type; exits 1 when one is over its bound. Without options a fixed sample is
 * taken: bit patterns spread over all floats, and the numbers near zero, one and the ends of the range; --deep
 * takes 32 times as many. --all takes all 2**32 floats as well, for f32 functions of one argument, against their
 * f64 forms. --table prints the rows of docs/math.md. x86 only: elsewhere long double may be no wider than double. */
#include "kernels.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { COUNT = 1 << 14, SAMPLE_TURNS = 1 << 6, DEEP = 32 }; /* 2**20 numbers, by turns that stay in the cache */

static float x32[COUNT], p32[COUNT], y32[COUNT];
static double x64[COUNT], p64[COUNT], y64[COUNT];

/* ------------------------------------------------------------------ what there is */

static double sigmoid(double v) {
    return 1 / (1 + exp(-v));
}

static long double sigmoidl(long double v) {
    return 1 / (1 + expl(-v));
}

static double rsqrt(double v) {
    return 1 / sqrt(v);
}

static long double rsqrtl(long double v) {
    return 1 / sqrtl(v);
}

/* name, bounds in ULP for f32 and f64 */
#define ONE_ARGUMENT(ROW)                                                                          \
    ROW(exp, 1, 1) ROW(exp2, 1, 1) ROW(expm1, 1, 1.25) ROW(log, 1, 1) ROW(log2, 1, 1) ROW(log10, 1, 1) \
    ROW(log1p, 1, 1) ROW(sin, 1, 1) ROW(cos, 1, 1) ROW(tan, 1, 1) ROW(asin, 1, 1) ROW(acos, 1, 1)  \
    ROW(atan, 1, 1.25) ROW(sinh, 1, 2.5) ROW(cosh, 1, 2) ROW(tanh, 1, 2) ROW(asinh, 1, 2.5)               \
    ROW(acosh, 1, 2.5) ROW(atanh, 1, 2.5) ROW(sigmoid, 1, 1) ROW(erf, 1, 1.25) ROW(erfc, 1, 3.5)            \
    ROW(sqrt, 0.5, 0.5001) ROW(rsqrt, 1, 1) ROW(cbrt, 1, 1)
#define TWO_ARGUMENTS(ROW) ROW(pow, 1, 1.5) ROW(atan2, 1, 1.25) ROW(hypot, 0.51, 1) ROW(fmod, 0, 0)

typedef struct Row {
    const char *name;
    double bound32, bound64;
    void (*one32)(const float *, float *, int64_t);
    void (*one64)(const double *, double *, int64_t);
    void (*two32)(const float *, const float *, float *, int64_t);
    void (*two64)(const double *, const double *, double *, int64_t);
    double (*exact32)(double);
    long double (*exact64)(long double);
    double (*exact32_of_two)(double, double);
    long double (*exact64_of_two)(long double, long double);
} Row;

static const Row rows[] = {
#define ROW(f, b32, b64) {#f, b32, b64, .one32 = k_##f##_f32_cpu, .one64 = k_##f##_f64_cpu, .exact32 = f, .exact64 = f##l},
    ONE_ARGUMENT(ROW)
#undef ROW
#define ROW(f, b32, b64)                                                                           \
    {#f, b32, b64, .two32 = k_##f##_f32_cpu, .two64 = k_##f##_f64_cpu, .exact32_of_two = f, .exact64_of_two = f##l},
    TWO_ARGUMENTS(ROW)
#undef ROW
};

/* ------------------------------------------------------------------ errors */

enum { WRONG = 1000000000 }; /* "ULP" of a wrong special value */

/* How far `got` is from `exact`, in units of the last place at the exact value, of a float with `digits` bits of
 * mantissa whose largest exponent is `top`. Infinity stands for 2**top where the exact value is finite. */
static double ulps(double got, long double exact, int digits, int top) {
    if (isnan(exact) || isnan(got))
        return isnan(exact) && isnan(got) ? 0 : WRONG;
    if (!signbit(exact) != !signbit(got))
        return WRONG;
    if (isinf(exact) || exact == 0)
        return got == exact ? 0 : WRONG;
    int exponent;
    frexpl(exact, &exponent);
    int lowest = 3 - top;
    if (exponent > top) /* overflows: must be infinite, or nearly so */
        return isinf(got) ? 0 : WRONG;
    long double ulp = ldexpl(1, (exponent < lowest ? lowest : exponent) - digits);
    long double value = isinf(got) ? copysignl(ldexpl(1, top), exact) : got;
    double error = (double)(fabsl(value - exact) / ulp);
    return isinf(got) && error <= 0.5 ? 0 : error;
}

/* The same for f32, quickly where the exact value is a normal f32. */
static double ulps32(float got, double exact) {
    uint64_t bits, unit;
    double per_ulp;
    memcpy(&bits, &exact, 8);
    int exponent = (int)(bits >> 52 & 0x7ff) - 1023;
    if (exponent < -126 || exponent > 127 || !isfinite(got))
        return ulps(got, exact, 24, 128);
    unit = (uint64_t)(1023 + 23 - exponent) << 52;
    memcpy(&per_ulp, &unit, 8);
    return fabs(got - exact) * per_ulp;
}

typedef struct Worst {
    double error;
    double at, at2;
} Worst;

static void note(Worst *worst, double error, double at, double at2) {
    if (error > worst->error)
        *worst = (Worst){error, at, at2};
}

static void measure32(const Row *row, Worst *worst) {
    if (row->one32)
        row->one32(x32, y32, COUNT);
    else
        row->two32(x32, p32, y32, COUNT);
    for (int i = 0; i < COUNT; i++) {
        double exact = row->one32 ? row->exact32(x32[i]) : row->exact32_of_two(x32[i], p32[i]);
        note(worst, ulps32(y32[i], exact), x32[i], p32[i]);
    }
}

static void measure64(const Row *row, Worst *worst) {
    if (row->one64)
        row->one64(x64, y64, COUNT);
    else
        row->two64(x64, p64, y64, COUNT);
    for (int i = 0; i < COUNT; i++) {
        long double exact = row->one64 ? row->exact64(x64[i]) : row->exact64_of_two(x64[i], p64[i]);
        note(worst, ulps(y64[i], exact, 53, 1024), x64[i], p64[i]);
    }
}

/* Against our own f64, which another turn measures: ten times as fast, and as good for f32. */
static void measure_all32(const Row *row, uint32_t start, Worst *worst) {
    for (uint32_t i = 0; i < COUNT; i++) {
        uint32_t bits = start + i;
        memcpy(&x32[i], &bits, 4);
        x64[i] = x32[i];
    }
    row->one32(x32, y32, COUNT);
    row->one64(x64, y64, COUNT);
    for (int i = 0; i < COUNT; i++)
        note(worst, ulps32(y32[i], y64[i]), x32[i], 0);
}

/* ------------------------------------------------------------------ inputs */

static const double special[] = {
    0.0, 1.0, 0.5, 2.0, 3.0, 4.0, 0.25, 1.5, 10.0, 1000.0, 1e5, 1e22, INFINITY, NAN, 0x1p-149, 0x1p-126, 0x1.fffffep127, 0x1.fffffep-1,
    0x1.000002p0, 0x1p-1074, 0x1p-1022, 0x1.fffffffffffffp1023, 0x1.0000000000001p0, 0x1.fffffffffffffp-1, 88.72284, 88.72283,
    103.97208, 87.33655, 128.0, 149.0, 150.0, 709.782712893384, 709.7827128933841, 745.1332191019411, 745.1332191019412, 1024.0,
    1074.0, 1075.0, 89.41599, 710.4758600739439, 9.19455, 10.0543, 26.5, 27.2, 0x1p23, 0x1p24, 0x1p52, 0x1p53, 131072.0, 0x1p30,
    1.5707963267948966, 3.141592653589793, 0.7853981633974483, 6381956970095103.0 * 0x1p797, 16367173.0 * 0x1p72,
};
enum { SPECIALS = 2 * sizeof special / sizeof *special };
_Static_assert(SPECIALS * SPECIALS <= COUNT, "each pair of them is an input");

static double special_at(int i) {
    return i & 1 ? -special[i / 2] : special[i / 2];
}

static uint64_t random_bits(uint64_t *state) {
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    uint64_t z = *state ^ *state >> 33;
    return z * 0xff51afd7ed558ccdu ^ z >> 29;
}

/* One input: any bit pattern, or a number that is likely to be where a function bends. */
static double sample(uint64_t *state, bool is_f64) {
    uint64_t bits = random_bits(state), kind = random_bits(state) >> 61;
    double unit = (double)(bits >> 11) * 0x1p-53, any;
    float any32;
    uint32_t bits32 = (uint32_t)(bits >> 32);
    memcpy(&any, &bits, 8);
    memcpy(&any32, &bits32, 4);
    switch (kind) {
    case 0: return unit * 2 - 1;
    case 1: return unit * 40 - 20;
    case 2: return 1 + ldexp(unit * 2 - 1, -(int)(bits & 31));
    case 3: return (unit * 2 - 1) * (is_f64 ? 760 : 110);
    case 4: return ldexp(unit * 2 - 1, -(int)(bits & 31));
    default: return is_f64 ? any : any32;
    }
}

static void fill_sample(int turn) {
    uint64_t state = 12345 + (uint64_t)turn;
    for (int i = 0; i < COUNT; i++) {
        x64[i] = sample(&state, true);
        p64[i] = sample(&state, true);
        x32[i] = (float)sample(&state, false);
        p32[i] = (float)sample(&state, false);
    }
    for (int i = 0; turn == 0 && i < SPECIALS * SPECIALS; i++) {
        x64[i] = special_at(i / SPECIALS), p64[i] = special_at(i % SPECIALS);
        x32[i] = (float)x64[i], p32[i] = (float)p64[i];
    }
}

/* ------------------------------------------------------------------ the program */

static bool over(const char *name, const char *type, Worst w, double bound) {
    bool bad = w.error > bound;
    printf("%-8s %s %8.4f ULP at %.17g, %.17g%s\n", name, type, w.error, w.at, w.at2, bad ? "  TOO MUCH" : "");
    fflush(stdout);
    return bad;
}

static bool wanted(const char *name, char **names) {
    bool any = false;
    for (; *names; names++) {
        if (**names != '-' && !strcmp(*names, name))
            return true;
        any |= **names != '-';
    }
    return !any;
}

static bool has_flag(char **argv, const char *flag) {
    for (; *argv; argv++)
        if (!strcmp(*argv, flag))
            return true;
    return false;
}

int main(int argc, char **argv) {
    (void)argc;
    enum { ROWS = sizeof rows / sizeof *rows };
    static Worst worst32[ROWS], worst64[ROWS];
    bool all = has_flag(argv, "--all"), table = has_flag(argv, "--table"), failed = false;
    int turns = has_flag(argv, "--deep") ? SAMPLE_TURNS * DEEP : SAMPLE_TURNS;
    for (int turn = 0; turn < turns; turn++) {
        fill_sample(turn);
        for (int r = 0; r < ROWS; r++) {
            if (!wanted(rows[r].name, argv + 1))
                continue;
            measure32(&rows[r], &worst32[r]);
            measure64(&rows[r], &worst64[r]);
        }
    }
    for (int r = 0; r < ROWS; r++) {
        if (!wanted(rows[r].name, argv + 1))
            continue;
        for (uint64_t start = 0; all && rows[r].one32 && start < 1ull << 32; start += COUNT)
            measure_all32(&rows[r], (uint32_t)start, &worst32[r]);
        if (table)
            printf("| `%s` | %.2f%s | %.2f |\n", rows[r].name, worst32[r].error, all && rows[r].one32 ? " (all)" : "", worst64[r].error);
        else
            failed |= over(rows[r].name, "f32", worst32[r], rows[r].bound32) | over(rows[r].name, "f64", worst64[r], rows[r].bound64);
        fflush(stdout);
    }
    return failed;
}
