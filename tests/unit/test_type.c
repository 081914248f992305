/* Types: equality is identity, sizes are C's, and the two texts. */
#include "ir_test.h"

static void equal_types_are_one_pointer(void **state) {
    int64_t extents[] = {EXTENT_DYNAMIC, 4};
    const Type *view = type_view(t.types, t.types->f32, 2, extents, LAYOUT_ROW_MAJOR, SPACE_GLOBAL);
    extents[1] = 5;
    assert_ptr_not_equal(
        view, type_view(t.types, t.types->f32, 2, extents, LAYOUT_ROW_MAJOR, SPACE_GLOBAL));
    extents[1] = 4;
    assert_ptr_equal(view,
                     type_view(t.types, t.types->f32, 2, extents, LAYOUT_ROW_MAJOR, SPACE_GLOBAL));
    assert_ptr_not_equal(
        view, type_view(t.types, t.types->f32, 2, extents, LAYOUT_STRIDED, SPACE_GLOBAL));
    assert_ptr_not_equal(
        view, type_view(t.types, t.types->f32, 2, extents, LAYOUT_ROW_MAJOR, SPACE_SHARED));
    const Type *pair[] = {t.types->i32, t.types->f64};
    assert_ptr_equal(type_tuple(t.types, pair, 2), type_tuple(t.types, pair, 2));
    assert_ptr_not_equal(type_tuple(t.types, pair, 2), type_tuple(t.types, pair, 1));
    assert_ptr_not_equal(type_func(t.types, pair, 2, t.types->none),
                         type_func(t.types, pair, 2, t.types->i8));
}

static void many_types_keep_their_identity(void **state) {
    const Type *made[1000];
    for (int64_t i = 0; i < 1000; i++)
        made[i] = type_view(t.types, t.types->u8, 1, &i, LAYOUT_ROW_MAJOR, SPACE_GLOBAL);
    for (int64_t i = 0; i < 1000; i++)
        assert_ptr_equal(made[i],
                         type_view(t.types, t.types->u8, 1, &i, LAYOUT_ROW_MAJOR, SPACE_GLOBAL));
    for (uint32_t i = 1; i < 1000; i++)
        assert_int_equal(made[i]->id, made[i - 1]->id + 1);
}

static void a_vector_of_one_lane_is_its_element(void **state) {
    assert_ptr_equal(type_vector(t.types, t.types->f32, 1), t.types->f32);
    assert_int_equal(type_lanes(type_vector(t.types, t.types->f32, 8)), 8);
    assert_ptr_equal(type_with_scalar(t.types, type_vector(t.types, t.types->f32, 8), t.types->i32),
                     type_vector(t.types, t.types->i32, 8));
    assert_ptr_equal(type_with_scalar(t.types, t.types->f32, t.types->i32), t.types->i32);
}

static void structs_of_two_declarations_differ(void **state) {
    const Type *field = t.types->f32;
    Name names[] = {name("x")};
    int one = 1, other = 2; /* two declarations: their addresses */
    assert_ptr_equal(type_struct(t.types, name("P"), &field, names, 1, &one),
                     type_struct(t.types, name("P"), &field, names, 1, &one));
    assert_ptr_not_equal(type_struct(t.types, name("P"), &field, names, 1, &one),
                         type_struct(t.types, name("P"), &field, names, 1, &other));
}

static void aggregates_are_laid_out_as_in_c(void **state) {
    struct Mixed {
        int8_t a;
        double b;
        int16_t c;
    };
    const Type *fields[] = {t.types->i8, t.types->f64, t.types->i16};
    const Type *mixed = type_tuple(t.types, fields, 3);
    assert_int_equal(type_size(mixed), sizeof(struct Mixed));
    assert_int_equal(type_align(mixed), _Alignof(struct Mixed));
    assert_int_equal(type_field_offset(mixed, 1), offsetof(struct Mixed, b));
    assert_int_equal(type_field_offset(mixed, 2), offsetof(struct Mixed, c));
    assert_int_equal(type_size(type_tuple(t.types, NULL, 0)), 0);
    assert_int_equal(type_size(t.types->boolean), 1);
    assert_int_equal(type_bits(t.types->boolean), 1);
    assert_int_equal(type_align(type_vector(t.types, t.types->f32, 4)), _Alignof(float[4]));
}

