/* weft build: libraries, programs, and every stage of the way as a file. */
#include "base/fs.h"
#include "driver/compile.h"
#include "driver/run_program.h"
#include "ir/print.h"
#include "package/archive.h"
#include "package/header.h"
#include "syntax/parse.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static bool is_stdout(const char *path) {
    return !strcmp(path, "-");
}

static int write_output(Compilation *c, const char *path, const void *bytes, size_t len) {
    if (is_stdout(path)) {
        fwrite(bytes, 1, len, stdout);
        return 0;
    }
    const char *error = fs_write(c->arena, path, bytes, len);
    return error ? fail("%s", error) : 0;
}

static int write_text(Compilation *c, const char *path, Text *text) {
    text_cstr(text);
    return write_output(c, path, text->chars, text->len);
}

/* ---------------------------------------------------------------- stages of the front */

static int emit_syntax(Compilation *c, const char *file, const char *path, bool tokens) {
    char *bytes;
    size_t len;
    const char *error = fs_read(c->arena, file, &bytes, &len);
    if (error)
        return fail("%s", error);
    SourceFile *source = sources_add(c->sources, file, bytes, len);
    Text text = {.arena = c->arena};
    if (tokens)
        tokens_print(&text, c->arena, c->names, c->diags, source);
    else
        ast_print(&text, parse_module(c->arena, c->names, c->diags, source));
    if (compilation_report(c))
        return 1;
    return write_text(c, path, &text);
}

static int emit_ir(Compilation *c, const char *path) {
    Text text = {.arena = c->arena};
    module_print(&text, c->ir);
    return write_text(c, path, &text);
}

/* ---------------------------------------------------------------- what gets made */

typedef struct Emit {
    const char *kind;
    int (*make)(Compilation *c, const char *path);
} Emit;

static int emit_ir_kernel(Compilation *c, const char *path) {
    compilation_optimise(c);
    return emit_ir(c, path);
}

static int emit_ir_vector(Compilation *c, const char *path) {
    X86Program program;
    if (!compilation_lower_x86(c, (X86Options){.entries = true}, &program))
        return 1;
    return emit_ir(c, path);
}

static int emit_code(Compilation *c, const char *path, CodegenOutput output) {
    if (c->target->vendor->is_gpu) {
        CodegenResult result = compilation_emit_gpu(c, output);
        if (!result.ok)
            return result.error ? fail("%s", result.error) : 1;
        return write_output(c, path, result.bytes, result.size);
    }
    X86Program program;
    if (!compilation_lower_x86(c, (X86Options){.entries = true}, &program))
        return 1;
    CodegenResult result = compilation_emit_x86(c, &program, output);
    if (!result.ok)
        return fail("%s", result.error);
    return write_output(c, path, result.bytes, result.size);
}

static int emit_llvm(Compilation *c, const char *path) {
    return emit_code(c, path, CODEGEN_LLVM);
}

static int emit_asm(Compilation *c, const char *path) {
    return emit_code(c, path, CODEGEN_ASM);
}

static int emit_object(Compilation *c, const char *path) {
    return emit_code(c, path, CODEGEN_OBJECT);
}

static int wants_vendor(Compilation *c, const char *vendor, const char *kind, const char *example) {
    if (!strcmp(c->target->vendor->vendor, vendor))
        return 0;
    return fail("--emit %s wants a target of that kind: --target %s", kind, example);
}

static int emit_ptx(Compilation *c, const char *path) {
    if (wants_vendor(c, "nvidia", "ptx", "sm_90a"))
        return 1;
    return emit_code(c, path, CODEGEN_PTX);
}

static int emit_hsaco(Compilation *c, const char *path) {
    if (wants_vendor(c, "amd", "hsaco", "gfx942"))
        return 1;
    return emit_code(c, path, CODEGEN_HSACO);
}

static const char *sources_named(Compilation *c) {
    Text text = {.arena = c->arena};
    VEC_FOR_EACH (i, &c->options->words)
        text_printf(&text, "%s%s", i ? ", " : "", fs_name_of(c->options->words.items[i]));
    return text_cstr(&text);
}

