#include "driver/options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
#define COMMAND(ID, name, function, usage, summary, example) FOR_##ID = 1 << COMMAND_##ID,
#include "driver/commands.def"
#undef COMMAND
    FOR_COMPILE = FOR_BUILD | FOR_RUN | FOR_CALL | FOR_TEST | FOR_BENCH,
    FOR_ALL = ~0,
};

typedef enum OptionId {
#define OPTION(id, ...) OPTION_##id,
#include "driver/options.def"
#undef OPTION
    OPTION_COUNT
} OptionId;

typedef struct OptionRow {
    const char *long_name, *short_name, *argument;
    int commands;
    const char *help;
} OptionRow;

static const OptionRow rows[] = {
#define OPTION(id, long_name, short_name, argument, commands, help)                                \
    {long_name, short_name, argument, commands, help},
#include "driver/options.def"
#undef OPTION
};

typedef struct CommandRow {
    const char *name, *usage, *summary, *example;
} CommandRow;

static const CommandRow command_rows[] = {
#define COMMAND(ID, name, function, usage, summary, example) {name, usage, summary, example},
#include "driver/commands.def"
#undef COMMAND
};

int fail(const char *format, ...) {
    va_list args;
    va_start(args, format);
    fputs("weft: error: ", stderr);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
    return 1;
}

void options_overview(void) {
    printf("Weft compiles kernels ahead of time: one source for x86, NVIDIA and AMD.\n\n"
           "usage: weft COMMAND [options] ...\n\n");
    for (int c = 0; c < COMMAND_COUNT; c++)
        printf("  %-9s %s\n", command_rows[c].name, command_rows[c].summary);
    printf("\n`weft COMMAND --help` tells more. The language is in docs/language.md.\n");
}

static void print_option(const OptionRow *row) {
    char left[80];
    bool both = row->long_name && row->short_name;
    snprintf(left, sizeof left, "%s%s%s%s%s", row->short_name ? row->short_name : "",
             both ? ", " : "", row->long_name ? row->long_name : "",
             !row->argument ? "" : row->long_name ? "=" : "", row->argument ? row->argument : "");
    printf("  %-28s %s\n", left, row->help);
}

void options_help(CommandId command) {
    const CommandRow *row = &command_rows[command];
    printf("usage: weft %s%s%s\n\n%s, as in\n\n    %s\n\noptions:\n", row->name, *row->usage ? " " : "", row->usage,
           row->summary, row->example);
    for (int i = 0; i < OPTION_COUNT; i++)
        if (rows[i].commands & 1 << command)
            print_option(&rows[i]);
}

/* Whether `word` is this option; *value is what is joined to it, or NULL. */
static bool matches(const OptionRow *row, const char *word, const char **value) {
    *value = NULL;
    if (row->long_name) {
        size_t len = strlen(row->long_name);
        if (!strncmp(word, row->long_name, len) && (!word[len] || (word[len] == '=' && row->argument))) {
            *value = word[len] ? word + len + 1 : NULL;
            return true;
        }
    }
    if (!row->short_name)
        return false;
    size_t len = strlen(row->short_name);
    if (strncmp(word, row->short_name, len) || (word[len] && !row->argument))
        return false;
    *value = word[len] ? word + len : NULL;
    return true;
}

static bool set_define(Options *o, const char *value) {
    const char *equals = strchr(value, '=');
    if (!equals || equals == value) {
        fail("-D wants NAME=VALUE, not `%s`", value);
        return false;
    }
    SemaDefine define = {arena_strndup(o->arena, value, (size_t)(equals - value)), equals + 1};
    vec_push(o->arena, &o->defines, define);
    return true;
}

static bool set_choice(const char *option, const char *value, const char *a, const char *b, const char *c) {
    if (!strcmp(value, a) || !strcmp(value, b) || (c && !strcmp(value, c)))
        return true;
    fail("%s takes %s%s%s%s%s, not `%s`", option, a, c ? ", " : " or ", b, c ? " or " : "", c ? c : "", value);
    return false;
}

