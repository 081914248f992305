/* From a request to bytes: build the LLVM module, verify it, optimise it, have the target machine write it. */
#include "codegen/gen.h"

#include "base/diag.h"

#include <llvm-c/Analysis.h>
#include <llvm-c/ErrorHandling.h>
#include <string.h>

const VendorOps *vendor_ops(const Target *target) {
    static const VendorOps *const all[] = {&vendor_x86, &vendor_nvptx, &vendor_amdgcn};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        if (all[i]->vendor == target->vendor || strcmp(all[i]->vendor->name, target->vendor->name) == 0)
            return all[i];
    return NULL;
}

/* LLVM's default handler ends the process on an error: ours keeps the first one as the sentence. */
static void keep_diagnostic(LLVMDiagnosticInfoRef info, void *context) {
    Gen *g = context;
    if (LLVMGetDiagInfoSeverity(info) != LLVMDSError)
        return;
    char *text = LLVMGetDiagInfoDescription(info);
    gen_fail(g, NULL, "LLVM: %s", text);
    LLVMDisposeMessage(text);
}

LLVMTargetMachineRef gen_machine(Gen *g) {
    static const LLVMCodeGenOptLevel levels[] = {LLVMCodeGenLevelNone, LLVMCodeGenLevelLess, LLVMCodeGenLevelDefault,
                                                 LLVMCodeGenLevelAggressive};
    const Target *target = g->target;
    int level = g->request->opt_level < 0 ? 0 : g->request->opt_level > 3 ? 3 : g->request->opt_level;
    LLVMTargetRef found;
    char *message = NULL;
    if (LLVMGetTargetFromTriple(target->vendor->triple, &found, &message)) {
        gen_fail(g, NULL, "LLVM: %s", message);
        LLVMDisposeMessage(message);
        return NULL;
    }
    return LLVMCreateTargetMachine(found, target->vendor->triple, target->cpu, target->llvm_features ? target->llvm_features : "",
                                   levels[level], LLVMRelocPIC, LLVMCodeModelDefault);
}

static void set_types(Gen *g) {
    LLVMContextRef c = g->context;
    g->i1 = LLVMInt1TypeInContext(c);
    g->i8 = LLVMInt8TypeInContext(c);
    g->i16 = LLVMInt16TypeInContext(c);
    g->i32 = LLVMInt32TypeInContext(c);
    g->i64 = LLVMInt64TypeInContext(c);
    g->half = LLVMHalfTypeInContext(c);
    g->f32 = LLVMFloatTypeInContext(c);
    g->f64 = LLVMDoubleTypeInContext(c);
    g->none = LLVMVoidTypeInContext(c);
    g->ptr = LLVMPointerTypeInContext(c, 0);
}

static bool begin(Gen *g) {
    g->vendor->initialise();
    g->context = LLVMContextCreate();
    LLVMContextSetDiagnosticHandler(g->context, keep_diagnostic, g);
    const char *name = g->request->source_name ? g->request->source_name : "weft";
    g->module = LLVMModuleCreateWithNameInContext(name, g->context);
    g->builder = LLVMCreateBuilderInContext(g->context);
    set_types(g);
    g->machine = gen_machine(g);
    if (!g->machine)
        return false;
    LLVMTargetDataRef layout = LLVMCreateTargetDataLayout(g->machine);
    LLVMSetModuleDataLayout(g->module, layout);
    LLVMDisposeTargetData(layout);
    LLVMSetTarget(g->module, g->target->vendor->triple);
    return true;
}

static bool verify(Gen *g) {
    char *message = NULL;
    bool broken = LLVMVerifyModule(g->module, LLVMReturnStatusAction, &message);
    if (broken)
        gen_fail(g, NULL, "the LLVM module that code generation made is not valid: %s", message);
    LLVMDisposeMessage(message);
    return !broken;
}

/* The target machine has passed its judgement through the diagnostics: an error there is an error here. */
static LLVMMemoryBufferRef machine_code(Gen *g, LLVMCodeGenFileType kind) {
    LLVMMemoryBufferRef buffer = NULL;
    char *message = NULL;
    if (LLVMTargetMachineEmitToMemoryBuffer(g->machine, g->module, kind, &message, &buffer)) {
        gen_fail(g, NULL, "LLVM: %s", message);
        LLVMDisposeMessage(message);
        return NULL;
    }
    return buffer;
}

static void write_code(Gen *g, CodegenResult *result) {
    CodegenOutput output = g->request->output;
    bool is_object = output == CODEGEN_OBJECT || output == CODEGEN_HSACO;
    LLVMMemoryBufferRef buffer = machine_code(g, is_object ? LLVMObjectFile : LLVMAssemblyFile);
    if (!buffer)
        return;
    result->size = LLVMGetBufferSize(buffer);
    result->bytes = arena_copy(g->arena, LLVMGetBufferStart(buffer), result->size);
    LLVMDisposeMemoryBuffer(buffer);
}

static void write_text(Gen *g, CodegenResult *result) {
    char *text = LLVMPrintModuleToString(g->module);
    result->size = strlen(text);
    result->bytes = arena_copy(g->arena, text, result->size + 1);
    LLVMDisposeMessage(text);
}

static void end(Gen *g) {
    if (g->builder)
        LLVMDisposeBuilder(g->builder);
    if (g->module)
        LLVMDisposeModule(g->module);
    if (g->machine)
        LLVMDisposeTargetMachine(g->machine);
    if (g->context)
        LLVMContextDispose(g->context);
}

CodegenResult codegen_emit(Arena *arena, const CodegenRequest *request) {
    CodegenResult result = {0};
    Gen g = {.request = request, .arena = arena, .types = request->module->types, .target = request->target,
             .vendor = vendor_ops(request->target)};
    if (!g.vendor) {
        result.error = arena_printf(arena, "not built yet: code for %s", request->target->name);
        return result;
    }
    if (begin(&g) && gen_module(&g) && verify(&g) && gen_optimise(&g)) {
        if (request->output == CODEGEN_LLVM)
            write_text(&g, &result);
        else
            write_code(&g, &result);
        if (request->output == CODEGEN_HSACO && !g.error && g.vendor->link)
            g.vendor->link(&g, &result);
    }
    result.error = g.error;
    result.ok = !g.error && result.bytes;
    end(&g);
    return result;
}
