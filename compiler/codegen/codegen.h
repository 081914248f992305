/* Code generation: IR in, bytes out. This is the one door to LLVM; behind it lies a module (libweft_codegen.so)
 * that the driver opens on need (driver/load_codegen.c), so that `check`, `fmt` and `explain` never load LLVM.
 *
 * The IR it takes has been lowered for the target: flat memory, no calls in kernels; for x86 the functions that
 * targets/x86/lower.c made, for GPUs what targets/grid_domain.c made. */
#ifndef WEFT_CODEGEN_CODEGEN_H
#define WEFT_CODEGEN_CODEGEN_H

#include "ir/func.h"
#include "targets/target.h"

typedef enum CodegenOutput {
    CODEGEN_LLVM,   /* LLVM IR as text, after optimisation */
    CODEGEN_ASM,    /* x86 assembly, AMDGCN assembly */
    CODEGEN_OBJECT, /* an ELF object */
    CODEGEN_PTX,
    CODEGEN_HSACO,  /* AMDGCN: the object, linked */
} CodegenOutput;

/* Data that goes into the object beside the code: the launch table, laid out by package/launch_table.c. */
typedef struct DataReloc {
    uint64_t offset;    /* of an 8-byte pointer in the bytes */
    const char *symbol; /* of a function or another datum; made external when nobody here defines it */
    int64_t addend;
} DataReloc;

/* Where a datum is known: in its object (two libraries of a program may have kernels of one name), in what the object is
 * linked into, or outside of that too. */
typedef enum DataLinkage { DATA_INTERNAL, DATA_HIDDEN, DATA_EXPORTED } DataLinkage;

typedef struct DataObject {
    const char *symbol;
    DataLinkage linkage;
    bool writable;
    uint64_t align;
    const uint8_t *bytes;
    uint64_t size;
    const DataReloc *relocs; /* by rising offset */
    uint32_t reloc_count;
} DataObject;

typedef struct CodegenRequest {
    Module *module;
    const Target *target;
    CodegenOutput output;
    int opt_level;           /* 0 to 3 */
    bool debug;              /* -g */
    bool line_info;          /* --lineinfo: lines only */
    const char *source_name; /* for debug info and the module's name */
    const DataObject *data;
    uint32_t data_count;
} CodegenRequest;

typedef struct CodegenResult {
    bool ok;
    const char *error;   /* one sentence, in the arena */
    const uint8_t *bytes;/* in the arena */
    size_t size;
} CodegenResult;

typedef struct Jit Jit;

enum { CODEGEN_API_VERSION = 1 }; /* changes with anything above */

typedef struct CodegenApi {
    uint32_t version;
    CodegenResult (*emit)(Arena *arena, const CodegenRequest *request);
    /* ORC: loads objects into this process, resolves symbols against it, finds addresses. NULL and a sentence on failure. */
    Jit *(*jit_create)(Arena *arena, const char **error);
    bool (*jit_add_object)(Jit *jit, const uint8_t *bytes, size_t size, const char **error);
    void (*jit_define)(Jit *jit, const char *symbol, void *address);
    void *(*jit_lookup)(Jit *jit, const char *symbol, const char **error);
    void (*jit_destroy)(Jit *jit);
} CodegenApi;

/* What the module exports. */
const CodegenApi *weft_codegen_api(void);

#endif
