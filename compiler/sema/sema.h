/* Names, types, instances: from syntax trees to verified IR, on demand, for one target.
 *
 *     Sema *sema = sema_create(arena, names, types, sources, diags, &options);
 *     SourceModule *m = sema_load_file(sema, "saxpy.weft");
 *     sema_check(sema, m);                     // every function that needs no parameters, and every export
 *     if (diags_errors(diags) == 0) use(sema_ir(sema), sema_found(sema));
 *
 * The unit is a function instance (function, parameters, context): typed and emitted when it is first
 * needed. Mistakes go to the diagnostics; nothing here prints. */
#ifndef WEFT_SEMA_SEMA_H
#define WEFT_SEMA_SEMA_H

#include "base/diag.h"
#include "ir/func.h"
#include "targets/target.h"

typedef struct Sema Sema;
typedef struct SourceModule SourceModule;

typedef struct SemaDefine {
    const char *name, *value; /* -D NAME=value: replaces a module's `comptime NAME` */
} SemaDefine;

typedef struct SemaOptions {
    const Target *target;
    const char *const *include_paths; /* -I, NULL-terminated; may be NULL */
    const char *stdlib_path;          /* the folder that holds std/ */
    const SemaDefine *defines;
    uint32_t define_count;
    const char *const *files;         /* of the command line, known before the first is read: one may import another */
    uint32_t file_count;
    bool asserts;                     /* --asserts: asserts in kernels are emitted */
    bool debug;                       /* -g: dbg.value ops */
} SemaOptions;

Sema *sema_create(Arena *arena, Interner *names, Types *types, Sources *sources, Diags *diags, const SemaOptions *options);
/* Parses and declares a file; NULL when it cannot be read (a diagnostic says so). */
SourceModule *sema_load_file(Sema *sema, const char *path);
/* Types every non-generic function and every instance that @export lists, of this file. Nothing where a file could not
 * be parsed: a statement that was given up declares nothing, and what follows from that is no news. */
void sema_check(Sema *sema, SourceModule *module);
/* Whether the file has a `comptime NAME` that a SemaDefine may set. */
bool sema_has_comptime(const Sema *sema, const SourceModule *module, const char *name);

Module *sema_ir(Sema *sema);

/* What the program has, in the order of the source. */
typedef struct SemaExport {
    Name c_name;
    Func *func;
} SemaExport;

typedef VEC(SemaExport) SemaExportVec;
typedef VEC(Func *) SemaFuncVec;

typedef struct SemaFound {
    SemaExportVec exports;  /* kernels and functions with their C names */
    SemaFuncVec kernels;    /* every kernel instance that host code launches or an export names */
    SemaFuncVec tests, benches;
    Func *main;             /* NULL when there is none */
} SemaFound;

const SemaFound *sema_found(const Sema *sema);

/* What is known of an argument before its kernel is: an array's element type and dims. */
typedef struct SemaActual {
    const char *arg;
    size_t arg_len;
    const Type *type;
} SemaActual;

/* The kernel instance that `weft call file:text` means: an export of that C name, a kernel of that name, or one with its
 * parameters, `scale[f32, 128]`, which the arrays may tell too; NULL when there is none. Mistakes in what it is made of
 * go to the diagnostics. */
Func *sema_find_kernel(Sema *sema, SourceModule *module, const char *text, const SemaActual *actuals, uint32_t count);
/* For "did you mean"; NULL. */
const char *sema_similar_kernel(Sema *sema, SourceModule *module, const char *text);
/* What an argument of it is when it is left out; NULL where it must be given. */
const Attr *sema_default_argument(Sema *sema, SourceModule *module, const Func *kernel, uint32_t arg);

#endif
