/* A target is a record: what code is compiled for. A vendor is the record that a back end fills once;
 * a target is one row of its table of architectures ("sm_90a", "gfx942", "x86-64-v3").
 *
 * Always true: a target found twice by one name in one process has the same facts; the records are
 * constants (the machine at hand is one of its own, made in the caller's arena). No LLVM here: these are
 * the facts that sema's `target.*`, the passes and the code generator read alike. */
#ifndef WEFT_TARGETS_TARGET_H
#define WEFT_TARGETS_TARGET_H

#include "base/arena.h"
#include "ir/op.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct Target Target;

/* An op that is one intrinsic of LLVM's on this vendor: kernel.thread_idx {dim = 0} is
 * llvm.nvvm.read.ptx.sreg.tid.x. */
typedef struct TargetIntrinsic {
    Opcode op;
    int dim;          /* the op's {dim}, or -1 */
    const char *name; /* of the intrinsic */
} TargetIntrinsic;

typedef struct TargetVendor {
    const char *name;       /* the back end: "x86", "nvptx", "amdgcn" */
    const char *vendor;     /* what `target.vendor` says: "x86", "nvidia", "amd" */
    const char *triple;     /* LLVM's */
    bool is_gpu;
    uint32_t address_space[4]; /* LLVM's number for each Space */
    const TargetIntrinsic *intrinsics; /* ends with a NULL name; NULL where there are none */
    const Target *archs;
    uint32_t arch_count;
} TargetVendor;

struct Target {
    const TargetVendor *vendor;
    const char *name;         /* as --target takes it and `target.arch` says it: "sm_90a", "x86-64-v4" */
    const char *cpu;          /* LLVM's name for it */
    const char *llvm_features;/* LLVM's feature string: "+ptx80"; "" for what the cpu implies */
    const char *features;     /* what target.has() is true of: words with one blank between, "" for none */
    uint32_t warp_size;       /* x86: 32 */
    uint32_t simd_bits;       /* of a vector register; GPUs: 128, the widest load of a thread */
    uint32_t shared_bytes;    /* shared memory a block may have */
    uint32_t max_threads;     /* of a block: 1024 everywhere today */
    bool has_fma;             /* without it products are not fused with sums */
};

/* Of a CPU: what the memory of a block (shared, its threads' own, values across barriers) may take of its worker's stack. */
enum { BLOCK_STACK_MOST = 4 << 20 };

/* The target of that name: an architecture of any vendor, or "native" for this machine's CPU. NULL when there is
 * none; `error` is then a sentence without its full stop, in the arena ("no target is called sm_91; did you mean sm_90?"). */
const Target *target_find(const char *name, Arena *arena, const char **error);
/* This machine's CPU: what "native" means. */
const Target *target_native(Arena *arena);
/* Whether code for `target` runs on this machine's CPU; false for a GPU's. */
bool target_runs_here(const Target *target);
/* All of them, for `weft targets`; NULL past the end. */
const TargetVendor *target_vendor_at(uint32_t index);

/* target.has(feature); and whether any target of any vendor has it (else the name is a mistake). */
bool target_has(const Target *target, const char *feature);
bool target_feature_known(const char *feature);
/* target.simd_width[element]: how many elements of a vector register; at least 1. */
uint32_t target_simd_width(const Target *target, const Type *element);

/* The records (targets/x86/target.c and so on). */
extern const TargetVendor target_x86, target_nvptx, target_amdgcn;

#endif
