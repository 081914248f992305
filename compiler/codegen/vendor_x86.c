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

const VendorOps vendor_x86 = {
    .vendor = &target_x86,
    .initialise = initialise,
    .scopes = {"", "", ""},
    .may_print = true,
};
