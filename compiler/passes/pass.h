/* Passes: what one is, the registry, and the manager that runs lists of them by name. */
#ifndef WEFT_PASSES_PASS_H
#define WEFT_PASSES_PASS_H

#include "base/diag.h"
#include "ir/func.h"

typedef struct PassContext {
    Arena *scratch;       /* rewound after each pass over each function */
    Types *types;
    const struct Target *target; /* NULL when there is none (weft opt without --target) */
    Diags *diags;         /* for what a pass must tell the user (a barrier that cannot be reached by all) */
} PassContext;

typedef bool (*PassFn)(PassContext *cx, Func *func); /* true when it changed something */

typedef struct PassInfo {
    const char *name;     /* "merge-barriers" */
    PassFn run;
    uint32_t levels;      /* the levels it accepts; functions of others are skipped */
    const char *sentence;
} PassInfo;

const PassInfo *pass_find(const char *name);     /* NULL when there is none */
const PassInfo *pass_at(uint32_t index);         /* NULL past the end: for lists */

typedef struct PassOptions {
    Arena *arena;
    Diags *diags;
    const struct Target *target;
    const char *const *print_after; /* names, or "all"; NULL-terminated; may be NULL */
    Text *print_to;
    bool verify;                    /* after each pass; a failure is weft_bug */
    void (*on_time)(void *context, const char *pass, double seconds);
    void *time_context;
} PassOptions;

/* Runs the passes named, in order, over every function of the module. */
void passes_run(Module *module, const char *const *names, const PassOptions *options);
/* The screen that shows how Weft works (pipelines.c): the names for a level and an -O. NULL-terminated. */
const char *const *pipeline_host(int opt_level);
const char *const *pipeline_kernel(int opt_level);
const char *const *pipeline_vector(int opt_level); /* after x86 lowering */
const char *const *pipeline_check(void);           /* what `weft check` runs over kernels, for its messages */

#endif
