/* The verifier, sentence by sentence: a text that breaks one, and the sentence. */
#include "ir_test.h"

typedef struct Case {
    const char *sentence, *text;
} Case;

#define DEVICE(ops) "func device @f(%a: i64, %b: i64, %x: f32, %c: bool, %v: <4 x f32>) {\n" ops "\n    func.return\n}\n"
#define KERNEL(ops) "func kernel @k(%N: dim, %M: dim, %a: i64, mut %x: view<f32, ?x?> [%N, %M], %f: f32) {\n" ops "\n    func.return\n}\n"

static const Case cases[] = {
    /* structure */
    {"a block ends in a terminator", "func device @f() {\n}\n"},
    {"a block ends in a terminator", "func device @f(%a: i64) {\n    %0 = arith.neg %a : i64\n}\n"},
    {"a block ends in a terminator", DEVICE("func.return")},
    {"the op may stand at the level", DEVICE("%s = host.null : array<f32, 1>")},
    {"the op may stand at the level", "func host @f() {\n    kernel.barrier\n    func.return\n}\n"},
    {"the result's type is the one that the op's row tells", DEVICE("%0 = arith.add %a, %b : f32")},
    {"the result's type is the one that the op's row tells", DEVICE("%0 = arith.cmp %v, %v {predicate = \"lt\"} : bool")},
    {"types of comptime values stand nowhere", "func device @f(%a: literal_int)\n"},
    {"stand in host functions only", "func device @f(%a: device)\n"},
    /* functions */
    {"a mut or out argument is a view", "func device @f(mut %a: i64)\n"},
    {"each dim of an argument is an extent", "func device @f(%x: view<f32, ?>)\n"},
    {"the extent of an argument's dim", "func device @f(%x: view<f32, 5> [4])\n"},
    {"an argument that serves as a dim is an integer", "func device @f(%n: f32, %x: view<f32, ?> [%n])\n"},
    {"a kernel has no results", "func kernel @k() -> i64\n"},
    {"a host function has the host level", "func host @h() level kernel\n"},
    {"a kernel's shape takes", "func host @s() -> i64, i64\nfunc kernel @k(%N: dim) over 1 shape @s\n"},
    {"a kernel's shape gives", "func host @s(%N: dim) -> i64\nfunc kernel @k(%N: dim) over 1 shape @s\n"},
    {"a contract takes", "func host @p() -> i64\nfunc kernel @k() where @p \"\"\n"},
    /* arith */
    {"the constant has the result's type", DEVICE("%0 = arith.const {value = 1} : f32")},
    {"the operands are integers or floats", DEVICE("%0 = arith.add %c, %c : bool")},
    {"the operands are integers, or vectors", DEVICE("%0 = arith.shl %x, %x : f32")},
    {"the operands are floats", DEVICE("%0 = arith.div %a, %b : i64")},
    {"the operands are floats", DEVICE("%0 = math.sqrt %a : i64")},
    {"the operands are integers or bools", DEVICE("%0 = arith.and %x, %x : f32")},
    {"the operands have one type", DEVICE("%0 = arith.add %a, %x : i64")},
    {"the operands have one type", DEVICE("%0 = arith.fma %x, %x, %v : f32")},
    {"start, stop and step are scalars", DEVICE("%i = vec.iota : <4 x i64>\n%0 = arith.range_trips %i, %i, %i : i64")},
    {"{predicate} is eq", DEVICE("%0 = arith.cmp %a, %b {predicate = \"below\"} : bool")},
    {"{predicate} is eq", DEVICE("%0 = arith.cmp %a, %b : bool")},
    {"the condition is a bool or a mask", DEVICE("%0 = arith.select %a, %a, %b : i64")},
    {"both values have the type", DEVICE("%0 = arith.select %c, %a, %x : i64")},
    {"a mask has as many lanes", DEVICE("%m = vec.splat %c : <4 x bool>\n%0 = arith.select %m, %a, %b : i64")},
    {"a conversion keeps the number of lanes", DEVICE("%0 = arith.convert %v : i32")},
    {"a conversion is between scalars", DEVICE("%t = agg.make %a : (i64,)\n%0 = arith.convert %t : i32")},
    {"a bitcast is between", DEVICE("%0 = arith.bitcast %x : i64")},
    {"a bitcast is between", DEVICE("%0 = arith.bitcast %c : u8")},
    /* vec */
    {"the result is a vector of operand 0", DEVICE("%0 = vec.splat %x : <4 x i32>")},
    {"there is an operand for each lane", DEVICE("%0 = vec.build %x, %x : <4 x f32>")},
    {"an operand has the type of a lane", DEVICE("%0 = vec.build %x, %a : <2 x f32>")},
    {"operand 0 is a vector of the result's type", DEVICE("%0 = vec.extract %v, %x : f32")},
    {"the operands are a vector, a lane's value", DEVICE("%0 = vec.insert %v, %a, %a : <4 x f32>")},
    {"the result is a vector of numbers", DEVICE("%0 = vec.iota : <4 x bool>")},
    {"the result has a lane of operand 0 for each", DEVICE("%0 = vec.shuffle %v {lanes = [0, 1]} : <4 x f32>")},
    {"{lanes} are lanes of operand 0", DEVICE("%0 = vec.shuffle %v {lanes = [0, 4]} : <2 x f32>")},
    {"the result has the lanes of both", DEVICE("%0 = vec.join %v, %v : <4 x f32>")},
    {"the result has lanes of operand 0, no more", DEVICE("%0 = vec.slice %v, %a : <8 x f32>")},
    {"the result is one lane", DEVICE("%0 = vec.reduce %v {kind = \"add\"} : <2 x f32>")},
    {"and, or combine", DEVICE("%0 = vec.reduce %v {kind = \"and\"} : f32")},
    {"an operand is a scalar of the input's type", "func device @g(%x: f32) -> f32\n" DEVICE("%0 = vec.map @g(%a) : f32")},
    {"the result is a vector of {callee}'s", "func device @g(%x: f32) -> f32\n" DEVICE("%0 = vec.map @g(%v) : f32")},
    /* agg */
    {"there is an operand for each field", DEVICE("%0 = agg.make %a : (i64, i64)")},
    {"an operand has the type of its field", DEVICE("%0 = agg.make %a, %b : (i64, f32)")},
    {"operand 0 is a struct or tuple that has the field", DEVICE("%t = agg.make %a : (i64,)\n%0 = agg.get %t {index = 1} : i64")},
    {"the field's value has the field's type", DEVICE("%t = agg.make %a : (i64,)\n%0 = agg.set %t, %x {index = 0} : (i64,)")},
    {"the list's items have the result's type", DEVICE("%0 = agg.table %a {value = [1, 2]} : f32")},
    /* mem */
    {"behind the view stands an i64 index", KERNEL("%0 = mem.load %x, %a : f32")},
    {"behind the view stands an i64 index", KERNEL("%0 = mem.load %x, %a, %f : f32")},
    {"the place is a view", KERNEL("%0 = mem.load %a, %a : f32")},
    {"what is loaded or stored is the view's element", KERNEL("%0 = mem.load %x, %a, %a : i32")},
    {"what is read outside is an element", KERNEL("%0 = mem.load_bounded %a, %x, %a, %a : f32")},
    {"{dim} is a dim of the view", KERNEL("%0 = mem.extent %x {dim = 2} : i64")},
    {"the pointer has the view's element", KERNEL("%0 = mem.ptr %x : ptr<i32>")},
    {"behind the pointer stands an i64 extent", KERNEL("%p = mem.ptr %x : ptr<f32>\n%0 = mem.view %p : view<f32, ?>")},
    {"{dims} are dims of operand 0, in order", KERNEL("%0 = mem.subview %x, %a, %a, %a, %a {dims = [1, 0]} : view<f32, ?x?>")},
    {"behind the view stands an i64 start", KERNEL("%0 = mem.subview %x, %a, %a {dims = [0]} : view<f32, ?, strided>")},
    {"both views are row-major", KERNEL("%t = mem.transpose %x : view<f32, ?x?, col>\n%0 = mem.reshape %t, %a : view<f32, ?>")},
    {"a transpose of row-major is column-major", KERNEL("%0 = mem.transpose %x : view<f32, ?x?>")},
    {"a view of a view has its space", KERNEL("%0 = mem.transpose %x : view<f32, ?x?, col, shared>")},
    {"the dims of memory that is made here are static", KERNEL("%0 = mem.alloc_local : view<f32, ?, local>")},
    {"the result is a row-major view of shared", KERNEL("%0 = mem.alloc_shared {name = \"s\"} : view<f32, 4>")},
    {"an atomic's values have the type", KERNEL("%0 = mem.atomic %a, %x, %a, %a {order = \"relaxed\", scope = \"device\", kind = \"add\"} : f32")},
    {"{order} is relaxed", KERNEL("mem.fence {order = \"strong\", scope = \"device\"}")},
    {"{align} is a power of two", KERNEL("%0 = mem.load %x, %a, %a {align = 3} : f32")},
    {"the pointer has an element", "func device @f(%p: ptr<none>, %i: i64) {\n    %0 = mem.ptr_load %p, %i : f32\n    func.return\n}\n"},
    {"the offset is an i64", "func device @f(%p: ptr<f32>, %i: i32) {\n    %0 = mem.ptr_load %p, %i : f32\n    func.return\n}\n"},
    /* control */
    {"the condition is a bool", DEVICE("if %a {\n    yield\n}")},
    {"a yield gives a value of the type of each result", DEVICE("%r = if %c : f32 {\n    yield %x\n} else {\n    yield %a\n}")},
    {"a yield ends a region of", "func device @f() {\n    yield\n}\n"},
    {"start, stop and step have one integer type", DEVICE("loop.for %a, %b, %x { (%i: i64)\n    yield\n}")},
    {"there is an initial value for each result", DEVICE("%r = loop.for %a, %b, %b : f32 { (%i: i64, %s: f32)\n    yield %s\n}")},
    {"the body takes the counter", DEVICE("loop.for %a, %b, %b { (%i: i32)\n    yield\n}")},
    {"a carried value has the type", DEVICE("%r = loop.for %a, %b, %b, %x : f32 { (%i: i64, %s: i64)\n    yield %x\n}")},
    {"the first region of loop.while takes", DEVICE("%r = loop.while %a : i64 { (%s: f32)\n    loop.condition %c, %a\n} do { (%t: i64)\n    yield %x\n}")},
    {"the first region of loop.while ends in", DEVICE("loop.while {\n    yield\n} do {\n    yield\n}")},
    {"loop.condition passes on", DEVICE("%r = loop.while %a : i64 { (%s: i64)\n    loop.condition %c, %x\n} do { (%t: i64)\n    yield %t\n}")},
    {"loop.condition ends the first region", DEVICE("if %c {\n    loop.condition %c\n}")},
    {"break and continue stand in a loop", DEVICE("if %c {\n    loop.break\n}")},
    {"loop.break gives a value", DEVICE("loop.for %a, %b, %b { (%i: i64)\n    loop.break %i\n}")},
    {"loop.continue gives the next value", DEVICE("loop.for %a, %b, %b { (%i: i64)\n    loop.continue %i\n}")},
    {"a return gives each result", DEVICE("if %c {\n    func.return %a\n}")},
    {"a return gives values of the types", "func device @f(%a: i64) -> f32 {\n    func.return %a\n}\n"},
    {"a kernel is launched, not called", "func kernel @g()\n" DEVICE("func.call @g()")},
    {"host functions are not called from kernels and what they call", "func host @g()\n" DEVICE("func.call @g()")},
    {"there is an operand for each dim and argument", "func device @g(%a: i64)\n" DEVICE("func.call @g()")},
    {"an operand has the type of its argument", "func device @g(%a: i64)\n" DEVICE("func.call @g(%x)")},
    {"a result has the type that {callee} tells", "func device @g() -> i64\n" DEVICE("%0 = func.call @g() : f32")},
    {"{parts} are a text", DEVICE("func.print %a {parts = [\"\"]}")},
    {"{parts} lists strings", DEVICE("func.print {parts = [1]}")},
    {"{callee} is a kernel", "func device @g()\nfunc host @h() {\n    host.launch @g()\n    func.return\n}\n"},
    {"behind the arguments of the kernel are three operands", "func kernel @g()\nfunc host @h(%a: i64) {\n    host.launch @g(%a)\n    func.return\n}\n"},
    {"or in flat code a pointer, its extents", "func kernel @g(%a: i64)\nfunc host @h(%a: f32) {\n    host.launch @g(%a)\n    func.return\n}\n"},
    {"the result is an array or a device", "func host @h() {\n    %0 = host.null : i64\n    func.return\n}\n"},
    {"{dim} is 0, 1 or 2", KERNEL("%0 = kernel.thread_idx {dim = 3} : i64")},
    {"any, all and ballot take a bool", KERNEL("%0 = kernel.warp %a {kind = \"any\"} : bool")},
    {"the result has the operand's type", KERNEL("%0 = kernel.warp %a {kind = \"sum\"} : f32")},
    {"operand 1 is an i64", KERNEL("%0 = kernel.shuffle %a, %f {kind = \"down\"} : i64")},
};

