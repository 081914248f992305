/* The builder: constants fold, nothing else changes. */
#include "ir_test.h"

static Builder begin(void) {
    Module *module = new_module();
    return builder_at_end(module, func_entry(new_func(module, "f")));
}

static void constants_fold_while_they_are_built(void **state) {
    Builder b = begin();
    Value *sum = build2(&b, OP_ARITH_ADD, build_i64(&b, 2), build_i64(&b, 3));
    assert_ptr_equal(value_constant(sum), attr_i64(t.types, 5));
    assert_ptr_equal(value_constant(build_cmp(&b, "lt", sum, build_i64(&b, 6))),
                     attr_bool(t.types, true));
    assert_ptr_equal(value_constant(build_convert(&b, sum, t.types->f32)),
                     attr_float(t.types, t.types->f32, 5));
}

static void other_operands_do_not_fold(void **state) {
    Builder b = begin();
    Value *x = build_undef(&b, t.types->i64);
    Value *sum = build2(&b, OP_ARITH_ADD, x, build_i64(&b, 0));
    assert_int_equal(sum->op->code, OP_ARITH_ADD);
    assert_null(value_constant(sum));
    assert_ptr_equal(build_convert(&b, x, t.types->i64), x);
    assert_int_equal(build_cmp(&b, "eq", x, x)->op->code, OP_ARITH_CMP);
}

static void zero_is_of_any_type(void **state) {
    Builder b = begin();
    const Type *fields[] = {t.types->f32, type_vector(t.types, t.types->i8, 4), t.types->boolean};
    Value *zero = build_zero(&b, type_tuple(t.types, fields, 3));
    const Attr *attr = value_constant(zero);
    assert_non_null(attr);
    assert_int_equal(attr->len, 3);
    assert_ptr_equal(attr->items[0], attr_float(t.types, t.types->f32, 0));
    assert_int_equal(attr->items[1]->len, 4);
    assert_int_equal(build_zero(&b, type_array(t.types, t.types->f32, 1))->op->code, OP_HOST_NULL);
    const Type *held[] = {t.types->i64, type_array(t.types, t.types->f32, 1)};
    assert_int_equal(build_zero(&b, type_tuple(t.types, held, 2))->op->code, OP_AGG_MAKE);
}

static void extents_and_strides_are_constants_where_the_type_tells(void **state) {
    Builder b = begin();
    int64_t extents[] = {EXTENT_DYNAMIC, 4, 8};
    Value *row = build_undef(
        &b, type_view(t.types, t.types->f32, 3, extents, LAYOUT_ROW_MAJOR, SPACE_GLOBAL));
    assert_int_equal(attr_as_i64(value_constant(build_extent(&b, row, 1))), 4);
    Value *dynamic = build_extent(&b, row, 0);
    assert_int_equal(dynamic->op->code, OP_MEM_EXTENT);
    assert_ptr_equal(op_attr(dynamic->op, ATTR_KEY_DIM), attr_i64(t.types, 0));
    assert_int_equal(attr_as_i64(value_constant(build_stride(&b, row, 0))), 32);
    assert_int_equal(attr_as_i64(value_constant(build_stride(&b, row, 2))), 1);
    Value *strided =
        build_undef(&b, type_view(t.types, t.types->f32, 3, extents, LAYOUT_STRIDED, SPACE_GLOBAL));
    assert_int_equal(build_stride(&b, strided, 2)->op->code, OP_MEM_STRIDE);
}

static void fields_are_taken_and_set(void **state) {
    Builder b = begin();
    const Type *fields[] = {t.types->i64, t.types->f32};
    const Type *pair = type_tuple(t.types, fields, 2);
    Value *zero = build_zero(&b, pair);
    Value *seven = build_i64(&b, 7);
    Value *set = build_agg_set(&b, zero, 0, seven);
    assert_ptr_equal(value_constant(build_agg_get(&b, set, 0)), attr_i64(t.types, 7));
    Value *unknown = build_agg_get(&b, build_undef(&b, pair), 1);
    assert_int_equal(unknown->op->code, OP_AGG_GET);
    assert_ptr_equal(unknown->type, t.types->f32);
}

static void calls_take_their_results_from_the_function(void **state) {
    Builder b = begin();
    FuncArg arg = {.name = name("x"), .type = t.types->f32};
    Func *callee = func_create(b.module, FUNC_DEVICE, name("g"), NULL, 0, &arg, 1, &t.types->i8, 1);
    Value *x = build_zero(&b, t.types->f32);
    Op *call = build_call(&b, callee, &x, 1);
    assert_int_equal(call->result_count, 1);
    assert_ptr_equal(op_result(call, 0)->type, t.types->i8);
    assert_ptr_equal(op_attr(call, ATTR_KEY_CALLEE)->func, callee);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(constants_fold_while_they_are_built),
        cmocka_unit_test(other_operands_do_not_fold),
        cmocka_unit_test(zero_is_of_any_type),
        cmocka_unit_test(extents_and_strides_are_constants_where_the_type_tells),
        cmocka_unit_test(fields_are_taken_and_set),
        cmocka_unit_test(calls_take_their_results_from_the_function),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
