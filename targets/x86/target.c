/* x86: the table of CPUs, and which of them this machine is.
 *
 * A level is what the psABI calls x86-64-v2, -v3, -v4. `native` is a record of its own: the highest level
 * this CPU has, and the further extensions it has, by name. The operating system must have switched the
 * wide registers on; the compiler's __builtin_cpu_supports looks at both. */
#include "targets/target.h"

#include "base/str.h"
#include "targets/x86/target.h"

enum { SHARED_BYTES = 256 * 1024 }; /* of a block, on its worker's stack */

static const Target archs[] = {
#define ISA(name_, cpu_, bits, fma, features_)                                                     \
    {.vendor = &target_x86, .name = name_, .cpu = cpu_, .llvm_features = "",                       \
     .features = features_, .warp_size = 32, .simd_bits = bits, .shared_bytes = SHARED_BYTES,      \
     .max_threads = 1024, .has_fma = fma},
#include "targets/x86/isa.def"
#undef ISA
};

enum { ARCH_COUNT = sizeof archs / sizeof archs[0], LEVEL_COUNT = 3 };

const TargetVendor target_x86 = {
    .name = "x86",
    .vendor = "x86",
    .triple = "x86_64-unknown-linux-gnu",
    .is_gpu = false,
    .archs = archs,
    .arch_count = ARCH_COUNT,
};

#if defined(__x86_64__) && defined(__GNUC__)
#define CPU_FEATURES(X)                                                                            \
    X("sse4.2") X("popcnt") X("avx") X("avx2") X("bmi") X("bmi2") X("fma") X("avx512f")            \
    X("avx512bw") X("avx512cd") X("avx512dq") X("avx512vl") X("avx512ifma") X("avx512vbmi")        \
    X("avx512vbmi2") X("avx512vnni") X("avx512bitalg") X("avx512vpopcntdq")

static bool cpu_has(const char *feature) {
#define X(name)                                                                                    \
    if (strcmp(feature, name) == 0)                                                                \
        return __builtin_cpu_supports(name) != 0;
    CPU_FEATURES(X)
#undef X
    if (strcmp(feature, "f16c") == 0 || strcmp(feature, "lzcnt") == 0 || strcmp(feature, "movbe") == 0)
        return __builtin_cpu_supports("avx2") != 0; /* every CPU with AVX2 has them */
    if (strcmp(feature, "avx512bf16") == 0)
        return __builtin_cpu_supports("avx512bf16") != 0;
    return false;
}
#else
static bool cpu_has(const char *feature) {
    return strcmp(feature, "sse4.2") == 0 || strcmp(feature, "popcnt") == 0;
}
#endif

/* Calls `visit` with each word of `words` until it says false. */
static bool each_word(const char *words, bool (*visit)(const char *word, void *context), void *context) {
    char word[32];
    while (*words) {
        size_t len = strcspn(words, " ");
        if (len > 0 && len < sizeof word) {
            memcpy(word, words, len);
            word[len] = 0;
            if (!visit(word, context))
                return false;
        }
        words += len + (words[len] == ' ');
    }
    return true;
}

static bool word_is_here(const char *word, void *context) {
    return cpu_has(word);
}

bool x86_runs_here(const Target *target) {
    return each_word(target->features, word_is_here, NULL);
}

typedef struct NativeWords {
    const Target *level;
    Text features, llvm;
} NativeWords;

static bool add_if_here(const char *word, void *context) {
    NativeWords *native = context;
    if (cpu_has(word) && !target_has(native->level, word)) {
        text_printf(&native->features, " %s", word);
        text_printf(&native->llvm, "%s+%s", native->llvm.len ? "," : "", word);
    }
    return true;
}

const Target *x86_native(Arena *arena) {
    const Target *level = &archs[0];
    for (int i = 1; i < LEVEL_COUNT; i++)
        if (x86_runs_here(&archs[i]))
            level = &archs[i];
    NativeWords native = {.level = level, .features = {.arena = arena}, .llvm = {.arena = arena}};
    text_puts(&native.features, level->features);
    if (level == &archs[LEVEL_COUNT - 1])
        each_word("avx512vnni avx512vbmi avx512ifma avx512vbmi2 avx512bitalg avx512vpopcntdq avx512bf16",
                  add_if_here, &native);
    Target *target = arena_copy(arena, level, sizeof *level);
    target->features = text_cstr(&native.features);
    target->llvm_features = text_cstr(&native.llvm);
    return target;
}
