/* ORC: the objects that `build` would write, loaded into this process. Symbols that an object lacks are looked for
 * in the process, the runtime among them. A debugger and perf are told of what is loaded. */
#include "codegen/codegen.h"

#include "codegen/vendor.h"

#include <llvm-c/Error.h>
#include <llvm-c/ExecutionEngine.h>
#include <llvm-c/LLJIT.h>
#include <llvm-c/Orc.h>
#include <llvm-c/OrcEE.h>
#include <stdlib.h>

struct Jit {
    Arena *arena;
    LLVMOrcLLJITRef jit;
};

/* Takes LLVM's error apart: a sentence in the arena, or NULL for success. */
static const char *sentence_of(Arena *arena, LLVMErrorRef error) {
    if (!error)
        return NULL;
    char *message = LLVMGetErrorMessage(error);
    const char *sentence = arena_printf(arena, "%s", message);
    LLVMDisposeErrorMessage(message);
    return sentence;
}

static bool failed(Jit *jit, LLVMErrorRef error, const char **sentence) {
    const char *text = sentence_of(jit->arena, error);
    if (text && sentence)
        *sentence = text;
    return text != NULL;
}

static LLVMOrcObjectLayerRef create_layer(void *context, LLVMOrcExecutionSessionRef session, const char *triple) {
    LLVMOrcObjectLayerRef layer = LLVMOrcCreateRTDyldObjectLinkingLayerWithSectionMemoryManager(session);
    LLVMJITEventListenerRef listeners[] = {LLVMCreateGDBRegistrationListener(), getenv("WEFT_PERF") ? LLVMCreatePerfJITEventListener() : NULL};
    for (size_t i = 0; i < sizeof listeners / sizeof listeners[0]; i++)
        if (listeners[i])
            LLVMOrcRTDyldObjectLinkingLayerRegisterJITEventListener(layer, listeners[i]);
    return layer;
}

Jit *jit_create(Arena *arena, const char **error) {
    vendor_x86.initialise();
    Jit *jit = arena_new(arena, Jit);
    jit->arena = arena;
    LLVMOrcLLJITBuilderRef builder = LLVMOrcCreateLLJITBuilder();
    LLVMOrcLLJITBuilderSetObjectLinkingLayerCreator(builder, create_layer, NULL);
    if (failed(jit, LLVMOrcCreateLLJIT(&jit->jit, builder), error))
        return NULL;
    LLVMOrcDefinitionGeneratorRef process;
    char prefix = LLVMOrcLLJITGetGlobalPrefix(jit->jit);
    if (failed(jit, LLVMOrcCreateDynamicLibrarySearchGeneratorForProcess(&process, prefix, NULL, NULL), error))
        return NULL;
    LLVMOrcJITDylibAddGenerator(LLVMOrcLLJITGetMainJITDylib(jit->jit), process);
    return jit;
}

bool jit_add_object(Jit *jit, const uint8_t *bytes, size_t size, const char **error) {
    LLVMMemoryBufferRef buffer = LLVMCreateMemoryBufferWithMemoryRangeCopy((const char *)bytes, size, "weft");
    LLVMOrcJITDylibRef library = LLVMOrcLLJITGetMainJITDylib(jit->jit);
    return !failed(jit, LLVMOrcLLJITAddObjectFile(jit->jit, library, buffer), error);
}

void jit_define(Jit *jit, const char *symbol, void *address) {
    LLVMOrcCSymbolMapPair pair = {LLVMOrcLLJITMangleAndIntern(jit->jit, symbol),
                                  {(LLVMOrcExecutorAddress)(uintptr_t)address, {LLVMJITSymbolGenericFlagsExported, 0}}};
    LLVMOrcMaterializationUnitRef unit = LLVMOrcAbsoluteSymbols(&pair, 1);
    const char *ignored;
    failed(jit, LLVMOrcJITDylibDefine(LLVMOrcLLJITGetMainJITDylib(jit->jit), unit), &ignored);
}

void *jit_lookup(Jit *jit, const char *symbol, const char **error) {
    LLVMOrcExecutorAddress address = 0;
    if (failed(jit, LLVMOrcLLJITLookup(jit->jit, &address, symbol), error))
        return NULL;
    return (void *)(uintptr_t)address;
}

void jit_destroy(Jit *jit) {
    const char *ignored;
    failed(jit, LLVMOrcDisposeLLJIT(jit->jit), &ignored);
}
