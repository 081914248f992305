#include "syntax_test.h"

/* --- the tree as a short text --- */

static void put(Text *out, const Node *n);

static void put_list(Text *out, NodeList list) {
    for (uint32_t i = 0; i < list.len; i++) {
        text_puts(out, i ? ", " : "");
        put(out, list.items[i]);
    }
}

static void put_compare(Text *out, const Node *n) {
    for (uint32_t i = 0; i < n->compare.len; i++) {
        if (i)
            text_printf(out, " %s ", operator_text(n->compare.ops[i - 1]));
        put(out, n->compare.operands[i]);
    }
}

static void put_slice(Text *out, const Node *n) {
    const Node *ends[] = {n->slice.start, n->slice.stop, n->slice.step};
    for (int i = 0; i < 3; i++) {
        text_puts(out, i ? ":" : "");
        if (ends[i])
            put(out, ends[i]);
    }
}

/* With all its parentheses. */
static void put(Text *out, const Node *n) {
    switch (n->kind) {
    case NODE_INT: text_puts(out, n->integer.text); break;
    case NODE_FLOAT: text_puts(out, n->real.text); break;
    case NODE_STRING: text_printf(out, "'%s'", n->string); break;
    case NODE_BOOL: text_puts(out, n->boolean ? "True" : "False"); break;
    case NODE_NONE_VALUE: text_puts(out, "None"); break;
    case NODE_NAME: text_puts(out, n->name); break;
    case NODE_TUPLE:
        text_putc(out, '<');
        put_list(out, n->list);
        text_putc(out, '>');
        break;
    case NODE_UNARY:
        text_printf(out, "(%s ", operator_text(n->unary.op));
        put(out, n->unary.operand);
        text_putc(out, ')');
        break;
    case NODE_BINARY:
        text_putc(out, '(');
        put(out, n->binary.left);
        text_printf(out, " %s ", operator_text(n->binary.op));
        put(out, n->binary.right);
        text_putc(out, ')');
        break;
    case NODE_COMPARE:
        text_putc(out, '(');
        put_compare(out, n);
        text_putc(out, ')');
        break;
    case NODE_CONDITIONAL:
        text_putc(out, '(');
        put(out, n->conditional.if_true);
        text_puts(out, " if ");
        put(out, n->conditional.condition);
        text_puts(out, " else ");
        put(out, n->conditional.if_false);
        text_putc(out, ')');
        break;
    case NODE_LAMBDA:
        text_puts(out, "(lambda");
        for (uint32_t i = 0; i < n->lambda.len; i++)
            text_printf(out, " %s", n->lambda.names[i]);
        text_puts(out, ": ");
        put(out, n->lambda.body);
        text_putc(out, ')');
        break;
    case NODE_CALL:
        put(out, n->call.callee);
        text_putc(out, '(');
        put_list(out, n->call.args);
        text_putc(out, ')');
        break;
    case NODE_INDEX:
        put(out, n->index.base);
        text_putc(out, '[');
        put_list(out, n->index.items);
        text_putc(out, ']');
        break;
    case NODE_ATTRIBUTE:
        put(out, n->attribute.base);
        text_printf(out, ".%s", n->attribute.name);
        break;
    case NODE_SLICE: put_slice(out, n); break;
    case NODE_KEYWORD:
        text_printf(out, "%s=", n->keyword.name);
        put(out, n->keyword.value);
        break;
    case NODE_FUNC_TYPE:
        text_puts(out, "def(");
        put_list(out, n->func_type.args);
        text_puts(out, ")->");
        put(out, n->func_type.result);
        break;
    default: text_printf(out, "?%s", node_kind_name(n->kind));
    }
}

static const char *shape(const Node *node) {
    Text out = {.arena = program.arena};
    put(&out, node);
    return text_cstr(&out);
}

static void expect_expr(const char *text, const char *wanted) {
    load(text);
    Node *expr = parse_expression(program.arena, program.names, program.diags, program.file);
    expect_fine();
    assert_string_equal(shape(expr), wanted);
}

