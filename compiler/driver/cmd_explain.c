/* weft explain: the longer story of a message, from its row in diags.def. */
#include "driver/options.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

static const char UNBUILT[] = "not built yet";

static bool is_unbuilt(DiagCode code) {
    return !strncmp(diag_code_message(code), UNBUILT, strlen(UNBUILT));
}

/* The message with "..." where it names things of the program. */
static const char *message_shape(Arena *arena, DiagCode code) {
    Text shape = {.arena = arena};
    for (const char *at = diag_code_message(code); *at; at++) {
        if (*at != '%') {
            text_putc(&shape, *at);
        } else if (at[1] == '%') {
            text_putc(&shape, *at++);
        } else {
            at += strcspn(at + 1, "sdiuxXcfgp") + 1;
            text_puts(&shape, "...");
        }
    }
    return text_cstr(&shape);
}

static const char *severity_name(DiagCode code) {
    return diag_code_severity(code) == SEVERITY_ERROR ? "error" : "warning";
}

static void explain(Arena *arena, DiagCode code) {
    const char *story = diag_code_explanation(code);
    size_t len = strlen(story);
    printf("%s[%s]: %s\n\n%s%s", severity_name(code), diag_code_name(code), message_shape(arena, code),
           story, len && story[len - 1] == '\n' ? "" : "\n");
}

static int list_unbuilt(Arena *arena) {
    for (int code = 0; code < DIAG_CODE_COUNT; code++)
        if (is_unbuilt((DiagCode)code))
            printf("%s  %s\n", diag_code_name((DiagCode)code), message_shape(arena, (DiagCode)code));
    return 0;
}

static int explain_all(Arena *arena) {
    for (int code = 0; code < DIAG_CODE_COUNT; code++) {
        if (code > 0)
            printf("\n%s\n\n", "----");
        explain(arena, (DiagCode)code);
    }
    return 0;
}

/* `W0301`, `w0301`, or `error[W0301]` as it stands in a message. */
static bool find_code(const char *word, DiagCode *code) {
    char name[16] = "";
    const char *bracket = strchr(word, '[');
    const char *start = bracket ? bracket + 1 : word;
    size_t len = strcspn(start, "]:");
    if (len >= sizeof name)
        return false;
    for (size_t i = 0; i < len; i++)
        name[i] = (char)toupper((unsigned char)start[i]);
    return diag_code_parse(name, code);
}

int cmd_explain(int argc, char **argv) {
    Arena *arena = arena_create();
    Options options;
    if (!options_parse(arena, COMMAND_EXPLAIN, argc, argv, &options))
        return 1;
    if (options.unbuilt)
        return list_unbuilt(arena);
    if (options.all)
        return explain_all(arena);
    if (options.words.len == 0)
        return fail("weft explain wants a code, as in `weft explain W0301`, or --all or --unbuilt");
    for (uint32_t i = 0; i < options.words.len; i++) {
        DiagCode code;
        if (!find_code(options.words.items[i], &code))
            return fail("no message has the code `%s`; `weft explain --all` tells of every one",
                        options.words.items[i]);
        if (i > 0)
            putchar('\n');
        explain(arena, code);
    }
    return 0;
}