static void print_header(Compilation *c, const char *library, Text *text) {
    VEC(HeaderExport) exports = {0};
    VEC_FOR_EACH (i, &c->found.exports) {
        const SemaExport *found = &c->found.exports.items[i];
        bool has_cpu = found->func->kind == FUNC_KERNEL || header_takes_tensors(found->func);
        HeaderExport export_ = {found->func, found->c_name, has_cpu};
        vec_push(c->arena, &exports, export_);
    }
    header_print(text, library, sources_named(c), exports.items, exports.len);
}

static int emit_header(Compilation *c, const char *path) {
    Text text = {.arena = c->arena};
    print_header(c, is_stdout(path) ? "weft" : fs_stem_of(c->arena, path), &text);
    return write_text(c, path, &text);
}

/* ---------------------------------------------------------------- libraries and programs */

static CodegenResult make_object(Compilation *c, bool executable) {
    X86Program program;
    if (c->target->vendor->is_gpu)
        return (CodegenResult){.error = "a library wants an x86 target; for GPUs use --emit ptx or --emit hsaco"};
    if (!compilation_lower_x86(c, (X86Options){.entries = !executable, .executable = executable}, &program))
        return (CodegenResult){0};
    return compilation_emit_x86(c, &program, CODEGEN_OBJECT);
}

static int warn_nothing_exported(Compilation *c) {
    if (c->found.exports.len)
        return 0;
    return fail("%s exports nothing: put @export above a kernel or function", sources_named(c));
}

static int write_library(Compilation *c, const char *path, const char *name, CodegenResult object) {
    ArchiveMember member = {arena_printf(c->arena, "%s.o", name), object.bytes, object.size};
    Text archive = {.arena = c->arena};
    const char *error = archive_build(&archive, &member, 1);
    if (error)
        return fail("%s", error);
    return write_output(c, path, archive.chars, archive.len);
}

static int emit_lib(Compilation *c, const char *path) {
    if (warn_nothing_exported(c))
        return 1;
    CodegenResult object = make_object(c, false);
    if (!object.ok)
        return object.error ? fail("%s", object.error) : 1;
    return write_library(c, path, fs_stem_of(c->arena, path), object);
}

/* Links through the C compiler of the machine: it knows where libc lies. The result takes its name only when it is whole. */
static int link_output(Compilation *c, CodegenResult object, const char *path, bool shared) {
    if (is_stdout(path))
        return fail("what is linked needs a file: -o FILE");
    const char *object_path = arena_printf(c->arena, "%s.%d.o", path, (int)getpid());
    const char *linked_path = arena_printf(c->arena, "%s.%d.tmp", path, (int)getpid());
    const char *error = fs_write(c->arena, object_path, object.bytes, object.size);
    if (error)
        return fail("%s", error);
    const char *cc = getenv("CC") && *getenv("CC") ? getenv("CC") : "cc";
    const char *runtime = install_path(c->arena, "lib/libweft_rt.a");
    const char *argv[] = {cc, shared ? "-shared" : "-pie", object_path, runtime, "-o", linked_path,
                          "-Wl,--gc-sections", "-lm", "-lpthread", "-ldl", NULL};
    error = run_tool(c->arena, argv);
    remove(object_path);
    if (!error && rename(linked_path, path))
        error = arena_printf(c->arena, "cannot write %s", path);
    if (error)
        remove(linked_path);
    return error ? fail("%s", error) : 0;
}

static int emit_so(Compilation *c, const char *path) {
    if (warn_nothing_exported(c))
        return 1;
    CodegenResult object = make_object(c, false);
    if (!object.ok)
        return object.error ? fail("%s", object.error) : 1;
    return link_output(c, object, path, true);
}

static int build_program(Compilation *c, const char *path) {
    CodegenResult object = make_object(c, true);
    if (!object.ok)
        return object.error ? fail("%s", object.error) : 1;
    return link_output(c, object, path, false);
}

