/* Which of the x86-64 levels this CPU has. A level needs its instructions and an OS that saves its
 * registers (xgetbv), as the x86-64 psABI lists them. */
#include "core/error.h"
#include "cpu/cpu.h"

#include <stdlib.h>
#include <string.h>

typedef struct IsaName {
    const char *name;
    uint32_t isa;
} IsaName;

static const IsaName isa_names[] = {
    {"v1", WEFT_ISA_V1},        {"v2", WEFT_ISA_V2},        {"v3", WEFT_ISA_V3},        {"v4", WEFT_ISA_V4},
    {"x86-64", WEFT_ISA_V1},    {"x86-64-v1", WEFT_ISA_V1}, {"x86-64-v2", WEFT_ISA_V2}, {"x86-64-v3", WEFT_ISA_V3},
    {"x86-64-v4", WEFT_ISA_V4},
};

#if defined(__x86_64__)
#include <cpuid.h>

typedef struct CpuFacts {
    uint32_t leaf1_ecx, leaf7_ebx, extended_ecx;
    uint64_t saved; /* XCR0: the registers that the OS saves */
} CpuFacts;

static CpuFacts read_facts(void) {
    CpuFacts facts = {0};
    uint32_t a, b, c, d;
    if (__get_cpuid(1, &a, &b, &c, &d))
        facts.leaf1_ecx = c;
    if (__get_cpuid_count(7, 0, &a, &b, &c, &d))
        facts.leaf7_ebx = b;
    if (__get_cpuid(0x80000001u, &a, &b, &c, &d))
        facts.extended_ecx = c;
    if (facts.leaf1_ecx & bit_OSXSAVE) {
        __asm__("xgetbv" : "=a"(a), "=d"(d) : "c"(0));
        facts.saved = (uint64_t)d << 32 | a;
    }
    return facts;
}

static bool has(uint64_t bits, uint64_t wanted) {
    return (bits & wanted) == wanted;
}

static uint32_t detect_isa(void) {
    enum {
        LEAF1_V2 = bit_SSE3 | bit_SSSE3 | bit_SSE4_1 | bit_SSE4_2 | bit_POPCNT | bit_CMPXCHG16B,
        LEAF1_V3 = bit_AVX | bit_FMA | bit_F16C | bit_MOVBE,
        LEAF7_V3 = bit_AVX2 | bit_BMI | bit_BMI2,
        LEAF7_V4 = bit_AVX512F | bit_AVX512DQ | bit_AVX512CD | bit_AVX512BW | bit_AVX512VL,
        SAVED_V3 = 0x6,  /* XMM, YMM */
        SAVED_V4 = 0xe6, /* and the mask registers, the upper halves of ZMM, ZMM16 to 31 */
    };
    CpuFacts facts = read_facts();
    if (!has(facts.leaf1_ecx, LEAF1_V2) || !has(facts.extended_ecx, bit_LAHF_LM))
        return WEFT_ISA_V1;
    if (!has(facts.leaf1_ecx, LEAF1_V3) || !has(facts.leaf7_ebx, LEAF7_V3) || !has(facts.extended_ecx, bit_ABM) ||
        !has(facts.saved, SAVED_V3))
        return WEFT_ISA_V2;
    return has(facts.leaf7_ebx, LEAF7_V4) && has(facts.saved, SAVED_V4) ? WEFT_ISA_V4 : WEFT_ISA_V3;
}
#else
static uint32_t detect_isa(void) {
    return WEFT_ISA_V1;
}
#endif

static weft_status isa_named(const char *name, uint32_t *isa) {
    for (size_t i = 0; i < sizeof isa_names / sizeof *isa_names; i++) {
        if (strcmp(isa_names[i].name, name) == 0) {
            *isa = isa_names[i].isa;
            return WEFT_OK;
        }
    }
    return error_set(WEFT_ERROR_DEVICE, "WEFT_CPU is %s, which is no level of x86-64: v1, v2, v3 or v4", name);
}

weft_status cpu_isa(uint32_t *isa) {
    static _Atomic uint32_t known; /* the level + 1 */
    uint32_t found = atomic_load_explicit(&known, memory_order_relaxed);
    if (found == 0) {
        found = detect_isa() + 1;
        const char *wanted = getenv("WEFT_CPU");
        if (wanted && *wanted) {
            uint32_t level = WEFT_ISA_V1;
            TRY(isa_named(wanted, &level));
            if (level >= found)
                return error_set(WEFT_ERROR_DEVICE, "WEFT_CPU is %s, and this CPU is x86-64-v%u", wanted,
                                 found - 1 == WEFT_ISA_V1 ? 1 : found - 1);
            found = level + 1;
        }
        atomic_store_explicit(&known, found, memory_order_relaxed);
    }
    *isa = found - 1;
    return WEFT_OK;
}
