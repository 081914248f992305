/* Damages programs and parses what is left: every prefix, every token dropped and doubled, and random
 * edits from a fixed seed.
 *
 *     fuzz_parser [--edits N] [--report] FILE...
 *
 * What must hold of any text: the parser ends, tokens pair up as lexer.h says, spans lie in the file and
 * in order, NODE_ERROR comes with a message, and messages can be rendered. Meant for a build with ASan
 * and UBSan. --report also shows the texts of which one dropped or doubled token makes more than one
 * message, and counts them. Ends with "N passed, N failed". */
#include "base/fs.h"
#include "base/vec.h"
#include "syntax/lexer.h"
#include "syntax/parse.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SECONDS_A_PARSE = 10, MOST_PREFIXES = 3000, MOST_MESSAGES = 8 };

static uint64_t random_state = 0x9e3779b97f4a7c15u;

static uint32_t pick(uint32_t below) { /* xorshift */
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return below ? (uint32_t)(random_state >> 16) % below : 0;
}

static const char *current_name;
static const char *current_text;
static size_t current_len;

static void fail(const char *what) {
    FILE *out = fopen("fuzz_parser.weft", "wb");
    if (out) {
        fwrite(current_text, 1, current_len, out);
        fclose(out);
    }
    printf("FAIL %s: %s; the text is in fuzz_parser.weft\n0 passed, 1 failed\n", current_name, what);
    exit(1);
}

/* --- what must hold --- */

static void check_tokens(Arena *arena, Interner *names, Diags *diags, const SourceFile *file) {
    Tokens tokens = lex(arena, names, diags, file);
    int depth = 0;
    uint32_t at = 0;
    for (uint32_t i = 0; i < tokens.len; i++) {
        const Token *token = &tokens.items[i];
        if (token->end < token->start || token->end > file->len)
            fail("a token lies outside the file");
        if (token->start < at && token->kind != TOKEN_INDENT)
            fail("tokens overlap");
        at = token->end;
        depth += token->kind == TOKEN_INDENT;
        depth -= token->kind == TOKEN_DEDENT;
        if (depth < 0)
            fail("a DEDENT without INDENT");
    }
    if (depth || tokens.items[tokens.len - 1].kind != TOKEN_END)
        fail("the tokens do not end as they should");
}

typedef struct Walk {
    VEC(const Node *) stack;
    Arena *arena;
    bool has_error;
} Walk;

static void visit(Walk *walk, const Node *node) {
    if (node)
        vec_push(walk->arena, &walk->stack, node);
}

static void visit_all(Walk *walk, NodeList list) {
    for (uint32_t i = 0; i < list.len; i++) {
        if (!list.items[i])
            fail("a list holds NULL");
        visit(walk, list.items[i]);
    }
}

static void visit_func(Walk *walk, const Node *n) {
    visit_all(walk, n->func.decorators);
    visit_all(walk, n->func.params);
    visit_all(walk, n->func.args);
    visit(walk, n->func.result);
    visit_all(walk, n->func.where);
    visit_all(walk, n->func.body);
}

static void visit_children(Walk *walk, const Node *n) {
    switch (n->kind) {
    case NODE_MODULE: visit_all(walk, n->module.items); break;
    case NODE_FUNC: visit_func(walk, n); break;
    case NODE_STRUCT: visit_all(walk, n->struct_.members); break;
    case NODE_DECORATOR: visit_all(walk, n->decorator.args); break;
    case NODE_IF:
        visit(walk, n->if_.condition);
        visit_all(walk, n->if_.then);
        visit_all(walk, n->if_.otherwise);
        break;
    case NODE_WHILE: visit_all(walk, n->while_.body); break;
    case NODE_FOR:
        visit_all(walk, n->for_.targets);
        visit_all(walk, n->for_.body);
        break;
    case NODE_ASSIGN:
        visit_all(walk, n->assign.targets);
        visit(walk, n->assign.value);
        break;
    case NODE_EXPR_STMT: case NODE_RETURN: visit(walk, n->expr); break;
    case NODE_CALL:
        visit(walk, n->call.callee);
        visit_all(walk, n->call.args);
        break;
    case NODE_BINARY:
        visit(walk, n->binary.left);
        visit(walk, n->binary.right);
        break;
    case NODE_UNARY: visit(walk, n->unary.operand); break;
    case NODE_INDEX:
        visit(walk, n->index.base);
        visit_all(walk, n->index.items);
        break;
    default: break;
    }
}

