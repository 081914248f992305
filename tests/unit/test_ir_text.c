/* The text form: it comes back as it went in, and what is no IR is told with a code and a place. */
#include "ir_test.h"

#include "base/fs.h"

static void assert_round_trip(const char *text) {
    Module *module = parse(text);
    if (!module)
        fail_msg("%s", last_diag()->message);
    assert_string_equal(print(module), text);
}

static void modules_come_back(void **state) {
    assert_round_trip("func device @f(%a: f32) -> f32 {\n    func.return %a\n}\n");
    assert_round_trip("func device @declared(%0: f32) -> f32, i64\n\nfunc host @main() main {\n    "
                      "func.return\n}\n");
    assert_round_trip(
        "struct !P {x: f32, y: f32}\n\nfunc device @f(%p: !P) {\n    func.return\n}\n");
    assert_round_trip("func kernel @k(%N: dim, mut %x: view<f32, ?x4> [%N, 4]) over 2 math fast "
                      "{\n    func.return\n}\n");
}

static void names_are_made_unique(void **state) {
    Module *module = new_module();
    Func *func = new_func(module, "f");
    Builder b = builder_at_end(module, func_entry(func));
    const char *hints[] = {"x", "x", "x.1", "x.7", "12", NULL, "a b", "2a"};
    for (uint32_t i = 0; i < sizeof hints / sizeof *hints; i++)
        build_i64(&b, i)->name = hints[i] ? name(hints[i]) : NULL;
    build_op(&b, OP_FUNC_RETURN, NULL, 0, NULL, 0, 0);
    const char *once = print(module);
    const char *names[] = {
        "%x =", "%x.1 =", "%x.2 =", "%x.3 =", "%0 =", "%1 =", "%a_b =", "%_2a ="};
    for (uint32_t i = 0; i < sizeof names / sizeof *names; i++)
        if (!strstr(once, names[i]))
            fail_msg("no %s in %s", names[i], once);
    assert_round_trip(once);
}

static void structs_of_one_name_stay_two(void **state) {
    Module *module = new_module();
    Name field = name("x");
    int one = 1, other = 2; /* two declarations: their addresses */
    const Type *const both[] = {
        type_struct(t.types, name("Same"), &t.types->f32, &field, 1, &one),
        type_struct(t.types, name("Same"), &t.types->f32, &field, 1, &other),
    };
    FuncArg args[] = {{.name = name("a"), .type = both[0]}, {.name = name("b"), .type = both[1]}};
    Func *func = func_create(module, FUNC_DEVICE, name("f"), NULL, 0, args, 2, NULL, 0);
    func->body = NULL;
    const char *text = print(module);
    assert_non_null(strstr(text, "struct !\"Same#2\" {x: f32}"));
    assert_round_trip(text);
}

static void every_row_stands_in_the_test_of_all_ops(void **state) {
    char *bytes;
    size_t len;
    const char *path = fs_join(t.arena, fs_folder_of(t.arena, __FILE__), "../ir/parse/every-op.ir");
    assert_null(fs_read(t.arena, path, &bytes, &len));
    Module *module = parse(bytes);
    if (!module)
        fail_msg("%s", last_diag()->message);
    const char *text = print(module);
    for (uint32_t i = 0; i < OPCODE_COUNT; i++) {
        const char *word = op_info[i].text;
        const char *at = text;
        while ((at = strstr(at, word)) && at[strlen(word)] != ' ' && at[strlen(word)] != '\n')
            at++;
        if (!at)
            fail_msg("%s is missing in every-op.ir", word);
    }
    assert_round_trip(text);
}

typedef struct ErrorCase {
    const char *code, *text;
} ErrorCase;

#define IN_FUNC(ops) "func device @f(%a: i64, %x: f32, %c: bool) {\n" ops "\n    func.return\n}\n"

