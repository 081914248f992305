/* weft opt: reads IR, runs the passes that are named, and prints what came of it; or interprets a
 * function of it. It is how passes are tested, miscompiles are bisected, and how one learns what a
 * pass does. */
#include "base/fs.h"
#include "driver/options.h"
#include "ir/interp.h"
#include "ir/print.h"
#include "passes/pass.h"
#include "targets/target.h"

#include <stdio.h>
#include <string.h>

typedef struct Opt {
    Arena *arena;
    Options options;
    Interner *names;
    Sources *sources;
    Diags *diags;
    Types *types;
    const Target *target; /* NULL without --target */
    Module *module;
} Opt;

static const char *read_stdin(Arena *arena, char **bytes, size_t *len) {
    Text text = {.arena = arena};
    char chunk[65536];
    for (size_t got; (got = fread(chunk, 1, sizeof chunk, stdin)) > 0;)
        text_append(&text, chunk, got);
    text_cstr(&text);
    *bytes = text.chars;
    *len = text.len;
    return ferror(stdin) ? "the standard input cannot be read" : NULL;
}

/* Prints the messages; 1 after an error. */
static int report(Opt *opt) {
    Text text = {.arena = opt->arena};
    diags_render(opt->diags, opt->options.diag_format, &text);
    if (text.len)
        fputs(text_cstr(&text), stderr);
    return diags_errors(opt->diags) > 0;
}

static int find_target(Opt *opt) {
    const char *error = NULL;
    if (opt->options.targets.len == 0)
        return 0;
    if (opt->options.targets.len > 1)
        return fail("weft opt takes one --target");
    opt->target = target_find(opt->options.targets.items[0], opt->arena, &error);
    return opt->target ? 0 : fail("%s", error);
}

static int read_module(Opt *opt) {
    const char *path = opt->options.words.items[0];
    bool is_stdin = !strcmp(path, "-");
    char *bytes;
    size_t len;
    const char *error =
        is_stdin ? read_stdin(opt->arena, &bytes, &len) : fs_read(opt->arena, path, &bytes, &len);
    if (error)
        return fail("%s", error);
    SourceFile *file = sources_add(opt->sources, is_stdin ? "<stdin>" : path, bytes, len);
    opt->module = module_parse(opt->arena, opt->types, opt->names, opt->sources, opt->diags, file);
    return opt->module ? 0 : report(opt);
}

/* ---------------------------------------------------------------- passes */

static int unknown_pass(const char *name) {
    for (uint32_t i = 0; pass_at(i); i++)
        if (edit_distance(name, pass_at(i)->name, 2) <= 2)
            return fail("no pass is called `%s`; did you mean `%s`?", name, pass_at(i)->name);
    fail("no pass is called `%s`; there are:", name);
    for (uint32_t i = 0; pass_at(i); i++)
        fprintf(stderr, "  %-18s %s\n", pass_at(i)->name, pass_at(i)->sentence);
    return 1;
}

/* "a,b,c" as a list that ends with NULL. */
static int split_passes(Opt *opt, StringVec *names) {
    const char *at = opt->options.passes ? opt->options.passes : "";
    while (*at) {
        size_t len = strcspn(at, ",");
        const char *name = arena_strndup(opt->arena, at, len);
        if (!pass_find(name))
            return unknown_pass(name);
        vec_push(opt->arena, names, name);
        at += len + (at[len] == ',');
    }
    vec_push(opt->arena, names, NULL);
    return 0;
}

static void on_pass_time(void *context, const char *pass, double seconds) {
    fprintf(stderr, "%9.3f ms  %s\n", 1e3 * seconds, pass);
}

static int run_passes(Opt *opt) {
    StringVec names = {0};
    if (split_passes(opt, &names))
        return 1;
    Text printed = {.arena = opt->arena};
    PassOptions options = {
        .arena = opt->arena,
        .diags = opt->diags,
        .target = opt->target,
        .print_after = opt->options.print_after.items,
        .print_to = &printed,
        .verify = true,
        .on_time = opt->options.time_report ? on_pass_time : NULL,
    };
    passes_run(opt->module, names.items, &options);
    if (printed.len)
        fputs(text_cstr(&printed), stdout);
    return report(opt);
}

