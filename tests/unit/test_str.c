/* Names, text, UTF-8 and JSON. */
#include "base/json.h"
#include "base/str.h"
#include "base/utf8.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

static Arena *arena;

static int create(void **state) {
    arena = arena_create();
    return 0;
}

static int destroy(void **state) {
    arena_destroy(arena);
    return 0;
}

static void equal_strings_are_one_name(void **state) {
    Interner *names = interner_create(arena);
    Name a = intern(names, "abc", 3);
    assert_ptr_equal(intern_cstr(names, "abc"), a);
    assert_ptr_equal(intern(names, "abcd", 3), a);
    assert_ptr_not_equal(intern_cstr(names, "ab"), a);
    assert_int_equal(name_len(a), 3);
    assert_int_equal(name_len(intern(names, "a\0b", 3)), 3);
    assert_ptr_not_equal(intern(names, "a\0b", 3), intern(names, "a\0c", 3));
}

static void many_names(void **state) {
    Interner *names = interner_create(arena);
    Name first[5000];
    char word[16];
    for (int i = 0; i < 5000; i++) {
        snprintf(word, sizeof word, "n%d", i);
        first[i] = intern_cstr(names, word);
    }
    for (int i = 0; i < 5000; i++) {
        snprintf(word, sizeof word, "n%d", i);
        assert_ptr_equal(intern_cstr(names, word), first[i]);
        assert_string_equal(first[i], word);
    }
}

static void text_grows(void **state) {
    Text text = {.arena = arena};
    assert_string_equal(text_cstr(&text), "");
    for (int i = 0; i < 1000; i++)
        text_printf(&text, "%d,", i % 10);
    assert_int_equal(text.len, 2000);
    assert_memory_equal(text_cstr(&text), "0,1,2,3,4,5,6,7,8,9,0,", 22);
}

static void distances(void **state) {
    assert_int_equal(edit_distance("total", "totl", 2), 1);
    assert_int_equal(edit_distance("heigth", "height", 2), 1);
    assert_int_equal(edit_distance("", "ab", 2), 2);
    assert_int_equal(edit_distance("abc", "abc", 0), 0);
    assert_true(edit_distance("abc", "xyz", 2) == SIZE_MAX);
}

static void utf8_goes_both_ways(void **state) {
    static const uint32_t codes[] = {1, 0x7f, 0x80, 0x7ff, 0x800, 0xd7ff, 0xe000, 0xffff, 0x10000, 0x10ffff};
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        char bytes[4];
        size_t size, len = utf8_encode(codes[i], bytes);
        assert_int_equal(utf8_decode(bytes, len, &size), codes[i]);
        assert_int_equal(size, len);
        if (len > 1)
            assert_true(utf8_decode(bytes, len - 1, &size) == UTF8_INVALID);
    }
}

static void what_is_not_utf8(void **state) {
    static const char *const bad[] = {"\x80", "\xc0\x80", "\xc1\xbf", "\xe0\x80\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xff", "\xe2\x82"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        size_t size;
        assert_true(utf8_decode(bad[i], strlen(bad[i]), &size) == UTF8_INVALID);
        assert_int_equal(size, 1);
    }
    assert_int_equal(utf8_check("plain text, \xc3\xa9 and \xff", 21), 19);
    assert_int_equal(utf8_check("0123456789\xc3\xa9", 12), 12);
}

static void json_escapes(void **state) {
    Text text = {.arena = arena};
    Json json = {.out = &text};
    json_begin(&json, '{');
    json_key(&json, "a\"b");
    json_string(&json, "\\\n\t\x01\xc3\xa9\xff");
    json_key(&json, "n");
    json_begin(&json, '[');
    json_int(&json, -3);
    json_real(&json, 0.1);
    json_real(&json, INFINITY);
    json_bool(&json, true);
    json_begin(&json, '{');
    json_end(&json, '}');
    json_end(&json, ']');
    json_end(&json, '}');
    assert_string_equal(text_cstr(&text), "{\"a\\\"b\":\"\\\\\\n\\t\\u0001\xc3\xa9\xef\xbf\xbd\",\"n\":[-3,0.1,null,true,{}]}");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, create, destroy)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(equal_strings_are_one_name), TEST(many_names), TEST(text_grows), TEST(distances),
        TEST(utf8_goes_both_ways), TEST(what_is_not_utf8), TEST(json_escapes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
