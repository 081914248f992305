/* The registry and the runner. A pass runs over every function of its levels before the next one starts, so
 * that a pass may rely on all functions having been through the ones before it (a caller and a callee
 * change their signatures in the same step). */
#include "passes/pass.h"

#include "base/diag.h"
#include "ir/print.h"
#include "ir/verify.h"

#include <time.h>

#define PASS(function, name, levels, sentence) bool pass_##function(PassContext *cx, Func *func);
#include "passes/passes.def"
#undef PASS

static const PassInfo passes[] = {
#define PASS(function, name, levels, sentence) {name, pass_##function, levels, sentence},
#include "passes/passes.def"
#undef PASS
};

enum { PASS_COUNT = sizeof passes / sizeof passes[0] };

const PassInfo *pass_at(uint32_t index) {
    return index < PASS_COUNT ? &passes[index] : NULL;
}

const PassInfo *pass_find(const char *name) {
    for (uint32_t i = 0; i < PASS_COUNT; i++)
        if (strcmp(passes[i].name, name) == 0)
            return &passes[i];
    return NULL;
}

static double seconds_now(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static bool is_listed(const char *const *names, const char *name) {
    for (; names && *names; names++)
        if (strcmp(*names, name) == 0 || strcmp(*names, "all") == 0)
            return true;
    return false;
}

static void verify_after(Module *module, const char *pass, Arena *scratch) {
    Text message = {.arena = scratch};
    if (!module_verify(module, &message))
        weft_bug("the IR is not valid after %s: %s", pass, text_cstr(&message));
}

static void run_over_module(const PassInfo *pass, Module *module, const PassOptions *options, Arena *scratch) {
    PassContext cx = {.scratch = scratch, .types = module->types, .target = options->target, .diags = options->diags};
    MODULE_FOR_EACH_FUNC (func, module) {
        if (!func->body || !(func->level & pass->levels))
            continue;
        ArenaMark mark = arena_mark(scratch);
        pass->run(&cx, func);
        arena_rewind(scratch, mark);
    }
}

static void run_pass(const PassInfo *pass, Module *module, const PassOptions *options, Arena *scratch) {
    double start = options->on_time ? seconds_now() : 0;
    run_over_module(pass, module, options, scratch);
    if (options->on_time)
        options->on_time(options->time_context, pass->name, seconds_now() - start);
#ifdef WEFT_VERIFY_EACH
    bool verify = true;
#else
    bool verify = options->verify;
#endif
    if (verify)
        verify_after(module, pass->name, scratch);
    if (options->print_to && is_listed(options->print_after, pass->name)) {
        text_printf(options->print_to, "# after %s\n", pass->name);
        module_print(options->print_to, module);
    }
}

static uint32_t errors_in(const PassOptions *options) {
    return options->diags ? diags_errors(options->diags) : 0;
}

/* A pass that found a mistake may have left its work undone: nothing runs after it. */
void passes_run(Module *module, const char *const *names, const PassOptions *options) {
    Arena *scratch = arena_create();
    uint32_t errors = errors_in(options);
    for (uint32_t i = 0; names[i] && errors_in(options) == errors; i++) {
        const PassInfo *pass = pass_find(names[i]);
        if (!pass)
            weft_bug("no pass is called %s", names[i]);
        run_pass(pass, module, options, scratch);
    }
    arena_destroy(scratch);
}
