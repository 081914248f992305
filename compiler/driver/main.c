/* weft: finds the command and hands over. */
#include "driver/options.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

typedef struct CommandEntry {
    const char *name;
    int (*run)(int argc, char **argv);
} CommandEntry;

static const CommandEntry commands[] = {
#define COMMAND(ID, name, function, usage, summary, example) {name, function},
#include "driver/commands.def"
#undef COMMAND
};

/* The front end recurses over trees whose depth is the user's (a sum of 50,000 terms leans that far to the left), so
 * a command runs on a stack of its own; pages that are not touched cost nothing. */
enum { STACK_SIZE = 1 << 30 };

typedef struct Run {
    int (*run)(int argc, char **argv);
    int argc;
    char **argv;
    int status;
} Run;

static void *run_thread(void *context) {
    Run *run = context;
    run->status = run->run(run->argc, run->argv);
    return NULL;
}

static int run_on_large_stack(Run run) {
    pthread_attr_t attributes;
    pthread_t thread;
    pthread_attr_init(&attributes);
    if (pthread_attr_setstacksize(&attributes, STACK_SIZE) || pthread_create(&thread, &attributes, run_thread, &run))
        return run.run(run.argc, run.argv);
    pthread_join(thread, NULL);
    return run.status;
}

static const char *nearest_command(const char *word) {
    const char *best = NULL;
    size_t best_distance = SIZE_MAX;
    for (int c = 0; c < COMMAND_COUNT; c++) {
        size_t distance = edit_distance(word, commands[c].name, 2);
        if (distance < best_distance) {
            best_distance = distance;
            best = commands[c].name;
        }
    }
    return best;
}

static bool wants_help(int argc, char **argv) {
    for (int i = 1; i < argc && argv[i][0] == '-'; i++)
        if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h"))
            return true;
    return false;
}

int main(int argc, char **argv) {
    if (argc < 2) {
        options_overview();
        return 1;
    }
    const char *word = argv[1];
    if (!strcmp(word, "--help") || !strcmp(word, "-h") || !strcmp(word, "help")) {
        options_overview();
        return 0;
    }
    if (!strcmp(word, "--version") || !strcmp(word, "version")) {
        printf("weft %s\n", WEFT_VERSION);
        return 0;
    }
    for (int c = 0; c < COMMAND_COUNT; c++) {
        if (strcmp(word, commands[c].name))
            continue;
        if (wants_help(argc - 1, argv + 1)) {
            options_help((CommandId)c);
            return 0;
        }
        return run_on_large_stack((Run){commands[c].run, argc - 1, argv + 1, 1});
    }
    const char *best = nearest_command(word);
    if (best)
        return fail("no command is called `%s`; did you mean `%s`?", word, best);
    return fail("no command is called `%s`; `weft --help` lists them", word);
}
