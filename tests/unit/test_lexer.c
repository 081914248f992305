#include "syntax_test.h"

/* The kinds of the tokens with a space between, without the NEWLINE and END behind them. */
static const char *kinds(const char *text) {
    load(text);
    Tokens tokens = lex(program.arena, program.names, program.diags, program.file);
    Text out = {.arena = program.arena};
    uint32_t len = tokens.len - 1;
    if (len && tokens.items[len - 1].kind == TOKEN_NEWLINE)
        len--;
    for (uint32_t i = 0; i < len; i++)
        text_printf(&out, "%s%s", i ? " " : "", token_kind_name((TokenKind)tokens.items[i].kind));
    return text_cstr(&out);
}

static void expect_kinds(const char *text, const char *wanted) {
    assert_string_equal(kinds(text), wanted);
    expect_fine();
}

static void expect_report(const char *text, const char *wanted) {
    kinds(text);
    expect_messages(wanted);
}

static const char *first_string(const char *text, size_t *len) {
    load(text);
    Tokens tokens = lex(program.arena, program.names, program.diags, program.file);
    assert_int_equal(tokens.items[0].kind, TOKEN_STRING);
    *len = name_len(tokens.items[0].name);
    return tokens.items[0].name;
}

static void expect_contents(const char *text, const char *wanted) {
    size_t len;
    assert_string_equal(first_string(text, &len), wanted);
    expect_fine();
}

static void words_and_keywords(void **state) {
    expect_kinds("x deff def _1 None", "NAME NAME DEF NAME NONE");
    expect_kinds("class try", "CLASS TRY");
    expect_kinds("caf\xc3\xa9 \xce\xb1_1", "NAME NAME");
}

static void the_longest_operator_is_taken(void **state) {
    expect_kinds("a**=b//c<<=d->e", "NAME DOUBLE_STAR_ASSIGN NAME DOUBLE_SLASH NAME SHL_ASSIGN NAME ARROW NAME");
    expect_kinds("a<=b!=c==d=e:=f", "NAME LE NAME NE NAME EQ NAME ASSIGN NAME WALRUS NAME");
    expect_kinds("a...b.c", "NAME ELLIPSIS NAME DOT NAME");
}

static void numbers(void **state) {
    expect_kinds("42 1_000 0xff 0B10 0o17 00", "INT INT INT INT INT INT");
    expect_kinds("1.0 .5 1. 1e-3 1_0.5e+1_0", "FLOAT FLOAT FLOAT FLOAT FLOAT");
    expect_kinds("x[1:2].y", "NAME LBRACKET INT COLON INT RBRACKET DOT NAME");
}

static void malformed_numbers(void **state) {
    expect_report("1__0\n", "1:1 W0158");
    expect_report("1_\n", "1:1 W0158");
    expect_report("0x\n", "1:1 W0163");
    expect_report("0b12\n", "1:1 W0157");
    expect_report("017\n", "1:1 W0164");
    expect_report("1.0f\n", "1:1 W0106");
    expect_report("1e\n", "1:1 W0106");
}

static void indentation(void **state) {
    expect_kinds("a\n  b\n    c\nd", "NAME NEWLINE INDENT NAME NEWLINE INDENT NAME NEWLINE DEDENT DEDENT NAME");
    expect_kinds("a\n\n  # nothing\n\t\n  b\n", "NAME NEWLINE INDENT NAME NEWLINE DEDENT");
    expect_kinds("", "");
    expect_kinds("# nothing", "");
}

static void a_wrong_dedent_is_said_once(void **state) {
    expect_report("a\n    b\n  c\n    d\n  e\n", "3:3 W0109");
}

static void tabs(void **state) {
    expect_report("a\n    \tb\n\tc\n", "2:5 W0101");
    expect_report("a =\t1\n", "1:4 W0101");
    expect_kinds("a\t\nb # \t\n'\t'", "NAME NEWLINE NAME NEWLINE STRING");
}

static void lines_join(void **state) {
    expect_kinds("(a,\nb)\nc", "LPAREN NAME COMMA NAME RPAREN NEWLINE NAME");
    expect_kinds("a + \\\n  b", "NAME PLUS NAME");
    expect_kinds("a + \\\r\n  b\r\nc", "NAME PLUS NAME NEWLINE NAME");
    expect_report("a \\ b\n", "1:3 W0148");
    expect_report("a \\  \n+ b\n", "1:3 W0148");
}

static void strings(void **state) {
    expect_contents("'a\"b'", "a\"b");
    expect_contents("\"a\\n\\t\\\\\\x41\\u00e9\\U0001F600\\101\"", "a\n\t\\A\xc3\xa9\xf0\x9f\x98\x80" "A");
    expect_contents("\"\"\"a\n\"b\"\\\n\"\"\"", "a\n\"b\"");
    expect_contents("'''a\r\nb'''", "a\nb");
    expect_contents("r'\\n\\''", "\\n\\'");
    expect_contents("r'\\\\'", "\\\\");
    size_t len;
    first_string("'a\\0b'", &len);
    assert_int_equal(len, 3);
}

