/* Modules: a file is one, a folder is a package of them. `import std.math` is looked for beside the
 * importing file, then in each -I, then in the library: std/math.weft, else std/math/__init__.weft.
 * A module is read once; one that is asked for while its own imports are being read is part of a
 * cycle. */
#include "base/fs.h"
#include "sema/structure.h"
#include "syntax/parse.h"

#include <string.h>

/* ------------------------------------------------------------------ loading */

static Name key_of(Sema *sema, const char *path) {
    return intern_cstr(sema->names, fs_canonical(sema->arena, path));
}

SourceModule *module_of_path(Sema *sema, const char *path) {
    return map_get_ptr(&sema->modules, key_of(sema, path));
}

static bool is_of_command_line(Sema *sema, const char *path) {
    for (uint32_t i = 0; i < sema->options.file_count; i++)
        if (key_of(sema, sema->options.files[i]) == key_of(sema, path))
            return true;
    return false;
}

SourceModule *module_load(Sema *sema, Name name, const char *path, const char *folder,
                          SourceModule *asked_by) {
    char *bytes;
    size_t len;
    const char *failure = fs_read(sema->arena, path, &bytes, &len);
    if (failure) {
        diag(sema->diags, (Span){0}, W0206, failure);
        return NULL;
    }
    SourceModule *module = arena_new(sema->arena, SourceModule);
    module->name = name;
    module->asked_by = asked_by;
    module->folder = folder;
    module->is_root = !folder || is_of_command_line(sema, path);
    module->file = sources_add(sema->sources, path, bytes, len);
    module->symbols.arena = module->imports_by_name.arena = sema->arena;
    map_put_ptr(&sema->modules, key_of(sema, path), module);
    module->loading = true;
    uint32_t errors = diags_errors(sema->diags);
    module->tree = parse_module(sema->arena, sema->names, sema->diags, module->file);
    sema->incomplete |= diags_errors(sema->diags) != errors;
    resolve_module(sema, module);
    module->loading = false;
    return module;
}

/* The prelude is Weft, and brings std.math along: it is read when a name is looked for that nothing nearer means, which in
 * many programs never happens. While it is being read it sees only itself and the built-ins. */
SourceModule *module_prelude(Sema *sema) {
    if (sema->prelude || !sema->options.stdlib_path)
        return sema->prelude;
    const char *path = fs_join(sema->arena, sema->options.stdlib_path, "std/prelude.weft");
    if (!fs_exists(path) || module_of_path(sema, path))
        return NULL;
    sema->prelude = module_load(sema, intern_cstr(sema->names, "std.prelude"), path, sema->options.stdlib_path, NULL);
    return sema->prelude;
}

/* ------------------------------------------------------------------ finding */

static const char *path_in(Sema *sema, const char *folder, Name name) {
    Text text = {.arena = sema->arena};
    for (const char *c = name; *c; c++)
        text_putc(&text, *c == '.' ? '/' : *c);
    const char *stem = fs_join(sema->arena, folder, text_cstr(&text));
    const char *file = arena_printf(sema->arena, "%s.weft", stem);
    if (fs_exists(file))
        return file;
    file = arena_printf(sema->arena, "%s/__init__.weft", stem);
    return fs_exists(file) ? file : NULL;
}

typedef struct FoundFile {
    const char *path, *folder;
} FoundFile;

static bool look_in(Sema *sema, const char *folder, Name name, FoundFile *found) {
    found->path = folder ? path_in(sema, folder, name) : NULL;
    found->folder = folder;
    return found->path != NULL;
}

/* In a package, what stands beside the package is found too: pkg/a.weft may say `import pkg.b`. */
static FoundFile find_file(Sema *sema, SourceModule *from, Name name) {
    FoundFile found;
    bool beside = look_in(sema, fs_folder_of(sema->arena, from->file->path), name, &found) ||
                  look_in(sema, from->folder, name, &found);
    const char *const *folder = sema->options.include_paths;
    for (; !beside && folder && *folder; folder++)
        beside = look_in(sema, *folder, name, &found);
    if (!beside)
        look_in(sema, sema->options.stdlib_path, name, &found);
    return found;
}

/* "a imports b imports a": from `to`, which is still being read, down to `from`. */
static void print_chain(Text *text, const SourceModule *at, const SourceModule *to) {
    if (at != to && at->asked_by)
        print_chain(text, at->asked_by, to);
    text_printf(text, "%s imports ", at->name);
}

static void report_cycle(Sema *sema, SourceModule *from, SourceModule *to, const Node *import) {
    Text text = {.arena = sema->arena};
    print_chain(&text, from, to);
    text_puts(&text, to->name);
    diag(sema->diags, import->import.module_span, W0207, text_cstr(&text));
}

static const char *const library_names[] = {"std.math", "std.mojo"};

static void report_missing(Sema *sema, Name name, const Node *import) {
    Span span = import->import.module_span;
    Diag *d = diag(sema->diags, span, W0208, name);
    const char *advice = module_from_elsewhere(name);
    const char *nearest =
        nearest_word(name, library_names, sizeof library_names / sizeof *library_names);
    if (advice)
        diag_note(d, span, "%s", advice);
    else if (nearest)
        diag_fix(d, span, "%s", nearest);
}

bool module_exists(Sema *sema, SourceModule *from, Name name) {
    return find_file(sema, from, name).path != NULL;
}

SourceModule *module_import(Sema *sema, SourceModule *from, Name name, const Node *import) {
    FoundFile found = find_file(sema, from, name);
    if (!found.path) {
        report_missing(sema, name, import);
        return NULL;
    }
    SourceModule *known = module_of_path(sema, found.path);
    if (!known)
        return module_load(sema, name, found.path, found.folder, from);
    if (known->loading) {
        report_cycle(sema, from, known, import);
        return NULL;
    }
    return known;
}
