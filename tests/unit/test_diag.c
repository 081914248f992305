/* Collecting and rendering; and the programs in the explanations of the parser's messages, which must
 * give just that message, or none. */
#include "syntax_test.h"

static Span at(uint32_t start, uint32_t end) {
    return (Span){program.file->id, start, end};
}

static const char *rendered(DiagFormat format) {
    Text text = {.arena = program.arena};
    diags_render(program.diags, format, &text);
    return text_cstr(&text);
}

static void a_message_as_text(void **state) {
    load("x = 1\nif y z:\n");
    Diag *d = diag(program.diags, at(9, 10), W0114, "y", "no");
    diag_fix(d, at(9, 10), "f32(%s)", "y");
    diag_note(d, at(0, 1), "here it is %d", 1);
    diag_note(d, (Span){0}, "and that is all");
    assert_string_equal(rendered(DIAG_TEXT), "a.weft:2:4: error[W0114]: `y` is a reserved word: no\n"
                                             "    2 | if y z:\n"
                                             "      |    ^\n"
                                             "  fix: write `f32(y)` instead of `y`\n"
                                             "a.weft:1:1: note: here it is 1\n"
                                             "    1 | x = 1\n"
                                             "      | ^\n"
                                             "  note: and that is all\n");
    assert_non_null(strstr(rendered(DIAG_COLOUR), "\x1b[1;31merror[W0114]:\x1b[0m"));
}

static void fixes_say_what_to_type(void **state) {
    load("f(y) + z\n");
    Diag *d = diag(program.diags, at(0, 1), W0153);
    diag_fix(d, at(2, 2), "mut ");
    diag_fix(d, at(8, 8), ":");
    diag_fix(d, at(5, 8), "%s", "");
    const char *text = rendered(DIAG_TEXT);
    assert_non_null(strstr(text, "fix: write `mut y`\n"));
    assert_non_null(strstr(text, "fix: insert `:`\n"));
    assert_non_null(strstr(text, "fix: leave out `+ z`\n"));
}

static void columns_are_characters(void **state) {
    load("\xc3\xa9 = '\xe4\xb8\xad' y\n");
    diag(program.diags, at(11, 12), W0153);
    assert_non_null(strstr(rendered(DIAG_TEXT), "a.weft:1:9: error"));
    assert_non_null(strstr(rendered(DIAG_TEXT), "      |          ^\n")); /* the wide one takes two columns */
}

static void underlines_end_with_the_line(void **state) {
    load("ab(c,\n  d)\r\n\te\xff\x01\n");
    diag(program.diags, at(2, 10), W0153);
    diag(program.diags, at(13, 14), W0141);
    const char *text = rendered(DIAG_TEXT);
    assert_non_null(strstr(text, "    1 | ab(c,\n      |   ^~~\n"));
    assert_non_null(strstr(text, "    3 |  e\xef\xbf\xbd\xef\xbf\xbd\n      |  ^\n"));
}

static void long_lines_show_a_window(void **state) {
    char *line = arena_alloc(program.arena, 10001);
    memset(line, 'x', 10000);
    load(line);
    diag(program.diags, at(5000, 9000), W0153);
    assert_true(strlen(rendered(DIAG_TEXT)) < 1000);
    assert_non_null(strstr(rendered(DIAG_TEXT), "a.weft:1:5001:"));
}

static void the_end_of_the_file(void **state) {
    load("x");
    diag(program.diags, at(1, 1), W0153);
    assert_non_null(strstr(rendered(DIAG_TEXT), "a.weft:1:2: error"));
    load("");
    diag(program.diags, at(0, 0), W0153);
    assert_non_null(strstr(rendered(DIAG_TEXT), "a.weft:1:1: error"));
}

static void a_code_at_a_place_is_said_once(void **state) {
    load("x y z\n");
    diag(program.diags, at(2, 3), W0153);
    diag_fix(diag(program.diags, at(2, 5), W0153), at(2, 3), "lost");
    diag(program.diags, at(2, 3), W0141);
    assert_int_equal(diags_count(program.diags), 2);
    assert_int_equal(diags_errors(program.diags), 3); /* the instance that says it again failed as well */
    assert_null(strstr(rendered(DIAG_TEXT), "lost"));
}

static void messages_come_in_the_order_of_the_text(void **state) {
    load("x y z\n");
    diag(program.diags, at(4, 5), W0153);
    diag(program.diags, at(0, 1), W0141);
    diag(program.diags, at(0, 1), W0153);
    const char *text = rendered(DIAG_TEXT);
    const char *first = strstr(text, "W0141"), *second = strstr(text, "1:1: error[W0153]");
    assert_true(first && second && first < second && second < strstr(text, "1:5: error[W0153]"));
}