/* --- expressions --- */

static void the_ladder(void **state) {
    expect_expr("a + b * c - d", "((a + (b * c)) - d)");
    expect_expr("-a ** -b ** c", "(- (a ** (- (b ** c))))");
    expect_expr("a << b + c & d ^ e | f", "((((a << (b + c)) & d) ^ e) | f)");
    expect_expr("a // b % c @ d / e", "((((a // b) % c) @ d) / e)");
    expect_expr("not a == b and c or d", "(((not (a == b)) and c) or d)");
    expect_expr("a < b <= c != d", "(a < b <= c != d)");
    expect_expr("a not in b", "(not (a in b))");
    expect_expr("a is not None", "(not (a is None))");
    expect_expr("a | b < c & d", "((a | b) < (c & d))");
    expect_expr("~a.b[c](d)", "(~ a.b[c](d))");
}

static void choices_and_lambdas(void **state) {
    expect_expr("a if b else c if d else e", "(a if b else (c if d else e))");
    expect_expr("lambda x, y: x + y", "(lambda x y: (x + y))");
    expect_expr("f(lambda: 1, lambda v: v if v > 0 else 0)", "f((lambda: 1), (lambda v: (v if (v > 0) else 0)))");
}

static void items(void **state) {
    expect_expr("x[i, a:b, :, :c, d:, e:f:2]", "x[i, a:b:, ::, :c:, d::, e:f:2]");
    expect_expr("Tensor[f32, N, layout=strided]", "Tensor[f32, N, layout=strided]");
    expect_expr("twice[lambda v: v * 2](x)", "twice[(lambda v: (v * 2))](x)");
    expect_expr("f[def(f32, i32) -> f32]", "f[def(f32, i32)->f32]");
}

static void calls(void **state) {
    expect_expr("f(a, b=1, c=(2, 3),)", "f(a, b=1, c=<2, 3>)");
    expect_expr("f[f32](1).g.h()", "f[f32](1).g.h()");
    expect_expr("x.inf", "x.inf");
}

static void tuples_and_parentheses(void **state) {
    expect_expr("()", "<>");
    expect_expr("(a,)", "<a>");
    expect_expr("(a, (b, c))", "<a, <b, c>>");
    expect_expr("((a))", "a");
}

static void numbers_have_values(void **state) {
    load("0xff_ff");
    Node *n = parse_expression(program.arena, program.names, program.diags, program.file);
    assert_true(n->integer.value == 0xffff && !n->integer.too_large);
    load("340282366920938463463374607431768211456");
    n = parse_expression(program.arena, program.names, program.diags, program.file);
    assert_true(n->integer.too_large);
    load("1_000.5e-1");
    n = parse_expression(program.arena, program.names, program.diags, program.file);
    assert_true(n->real.value == 100.05);
    load("inf");
    n = parse_expression(program.arena, program.names, program.diags, program.file);
    assert_true(n->kind == NODE_FLOAT && n->real.value > 1e308);
}

static void strings_side_by_side(void **state) {
    expect_expr("'a' \"b\" '''c'''", "'abc'");
    load("'a{' f'{x:>3}b' '}c' f'{{{y}'");
    Node *n = parse_expression(program.arena, program.names, program.diags, program.file);
    expect_fine();
    assert_int_equal(n->kind, NODE_FSTRING);
    assert_int_equal(n->fstring.len, 3);
    assert_string_equal(n->fstring.parts[0].text, "a{");
    assert_string_equal(n->fstring.parts[0].format, ">3");
    assert_string_equal(n->fstring.parts[1].text, "b}c{");
    assert_null(n->fstring.parts[1].format);
    assert_null(n->fstring.parts[2].value);
}

static const char *text_of(const Node *node) {
    return arena_strndup(program.arena, program.file->chars + node->span.start, node->span.end - node->span.start);
}

