/* The list of ops in docs/ir.md is made from ops.def: this test makes it again and compares.
 *
 *     WEFT_TEST_UPDATE=1 build/release/tests/test_ir_doc      writes it */
#include "ir_test.h"

#include "base/fs.h"

static const char marker[] =
    "<!-- From here on: made from compiler/ir/ops.def by tests/unit/test_ir_doc.c -->\n";

typedef struct Flag {
    uint32_t bit;
    const char *word;
} Flag;

static const Flag traits[] = {
    {PURE, "pure"},
    {COMMUTES, "commutes"},
    {COMMUTES_INT, "commutes on integers"},
    {ASSOC_INT, "associative on integers"},
    {TERMINATOR, "terminator"},
    {READS, "reads"},
    {WRITES, "writes"},
    {BARRIER, "barrier"},
    {CONVERGENT, "convergent"},
    {REGIONS, "regions"},
    {UNIFORM, "uniform"},
    {VARYING, "varying"},
    {VIEW_OP, "makes a view"},
    {ENTRY_ONLY, "entry block only"},
    {ALLOCATES, "allocates"},
};

static const Flag levels[] = {{LEVEL_HOST, "host"},
                              {LEVEL_KERNEL, "kernel"},
                              {LEVEL_VECTOR, "vector"},
                              {LEVEL_GRAPH, "graph"}};

static const char *const results[] = {
    [RESULT_NONE] = "-",
    [RESULT_SAME] = "as the first operand",
    [RESULT_BOOL] = "bool, or a mask",
    [RESULT_I64] = "i64",
    [RESULT_ANY] = "one",
    [RESULT_MANY] = "any number",
};

static void print_flags(Text *out, const Flag *flags, size_t count, uint32_t bits) {
    bool any = false;
    for (size_t i = 0; i < count; i++) {
        if (bits & flags[i].bit) {
            text_printf(out, "%s%s", any ? ", " : "", flags[i].word);
            any = true;
        }
    }
}

/* A | would end the column. */
static void print_cell(Text *out, const char *chars) {
    for (; *chars; chars++) {
        if (*chars == '|' || *chars == '<')
            text_putc(out, '\\');
        text_putc(out, *chars);
    }
}

static void print_row(Text *out, const OpInfo *info) {
    text_printf(out, "| `%s` | ", info->text);
    if (info->operands == OPERANDS_MANY)
        text_puts(out, "n");
    else
        text_printf(out, "%d", info->operands);
    text_printf(out, " | %s | ", results[info->results]);
    print_flags(out, traits, sizeof traits / sizeof *traits, info->traits);
    text_puts(out, " | ");
    if (info->levels == LEVEL_CODE)
        text_puts(out, "all");
    else
        print_flags(out, levels, sizeof levels / sizeof *levels, info->levels);
    text_puts(out, " | ");
    print_cell(out, info->doc);
    text_puts(out, " |\n");
}

/* "arith" of "arith.add"; what has no dot belongs to the loops. */
static const char *group_of(Opcode code) {
    const char *text = op_info[code].text, *dot = strchr(text, '.');
    return dot ? arena_strndup(t.arena, text, (size_t)(dot - text)) : "loop";
}

static const char *make_list(void) {
    Text out = {.arena = t.arena};
    text_puts(&out, marker);
    const char *last = "";
    for (uint32_t i = 0; i < OPCODE_COUNT; i++) {
        const char *group = group_of((Opcode)i);
        if (strcmp(group, last) != 0)
            text_printf(&out,
                        "\n### %s\n\n| op | operands | result | traits | levels | "
                        "|\n|---|---|---|---|---|---|\n",
                        group);
        last = group;
        print_row(&out, &op_info[i]);
    }
    return text_cstr(&out);
}

static void the_list_of_ops_is_up_to_date(void **state) {
    const char *path = fs_join(t.arena, fs_folder_of(t.arena, __FILE__), "../../docs/ir.md");
    char *bytes;
    size_t len;
    assert_null(fs_read(t.arena, path, &bytes, &len));
    char *at = strstr(bytes, marker);
    assert_non_null(at);
    const char *list = make_list();
    if (getenv("WEFT_TEST_UPDATE")) {
        Text whole = {.arena = t.arena};
        text_append(&whole, bytes, (size_t)(at - bytes));
        text_puts(&whole, list);
        assert_null(fs_write(t.arena, path, text_cstr(&whole), whole.len));
    } else if (strcmp(at, list) != 0) {
        fail_msg(
            "docs/ir.md is behind compiler/ir/ops.def; WEFT_TEST_UPDATE=1 test_ir_doc writes it");
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_list_of_ops_is_up_to_date)};
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
