/* AMDGCN: kernels of the HSA calling convention, code object 5. The sizes of block and grid come from the hidden
 * arguments: block counts (u32) at 0, 4, 8, block sizes (u16) at 12, 14, 16. */
#include "codegen/gen.h"

#include "targets/amdgcn/link.h"

#include <llvm-c/Target.h>
#include <string.h>

enum { HIDDEN_BLOCK_COUNT = 0, HIDDEN_BLOCK_SIZE = 12, CODE_OBJECT_VERSION = 500 };

static void initialise(void) {
    LLVMInitializeAMDGPUTargetInfo();
    LLVMInitializeAMDGPUTarget();
    LLVMInitializeAMDGPUTargetMC();
    LLVMInitializeAMDGPUAsmPrinter();
    LLVMInitializeAMDGPUAsmParser();
}

static void add_text_attribute(Gen *g, Val function, const char *name, const char *value) {
    LLVMAttributeRef attribute = LLVMCreateStringAttribute(g->context, name, (unsigned)strlen(name), value, (unsigned)strlen(value));
    LLVMAddAttributeAtIndex(function, (LLVMAttributeIndex)LLVMAttributeFunctionIndex, attribute);
}

static uint32_t threads_of(Gen *g, const KernelInfo *info) {
    if (!info)
        return g->target->max_threads;
    if (info->max_threads > 0)
        return (uint32_t)info->max_threads;
    const uint32_t *block = info->block;
    return block[0] && block[1] && block[2] ? block[0] * block[1] * block[2] : g->target->max_threads;
}

/* Hidden arguments that our kernels never use: said so, they are not asked of who launches. */
static const char *const unused_hidden[] = {
    "amdgpu-no-hostcall-ptr", "amdgpu-no-heap-ptr", "amdgpu-no-multigrid-sync-arg", "amdgpu-no-default-queue",
    "amdgpu-no-completion-action", "amdgpu-no-queue-ptr", "amdgpu-no-dispatch-ptr", "amdgpu-no-dispatch-id",
};

static void kernel_attributes(Gen *g, Func *func, Val function) {
    LLVMSetFunctionCallConv(function, LLVMAMDGPUKERNELCallConv);
    LLVMSetVisibility(function, LLVMProtectedVisibility); /* else the symbol could be another's */
    add_text_attribute(g, function, "uniform-work-group-size", "true");
    for (size_t i = 0; i < sizeof unused_hidden / sizeof unused_hidden[0]; i++)
        add_text_attribute(g, function, unused_hidden[i], "");
    add_text_attribute(g, function, "amdgpu-flat-work-group-size", arena_printf(g->arena, "1,%u", threads_of(g, func->kernel)));
}

static void module_flags(Gen *g) {
    LLVMMetadataRef version = LLVMValueAsMetadata(LLVMConstInt(g->i32, CODE_OBJECT_VERSION, false));
    LLVMAddModuleFlag(g->module, LLVMModuleFlagBehaviorError, "amdhsa_code_object_version", strlen("amdhsa_code_object_version"), version);
}

static void fence(Gen *g, LLVMAtomicOrdering order) {
    LLVMBuildFenceSyncScope(g->builder, order, LLVMGetSyncScopeID(g->context, "workgroup", strlen("workgroup")), "");
}

static void barrier(Gen *g) {
    fence(g, LLVMAtomicOrderingRelease);
    gen_intrinsic(g, "llvm.amdgcn.s.barrier", NULL, 0, NULL, 0);
    fence(g, LLVMAtomicOrderingAcquire);
}

/* An integer of the hidden arguments. */
static Val hidden_argument(Gen *g, LLVMTypeRef type, uint64_t offset, unsigned align) {
    Val base = gen_intrinsic(g, "llvm.amdgcn.implicitarg.ptr", NULL, 0, NULL, 0);
    Val value = LLVMBuildLoad2(g->builder, type, gen_byte_offset(g, base, offset), "");
    LLVMSetAlignment(value, align);
    unsigned kind = LLVMGetMDKindIDInContext(g->context, "invariant.load", strlen("invariant.load"));
    LLVMSetMetadata(value, kind, LLVMMetadataAsValue(g->context, LLVMMDNodeInContext2(g->context, NULL, 0)));
    return value;
}

static Val kernel_op(Gen *g, Op *op) {
    const Attr *attr = op_attr(op, ATTR_KEY_DIM);
    uint64_t dim = attr ? (uint64_t)attr_as_i64(attr) : 0;
    switch (op->code) {
    case OP_KERNEL_GRID_DIM: return hidden_argument(g, g->i32, HIDDEN_BLOCK_COUNT + 4 * dim, 4);
    case OP_KERNEL_BLOCK_DIM: return hidden_argument(g, g->i16, HIDDEN_BLOCK_SIZE + 2 * dim, 2);
    default: return NULL;
    }
}

/* Memory that is neither shared with the host at cache-line grain nor another device's: hardware may do the atomic. */
static void mark_atomic(Gen *g, Val atomic) {
    static const char *const kinds[] = {"amdgpu.no.fine.grained.memory", "amdgpu.no.remote.memory"};
    Val empty = LLVMMetadataAsValue(g->context, LLVMMDNodeInContext2(g->context, NULL, 0));
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        LLVMSetMetadata(atomic, LLVMGetMDKindIDInContext(g->context, kinds[i], (unsigned)strlen(kinds[i])), empty);
}

/* HIP loads a shared object; the linker is a program. */
static void link_object(Gen *g, CodegenResult *result) {
    char *image = NULL;
    const char *error = amdgcn_link(g->arena, result->bytes, result->size, &image, &result->size);
    *result = (CodegenResult){.ok = !error, .error = error, .bytes = (const uint8_t *)image, .size = result->size};
    if (error)
        gen_fail(g, NULL, "%s", error);
}

const VendorOps vendor_amdgcn = {
    .vendor = &target_amdgcn,
    .initialise = initialise,
    .kernel_attributes = kernel_attributes,
    .module_flags = module_flags,
    .barrier = barrier,
    .kernel_op = kernel_op,
    .mark_atomic = mark_atomic,
    .link = link_object,
    .scopes = {"agent", "workgroup", ""},
    .half_arithmetic = true,
};