static void each_sentence_is_said(void **state) {
    for (uint32_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        if (parse(cases[i].text))
            fail_msg("this was verified: %s", cases[i].text);
        const Diag *d = last_diag();
        if (strcmp(diag_code_name(d->code), "W0813") != 0 || !strstr(d->message, cases[i].sentence))
            fail_msg("%s\n%s\nnot `%s`", cases[i].text, d->message, cases[i].sentence);
    }
}

static void the_message_names_the_op_and_the_place(void **state) {
    assert_null(parse("func device @f(%a: i64, %x: f32) {\n    %sum = arith.add %a, %x : i64\n    func.return\n}\n"));
    assert_string_equal(last_diag()->message, "in @f: %sum = arith.add %a, %x : i64: the operands have one type");
    assert_int_equal(source_position(t.sources, last_diag()->span.file, last_diag()->span.start).line, 2);
}

/* What no text can say: links that a pass broke. */
static Func *two_adds(Module **module) {
    *module = parse("func device @f(%a: i64) {\n    %0 = arith.add %a, %a : i64\n    %1 = arith.add %0, %a : i64\n    func.return\n}\n");
    assert_non_null(*module);
    return (*module)->first;
}

static void assert_says(Func *func, const char *sentence) {
    Text message = {.arena = t.arena};
    assert_false(func_verify(func, &message));
    if (!strstr(text_cstr(&message), sentence))
        fail_msg("%s, not `%s`", text_cstr(&message), sentence);
}