static void only_so_many_errors_are_shown(void **state) {
    char text[200];
    memset(text, 'x', sizeof text);
    load_bytes(text, sizeof text);
    for (uint32_t i = 0; i < DIAGS_SHOWN + 7; i++)
        diag(program.diags, at(i, i + 1), W0153);
    assert_non_null(strstr(rendered(DIAG_TEXT), "weft: and 7 more errors\n"));
    assert_int_equal(diags_errors(program.diags), DIAGS_SHOWN + 7);
}

static void muted_errors_count(void **state) {
    load("x\n");
    assert_false(diags_mute(program.diags, true));
    diag_note(diag(program.diags, at(0, 1), W0153), at(0, 1), "lost");
    assert_true(diags_mute(program.diags, false));
    assert_int_equal(diags_count(program.diags), 0);
    assert_int_equal(diags_errors(program.diags), 1);
}

static void a_message_as_json(void **state) {
    load("x \"y\"\n");
    Diag *d = diag(program.diags, at(2, 5), W0114, "\"", "\\");
    diag_fix(d, at(2, 2), "f(");
    diag_note(d, at(0, 1), "n");
    assert_string_equal(rendered(DIAG_JSON),
                        "{\"file\":\"a.weft\",\"line\":1,\"column\":3,\"end_line\":1,\"end_column\":6,\"start\":2,"
                        "\"end\":5,\"code\":\"W0114\",\"severity\":\"error\",\"message\":\"`\\\"` is a reserved word: "
                        "\\\\\",\"fixes\":[{\"file\":\"a.weft\",\"line\":1,\"column\":3,\"end_line\":1,"
                        "\"end_column\":3,\"start\":2,\"end\":2,\"replacement\":\"f(\"}],\"notes\":[{\"file\":"
                        "\"a.weft\",\"line\":1,\"column\":1,\"end_line\":1,\"end_column\":2,\"start\":0,\"end\":1,"
                        "\"message\":\"n\"}]}\n");
}

static void codes_have_names(void **state) {
    DiagCode code;
    assert_true(diag_code_parse("W0101", &code));
    assert_int_equal(code, W0101);
    assert_string_equal(diag_code_name(code), "W0101");
    assert_false(diag_code_parse("W9999", &code));
}

/* --- explanations --- */

/* What stands after the line `heading`, up to the next heading, without the indentation. */
static char *program_after(const char *story, const char *heading) {
    const char *found = strstr(story, heading);
    if (!found)
        return NULL;
    Text text = {.arena = program.arena};
    for (const char *line = found + strlen(heading); *line; line += strcspn(line, "\n") + 1) {
        size_t len = strcspn(line, "\n");
        if (len > 0 && line[0] != ' ')
            break;
        if (len >= 4)
            text_append(&text, line + 4, len - 4);
        text_putc(&text, '\n');
    }
    return arena_strndup(program.arena, text_cstr(&text), text.len);
}

static bool has_other_code(DiagCode code) {
    for (uint32_t i = 0; i < diags_count(program.diags); i++)
        if (diags_get(program.diags, i)->code != code)
            return true;
    return diags_count(program.diags) == 0;
}

static void the_programs_of_explanations(void **state) {
    int checked = 0, failed = 0;
    for (int i = 0; i < DIAG_CODE_COUNT; i++) {
        DiagCode code = (DiagCode)i;
        const char *story = diag_code_explanation(code), *name = diag_code_name(code);
        const char *wrong = program_after(story, "\nWrong:\n"), *right = program_after(story, "\nRight:\n");
        if (strncmp(name, "W01", 3) || !wrong || !right)
            continue;
        checked++;
        parse(wrong);
        if (has_other_code(code) && ++failed)
            print_error("%s, wrong program:\n%s", name, messages());
        parse(right);
        if (diags_count(program.diags) && ++failed)
            print_error("%s, right program:\n%s", name, messages());
    }
    assert_int_equal(failed, 0);
    assert_true(checked > 60);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(a_message_as_text), TEST(fixes_say_what_to_type), TEST(columns_are_characters),
        TEST(underlines_end_with_the_line), TEST(long_lines_show_a_window), TEST(the_end_of_the_file),
        TEST(a_code_at_a_place_is_said_once), TEST(messages_come_in_the_order_of_the_text),
        TEST(only_so_many_errors_are_shown), TEST(muted_errors_count), TEST(a_message_as_json),
        TEST(codes_have_names), TEST(the_programs_of_explanations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
