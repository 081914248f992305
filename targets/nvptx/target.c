/* NVIDIA GPUs. Memory of the thread is generic here: LLVM finds out that it is local. */
#include "targets/target.h"

#include <stddef.h>

static const TargetIntrinsic intrinsics[] = {
#define INTRINSIC(op, dim, name) {OP_##op, dim, name},
#include "targets/nvptx/intrinsics.def"
#undef INTRINSIC
    {OPCODE_COUNT, -1, NULL},
};

static const Target archs[] = {
#define ARCH(name_, ptx, shared, features_)                                                        \
    {.vendor = &target_nvptx, .name = name_, .cpu = name_, .llvm_features = ptx,                   \
     .features = features_, .warp_size = 32, .simd_bits = 128, .shared_bytes = shared,             \
     .max_threads = 1024, .has_fma = true},
#include "targets/nvptx/arch.def"
#undef ARCH
};

const TargetVendor target_nvptx = {
    .name = "nvptx",
    .vendor = "nvidia",
    .triple = "nvptx64-nvidia-cuda",
    .is_gpu = true,
    .address_space = {[SPACE_GLOBAL] = 1, [SPACE_SHARED] = 3, [SPACE_LOCAL] = 0, [SPACE_CONSTANT] = 4},
    .intrinsics = intrinsics,
    .archs = archs,
    .arch_count = sizeof archs / sizeof archs[0],
};
