/* The error of std.math in f32, in ULP of the exact result, against the C library's double functions (whose own error
 * is a few thousandths of an ULP of f32). Inputs: a million bit patterns spread over all floats, and the numbers near
 * zero, one and the ends of the range. Special values must be what C's Annex F says.
 *
 *     ulp          prints a line for each function; exits 1 when one is over its bound */
#include "kernels.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { COUNT = 1 << 20 };

static float x[COUNT], p[COUNT], y[COUNT];

static double sigmoid(double v) {
    return 1 / (1 + exp(-v));
}

static double rsqrt(double v) {
    return 1 / sqrt(v);
}

typedef struct Row {
    const char *name;
    void (*kernel)(const float *x, float *y, int64_t n);
    double (*exact)(double);
} Row;

static const Row rows[] = {
    {"exp", k_exp_cpu, exp},       {"exp2", k_exp2_cpu, exp2},   {"expm1", k_expm1_cpu, expm1}, {"log", k_log_cpu, log},
    {"log2", k_log2_cpu, log2},    {"log1p", k_log1p_cpu, log1p},{"sin", k_sin_cpu, sin},       {"cos", k_cos_cpu, cos},
    {"tan", k_tan_cpu, tan},       {"tanh", k_tanh_cpu, tanh},   {"sigmoid", k_sigmoid_cpu, sigmoid}, {"erf", k_erf_cpu, erf},
    {"rsqrt", k_rsqrt_cpu, rsqrt},
};

/* How far `got` is from `exact`, in units of the last place of f32 at the exact value; 1e9 for a wrong special value. */
static double ulps(float got, double exact) {
    float near = (float)exact;
    if (isnan(exact) || isnan(got))
        return isnan(exact) && isnan(got) ? 0 : 1e9;
    if (isinf(near))
        return got == near || fabsf(got) >= 3.4028232e38f ? 0 : 1e9;
    if (isinf(got))
        return 1e9;
    int exponent;
    frexp(exact, &exponent);
    double ulp = ldexp(1, (exact == 0 || exponent < -125 ? -125 : exponent) - 24);
    return fabs((double)got - exact) / ulp;
}

static void fill_inputs(void) {
    static const float special[] = {0.0f, -0.0f, 1.0f, -1.0f, 0.5f, 2.0f, 1e-45f, -1e-45f, 1.17549435e-38f, 3.4028235e38f, -3.4028235e38f,
                                    INFINITY, -INFINITY, NAN, 88.72284f, 88.72283f, -103.97208f, -87.33655f, 128.0f, -149.0f, 1e5f};
    uint32_t bits = 12345;
    for (int i = 0; i < COUNT; i++) {
        bits = bits * 1664525u + 1013904223u;
        uint32_t pattern = (uint32_t)i * 4096u + (bits >> 20);
        memcpy(&x[i], &pattern, 4);
        if (i % 4 == 1) /* near the middle, where functions bend */
            x[i] = (float)((bits >> 8) / 16777216.0 * 40 - 20);
        p[i] = (float)(bits % 4001 / 100.0 - 20);
    }
    memcpy(x, special, sizeof special);
}

static int report(const char *name, double worst, float at, double bound) {
    printf("%-8s %6.3f ULP at %.9g%s\n", name, worst, at, worst > bound ? "  TOO MUCH" : "");
    return worst > bound;
}

int main(void) {
    int failed = 0;
    fill_inputs();
    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
        double worst = 0;
        float at = 0;
        rows[r].kernel(x, y, COUNT);
        for (int i = 0; i < COUNT; i++) {
            double error = ulps(y[i], rows[r].exact(x[i]));
            if (error > worst)
                worst = error, at = x[i];
        }
        failed |= report(rows[r].name, worst, at, 4);
    }
    double worst = 0;
    float at = 0;
    k_pow_cpu(x, p, y, COUNT);
    for (int i = 0; i < COUNT; i++) {
        double error = ulps(y[i], pow(x[i], p[i]));
        if (error > worst)
            worst = error, at = x[i];
    }
    failed |= report("pow", worst, at, 4);
    return failed;
}
