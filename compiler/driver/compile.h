/* From files to checked IR to objects: what build, run, call, test and check share. */
#ifndef WEFT_DRIVER_COMPILE_H
#define WEFT_DRIVER_COMPILE_H

#include "codegen/codegen.h"
#include "driver/options.h"
#include "package/launch_table.h"
#include "targets/x86/lower.h"

typedef struct Compilation {
    Arena *arena;
    Interner *names;
    Sources *sources;
    Diags *diags;
    Types *types;
    const Options *options;
    const Target *target;
    Sema *sema;
    VEC(SourceModule *) modules; /* one for each file of the command line */
    Module *ir;
    SemaFound found;
    struct TimeReport *times;
} Compilation;

/* Finds the target, reads and checks the files. False when there was an error; compilation_report() tells it. */
bool compilation_check(Compilation *c, const Options *options, const char *target_name,
                       const char *const *files, uint32_t file_count);
/* Reads a file of IR text in place of sources. */
bool compilation_read_ir(Compilation *c, const Options *options, const char *target_name, const char *file);
/* Prints the messages; gives the exit status: 1 after an error, else 0. */
int compilation_report(Compilation *c);
void compilation_destroy(Compilation *c);

/* Kernel-level IR, optimised (--emit ir:kernel). */
void compilation_optimise(Compilation *c);

/* A kernel ready for code generation and launch. */
typedef struct LoweredKernel {
    Func *kernel;      /* as it was declared: the launch table's source */
    Func *interp;      /* a copy that the interpreter runs; NULL unless asked for */
    X86Kernel x86;
    const char *table; /* symbol of its weft_kernel */
} LoweredKernel;

typedef VEC(LoweredKernel) LoweredKernelVec;

/* x86: run functions, C entries, launch tables. What is no kernel and not reachable from found stays as it is.
 * `entries`: the exported C functions are wanted (build); otherwise only what host code needs. */
typedef struct X86Program {
    LoweredKernelVec kernels;
    VEC(DataObject) data;
    const char *main_symbol; /* "weft_main", or NULL */
    VEC(const char *) test_symbols; /* beside found.tests */
} X86Program;

bool compilation_lower_x86(Compilation *c, bool entries, bool for_interp, X86Program *program);
/* The object of the whole program. */
CodegenResult compilation_emit_x86(Compilation *c, const X86Program *program, CodegenOutput output);
/* GPUs: lowers the exported kernels and emits PTX or an AMDGCN object. */
CodegenResult compilation_emit_gpu(Compilation *c, CodegenOutput output);

/* Folders of the installed or built tree, from the place of the running program. */
const char *install_path(Arena *arena, const char *relative); /* "share/weft/stdlib", "lib/libweft_rt.a" */

double now_seconds(void);
void time_stage(Compilation *c, const char *stage, double since);

#endif
