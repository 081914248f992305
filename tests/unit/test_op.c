/* Ops, blocks and functions: uses, links, copies. */
#include "ir_test.h"

static uint32_t use_count(const Value *value) {
    uint32_t count = 0;
    for (const Use *use = value->uses; use; use = use->next)
        count++;
    return count;
}

static void uses_follow_operands(void **state) {
    Module *module = new_module();
    Builder b = builder_at_end(module, func_entry(new_func(module, "f")));
    Value *one = build_undef(&b, t.types->i64), *two = build_undef(&b, t.types->i64);
    Value *sum = build2(&b, OP_ARITH_ADD, one, one);
    assert_int_equal(use_count(one), 2);
    op_set_operand(sum->op, 1, two);
    assert_int_equal(use_count(one), 1);
    assert_int_equal(use_count(two), 1);
    value_replace_uses(one, two);
    assert_false(value_is_used(one));
    assert_int_equal(use_count(two), 2);
    op_set_operands(sum->op, (Value *[]){one, one, op_operand(sum->op, 0)}, 3);
    assert_int_equal(use_count(one), 2);
    assert_int_equal(use_count(two), 1);
    op_erase(sum->op);
    assert_false(value_is_used(one) || value_is_used(two));
}

static void ops_are_linked_in_order(void **state) {
    Module *module = new_module();
    Block *entry = func_entry(new_func(module, "f"));
    Builder b = builder_at_end(module, entry);
    Op *first = build_i64(&b, 1)->op, *last = build_i64(&b, 3)->op;
    b = builder_after(first);
    Op *middle = build_i64(&b, 2)->op;
    assert_ptr_equal(first->next, middle);
    assert_ptr_equal(middle->next, last);
    op_move_before(last, first);
    assert_ptr_equal(entry->first, last);
    assert_ptr_equal(entry->last, middle);
    op_unlink(first);
    assert_null(first->block);
    op_insert_after(first, middle);
    assert_ptr_equal(entry->last, first);
    b = builder_before(middle);
    assert_ptr_equal(build_i64(&b, 9)->op->next, middle);
}

static void attributes_are_sorted_and_replaced(void **state) {
    Module *module = new_module();
    Op *op = op_create(module, OP_MEM_FENCE, (Span){0}, NULL, 0, NULL, 0, 0);
    op_set_attr(op, ATTR_KEY_SCOPE, attr_string(t.types, name("block")));
    op_set_attr(op, ATTR_KEY_ORDER, attr_string(t.types, name("relaxed")));
    op_set_attr(op, ATTR_KEY_SCOPE, attr_string(t.types, name("device")));
    assert_int_equal(op->attr_count, 2);
    assert_int_equal(op->attrs[0].key, ATTR_KEY_ORDER);
    assert_string_equal(op_attr(op, ATTR_KEY_SCOPE)->string, "device");
    op_set_attr(op, ATTR_KEY_ORDER, NULL);
    assert_null(op_attr(op, ATTR_KEY_ORDER));
    assert_int_equal(op->attr_count, 1);
}

static const char *const loop_text =
    "func device @f(%c: bool, %n: i64) -> i64 {\n"
    "    %one = arith.const 1 : i64\n"
    "    %sum = loop.for %one, %n, %one, %n : i64 { (%i: i64, %s: i64)\n"
    "        if %c {\n"
    "            loop.break %s\n"
    "        }\n"
    "        %next = arith.add %s, %i : i64\n"
    "        yield %next\n"
    "    }\n"
    "    func.return %sum\n"
    "}\n";

static void a_clone_prints_as_its_original(void **state) {
    Module *module = parse(loop_text);
    assert_non_null(module);
    Func *copy = func_clone(module->first, name("g"));
    Text message = {.arena = t.arena};
    assert_true(module_verify(module, &message));
    Text text = {.arena = t.arena};
    func_print(&text, copy);
    assert_string_equal(strchr(text_cstr(&text), '('), strchr(loop_text, '('));
}