static void spans_take_in_the_parentheses_of_the_left_side(void **state) {
    load("(a + b) * (c)");
    Node *n = parse_expression(program.arena, program.names, program.diags, program.file);
    assert_string_equal(text_of(n), "(a + b) * (c)");
    assert_string_equal(text_of(n->binary.left), "a + b");
    assert_true(n->binary.left->parenthesised && n->binary.right->parenthesised && !n->parenthesised);
    load("(f)(x)[i].y");
    n = parse_expression(program.arena, program.names, program.diags, program.file);
    assert_string_equal(text_of(n), "(f)(x)[i].y");
    assert_string_equal(text_of(n->attribute.base), "(f)(x)[i]");
}

/* --- statements --- */

static Node *only_statement(const char *text) {
    Node *module = parse(arena_printf(program.arena, "def f():\n%s\n", text));
    expect_fine();
    assert_int_equal(module->module.items.len, 1);
    NodeList body = module->module.items.items[0]->func.body;
    assert_int_equal(body.len, 1);
    return body.items[0];
}

static void assignments(void **state) {
    Node *n = only_statement("    a, b: f32 = 0, 1");
    assert_int_equal(n->assign.targets.len, 2);
    assert_string_equal(shape(n->assign.type), "f32");
    assert_string_equal(shape(n->assign.value), "<0, 1>");
    n = only_statement("    (a, b) = b, a");
    assert_int_equal(n->assign.targets.len, 2);
    n = only_statement("    var x[i] = 1");
    assert_true(n->assign.var);
    n = only_statement("    p.x //= 2 + 1");
    assert_int_equal(n->augmented.op, OPERATOR_FLOOR_DIV);
    assert_string_equal(shape(n->augmented.value), "(2 + 1)");
}

static void chains_of_elif(void **state) {
    Node *n = only_statement("    if a: b\n    elif c:\n        d\n    elif e: pass\n    else: f");
    assert_int_equal(n->if_.otherwise.len, 1);
    Node *last = n->if_.otherwise.items[0]->if_.otherwise.items[0];
    assert_string_equal(shape(last->if_.condition), "e");
    assert_int_equal(last->if_.otherwise.len, 1);
    assert_int_equal(n->span.end, last->span.end);
}

static void loops(void **state) {
    Node *n = only_statement("    for i, j in range(3): pass");
    assert_int_equal(n->for_.targets.len, 2);
    n = only_statement("    for x in 1, 2:\n        break");
    assert_string_equal(shape(n->for_.iterable), "<1, 2>");
    n = only_statement("    comptime for k in range(3):\n        f(k)");
    assert_true(n->comptime);
    assert_int_equal(only_statement("    while a: continue")->kind, NODE_WHILE);
}

static void comptime_statements(void **state) {
    assert_string_equal(only_statement("    comptime N = 3")->comptime_assign.name, "N");
    assert_true(only_statement("    comptime assert a, 'b'")->comptime);
    Node *n = only_statement("    comptime if a:\n        b\n    elif c:\n        d");
    assert_true(n->comptime && n->if_.otherwise.items[0]->comptime);
}

static void functions(void **state) {
    Node *module = parse("@export(T=[f32, f16], N=128)\n"
                         "@kernel(over=(M, N))\n"
                         "def f[T: DType, F: def(T) -> T = g](a: T = 1, mut x: Tensor[T, N], out y: T) -> (T, T) where N > 0, M % 2 == 0:\n"
                         "    \"\"\"Says what.\"\"\"\n"
                         "    return\n");
    expect_messages("3:51 W0146 3:72 W0146"); /* defaults come last */
    Node *f = module->module.items.items[0];
    assert_int_equal(f->func.decorators.len, 2);
    assert_string_equal(shape(f->func.params.items[1]->param.kind), "def(T)->T");
    assert_int_equal(f->func.args.items[1]->arg.mode, ARG_MUT);
    assert_int_equal(f->func.args.items[2]->arg.mode, ARG_OUT);
    assert_int_equal(f->func.where.len, 2);
    assert_string_equal(f->func.docstring, "Says what.");
    assert_int_equal(f->func.body.len, 1);
    assert_int_equal(program.file->chars[f->func.header.end - 1], ':');
}