static void an_operand_below_its_user_is_found(void **state) {
    Module *module;
    Func *func = two_adds(&module);
    op_move_before(func_entry(func)->first->next, func_entry(func)->first);
    assert_says(func, "an operand is defined earlier");
}

static void an_operand_of_another_function_is_found(void **state) {
    Module *module, *other;
    Func *func = two_adds(&module);
    op_set_operand(func_entry(func)->first, 0, func_arg(two_adds(&other), 0));
    assert_says(func, "an operand is defined earlier");
}

static void a_function_twice_is_found(void **state) {
    Module *module;
    Func *func = two_adds(&module);
    func_clone(func, func->name);
    Text message = {.arena = t.arena};
    assert_false(module_verify(module, &message));
    assert_non_null(strstr(text_cstr(&message), "unique"));
}

static void a_second_block_is_found(void **state) {
    Module *module;
    Func *func = two_adds(&module);
    region_append(func->body, block_create(module));
    assert_says(func, "a region is one block");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_sentence_is_said),
        cmocka_unit_test(the_message_names_the_op_and_the_place),
        cmocka_unit_test(an_operand_below_its_user_is_found),
        cmocka_unit_test(an_operand_of_another_function_is_found),
        cmocka_unit_test(a_function_twice_is_found),
        cmocka_unit_test(a_second_block_is_found),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