static int build_folder(Compilation *c, const char *folder) {
    if (warn_nothing_exported(c))
        return 1;
    char *trimmed = arena_strndup(c->arena, folder, strlen(folder));
    while (strlen(trimmed) > 1 && trimmed[strlen(trimmed) - 1] == '/')
        trimmed[strlen(trimmed) - 1] = '\0';
    const Options *o = c->options;
    const char *name = o->words.len == 1 ? fs_stem_of(c->arena, o->words.items[0]) : fs_name_of(trimmed);
    CodegenResult object = make_object(c, false);
    if (!object.ok)
        return object.error ? fail("%s", object.error) : 1;
    const char *error = fs_make_dirs(c->arena, trimmed);
    if (error)
        return fail("%s", error);
    Text header = {.arena = c->arena};
    print_header(c, name, &header);
    const char *header_path = fs_join(c->arena, trimmed, arena_printf(c->arena, "%s.h", name));
    const char *library_path = fs_join(c->arena, trimmed, arena_printf(c->arena, "lib%s.a", name));
    return write_library(c, library_path, name, object) || write_text(c, header_path, &header);
}

/* ---------------------------------------------------------------- the command */

static const Emit emits[] = {
    {"ir", emit_ir},         {"ir:kernel", emit_ir_kernel}, {"ir:vector", emit_ir_vector}, {"llvm", emit_llvm},
    {"asm", emit_asm},       {"obj", emit_object},          {"ptx", emit_ptx},             {"hsaco", emit_hsaco},
    {"header", emit_header}, {"lib", emit_lib},             {"so", emit_so},
};

static const Emit *find_emit(const char *kind) {
    for (size_t i = 0; i < sizeof emits / sizeof *emits; i++)
        if (!strcmp(emits[i].kind, kind))
            return &emits[i];
    return NULL;
}

static bool is_syntax_kind(const char *kind) {
    return kind && (!strcmp(kind, "tokens") || !strcmp(kind, "ast"));
}

static bool has_suffix(const char *text, const char *suffix) {
    size_t len = strlen(text), suffix_len = strlen(suffix);
    return len >= suffix_len && !strcmp(text + len - suffix_len, suffix);
}

static int make(Compilation *c, const Emit *emit, const char *path) {
    if (emit)
        return emit->make(c, path);
    bool folder = fs_is_folder(path) || has_suffix(path, "/");
    return c->found.main && !folder ? build_program(c, path) : build_folder(c, path);
}

static int check_words(const Options *o, const Emit **emit) {
    if (o->words.len == 0)
        return fail("weft build wants files: weft build FILE.weft -o DIR");
    if (o->outputs.len != 1)
        return fail(o->outputs.len ? "weft build takes one -o" : "weft build wants -o: a folder for a library, a file for a program, - for standard output");
    if (o->targets.len > 1)
        return fail("several targets in one library are not built yet: give one --target");
    *emit = o->emit ? find_emit(o->emit) : NULL;
    if (o->emit && !*emit && !is_syntax_kind(o->emit))
        return fail("--emit knows no `%s`: it makes tokens ast ir ir:kernel ir:vector llvm asm ptx hsaco obj so lib header", o->emit);
    return 0;
}

int cmd_build(int argc, char **argv) {
    Arena *arena = arena_create();
    Options options;
    const Emit *emit;
    if (!options_parse(arena, COMMAND_BUILD, argc, argv, &options) || check_words(&options, &emit))
        return 1;
    const char *target = options.targets.len ? options.targets.items[0] : NULL;
    const char *path = options.outputs.items[0];
    Compilation c;
    if (is_syntax_kind(options.emit)) {
        if (!compilation_check(&c, &options, target, NULL, 0))
            return compilation_report(&c);
        return emit_syntax(&c, options.words.items[0], path, !strcmp(options.emit, "tokens"));
    }
    bool from_ir = has_suffix(options.words.items[0], ".ir");
    bool ok = from_ir ? compilation_read_ir(&c, &options, target, options.words.items[0])
                      : compilation_check(&c, &options, target, options.words.items, options.words.len);
    if (compilation_report(&c) || !ok)
        return 1;
    int status = make(&c, emit, path);
    return compilation_report(&c) | status;
}
