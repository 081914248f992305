/* AMD GPUs. */
#include "targets/target.h"

#include <stddef.h>

static const TargetIntrinsic intrinsics[] = {
#define INTRINSIC(op, dim, name) {OP_##op, dim, name},
#include "targets/amdgcn/intrinsics.def"
#undef INTRINSIC
    {OPCODE_COUNT, -1, NULL},
};

static const Target archs[] = {
#define ARCH(name_, llvm, lanes, features_)                                                        \
    {.vendor = &target_amdgcn, .name = name_, .cpu = name_, .llvm_features = llvm,                 \
     .features = features_, .warp_size = lanes, .simd_bits = 128, .shared_bytes = 64 * 1024,       \
     .max_threads = 1024, .has_fma = true},
#include "targets/amdgcn/arch.def"
#undef ARCH
};

const TargetVendor target_amdgcn = {
    .name = "amdgcn",
    .vendor = "amd",
    .triple = "amdgcn-amd-amdhsa",
    .is_gpu = true,
    .address_space = {[SPACE_GLOBAL] = 1, [SPACE_SHARED] = 3, [SPACE_LOCAL] = 5, [SPACE_CONSTANT] = 4},
    .intrinsics = intrinsics,
    .archs = archs,
    .arch_count = sizeof archs / sizeof archs[0],
};
