/* rand and randn: Philox4x32-10 (Salmon, Moraes, Dror, Shaw: Parallel random numbers: as easy as 1, 2, 3;
 * SC'11). The numbers are a function of the seed and the element's index alone, so neither the order in
 * which they are made nor the machine matters:
 *
 *     key      the seed's low and high half
 *     counter  a block's number (64 bits), then 0 for rand and 1 for randn, then 0
 *
 * A block is four words. rand: an element of up to 32 bits is word i % 4 of block i / 4, a wider one words
 * 2 * (i % 2) and the next of block i / 2; a float is the highest bits that its mantissa holds, times a power
 * of two. randn: elements 2 * b and 2 * b + 1 are the two of Box and Muller's transform of block b.
 *
 * randn is made in f64 with nothing but + - * / and sqrt, which IEEE 754 rounds the same everywhere, and then
 * rounded to the element type: so f32 numbers are the f64 ones, rounded. The libm has no part in it. */
#include "core/device.h"
#include "core/dtype.h"
#include "core/fp_mode.h"
#include "host/array.h"
#include "host/program.h"

#include <math.h>
#include <string.h>

typedef struct Philox {
    uint32_t word[4];
} Philox;

enum { STREAM_UNIFORM = 0, STREAM_NORMAL = 1 };

static Philox philox(uint64_t seed, uint64_t block, uint32_t stream) {
    uint32_t k0 = (uint32_t)seed, k1 = (uint32_t)(seed >> 32);
    Philox c = {{(uint32_t)block, (uint32_t)(block >> 32), stream, 0}};
    for (int round = 0; round < 10; round++) {
        uint64_t a = (uint64_t)0xD2511F53u * c.word[0], b = (uint64_t)0xCD9E8D57u * c.word[2];
        c = (Philox){{(uint32_t)(b >> 32) ^ c.word[1] ^ k0, (uint32_t)b, (uint32_t)(a >> 32) ^ c.word[3] ^ k1, (uint32_t)a}};
        k0 += 0x9E3779B9u;
        k1 += 0xBB67AE85u;
    }
    return c;
}

static uint64_t two_words(const Philox *p, int half) {
    return (uint64_t)p->word[2 * half + 1] << 32 | p->word[2 * half];
}

/* ---- uniform ---- */

/* The bits that an element's mantissa holds, the hidden one included. */
static int mantissa_bits(uint8_t code, uint8_t bits) {
    if (code == kDLBfloat)
        return 8;
    if (code == kDLFloat8_e4m3fn)
        return 4;
    if (code == kDLFloat8_e5m2)
        return 3;
    return bits == 64 ? 53 : bits == 32 ? 24 : 11;
}

static void fill_uniform(weft_array *array, uint64_t seed) {
    uint8_t code = array->dtype_code, bits = array->dtype_bits;
    int per_block = bits == 64 ? 2 : 4;
    bool is_float = dtype_is_float(code);
    int shift = 64 - (is_float ? mantissa_bits(code, bits) : 0);
    Philox p = {{0}};
    for (int64_t i = 0; i < array->elements; i++) {
        int at = (int)(i % per_block);
        if (at == 0)
            p = philox(seed, (uint64_t)(i / per_block), STREAM_UNIFORM);
        uint64_t word = bits == 64 ? two_words(&p, at) : (uint64_t)p.word[at] << 32;
        char *element = array->data + i * array_element_size(array);
        if (is_float)
            dtype_from_f64(code, bits, (double)(word >> shift) * ldexp(1.0, shift - 64), element);
        else if (code == kDLBool)
            dtype_from_i64(code, bits, (int64_t)(word >> 63), element);
        else
            dtype_from_i64(code, bits, (int64_t)(word >> (64 - bits)), element);
    }
}

/* ---- normal ---- */

/* ln x for x in (0, 1]: x = m * 2^e with m about 1, ln m = 2 atanh((m-1)/(m+1)), by its series. |s| < 0.172,
 * so what follows s^23 is below 2^-60. */
static double log_of(double x) {
    int e;
    double m = frexp(x, &e);
    if (m < 0.70710678118654752) {
        m *= 2;
        e--;
    }
    double s = (m - 1) / (m + 1), z = s * s, sum = 0;
    for (int k = 23; k >= 1; k -= 2)
        sum = sum * z + 1.0 / k;
    return 2 * s * sum + e * 0.69314718055994531;
}

/* sin and cos of 2 pi u for u in [0, 1): the octant is exact in u, and Taylor's series do the rest:
 * on [0, pi/4] what follows x^17 is below 2^-60. */
static void sincos_turn(double u, double *sine, double *cosine) {
    int octant = (int)(u * 8);
    double part = u * 8 - octant;
    if (octant & 1)
        part = 1 - part;
    double x = part * 0.78539816339744831, z = x * x;
    double s = 1.0, c = 1.0;
    for (int k = 17; k >= 3; k -= 2)
        s = 1.0 - s * z / (k * (k - 1));
    for (int k = 18; k >= 2; k -= 2)
        c = 1.0 - c * z / (k * (k - 1));
    s *= x;
    bool swapped = ((octant + 1) & 2) != 0;
    *sine = (swapped ? c : s) * (octant >= 4 ? -1 : 1);
    *cosine = (swapped ? s : c) * (octant >= 2 && octant <= 5 ? -1 : 1);
}

static void normal_pair(uint64_t seed, uint64_t block, double pair[2]) {
    Philox p = philox(seed, block, STREAM_NORMAL);
    double u = (double)((two_words(&p, 0) >> 11) + 1) * 0x1p-53; /* never 0 */
    double turn = (double)(two_words(&p, 1) >> 11) * 0x1p-53;
    double radius = sqrt(-2 * log_of(u)), sine, cosine;
    sincos_turn(turn, &sine, &cosine);
    pair[0] = radius * cosine;
    pair[1] = radius * sine;
}

static void fill_normal(weft_array *array, uint64_t seed) {
    double pair[2] = {0};
    for (int64_t i = 0; i < array->elements; i++) {
        if (i % 2 == 0)
            normal_pair(seed, (uint64_t)(i / 2), pair);
        dtype_from_f64(array->dtype_code, array->dtype_bits, pair[i % 2], array->data + i * array_element_size(array));
    }
}

/* ---- arrays ---- */

static weft_array *random_array(int32_t dtype, int32_t rank, const int64_t *shape, weft_device *device,
                                const char *location, void (*fill)(weft_array *, uint64_t), int64_t seed) {
    if (!device)
        device = weft_host_device_default(location);
    weft_array *made = weft_array_new(dtype, rank, shape, device->host_memory ? device : device_cpu(), location);
    uint32_t mode = fp_mode_enter();
    fill(made, (uint64_t)seed);
    fp_mode_leave(mode);
    if (made->device == device)
        return made;
    weft_array *moved = weft_array_to(made, device, location);
    weft_array_release(made);
    return moved;
}

weft_array *weft_array_rand(int32_t dtype, int32_t rank, const int64_t *shape, int64_t seed, weft_device *device,
                            const char *location) {
    return random_array(dtype, rank, shape, device, location, fill_uniform, seed);
}

weft_array *weft_array_randn(int32_t dtype, int32_t rank, const int64_t *shape, int64_t seed, weft_device *device,
                             const char *location) {
    if (!dtype_is_float((uint8_t)(dtype >> 8)))
        host_failf(WEFT_ERROR_ARGUMENT, location, "randn makes floats, not %s",
                   dtype_name((uint8_t)(dtype >> 8), (uint8_t)dtype));
    return random_array(dtype, rank, shape, device, location, fill_normal, seed);
}
