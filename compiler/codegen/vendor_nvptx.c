/* NVPTX: kernels are entries, launch bounds are string attributes, parameters are the flat arguments in order. */
#include "codegen/gen.h"

#include <llvm-c/Target.h>
#include <string.h>

static void initialise(void) {
    LLVMInitializeNVPTXTargetInfo();
    LLVMInitializeNVPTXTarget();
    LLVMInitializeNVPTXTargetMC();
    LLVMInitializeNVPTXAsmPrinter();
}

static void add_text_attribute(Gen *g, Val function, const char *name, const char *value) {
    LLVMAttributeRef attribute = LLVMCreateStringAttribute(g->context, name, (unsigned)strlen(name), value, (unsigned)strlen(value));
    LLVMAddAttributeAtIndex(function, (LLVMAttributeIndex)LLVMAttributeFunctionIndex, attribute);
}

static void kernel_attributes(Gen *g, Func *func, Val function) {
    LLVMSetFunctionCallConv(function, LLVMPTXKernelCallConv);
    const KernelInfo *info = func->kernel;
    if (!info)
        return;
    const uint32_t *block = info->block;
    if (info->max_threads > 0)
        add_text_attribute(g, function, "nvvm.maxntid", arena_printf(g->arena, "%d", info->max_threads));
    else if (block[0] && block[1] && block[2])
        add_text_attribute(g, function, "nvvm.maxntid", arena_printf(g->arena, "%u,%u,%u", block[0], block[1], block[2]));
    if (info->min_blocks > 0)
        add_text_attribute(g, function, "nvvm.minctasm", arena_printf(g->arena, "%d", info->min_blocks));
    if (info->cluster > 1)
        add_text_attribute(g, function, "nvvm.cluster_dim", arena_printf(g->arena, "%d", info->cluster));
}

static void barrier(Gen *g) {
    Val number = LLVMConstInt(g->i32, 0, false);
    gen_intrinsic(g, "llvm.nvvm.barrier.cta.sync.aligned.all", NULL, 0, &number, 1);
}

const VendorOps vendor_nvptx = {
    .vendor = &target_nvptx,
    .initialise = initialise,
    .kernel_attributes = kernel_attributes,
    .barrier = barrier,
    .scopes = {"device", "block", ""},
    .atomics_drop_order = true,
    .half_arithmetic = true,
};
