/* The floating-point mode of a launch: rounding to nearest, subnormals, no traps, whatever the caller's is.
 * MXCSR's low six bits only record what happened. */
#ifndef WEFT_RT_FP_MODE_H
#define WEFT_RT_FP_MODE_H

#include <stdint.h>

#if defined(__x86_64__)
#include <xmmintrin.h>

enum { MXCSR_DEFAULT = 0x1f80, MXCSR_FLAGS = 0x3f };

static inline uint32_t fp_mode_enter(void) {
    uint32_t before = _mm_getcsr();
    if ((before & ~MXCSR_FLAGS) != MXCSR_DEFAULT)
        _mm_setcsr(MXCSR_DEFAULT);
    return before;
}

static inline void fp_mode_leave(uint32_t before) {
    if ((before & ~MXCSR_FLAGS) != MXCSR_DEFAULT)
        _mm_setcsr(before);
}
#else
static inline uint32_t fp_mode_enter(void) {
    return 0;
}

static inline void fp_mode_leave(uint32_t before) {
    (void)before;
}
#endif

#endif
