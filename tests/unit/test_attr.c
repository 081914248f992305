/* Attributes: equality is identity, integers are cut to their type, reals differ by their bits. */
#include "ir_test.h"

#include <math.h>

static void integers_are_cut_and_extended(void **state) {
    assert_int_equal(attr_as_i64(attr_int(t.types, t.types->i8, 255)), -1);
    assert_int_equal(attr_as_i64(attr_int(t.types, t.types->u8, 0x1ff)), 255);
    assert_ptr_equal(attr_int(t.types, t.types->i8, 255),
                     attr_int(t.types, t.types->i8, (uint64_t)-1));
    assert_ptr_not_equal(attr_int(t.types, t.types->i8, 1), attr_int(t.types, t.types->u8, 1));
    assert_true(attr_is_true(attr_bool(t.types, true)));
    assert_ptr_equal(attr_bool(t.types, false), attr_int(t.types, t.types->boolean, 2));
}

static void reals_differ_by_their_bits(void **state) {
    assert_ptr_not_equal(attr_float(t.types, t.types->f32, 0.0),
                         attr_float(t.types, t.types->f32, -0.0));
    assert_ptr_equal(attr_float_bits(t.types, t.types->f32, 0x7fc00001),
                     attr_float_bits(t.types, t.types->f32, 0x7fc00001));
    assert_ptr_not_equal(attr_literal_float(t.types, 0.0), attr_literal_float(t.types, -0.0));
    assert_ptr_equal(attr_literal_float(t.types, NAN), attr_literal_float(t.types, NAN));
    assert_true(attr_as_double(attr_float(t.types, t.types->f32, 0.1)) == (double)0.1f);
}

static void literals_are_wide(void **state) {
    __int128 big = (__int128)1 << 100;
    assert_ptr_equal(attr_literal_int(t.types, big), attr_literal_int(t.types, big));
    assert_ptr_not_equal(attr_literal_int(t.types, big), attr_literal_int(t.types, 0));
}

static void lists_compare_by_items_and_type(void **state) {
    const Attr *items[] = {attr_i64(t.types, 1), attr_i64(t.types, 2)};
    const Type *pair[] = {t.types->i64, t.types->i64};
    const Attr *list = attr_list(t.types, NULL, items, 2);
    assert_ptr_equal(list, attr_list(t.types, NULL, items, 2));
    assert_ptr_not_equal(list, attr_list(t.types, NULL, items, 1));
    assert_ptr_not_equal(list, attr_list(t.types, type_tuple(t.types, pair, 2), items, 2));
    items[1] = items[0]; /* the list has its own copy */
    assert_int_equal(attr_as_i64(list->items[1]), 2);
}

static const char *text_of(const Attr *attr) {
    Text text = {.arena = t.arena};
    attr_print(&text, attr);
    return text_cstr(&text);
}

static void texts_of_attributes(void **state) {
    assert_string_equal(text_of(attr_i64(t.types, -5)), "-5");
    assert_string_equal(text_of(attr_int(t.types, t.types->u8, 200)), "200 : u8");
    assert_string_equal(text_of(attr_bool(t.types, true)), "true");
    assert_string_equal(text_of(attr_float(t.types, t.types->f64, 1)), "1.0");
    assert_string_equal(text_of(attr_float(t.types, t.types->f32, 0.1)), "0.1 : f32");
    assert_string_equal(text_of(attr_float(t.types, t.types->f32, 16777216)), "16777216.0 : f32");
    assert_string_equal(text_of(attr_float(t.types, t.types->f16, 65504)), "6.55e+04 : f16");
    assert_string_equal(text_of(attr_float(t.types, t.types->f32, -INFINITY)), "-inf : f32");
    assert_string_equal(text_of(attr_float_bits(t.types, t.types->f16, 0x7e01)), "0x7e01 : f16");
    assert_string_equal(text_of(attr_literal_int(t.types, -((__int128)1 << 100))),
                        "literal -1267650600228229401496703205376");
    assert_string_equal(text_of(attr_literal_float(t.types, 0.5)), "literal 0.5");
    assert_string_equal(text_of(attr_string(t.types, name("a\"b\n"))), "\"a\\\"b\\n\"");
    assert_string_equal(text_of(attr_of_type(t.types, t.types->f32)), "type f32");
    assert_string_equal(text_of(attr_none(t.types)), "none");
}

static void keys_have_names(void **state) {
    AttrKey key;
    for (uint32_t i = 0; i < ATTR_KEY_COUNT; i++) {
        assert_true(attr_key_parse(attr_key_name((AttrKey)i), &key));
        assert_int_equal(key, i);
    }
    assert_false(attr_key_parse("no such", &key));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(integers_are_cut_and_extended),
        cmocka_unit_test(reals_differ_by_their_bits),
        cmocka_unit_test(literals_are_wide),
        cmocka_unit_test(lists_compare_by_items_and_type),
        cmocka_unit_test(texts_of_attributes),
        cmocka_unit_test(keys_have_names),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
