/* What the tests of the front end share: a program of text, lexed or parsed, in an arena a test. */
#ifndef TESTS_UNIT_SYNTAX_TEST_H
#define TESTS_UNIT_SYNTAX_TEST_H

#include "base/diag.h"
#include "syntax/lexer.h"
#include "syntax/parse.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

typedef struct Program {
    Arena *arena;
    Sources *sources;
    Interner *names;
    Diags *diags;
    SourceFile *file;
} Program;

static Program program;

static inline int start_program(void **state) {
    (void)state;
    program.arena = arena_create();
    return 0;
}

static inline int end_program(void **state) {
    (void)state;
    arena_destroy(program.arena);
    return 0;
}

static inline void load_bytes(const char *text, size_t len) {
    program.sources = sources_create(program.arena);
    program.names = interner_create(program.arena);
    program.diags = diags_create(program.arena, program.sources);
    program.file = sources_add(program.sources, "a.weft", text, len);
}

static inline void load(const char *text) {
    load_bytes(text, strlen(text));
}

static inline Node *parse(const char *text) {
    load(text);
    return parse_module(program.arena, program.names, program.diags, program.file);
}

static inline const char *messages(void) {
    Text text = {.arena = program.arena};
    diags_render(program.diags, DIAG_TEXT, &text);
    return text_cstr(&text);
}

/* The messages are exactly these, as "8:17 W0110 8:20 W0116". */
static inline void expect_messages(const char *wanted) {
    Text got = {.arena = program.arena};
    for (uint32_t i = 0; i < diags_count(program.diags); i++) {
        const Diag *d = diags_get(program.diags, i);
        Position at = source_position(program.sources, d->span.file, d->span.start);
        text_printf(&got, "%s%u:%u %s", i ? " " : "", at.line, at.column, diag_code_name(d->code));
    }
    if (strcmp(text_cstr(&got), wanted))
        print_error("%s", messages());
    assert_string_equal(text_cstr(&got), wanted);
}

static inline void expect_fine(void) {
    expect_messages("");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start_program, end_program)

#endif
