/* The command line, parsed. */
#ifndef WEFT_DRIVER_OPTIONS_H
#define WEFT_DRIVER_OPTIONS_H

#include "base/diag.h"
#include "base/vec.h"
#include "sema/sema.h"

typedef enum CommandId {
#define COMMAND(ID, name, function, usage, summary, example) COMMAND_##ID,
#include "driver/commands.def"
#undef COMMAND
    COMMAND_COUNT
} CommandId;

typedef VEC(const char *) StringVec;

typedef struct Options {
    Arena *arena;
    CommandId command;
    StringVec words;      /* what is no option: files, NAME=VALUE, a program's arguments */
    StringVec outputs;    /* each -o */
    StringVec targets;
    StringVec includes;   /* ends with NULL once parsed */
    StringVec print_after;
    VEC(SemaDefine) defines;
    StringVec silenced;
    const char *emit, *device, *filter, *passes, *run_func;
    int opt_level;
    bool debug, asserts, check, time_report, werror, cflags, libs, shared, prefix, unbuilt, all, help;
    DiagFormat diag_format;
} Options;

/* False after a mistake, which was told on stderr in a sentence. */
bool options_parse(Arena *arena, CommandId command, int argc, char **argv, Options *options);
bool wants_interp(const Options *options); /* --device interp: kernels are interpreted */
void options_help(CommandId command);
void options_overview(void);

/* `weft: error: ...` on stderr; gives 1, the exit status. */
int fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

#define COMMAND(ID, name, function, usage, summary, example) int function(int argc, char **argv);
#include "driver/commands.def"
#undef COMMAND

#endif