static void malformed_strings(void **state) {
    expect_report("f('a\nb\n", "1:3 W0102");
    expect_report("x = '''a\nb\n", "1:5 W0103");
    expect_report("'\\q'\n", "1:2 W0104");
    expect_report("'\\x4'\n", "1:2 W0105");
    expect_report("'\\ud800'\n", "1:2 W0159");
    expect_report("b'a'\n", "1:1 W0162");
    expect_report("'\\", "1:1 W0102");
}

static void fstrings(void **state) {
    expect_kinds("f'a{b}c'", "FSTRING_BEGIN FSTRING_TEXT FSTRING_OPEN NAME FSTRING_CLOSE FSTRING_TEXT FSTRING_END");
    expect_kinds("f'{x:>5}'", "FSTRING_BEGIN FSTRING_TEXT FSTRING_OPEN NAME FSTRING_FORMAT FSTRING_CLOSE FSTRING_TEXT FSTRING_END");
    expect_kinds("f'{{}}'", "FSTRING_BEGIN FSTRING_TEXT FSTRING_END");
    expect_kinds("f'{a[1:2]}'", "FSTRING_BEGIN FSTRING_TEXT FSTRING_OPEN NAME LBRACKET INT COLON INT RBRACKET FSTRING_CLOSE FSTRING_TEXT FSTRING_END");
    expect_kinds("f\"{d[\"k\"]}\"", "FSTRING_BEGIN FSTRING_TEXT FSTRING_OPEN NAME LBRACKET STRING RBRACKET FSTRING_CLOSE FSTRING_TEXT FSTRING_END");
    expect_kinds("f'{a!=b}{a==b}'", "FSTRING_BEGIN FSTRING_TEXT FSTRING_OPEN NAME NE NAME FSTRING_CLOSE FSTRING_TEXT FSTRING_OPEN NAME EQ NAME FSTRING_CLOSE FSTRING_TEXT FSTRING_END");
}

static void malformed_fstrings(void **state) {
    expect_report("print(f'{x')\ny\n", "1:9 W0160");
    expect_report("print(f'{x:')\ny\n", "1:9 W0160");
    expect_report("f'a } b'\n", "1:5 W0131");
    expect_report("f'{x!r}'\n", "1:5 W0149");
    expect_report("f'{x:{w}}'\n", "1:6 W0161");
    expect_report("f'{(x}'\n", "1:6 W0112");
}

static void brackets(void **state) {
    expect_report("print((1 + 2])\n", "1:13 W0112");
    expect_report("f(a[1)\n", "1:6 W0112");
    expect_report("a)\n", "1:2 W0113");
    expect_report("x = f(1,\n\ndef g():\n    pass\n", "1:6 W0111");
    expect_report("x = (1\n", "1:5 W0111");
}

static void an_open_bracket_ends_before_the_next_statement(void **state) {
    assert_string_equal(kinds("x = f(1\ny = 2\n"), "NAME ASSIGN NAME LPAREN INT NEWLINE NAME ASSIGN INT");
    expect_messages("1:6 W0111");
}

static void characters(void **state) {
    expect_report("x = \xe2\x80\x9c" "a\xe2\x80\x9d\n", "1:5 W0107");
    expect_report("$x\n", "1:1 W0107");
    expect_report("x =\xc2\xa0" "1\n", "1:4 W0156");
    expect_report("x = \xff\n", "1:5 W0108");
    expect_kinds("\xef\xbb\xbfx", "NAME");
    load_bytes("a\0b", 3);
    lex(program.arena, program.names, program.diags, program.file);
    expect_messages("1:2 W0156");
}

static void other_languages_operators(void **state) {
    assert_string_equal(kinds("a && b || !c"), "NAME AND NAME OR NOT NAME");
    expect_messages("1:3 W0115 1:8 W0115 1:11 W0115");
}

static void many_open_brackets_take_linear_time(void **state) {
    enum { COUNT = 100000 };
    char *text = arena_alloc(program.arena, 2 * COUNT + 1);
    for (int i = 0; i < COUNT; i++)
        memcpy(text + 2 * i, "(\n", 2);
    kinds(text);
    assert_true(diags_errors(program.diags) > 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(words_and_keywords), TEST(the_longest_operator_is_taken), TEST(numbers),
        TEST(malformed_numbers), TEST(indentation), TEST(a_wrong_dedent_is_said_once), TEST(tabs),
        TEST(lines_join), TEST(strings), TEST(malformed_strings), TEST(fstrings),
        TEST(malformed_fstrings), TEST(brackets),
        TEST(an_open_bracket_ends_before_the_next_statement), TEST(characters),
        TEST(other_languages_operators), TEST(many_open_brackets_take_linear_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