static void structs(void **state) {
    Node *module = parse("struct S[T: DType]:\n    'About.'\n    x: T\n    y: T = 0\n    comptime N = 1\n"
                         "    @staticmethod\n    def f() -> T: return 1\n    def g(mut self): pass\n");
    expect_fine();
    Node *s = module->module.items.items[0];
    assert_string_equal(s->struct_.docstring, "About.");
    assert_int_equal(s->struct_.members.len, 5);
    assert_non_null(s->struct_.members.items[1]->field.default_value);
    assert_int_equal(s->struct_.members.items[3]->func.decorators.len, 1);
}

static void imports(void **state) {
    Node *module = parse("'''Module.'''\nimport a.b as c\nfrom d.e import *\nfrom f import g, h as i\nimport c \"m.h\" as m\nimport c\n");
    expect_fine();
    Node **items = module->module.items.items;
    assert_string_equal(module->module.docstring, "Module.");
    assert_string_equal(items[0]->import.module, "a.b");
    assert_string_equal(items[0]->import.as, "c");
    assert_true(items[1]->import.everything && items[1]->import.from);
    assert_string_equal(items[2]->import.renamed[0], "g");
    assert_string_equal(items[2]->import.renamed[1], "i");
    assert_true(items[3]->import.c_header);
    assert_string_equal(items[3]->import.module, "m.h");
    assert_string_equal(items[4]->import.module, "c");
}

/* --- one message a mistake --- */

static void expect_parse(const char *text, const char *wanted) {
    parse(text);
    expect_messages(wanted);
}

static void a_missing_colon(void **state) {
    expect_parse("def f():\n    while a\n        b\n    c\n", "2:12 W0110");
    expect_parse("def f()\n    if a\n        b\n    else\n        c\n", "1:8 W0110 2:9 W0110 4:9 W0110");
}

static void blocks(void **state) {
    expect_parse("def f():\n    if a:\n    b\n    c\n", "3:5 W0118");
    expect_parse("def f():\na = 1\n    b = 2\n", "2:1 W0118");
    expect_parse("def f():\n    a\n        b\n        c\n    d\n", "3:9 W0117");
    expect_parse("def f():\n", "1:8 W0118");
    expect_parse("def f():\n    if a: if b: c\n    d\n", "2:11 W0173");
}

static void an_error_in_a_header_leaves_its_block_alone(void **state) {
    expect_parse("def f():\n    while a + :\n        b = 1\n    c = 1 1\n", "2:15 W0116 4:11 W0116");
}

static void statements_outside_functions(void **state) {
    expect_parse("a = 1\nb: f32 = 2\n", "1:1 W0120 2:1 W0120");
    expect_parse("f()\ng()\nif a:\n    h()\n", "1:1 W0121");
}

static void words_of_other_languages(void **state) {
    expect_parse("fn f(x: f32):\n    let mut y = 1\n    const Z = 2\n", "1:1 W0152 2:5 W0152 3:5 W0152");
    expect_parse("def f(inout x: f32, float y):\n    float z = 1\n    x++\n    print x\n", "1:7 W0152 1:21 W0137 2:5 W0137 3:6 W0136 4:5 W0135");
    expect_parse("int main() {\n    return 0;\n}\n", "1:1 W0175");
    expect_parse("def f():\n    for (int i = 0; i < 3; i++) {\n        g();\n    }\n    h()\n", "2:9 W0138");
    expect_parse("def f():\n    let = 1\n    loop(let)\n    val.x = 2\n", "");
}

static void reserved_words(void **state) {
    expect_parse("class A(B):\n    x: f32\n", "1:1 W0114");
    expect_parse("def f():\n    try:\n        a b c\n    except E:\n        d\n    finally:\n        e\n    g()\n", "2:5 W0114");
    expect_parse("async def f():\n    x = await g()\n", "1:1 W0114 2:9 W0114");
}