static void classes_of_scalars(void **state) {
    assert_true(type_is_integer(t.types->u8) && !type_is_signed(t.types->u8));
    assert_false(type_is_integer(t.types->boolean));
    assert_true(type_is_float(t.types->bf16));
    assert_false(type_is_numeric(t.types->scalars[TYPE_F8_E4M3]));
    assert_ptr_equal(type_scalar_named(t.types, "int"), t.types->i64);
    assert_ptr_equal(type_scalar_named(t.types, "bf16"), t.types->bf16);
    assert_null(type_scalar_named(t.types, "float"));
}

static void strides_follow_from_static_extents(void **state) {
    int64_t extents[] = {EXTENT_DYNAMIC, 4, 8}, stride;
    const Type *row = type_view(t.types, t.types->f32, 3, extents, LAYOUT_ROW_MAJOR, SPACE_GLOBAL);
    const Type *col = type_view(t.types, t.types->f32, 3, extents, LAYOUT_COL_MAJOR, SPACE_GLOBAL);
    const Type *any = type_view(t.types, t.types->f32, 3, extents, LAYOUT_STRIDED, SPACE_GLOBAL);
    assert_true(type_static_stride(row, 0, &stride) && stride == 32);
    assert_true(type_static_stride(row, 2, &stride) && stride == 1);
    assert_true(type_static_stride(col, 0, &stride) && stride == 1);
    assert_false(type_static_stride(col, 1, &stride));
    assert_false(type_static_stride(any, 2, &stride));
}

static const char *ir_text(const Type *type) {
    Text text = {.arena = t.arena};
    type_print(&text, type);
    return text_cstr(&text);
}

static void texts_of_types(void **state) {
    int64_t extents[] = {EXTENT_DYNAMIC, 4};
    const Type *view = type_view(t.types, t.types->f32, 2, extents, LAYOUT_STRIDED, SPACE_SHARED);
    assert_string_equal(ir_text(view), "view<f32, ?x4, strided, shared>");
    assert_string_equal(type_source(t.arena, view), "Tensor[f32, _, 4, layout=strided]");
    assert_string_equal(
        ir_text(type_view(t.types, t.types->f32, 0, NULL, LAYOUT_ROW_MAJOR, SPACE_GLOBAL)),
        "view<f32, []>");
    const Type *vector = type_vector(t.types, t.types->f32, 8);
    assert_string_equal(ir_text(vector), "<8 x f32>");
    assert_string_equal(type_source(t.arena, vector), "SIMD[f32, 8]");
    const Type *pair[] = {t.types->i64, t.types->i64};
    assert_string_equal(type_source(t.arena, type_tuple(t.types, pair, 2)), "(int, int)");
    assert_string_equal(ir_text(type_tuple(t.types, pair, 1)), "(i64,)");
    assert_string_equal(type_source(t.arena, type_func(t.types, pair, 1, t.types->f32)),
                        "def(int) -> f32");
    assert_string_equal(ir_text(type_ptr(t.types, t.types->none, SPACE_GLOBAL)), "ptr<none>");
    assert_string_equal(ir_text(type_array(t.types, t.types->f32, 2)), "array<f32, 2>");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_types_are_one_pointer),
        cmocka_unit_test(many_types_keep_their_identity),
        cmocka_unit_test(a_vector_of_one_lane_is_its_element),
        cmocka_unit_test(structs_of_two_declarations_differ),
        cmocka_unit_test(aggregates_are_laid_out_as_in_c),
        cmocka_unit_test(classes_of_scalars),
        cmocka_unit_test(strides_follow_from_static_extents),
        cmocka_unit_test(texts_of_types),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
