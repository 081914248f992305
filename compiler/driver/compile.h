/* From files to checked IR to objects: what build, run, call, test and check share. */
#ifndef WEFT_DRIVER_COMPILE_H
#define WEFT_DRIVER_COMPILE_H

#include "codegen/codegen.h"
#include "driver/options.h"
#include "package/launch_table.h"
#include "passes/pass.h"
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
    uint32_t reported;           /* of the messages, so far */
    bool failed;                 /* a sentence was said that is about no line of the sources */
} Compilation;

/* Finds the target, reads and checks the files. False when there was an error; compilation_report() tells it. */
bool compilation_check(Compilation *c, const Options *options, const char *target_name,
                       const char *const *files, uint32_t file_count);
/* Reads a file of IR text in place of sources. */
bool compilation_read_ir(Compilation *c, const Options *options, const char *target_name, const char *file);
/* Prints the messages that are new; gives the exit status: 1 after an error, else 0. */
int compilation_report(Compilation *c);
void compilation_destroy(Compilation *c);

/* Kernel-level IR, optimised (--emit ir:kernel). */
void compilation_optimise(Compilation *c);
/* What the lowering for x86 left (--emit ir:vector). */
void compilation_optimise_vector(Compilation *c);
/* The passes that only look for mistakes (a barrier that not all threads reach): part of check. */
void compilation_check_passes(Compilation *c);
PassOptions compilation_pass_options(Compilation *c, Text *print_to);

/* x86, lowered: run functions, launch tables, C entries, and the symbols that a driver looks up. */
typedef struct X86Program {
    VEC(DataObject) data;
    Func *main;                     /* what starts the program; NULL without one */
    VEC(const char *) test_symbols; /* beside found.tests */
    VEC(const char *) bench_symbols;/* beside found.benches */
    VEC(const char *) table_symbols;/* beside found.kernels */
} X86Program;

typedef struct X86Options {
    bool entries;                   /* the C functions of what is exported */
    bool executable;                /* a C main, not weft_main */
    bool interp;                    /* the tables point to copies of the kernels that the interpreter runs */
} X86Options;

/* Optimises and lowers; false after an error. */
bool compilation_lower_x86(Compilation *c, X86Options wanted, X86Program *program);
/* The program as an object, assembly or LLVM text; in a child process. */
CodegenResult compilation_emit_x86(Compilation *c, const X86Program *program, CodegenOutput output);
/* Optimises and lowers the exported kernels for a GPU, and emits PTX or AMDGCN. */
CodegenResult compilation_emit_gpu(Compilation *c, CodegenOutput output);

/* Folders of the installed or built tree, from the place of the running program. */
const char *install_path(Arena *arena, const char *relative); /* "share/weft/stdlib", "lib/libweft_rt.a" */

double now_seconds(void);
void time_stage(Compilation *c, const char *stage, double since);

#endif
