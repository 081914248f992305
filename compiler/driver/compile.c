/* The front half: files to checked, optimised IR. compile_emit.c goes on from there. */
#include "driver/compile.h"

#include "base/fs.h"
#include "ir/print.h"
#include "passes/pass.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

double now_seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

void time_stage(Compilation *c, const char *stage, double since) {
    if (c->options->time_report)
        fprintf(stderr, "%9.3f ms  %s\n", 1e3 * (now_seconds() - since), stage);
}

/* The tree that the running program lies in: PREFIX/bin/weft. */
const char *install_path(Arena *arena, const char *relative) {
    char self[4096];
    ssize_t len = readlink("/proc/self/exe", self, sizeof self - 1);
    if (len < 0)
        return relative;
    self[len] = '\0';
    return fs_join(arena, fs_folder_of(arena, fs_folder_of(arena, self)), relative);
}

static bool begin(Compilation *c, const Options *options, const char *target_name) {
    Arena *arena = arena_create();
    *c = (Compilation){.arena = arena, .options = options};
    c->names = interner_create(arena);
    c->sources = sources_create(arena);
    c->diags = diags_create(arena, c->sources);
    c->types = types_create(arena, c->names);
    diags_warnings_are_errors(c->diags, options->werror);
    VEC_FOR_EACH (i, &options->silenced) {
        DiagCode code;
        if (!diag_code_parse(options->silenced.items[i], &code)) {
            fail("no warning is called `%s`", options->silenced.items[i]);
            c->failed = true;
            return false;
        }
        diags_silence(c->diags, code);
    }
    const char *error = NULL;
    c->target = target_find(target_name ? target_name : "native", arena, &error);
    if (!c->target)
        fail("%s", error);
    c->failed = !c->target;
    return c->target != NULL;
}

/* A -D that sets nothing is a slip of the pen that would go unseen. */
static bool defines_set_something(Compilation *c) {
    VEC_FOR_EACH (i, &c->options->defines) {
        const char *name = c->options->defines.items[i].name;
        bool found = false;
        VEC_FOR_EACH (k, &c->modules)
            found |= sema_has_comptime(c->sema, c->modules.items[k], name);
        if (!found) {
            fail("-D %s sets nothing: no file of the command line has a `comptime %s` at its top level", name, name);
            c->failed = true;
            return false;
        }
    }
    return true;
}

bool compilation_check(Compilation *c, const Options *options, const char *target_name,
                       const char *const *files, uint32_t file_count) {
    if (!begin(c, options, target_name))
        return false;
    double start = now_seconds();
    SemaOptions sema_options = {
        .target = c->target,
        .include_paths = options->includes.items,
        .stdlib_path = install_path(c->arena, "share/weft/stdlib"),
        .defines = options->defines.items,
        .define_count = options->defines.len,
        .files = files,
        .file_count = file_count,
        .asserts = options->asserts || options->check,
        .debug = options->debug,
    };
    c->sema = sema_create(c->arena, c->names, c->types, c->sources, c->diags, &sema_options);
    c->ir = sema_ir(c->sema);
    for (uint32_t i = 0; i < file_count; i++) {
        SourceModule *module = sema_load_file(c->sema, files[i]);
        if (module)
            vec_push(c->arena, &c->modules, module);
    }
    time_stage(c, "read and parse", start);
    if (!defines_set_something(c))
        return false;
    start = now_seconds();
    VEC_FOR_EACH (i, &c->modules)
        sema_check(c->sema, c->modules.items[i]);
    c->found = *sema_found(c->sema);
    time_stage(c, "check", start);
    return diags_errors(c->diags) == 0;
}

static void find_what_the_text_has(Compilation *c) {
    MODULE_FOR_EACH_FUNC (func, c->ir) {
        if (func->kind == FUNC_KERNEL)
            vec_push(c->arena, &c->found.kernels, func);
        if (func->export_name) {
            SemaExport export_ = {func->export_name, func};
            vec_push(c->arena, &c->found.exports, export_);
        }
        if (func->is_test)
            vec_push(c->arena, &c->found.tests, func);
        if (func->is_main)
            c->found.main = func;
    }
}

bool compilation_read_ir(Compilation *c, const Options *options, const char *target_name, const char *path) {
    if (!begin(c, options, target_name))
        return false;
    char *bytes;
    size_t len;
    const char *error = fs_read(c->arena, path, &bytes, &len);
    if (error) {
        fail("%s", error);
        c->failed = true;
        return false;
    }
    SourceFile *file = sources_add(c->sources, path, bytes, len);
    c->ir = module_parse(c->arena, c->types, c->names, c->sources, c->diags, file);
    if (!c->ir)
        return false;
    find_what_the_text_has(c);
    return true;
}

int compilation_report(Compilation *c) {
    if (!c->diags)
        return 1;
    Text text = {.arena = c->arena};
    diags_render_since(c->diags, c->reported, c->options->diag_format, &text);
    c->reported = diags_count(c->diags);
    if (text.len)
        fputs(text_cstr(&text), stderr);
    return diags_errors(c->diags) > 0 || c->failed;
}

void compilation_destroy(Compilation *c) {
    arena_destroy(c->arena);
    c->arena = NULL;
}

static void on_pass_time(void *context, const char *pass, double seconds) {
    (void)context;
    fprintf(stderr, "%9.3f ms    %s\n", 1e3 * seconds, pass);
}

PassOptions compilation_pass_options(Compilation *c, Text *print_to) {
    const Options *o = c->options;
    *print_to = (Text){.arena = c->arena};
    return (PassOptions){
        .arena = c->arena,
        .diags = c->diags,
        .target = c->target,
        .print_after = o->print_after.len > 1 ? o->print_after.items : NULL,
        .print_to = print_to,
#ifdef WEFT_VERIFY_EACH
        .verify = true,
#endif
        .on_time = o->time_report ? on_pass_time : NULL,
    };
}

static void run_passes(Compilation *c, const char *const *names) {
    Text printed;
    PassOptions options = compilation_pass_options(c, &printed);
    passes_run(c->ir, names, &options);
    if (printed.len)
        fputs(text_cstr(&printed), stdout);
}

static int pass_level(const Compilation *c) {
    return c->options->debug ? 0 : c->options->opt_level;
}

void compilation_optimise(Compilation *c) {
    double start = now_seconds();
    run_passes(c, pipeline_kernel(pass_level(c)));
    run_passes(c, pipeline_host(pass_level(c)));
    time_stage(c, "passes", start);
}

void compilation_optimise_vector(Compilation *c) {
    double start = now_seconds();
    run_passes(c, pipeline_vector(pass_level(c)));
    time_stage(c, "passes, vector level", start);
}

void compilation_check_passes(Compilation *c) {
    run_passes(c, pipeline_check());
}