/* ---------------------------------------------------------------- output */

static int print_module(Opt *opt) {
    Text text = {.arena = opt->arena};
    module_print(&text, opt->module);
    const char *chars = text_cstr(&text);
    const StringVec *outputs = &opt->options.outputs;
    if (outputs->len == 0 || !strcmp(outputs->items[0], "-")) {
        fwrite(chars, 1, text.len, stdout);
        return 0;
    }
    const char *error = fs_write(opt->arena, outputs->items[0], chars, text.len);
    return error ? fail("%s", error) : 0;
}

static const char *type_text(Opt *opt, const Type *type) {
    Text text = {.arena = opt->arena};
    type_print(&text, type);
    return text_cstr(&text);
}

static bool is_plain(const Type *type) {
    if (type->kind == TYPE_TUPLE || type->kind == TYPE_STRUCT) {
        for (uint32_t i = 0; i < type->field_count; i++)
            if (!is_plain(type->fields[i]))
                return false;
        return true;
    }
    return type_is_scalar(type) || type->kind == TYPE_VECTOR || type->kind == TYPE_STR;
}

static int read_args(Opt *opt, Func *func, const Attr **args) {
    uint32_t count = func_input_count(func), given = opt->options.words.len - 1;
    if (given != count)
        return fail("@%s takes %u arguments, not %u", func->name, count, given);
    for (uint32_t i = 0; i < count; i++) {
        const Type *type = func_input_type(func, i);
        if (!is_plain(type))
            return fail("--run takes plain values; argument %u of @%s is a %s", i + 1, func->name,
                        type_text(opt, type));
        const char *word = opt->options.words.items[i + 1];
        SourceFile *file = sources_add(opt->sources, "<argument>", word, strlen(word));
        args[i] = attr_parse(opt->arena, opt->module, opt->diags, file, type);
        if (!args[i])
            return report(opt);
    }
    return 0;
}

static int interpret(Opt *opt) {
    Func *func = module_find(opt->module, intern_cstr(opt->names, opt->options.run_func));
    if (!func || !func->body)
        return fail("there is no function @%s with a body", opt->options.run_func);
    if (func->kind == FUNC_KERNEL)
        return fail(
            "@%s is a kernel: --run calls functions; weft call --device interp runs kernels",
            func->name);
    const Attr **args = arena_array(opt->arena, const Attr *, func_input_count(func));
    const Attr **results = arena_array(opt->arena, const Attr *, func->result_count);
    if (read_args(opt, func, args))
        return 1;
    Interp *interp = interp_create(opt->arena, opt->types, 0);
    InterpResult result = interp_call(interp, func, args, func_input_count(func), results);
    if (result.status != INTERP_OK)
        return fail("@%s: %s", func->name, result.message ? result.message : "it ran too long");
    for (uint32_t i = 0; i < func->result_count; i++) {
        Text text = {.arena = opt->arena};
        attr_print(&text, results[i]);
        puts(text_cstr(&text));
    }
    return 0;
}

static int run(Opt *opt) {
    if (find_target(opt) || read_module(opt) || run_passes(opt))
        return 1;
    if (!opt->options.run_func)
        return print_module(opt);
    if (opt->options.outputs.len && print_module(opt))
        return 1;
    return interpret(opt);
}

int cmd_opt(int argc, char **argv) {
    Arena *arena = arena_create();
    Opt opt = {.arena = arena};
    if (!options_parse(arena, COMMAND_OPT, argc, argv, &opt.options))
        return 1;
    if (opt.options.words.len == 0 || (opt.options.words.len > 1 && !opt.options.run_func))
        return fail("weft opt wants one file: weft opt --passes=simplify,dce FILE.ir, or - for the "
                    "standard input");
    opt.names = interner_create(arena);
    opt.sources = sources_create(arena);
    opt.diags = diags_create(arena, opt.sources);
    opt.types = types_create(arena, opt.names);
    int status = run(&opt);
    arena_destroy(arena);
    return status;
}