static void erasing_an_op_erases_its_regions(void **state) {
    Module *module = parse(loop_text);
    Block *entry = func_entry(module->first);
    Op *loop = entry->first->next;
    op_set_operand(entry->last, 0, func_arg(module->first, 1));
    op_erase(loop);
    assert_int_equal(use_count(func_arg(module->first, 0)), 0);
    assert_int_equal(use_count(op_result(entry->first, 0)), 0);
    Text message = {.arena = t.arena};
    assert_true(module_verify(module, &message));
}

static void count_op(Op *op, void *count) {
    (void)op;
    ++*(uint32_t *)count;
}

static void erase_loop(Op *op, void *count) {
    ++*(uint32_t *)count;
    if (op->code == OP_LOOP_FOR) {
        value_replace_uses(op_result(op, 0), op_operand(op, 3));
        op_erase(op);
    }
}

static void a_walk_sees_nested_ops_and_may_erase(void **state) {
    Module *module = parse(loop_text);
    uint32_t count = 0;
    region_walk(module->first->body, count_op, &count);
    assert_int_equal(count, 8);
    count = 0;
    region_walk(module->first->body, erase_loop, &count);
    assert_int_equal(count, 3);
    assert_ptr_equal(op_func(func_entry(module->first)->last), module->first);
}

static void splicing_moves_ops_and_their_function(void **state) {
    Module *module = parse(loop_text);
    Func *into = new_func(module, "into");
    Builder b = builder_at_end(module, func_entry(into));
    Op *end = build_op(&b, OP_FUNC_RETURN, NULL, 0, NULL, 0, 0);
    Block *from = func_entry(module->first);
    Op *loop = from->first->next;
    block_splice_before(from, end, true);
    assert_ptr_equal(from->first, from->last);
    assert_ptr_equal(op_func(loop->regions[0]->first->first), into);
}

static void block_arguments_come_and_go(void **state) {
    Module *module = new_module();
    Block *block = block_create(module);
    for (uint32_t i = 0; i < 9; i++)
        assert_int_equal(block_add_arg(module, block, t.types->i64)->index, i);
    Value *last = block->args[8];
    block_remove_arg(block, 3);
    assert_int_equal(last->index, 7);
    assert_int_equal(block_add_arg(module, block, t.types->f32)->index, 8);
    assert_ptr_equal(block->args[7], last);
}

static void results_are_added_while_unused(void **state) {
    Module *module = new_module();
    Op *op = op_create(module, OP_IF, (Span){0}, NULL, 0, &t.types->f32, 1, 2);
    op_set_results(op, (const Type *[]){t.types->i8, t.types->i16}, 2);
    assert_int_equal(op->result_count, 3);
    assert_ptr_equal(op->results[2].type, t.types->i16);
    assert_int_equal(op->results[2].index, 2);
    assert_ptr_equal(op->results[0].type, t.types->f32);
}

static void functions_are_listed_in_order(void **state) {
    Module *module = new_module();
    Func *f = new_func(module, "f"), *g = new_func(module, "g"), *h = new_func(module, "h");
    assert_ptr_equal(module_find(module, name("g")), g);
    func_erase(h);
    func_erase(f);
    assert_ptr_equal(module->first, g);
    assert_ptr_equal(module->last, g);
    assert_null(module_find(module, name("f")));
}

static void rows_have_their_names(void **state) {
    Opcode code;
    assert_true(opcode_parse("arith.add", &code) && code == OP_ARITH_ADD);
    assert_false(opcode_parse("add", &code));
    assert_ptr_equal(
        opcode_result_type(t.types, OP_ARITH_CMP, type_vector(t.types, t.types->f32, 4)),
        type_vector(t.types, t.types->boolean, 4));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(uses_follow_operands),
        cmocka_unit_test(ops_are_linked_in_order),
        cmocka_unit_test(attributes_are_sorted_and_replaced),
        cmocka_unit_test(a_clone_prints_as_its_original),
        cmocka_unit_test(erasing_an_op_erases_its_regions),
        cmocka_unit_test(a_walk_sees_nested_ops_and_may_erase),
        cmocka_unit_test(splicing_moves_ops_and_their_function),
        cmocka_unit_test(block_arguments_come_and_go),
        cmocka_unit_test(results_are_added_while_unused),
        cmocka_unit_test(functions_are_listed_in_order),
        cmocka_unit_test(rows_have_their_names),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