static bool set_option(Options *o, OptionId id, const char *value) {
    switch (id) {
    case OPTION_OUTPUT:
    case OPTION_CALL_OUTPUT: vec_push(o->arena, &o->outputs, value); break;
    case OPTION_EMIT: o->emit = value; break;
    case OPTION_TARGET: vec_push(o->arena, &o->targets, value); break;
    case OPTION_OPT_LEVEL:
        if (value[0] < '0' || value[0] > '3' || value[1]) {
            fail("-O takes 0, 1, 2 or 3, not `%s`", value);
            return false;
        }
        o->opt_level = value[0] - '0';
        break;
    case OPTION_DEBUG: o->debug = true; break;
    case OPTION_DEFINE: return set_define(o, value);
    case OPTION_INCLUDE: vec_push(o->arena, &o->includes, value); break;
    case OPTION_DEVICE: o->device = value; break;
    case OPTION_ASSERTS: o->asserts = true; break;
    case OPTION_CHECK: o->check = true; break;
    case OPTION_FILTER: o->filter = value; break;
    case OPTION_PRINT_AFTER: vec_push(o->arena, &o->print_after, value); break;
    case OPTION_PASSES: o->passes = value; break;
    case OPTION_RUN_FUNC: o->run_func = value; break;
    case OPTION_TIME_REPORT: o->time_report = true; break;
    case OPTION_DIAGNOSTICS:
        if (!set_choice("--diagnostics", value, "text", "json", NULL))
            return false;
        if (!strcmp(value, "json"))
            o->diag_format = DIAG_JSON;
        break;
    case OPTION_COLOUR:
        if (!set_choice("--color", value, "auto", "always", "never"))
            return false;
        if (o->diag_format != DIAG_JSON && strcmp(value, "auto"))
            o->diag_format = !strcmp(value, "always") ? DIAG_COLOUR : DIAG_TEXT;
        break;
    case OPTION_WERROR: o->werror = true; break;
    case OPTION_NO_WARNING: vec_push(o->arena, &o->silenced, value); break;
    case OPTION_CFLAGS: o->cflags = true; break;
    case OPTION_LIBS: o->libs = true; break;
    case OPTION_SHARED: o->shared = true; break;
    case OPTION_PREFIX: o->prefix = true; break;
    case OPTION_UNBUILT: o->unbuilt = true; break;
    case OPTION_ALL: o->all = true; break;
    case OPTION_HELP: o->help = true; break;
    case OPTION_COUNT: break;
    }
    return true;
}

static bool unknown_option(CommandId command, const char *word) {
    const char *best = NULL;
    size_t best_distance = SIZE_MAX;
    for (int i = 0; i < OPTION_COUNT; i++) {
        if (!(rows[i].commands & 1 << command) || !rows[i].long_name)
            continue;
        size_t distance = edit_distance(word, rows[i].long_name, 3);
        if (distance < best_distance) {
            best_distance = distance;
            best = rows[i].long_name;
        }
    }
    if (best)
        fail("weft %s has no option `%s`; did you mean `%s`?", command_rows[command].name, word, best);
    else
        fail("weft %s has no option `%s`; see weft %s --help", command_rows[command].name, word,
             command_rows[command].name);
    return false;
}

static bool parse_one(Options *o, int argc, char **argv, int *at) {
    const char *word = argv[*at], *value;
    for (int i = 0; i < OPTION_COUNT; i++) {
        if (!(rows[i].commands & 1 << o->command) || !matches(&rows[i], word, &value))
            continue;
        if (rows[i].argument && !value) {
            if (*at + 1 >= argc) {
                fail("`%s` wants %s after it", word, rows[i].argument);
                return false;
            }
            value = argv[++*at];
        }
        return set_option(o, (OptionId)i, value);
    }
    return unknown_option(o->command, word);
}

bool options_parse(Arena *arena, CommandId command, int argc, char **argv, Options *options) {
    *options = (Options){.arena = arena, .command = command, .opt_level = 2};
    options->diag_format = isatty(STDERR_FILENO) && !getenv("NO_COLOR") ? DIAG_COLOUR : DIAG_TEXT;
    bool only_words = false; /* after `--`, and in a program's own arguments */
    for (int i = 1; i < argc; i++) {
        bool is_option = argv[i][0] == '-' && argv[i][1];
        if (only_words || !is_option) {
            vec_push(arena, &options->words, argv[i]);
            only_words = only_words || command == COMMAND_RUN || options->run_func;
        } else if (!strcmp(argv[i], "--")) {
            only_words = true;
        } else if (!parse_one(options, argc, argv, &i)) {
            return false;
        }
    }
    vec_push(arena, &options->includes, NULL);
    vec_push(arena, &options->print_after, NULL);
    return true;
}

bool wants_interp(const Options *options) {
    return options->device && !strcmp(options->device, "interp");
}