static void what_a_statement_with_wrong_brackets_says_is_left_out(void **state) {
    expect_parse("def f(x: Tensorf32, N], y: f32):\n    pass\n", "1:22 W0112");
    expect_parse("def f():\n    g(x y))\n    h()\n", "2:11 W0113");
    expect_parse("def f(x: f32:\n    a\n    if b:\n        return\n    c\n", "1:6 W0111");
}

/* --- deep and long --- */

static const char *repeated(const char *before, const char *part, const char *middle, const char *after, int count) {
    Text text = {.arena = program.arena};
    text_puts(&text, before);
    for (int i = 0; i < count; i++)
        text_puts(&text, part);
    text_puts(&text, middle);
    for (int i = 0; i < count; i++)
        text_puts(&text, after);
    text_puts(&text, "\n");
    return text_cstr(&text);
}

static void five_hundred_brackets_and_no_more(void **state) {
    expect_parse(repeated("comptime x = ", "(", "a", ")", 500), "");
    expect_parse(repeated("comptime x = ", "(", "a", ")", 501), "1:515 W0132");
    parse(repeated("comptime x = ", "[", "a", "]", 100000));
    assert_int_equal(diags_count(program.diags), 1);
    parse(repeated("comptime x = ", "f(-", "a", ")", 100000));
    assert_int_equal(diags_count(program.diags), 1);
}

static void long_sums(void **state) {
    Node *module = parse(repeated("comptime x = ", "a + ", "a", "", 40000));
    expect_fine();
    Node *sum = module->module.items.items[0]->comptime_assign.value;
    assert_int_equal(sum->span.end - sum->span.start, 4 * 40000 + 1);
    Text out = {.arena = program.arena};
    ast_print(&out, module);
    assert_true(out.len > 0);
    parse(repeated("comptime x = ", "a + ", "a", "", 60000));
    assert_int_equal(diags_count(program.diags), 1);
}

static void five_hundred_blocks_and_no_more(void **state) {
    for (int depth = 500; depth <= 501; depth++) {
        Text text = {.arena = program.arena};
        for (int i = 0; i < depth; i++)
            text_printf(&text, "%*s%s\n", i, "", i ? "if a:" : "def f():");
        text_printf(&text, "%*spass\n", depth, "");
        parse(text_cstr(&text));
        assert_int_equal(diags_count(program.diags), depth > 500);
    }
}

static void the_tree_prints(void **state) {
    Node *module = parse("@test\ndef f(mut x: i32 = 1):\n    y = x[1:] + 2\n");
    Text out = {.arena = program.arena};
    ast_print(&out, module);
    assert_string_equal(text_cstr(&out), "module [0..47)\n"
                                         "  func \"f\" [0..46)\n"
                                         "    decorator \"test\" [0..5)\n"
                                         "    arg mut \"x\" [12..26)\n"
                                         "      type: name \"i32\" [19..22)\n"
                                         "      default: int 1 [25..26)\n"
                                         "    assign [33..46)\n"
                                         "      target: name \"y\" [33..34)\n"
                                         "      value: binary + [37..46)\n"
                                         "        index [37..42)\n"
                                         "          base: name \"x\" [37..38)\n"
                                         "          slice [39..41)\n"
                                         "            start: int 1 [39..40)\n"
                                         "        int 2 [45..46)\n");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(the_ladder), TEST(choices_and_lambdas), TEST(items), TEST(calls),
        TEST(tuples_and_parentheses), TEST(numbers_have_values), TEST(strings_side_by_side),
        TEST(spans_take_in_the_parentheses_of_the_left_side), TEST(assignments),
        TEST(chains_of_elif), TEST(loops), TEST(comptime_statements), TEST(functions), TEST(structs),
        TEST(imports), TEST(a_missing_colon), TEST(blocks),
        TEST(an_error_in_a_header_leaves_its_block_alone), TEST(statements_outside_functions),
        TEST(words_of_other_languages), TEST(reserved_words),
        TEST(what_a_statement_with_wrong_brackets_says_is_left_out),
        TEST(five_hundred_brackets_and_no_more), TEST(long_sums),
        TEST(five_hundred_blocks_and_no_more), TEST(the_tree_prints),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