static void check_tree(Arena *arena, const SourceFile *file, const Node *module, uint32_t messages) {
    Walk walk = {.arena = arena};
    visit(&walk, module);
    while (walk.stack.len) {
        const Node *node = vec_pop(&walk.stack);
        if (node->kind >= NODE_KIND_COUNT)
            fail("a node of no kind");
        if (node->span.end < node->span.start || node->span.end > file->len)
            fail("a node lies outside the file");
        walk.has_error |= node->kind == NODE_ERROR;
        visit_children(&walk, node);
    }
    if (walk.has_error && messages == 0)
        fail("an ERROR without a message");
}

static void check_messages(const Diags *diags, const SourceFile *file) {
    for (uint32_t i = 0; i < diags_count(diags); i++) {
        Span span = diags_get(diags, i)->span;
        if (span.end < span.start || span.end > file->len)
            fail("a message lies outside the file");
    }
}

/* How many messages the text gives. */
static uint32_t parse(const char *name, const char *chars, size_t len) {
    current_name = name;
    current_text = chars;
    current_len = len;
    alarm(SECONDS_A_PARSE);
    Arena *arena = arena_create();
    Sources *sources = sources_create(arena);
    SourceFile *file = sources_add(sources, name, chars, len);
    Interner *names = interner_create(arena);
    Diags *diags = diags_create(arena, sources), *again = diags_create(arena, sources);
    Node *module = parse_module(arena, names, diags, file);
    uint32_t messages = diags_count(diags);
    check_tree(arena, file, module, messages);
    check_tokens(arena, names, again, file);
    check_messages(diags, file);
    Text text = {.arena = arena};
    diags_render(diags, DIAG_TEXT, &text);
    diags_render(diags, DIAG_JSON, &text);
    ast_print(&text, module);
    arena_destroy(arena);
    alarm(0);
    return messages;
}

/* --- damage --- */

static uint32_t parses, single_edits, counts[MOST_MESSAGES + 1];

static void try(const char *name, const char *chars, size_t len) {
    parse(name, chars, len);
    parses++;
}

static void try_single(const char *name, const char *chars, size_t len, bool report) {
    uint32_t messages = parse(name, chars, len);
    single_edits++;
    counts[messages < MOST_MESSAGES ? messages : MOST_MESSAGES]++;
    if (report && messages > 1)
        printf("%u messages\n%.*s\n----\n", messages, (int)len, chars);
}

static void try_prefixes(const char *name, const char *chars, size_t len) {
    size_t step = len / MOST_PREFIXES + 1;
    for (size_t i = 0; i < len; i += step)
        try(name, chars, i);
}

static void try_token_edits(const char *name, const char *chars, size_t len, bool report) {
    Arena *arena = arena_create();
    Sources *sources = sources_create(arena);
    SourceFile *file = sources_add(sources, name, chars, len);
    Tokens tokens = lex(arena, interner_create(arena), diags_create(arena, sources), file);
    char *edited = arena_alloc(arena, 2 * len + 2);
    for (uint32_t i = 0; i < tokens.len; i++) {
        size_t start = tokens.items[i].start, end = tokens.items[i].end;
        if (start == end)
            continue;
        memcpy(edited, chars, start);
        memcpy(edited + start, chars + end, len - end);
        try_single(name, edited, len - (end - start), report);
        memcpy(edited, chars, end);
        edited[end] = ' ';
        memcpy(edited + end + 1, chars + start, len - start);
        try_single(name, edited, len + 1 + (end - start), false);
    }
    arena_destroy(arena);
}

static const char *const scraps[] = {
    "(", ")", "[", "]", "{", "}", "\"", "'", "\"\"\"", "f\"{", "}\"", ":", ",", ".", "..", "\n", "\n    ",
    "\n  ", "\t", "\\", "\\\n", "#", "=", "==", ":=", "->", "+", "-", "**", "//", "@", "!", "&&", "\r\n",
    "def ", "struct ", "if ", "else:", "elif ", "for ", "in ", "while ", "return ", "comptime ", "lambda ",
    "not ", "import ", "from ", "class ", "try:", "fn ", "let ", "0x", "1e", "1.", ".5", "1_", "'''", "\xff",
    "\xc3\xa9", "\xe2\x80\x9c", "", "mut ", "where ", "\"\\x", "\\u12", "async ", "pass", "f'{x:", "...",
};

static size_t edit(char *text, size_t len, size_t cap) {
    size_t at = pick((uint32_t)len + 1);
    const char *scrap = scraps[pick(sizeof scraps / sizeof *scraps)];
    size_t cut = pick(4) ? 0 : pick(12), add = strlen(scrap);
    if (at + cut > len)
        cut = len - at;
    if (len - cut + add > cap)
        return len;
    memmove(text + at + add, text + at + cut, len - at - cut);
    memcpy(text + at, scrap, add);
    return len - cut + add;
}

