/* Names that mean something elsewhere: in other languages, in the library's math, as a module of Python's or Mojo's. */
#include "sema/structure.h"

#include "base/fs.h"

#include <string.h>

typedef struct Word {
    const char *name, *weft, *advice;
} Word;

static const Word names[] = {
#define FOREIGN(name, weft, advice) {#name, weft, advice},
#define MODULE(name, advice)
#include "sema/elsewhere.def"
#undef FOREIGN
#undef MODULE
};

static const Word modules[] = {
#define FOREIGN(name, weft, advice)
#define MODULE(name, advice) {name, NULL, advice},
#include "sema/elsewhere.def"
#undef FOREIGN
#undef MODULE
};

static const Word *find_word(const Word *list, size_t count, const char *name) {
    for (size_t i = 0; i < count; i++)
        if (strcmp(list[i].name, name) == 0)
            return &list[i];
    return NULL;
}

/* The module std.math, which the prelude has read. */
static bool is_in_std_math(Sema *sema, Name name) {
    if (!sema->prelude)
        return false;
    const char *path = fs_join(sema->arena, sema->options.stdlib_path, "std/math.weft");
    SourceModule *math = module_of_path(sema, path);
    return math && module_symbol(math, name);
}

const char *name_from_elsewhere(Sema *sema, Name name, const char **advice) {
    const Word *word = find_word(names, sizeof names / sizeof *names, name);
    *advice = word ? word->advice : NULL;
    if (!word && is_in_std_math(sema, name))
        *advice = arena_printf(sema->arena, "write `from std.math import %s` above", name);
    return word ? word->weft : NULL;
}

const char *module_from_elsewhere(Name name) {
    const Word *word = find_word(modules, sizeof modules / sizeof *modules, name);
    return word ? word->advice : NULL;
}
