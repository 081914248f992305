/* What the LLVM builder asks of a vendor: the part of a back end that needs LLVM. The facts that do not are
 * rows of targets/ (target.h). One builder serves all vendors; none of its files names one. */
#ifndef WEFT_CODEGEN_VENDOR_H
#define WEFT_CODEGEN_VENDOR_H

#include "codegen/codegen.h"

#include <llvm-c/Core.h>
#include <llvm-c/TargetMachine.h>

typedef struct Gen Gen;

typedef struct VendorOps {
    const TargetVendor *vendor;
    void (*initialise)(void);               /* LLVM's own tables of this target */
    void (*kernel_attributes)(Gen *g, Func *func, LLVMValueRef function); /* calling convention, launch bounds */
    void (*function_attributes)(Gen *g, LLVMValueRef function);           /* of what is no kernel */
    void (*module_flags)(Gen *g);
    void (*barrier)(Gen *g);
    /* An op whose value no single intrinsic gives (targets/<vendor>/intrinsics.def lists the others); NULL when it
     * is not built. */
    LLVMValueRef (*kernel_op)(Gen *g, Op *op);
    void (*mark_atomic)(Gen *g, LLVMValueRef atomic); /* metadata that lets hardware do it */
    void (*link)(Gen *g, CodegenResult *result);      /* from an object to what the vendor's driver loads */
    const char *scopes[3];                  /* LLVM's sync scopes for "device", "block", "system" */
    bool atomics_drop_order;                /* atomicrmw loses its ordering and scope: fences go around it */
    bool half_arithmetic;                   /* conversions f16 <-> f32 in hardware, at every level of it */
    bool cuts_floats;                       /* no conversion to integers saturates: floats are cut to the limits before it */
    bool shared_is_own;                     /* one CPU thread runs all of a block: nobody else sees its shared memory */
    bool may_print;                         /* the runtime's entries can be called from kernels */
} VendorOps;

extern const VendorOps vendor_x86, vendor_nvptx, vendor_amdgcn;

const VendorOps *vendor_ops(const Target *target);

#endif