static void try_random_edits(const char *name, const char *chars, size_t len, uint32_t edits) {
    size_t cap = len + 256;
    char *text = malloc(cap);
    for (uint32_t i = 0; i < edits; i++) {
        memcpy(text, chars, len);
        size_t now = len;
        for (uint32_t n = 1 + pick(6); n > 0; n--)
            now = edit(text, now, cap);
        try(name, text, now);
    }
    free(text);
}

/* --- shapes that are deep or long --- */

static void try_repeated(const char *before, const char *part, const char *between, const char *after,
                         uint32_t count) {
    Arena *arena = arena_create();
    Text text = {.arena = arena};
    text_puts(&text, before);
    for (uint32_t i = 0; i < count; i++)
        text_puts(&text, part);
    text_puts(&text, between);
    for (uint32_t i = 0; i < count; i++)
        text_puts(&text, after);
    text_puts(&text, "\n");
    try("<repeated>", text_cstr(&text), text.len);
    arena_destroy(arena);
}

static void try_shapes(void) {
    static const char *const parts[][4] = {
        {"x = ", "(", "1", ")"},        {"x = ", "[", "1", "]"},       {"x = ", "{", "1", "}"},
        {"def f():\n    x = ", "-", "y", ""}, {"x = ", "not ", "y", ""}, {"x = ", "2 ** ", "y", ""},
        {"x = ", "a + ", "y", ""},      {"x = ", "a < ", "y", ""},     {"x = ", "a if b else ", "y", ""},
        {"x = ", "lambda: ", "y", ""},  {"x = y", ".a", "", ""},       {"x = y", "(1)", "", ""},
        {"x = y", "[1]", "", ""},       {"x = ", "f(", "1", ")"},      {"x = ", "(", "", ""},
        {"x = ", "f'{", "1", "}'"},     {"x = ", "f\"{", "1", "}\""},  {"", "if a: ", "pass", ""},
        {"", "@a\n", "def f(): pass", ""}, {"x = ", "(1,", "", ")"},   {"x = ", "'a' ", "", ""},
        {"def f(x: ", "def(", "f32", ")->f32"}, {"", "    if a:\n", "", ""}, {"", "(\n", "", ""},
        {"", "\"\"\"\n", "", ""},       {"", "try:\n", "", ""},        {"", "\\\n", "", ""},
        {"def f():\n    if a:\n        pass\n", "    elif a:\n        pass\n", "", ""},
    };
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        try_repeated(parts[i][0], parts[i][1], parts[i][2], parts[i][3], 400);
        try_repeated(parts[i][0], parts[i][1], parts[i][2], parts[i][3], 100000);
    }
}

static void try_nested_blocks(uint32_t depth) {
    Arena *arena = arena_create();
    Text text = {.arena = arena};
    for (uint32_t i = 0; i < depth; i++)
        text_printf(&text, "%*s%s\n", (int)i, "", i ? "if a:" : "def f():");
    text_printf(&text, "%*spass\n", (int)depth, "");
    try("<blocks>", text_cstr(&text), text.len);
    arena_destroy(arena);
}

static void fuzz_file(const char *path, uint32_t edits, bool report) {
    Arena *arena = arena_create();
    char *chars;
    size_t len;
    const char *problem = fs_read(arena, path, &chars, &len);
    if (problem) {
        fprintf(stderr, "fuzz_parser: %s\n", problem);
        exit(1);
    }
    try(path, chars, len);
    try_prefixes(path, chars, len);
    try_token_edits(path, chars, len, report);
    try_random_edits(path, chars, len, edits);
    arena_destroy(arena);
}

int main(int argc, char **argv) {
    uint32_t edits = 100, files = 0;
    bool report = false;
    try_shapes();
    try_nested_blocks(400);
    try_nested_blocks(3000);
    for (int i = 1; i < argc; i++) {
        if (!strcmp(argv[i], "--edits") && i + 1 < argc) {
            edits = (uint32_t)strtoul(argv[++i], NULL, 10);
        } else if (!strcmp(argv[i], "--report")) {
            report = true;
        } else {
            fuzz_file(argv[i], edits, report);
            files++;
        }
    }
    for (uint32_t i = 0; report && i <= MOST_MESSAGES; i++)
        printf("  %s%u messages: %u\n", i == MOST_MESSAGES ? ">= " : "", i, counts[i]);
    printf("%u files, %u of the texts had one token dropped or doubled\n", files, single_edits);
    printf("%u passed, 0 failed\n", parses + single_edits);
    return 0;
}
