/* weft check: what is wrong, and nothing else. */
#include "driver/compile.h"

int cmd_check(int argc, char **argv) {
    Arena *arena = arena_create();
    Options options;
    if (!options_parse(arena, COMMAND_CHECK, argc, argv, &options))
        return 1;
    if (options.words.len == 0)
        return fail("weft check wants files: weft check FILE.weft");
    const char *target = options.targets.len ? options.targets.items[0] : NULL;
    Compilation c;
    if (compilation_check(&c, &options, target, options.words.items, options.words.len))
        compilation_check_passes(&c);
    return compilation_report(&c);
}