static const ErrorCase errors[] = {
    {"W0801", "nonsense"},
    {"W0801", "func"},
    {"W0801", "func device @f() {"},
    {"W0801", "func device @f(%a f32)"},
    {"W0801", "func device f()"},
    {"W0801", "func thing @f()"},
    {"W0801", IN_FUNC("%0 = arith.add %a, : i64")},
    {"W0801", IN_FUNC("if %c")},
    {"W0813", IN_FUNC("%0 = arith.const : i64")},
    {"W0801", "func device @f(%a: i64, %N: dim)"},
    {"W0802", "func device @f() doc \"never closed"},
    {"W0802", "func device @f() doc \"\\q\""},
    {"W0803", "func device @f(%a: int32)"},
    {"W0803", "func device @f(%a: <0 x f32>)"},
    {"W0803", "func device @f(%a: <4 x <2 x f32>>)"},
    {"W0803", "func device @f(%a: view<f32, 1x1x1x1x1x1x1x1x1>)"},
    {"W0803", "func device @f(%a: view<f32, ?, sideways>)"},
    {"W0803", "func device @f(%a: (f32))"},
    {"W0804", IN_FUNC("%0 = arith.add %a, %1 : i64")},
    {"W0804", IN_FUNC("%0 = arith.add %a, %0 : i64")},
    {"W0804",
     IN_FUNC("if %c {\n%b = arith.add %a, %a : i64\nyield\n}\n%d = arith.add %b, %b : i64")},
    {"W0804", "func device @f(%x: view<f32, ?> [%N])"},
    {"W0805", IN_FUNC("%a = arith.const 1 : i64")},
    {"W0805", "func device @f()\nfunc device @f()"},
    {"W0805", "func device @f(%a: i64, %a: i64)"},
    {"W0805", "struct !A {x: f32}\nstruct !A {y: f32}"},
    {"W0806", IN_FUNC("%0 = arith.add %a : i64")},
    {"W0807", IN_FUNC("func.call @g()")},
    {"W0807", "func kernel @k() over 1 shape @g"},
    {"W0808", IN_FUNC("%0 = arith.plus %a, %a : i64")},
    {"W0810", IN_FUNC("%0 = arith.const 12x : i64")},
    {"W0810", "func device @f(%a: <65 x f32>)"},
    {"W0810", "func kernel @k() over 5"},
    {"W0811", IN_FUNC("%0 = arith.cmp %a, %a {how = \"lt\"} : bool")},
    {"W0812", IN_FUNC("%0, %1 = arith.add %a, %a : i64")},
    {"W0812", IN_FUNC("mem.fence {order = \"relaxed\", scope = \"block\"} : i64")},
    {"W0813", IN_FUNC("%0 = arith.add %a, %x : i64")},
    {"W0814", "func device @f(%a: !P)"},
    {"W0815", IN_FUNC("%0 = arith.const 300 : u8")},
    {"W0815", IN_FUNC("%0 = arith.const -1 : u8")},
    {"W0815", IN_FUNC("%0 = arith.const 1.5 : i64")},
    {"W0815", IN_FUNC("%0 = arith.const [1, 2, 3] : <2 x i32>")},
    {"W0815", IN_FUNC("%0 = arith.const [1] : i32")},
    {"W0815", IN_FUNC("%0 = arith.const 2 : bool")},
    {"W0816", IN_FUNC("%0 = arith.cmp %a, %a {predicate = \"lt\", predicate = \"gt\"} : bool")},
    {"W0817", "func device @f() over 1"},
    {"W0817", "func device @f() exported \"f\""},
};

static void mistakes_have_codes(void **state) {
    for (uint32_t i = 0; i < sizeof errors / sizeof *errors; i++) {
        if (parse(errors[i].text))
            fail_msg("this was read: %s", errors[i].text);
        const char *code = diag_code_name(last_diag()->code);
        if (strcmp(code, errors[i].code) != 0)
            fail_msg("%s, not %s (%s), of: %s", code, errors[i].code, last_diag()->message,
                     errors[i].text);
    }
}

static void depth_is_limited(void **state) {
    const char *const openers[] = {"func device @f() {\n  %0 = arith.const 1 : ",
                                   "func device @f(%c: bool) {\n"};
    const char *const repeated[] = {"(", "if %c {\n"};
    for (uint32_t i = 0; i < 2; i++) {
        Text text = {.arena = t.arena};
        text_puts(&text, openers[i]);
        for (uint32_t k = 0; k < 100000; k++)
            text_puts(&text, repeated[i]);
        for (uint32_t k = 0; i && k <= 100000; k++)
            text_puts(&text, "}\n");
        text_puts(&text, i ? "" : "\n}\n");
        assert_null(parse(text_cstr(&text)));
        assert_string_equal(diag_code_name(last_diag()->code), "W0809");
    }
}

static void every_function_with_a_mistake_is_told(void **state) {
    uint32_t before = diags_errors(t.diags);
    assert_null(parse("func device @f() {\n    nothing\n}\nfunc device @g() {\n    "
                      "nothing\n}\nfunc device @h() {\n    func.return\n}\n"));
    assert_int_equal(diags_errors(t.diags) - before, 2);
}

static void values_for_run_are_read_alone(void **state) {
    Module *module = new_module();
    SourceFile *file = sources_add(t.sources, "arg", "[1, 2]", 6);
    const Attr *attr =
        attr_parse(t.arena, module, t.diags, file, type_vector(t.types, t.types->f32, 2));
    assert_non_null(attr);
    assert_ptr_equal(attr->items[1], attr_float(t.types, t.types->f32, 2));
    file = sources_add(t.sources, "arg", "1 2", 3);
    assert_null(attr_parse(t.arena, module, t.diags, file, t.types->i64));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(modules_come_back),
        cmocka_unit_test(names_are_made_unique),
        cmocka_unit_test(structs_of_one_name_stay_two),
        cmocka_unit_test(every_row_stands_in_the_test_of_all_ops),
        cmocka_unit_test(mistakes_have_codes),
        cmocka_unit_test(depth_is_limited),
        cmocka_unit_test(every_function_with_a_mistake_is_told),
        cmocka_unit_test(values_for_run_are_read_alone),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
