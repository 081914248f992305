/* x86: no kernels are left when code is generated, only the functions that run them. */
#include "codegen/gen.h"

#include <llvm-c/Target.h>

static void initialise(void) {
    LLVMInitializeX86TargetInfo();
    LLVMInitializeX86Target();
    LLVMInitializeX86TargetMC();
    LLVMInitializeX86AsmPrinter();
    LLVMInitializeX86AsmParser();
}

/* LLVM's vectoriser stays at 256 bits on CPUs that have 512 unless it is told. */
static void function_attributes(Gen *g, Val function) {
    if (g->target->simd_bits < 512)
        return;
    LLVMAttributeRef width = LLVMCreateStringAttribute(g->context, "prefer-vector-width", 19, "512", 3);
    LLVMAddAttributeAtIndex(function, (LLVMAttributeIndex)LLVMAttributeFunctionIndex, width);
}

const VendorOps vendor_x86 = {
    .vendor = &target_x86,
    .initialise = initialise,
    .function_attributes = function_attributes,
    .scopes = {"", "", ""},
    .cuts_floats = true,
    .shared_is_own = true,
    .may_print = true,
};
