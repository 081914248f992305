/* The compiler on one screen: which passes run, in which order, at which level. `weft opt --passes=` takes
 * the same names, so each line here can be tried on a piece of IR.
 *
 * Early exits go before everything that moves code over regions; local memory becomes values once calls are
 * gone, for `mut` arguments are places; views go last, because what comes before wants to see which tensor
 * an access means. */
#include "passes/pass.h"

/* What `weft check` runs: just what it takes to see barriers that only some threads reach. */
static const char *const check[] = {"expand-map", "inline", "structure-exits", "simplify", "check-barriers", NULL};

static const char *const kernel_o0[] = {
    "expand-map", "inline", "structure-exits", "check-barriers", "promote-local", "flatten-views", "dce", NULL,
};

static const char *const kernel_o2[] = {
    "expand-map", "inline", "structure-exits", "simplify", "check-barriers", "unroll", "promote-local", "simplify", "cse",
    "merge-barriers", "flatten-views", "simplify", "cse", "licm", "dce", NULL,
};

static const char *const host_o0[] = {"expand-map", "inline", "structure-exits", "flatten-views", NULL};

static const char *const host_o2[] = {
    "expand-map", "inline", "structure-exits", "promote-local", "simplify", "cse", "flatten-views", "simplify", "cse", "dce",
    NULL,
};

static const char *const vector_o0[] = {"thread-loop", NULL};

static const char *const vector_o2[] = {
    "simplify", "cse", "licm", "thread-loop", "licm", "trim-loops", "simplify", "cse", "dce", NULL,
};

const char *const *pipeline_check(void) {
    return check;
}

const char *const *pipeline_kernel(int opt_level) {
    return opt_level == 0 ? kernel_o0 : kernel_o2;
}

const char *const *pipeline_host(int opt_level) {
    return opt_level == 0 ? host_o0 : host_o2;
}

const char *const *pipeline_vector(int opt_level) {
    return opt_level == 0 ? vector_o0 : vector_o2;
}
