/* The stream of tokens, errors, and lists under construction; the entries of parse.h. */
#include "syntax/parser.h"

#include "base/utf8.h"

#include <string.h>

/* --- tokens --- */

Span span_from(const Parser *p, uint32_t start) {
    return (Span){p->file->id, start, p->last_end > start ? p->last_end : start};
}

void give_up(Parser *p) {
    p->panicking = true;
    while (!token_is(p, TOKEN_NEWLINE) && !token_is(p, TOKEN_END))
        p->last_end = p->tok++->end;
}

void advance(Parser *p) {
    const Token *taken = p->tok;
    if (taken->kind == TOKEN_END)
        return;
    p->tok++;
    if (taken->kind == TOKEN_NEWLINE) {
        p->failed = p->panicking;
        p->panicking = p->said_line = false;
    } else if (taken->kind != TOKEN_INDENT && taken->kind != TOKEN_DEDENT) {
        p->last_end = taken->end;
    }
    bool spoilt = taken->broken && taken->kind != TOKEN_INDENT;
    if (spoilt || p->tok->kind == TOKEN_ERROR)
        give_up(p);
}

bool accept(Parser *p, TokenKind kind) {
    if (!token_is(p, kind))
        return false;
    advance(p);
    return true;
}

const char *shown_token(Parser *p) {
    const Token *token = p->tok;
    uint32_t len = token->end - token->start;
    bool has_text = token->kind == TOKEN_NAME || token->kind == TOKEN_INT || token->kind == TOKEN_FLOAT;
    if (has_text && len < 60)
        return arena_printf(p->scratch, "`%.*s`", (int)len, p->file->chars + token->start);
    return token_kind_shown((TokenKind)token->kind);
}

/* --- errors --- */

Diags *soft_sink(Parser *p) {
    return p->panicking || p->said_line ? p->mute : p->diags;
}

Diags *error_sink(Parser *p) {
    Diags *sink = soft_sink(p);
    give_up(p);
    return sink;
}

Diags *word_sink(Parser *p, Name word) {
    if (map_has_ptr(&p->said_words, word))
        return p->mute;
    map_put_ptr(&p->said_words, word, (void *)p->file);
    return soft_sink(p);
}

/* The operators of other languages are noticed where the parser stumbles over them. */
static bool report_foreign_operator(Parser *p) {
    static const struct { const char *found, *advice, *fix; } operators[] = {
        {"++", "`x += 1` counts up", NULL},
        {"--", "`x -= 1` counts down", NULL},
        {"<>", "`!=` compares for inequality", "!="},
        {"===", "`==` compares", "=="},
        {"!==", "`!=` compares for inequality", "!="},
        {"=>", "a function's result stands behind `->`, a lambda is `lambda x: x + 1`", NULL},
        {"/*", "a comment starts with `#`", "#"},
    };
    for (size_t i = 0; i < sizeof operators / sizeof *operators; i++) {
        const char *found = operators[i].found;
        uint32_t len = (uint32_t)strlen(found);
        for (uint32_t back = 0; back <= len; back++) {
            uint32_t start = back ? p->last_end - back : p->tok->start;
            if (back > p->last_end || start + len > p->file->len ||
                memcmp(p->file->chars + start, found, len))
                continue;
            Span span = {p->file->id, start, start + len};
            Diag *d = diag(error_sink(p), span, W0136, operators[i].advice, found);
            if (operators[i].fix)
                diag_fix(d, span, "%s", operators[i].fix);
            return true;
        }
    }
    return false;
}

static bool is_keyword(TokenKind kind) {
    return kind >= TOKEN_AND && kind <= TOKEN_WHILE;
}

void report_unexpected(Parser *p, const char *expected) {
    const ReservedWord *reserved = token_reserved((TokenKind)p->tok->kind);
    Span span = token_span(p);
    bool said = p->tok->name && map_has_ptr(&p->said_words, p->tok->name);
    if (p->panicking || said) {
        give_up(p);
    } else if (reserved) {
        diag(word_sink(p, p->tok->name), span, W0114, reserved->text, reserved->advice);
        give_up(p);
    } else if (is_keyword((TokenKind)p->tok->kind) && next_token(p)->kind == TOKEN_ASSIGN) {
        diag(word_sink(p, p->tok->name), span, W0143, p->tok->name);
        give_up(p);
    } else if (report_foreign_operator(p))
        return;
    else if (token_is(p, TOKEN_QUESTION))
        diag(error_sink(p), span, W0136, "a choice is `a if c else b`", "?");
    else if (token_is(p, TOKEN_LBRACE))
        diag(error_sink(p), span, W0129);
    else if (token_is(p, TOKEN_WALRUS))
        diag(error_sink(p), span, W0153);
    else if (token_is(p, TOKEN_SEMICOLON))
        diag(error_sink(p), span, W0141);
    else {
        const char *found = shown_token(p);
        diag(error_sink(p), span, W0116, expected, found);
    }
}

bool expect(Parser *p, TokenKind kind) {
    if (accept(p, kind))
        return true;
    report_unexpected(p, token_kind_shown(kind));
    return false;
}

Name expect_name(Parser *p, Span *span) {
    *span = token_span(p);
    Name name = p->tok->name;
    if (accept(p, TOKEN_NAME)) {
        if (name == p->inf || name == p->nan)
            diag(soft_sink(p), *span, W0147, name);
        return name;
    }
    if (is_keyword((TokenKind)p->tok->kind)) {
        diag(word_sink(p, name), *span, W0143, name);
        give_up(p);
    } else {
        report_unexpected(p, "a name");
    }
    return intern(p->names, "", 0);
}

/* --- nodes --- */

Node *new_node(Parser *p, NodeKind kind, uint32_t start) {
    Node *node = arena_new(p->arena, Node);
    node->kind = kind;
    node->span = (Span){p->file->id, start, start};
    return node;
}

Node *finish(Parser *p, Node *node) {
    node->span = span_from(p, node->span.start);
    return node;
}

Node *error_node(Parser *p) {
    Node *node = new_node(p, NODE_ERROR, p->tok->start);
    node->span.end = p->tok->end;
    return node;
}

NodeList take_list(Parser *p, uint32_t mark) {
    NodeList list = {.len = p->pending.len - mark};
    if (list.len)
        list.items = arena_copy(p->arena, p->pending.items + mark, list.len * sizeof(Node *));
    p->pending.len = mark;
    return list;
}

bool enter(Parser *p, const char *what) {
    if (p->expr_depth++ <= DEPTH_LIMIT)
        return true;
    Span span = token_span(p);
    diag(error_sink(p), span, W0132, what, DEPTH_LIMIT);
    return false;
}

void leave(Parser *p) {
    p->expr_depth--;
}

/* --- entries --- */

static Parser *start_parser(Arena *arena, Arena *scratch, Interner *names, Diags *diags,
                            const SourceFile *file) {
    Parser *p = arena_new(scratch, Parser);
    *p = (Parser){.arena = arena, .scratch = scratch, .names = names, .diags = diags, .file = file};
    p->said_words.arena = scratch;
    p->mute = diags_create(scratch, sources_create(scratch));
    p->self = intern_cstr(names, "self");
    p->print = intern_cstr(names, "print");
    p->c = intern_cstr(names, "c");
    p->inf = intern_cstr(names, "inf");
    p->nan = intern_cstr(names, "nan");
    p->switch_ = intern_cstr(names, "switch");
    p->foreach = intern_cstr(names, "foreach");
    p->template_ = intern_cstr(names, "template");
    p->tok = lex(scratch, names, diags, file).items;
    if (utf8_check(file->chars, file->len) < file->len) /* the lexer has said it */
        p->diags = p->mute;
    if (token_is(p, TOKEN_ERROR))
        give_up(p);
    return p;
}

static bool belongs_in_module(const Node *node) {
    switch (node->kind) {
    case NODE_IMPORT: case NODE_COMPTIME_ASSIGN: case NODE_FUNC: case NODE_STRUCT: case NODE_ERROR:
    case NODE_PASS: return true;
    case NODE_IF: case NODE_FOR: case NODE_ASSERT: return node->comptime;
    default: return false;
    }
}

/* What was given up may have been anything: it is not said to stand outside a function. */
static void forget_from(Parser *p, uint32_t mark) {
    for (uint32_t i = mark; i < p->pending.len; i++)
        if (!belongs_in_module(p->pending.items[i]))
            p->pending.items[i] = error_node(p);
}

static void parse_module_item(Parser *p) {
    if (skip_spoiled(p))
        return;
    if (token_is(p, TOKEN_AT) || token_is(p, TOKEN_DEF) || token_is(p, TOKEN_STRUCT)) {
        parse_declaration(p, true);
        return;
    }
    uint32_t mark = p->pending.len, errors = diags_errors(p->diags);
    parse_statement(p);
    if (p->failed || diags_errors(p->diags) != errors)
        forget_from(p, mark);
}

/* Of an indented block that has no head, or a misread one: that is said, and what it holds may have been anything. */
static void parse_lost_item(Parser *p) {
    bool before = diags_mute(p->diags, true);
    parse_module_item(p);
    diags_mute(p->diags, before);
}

static void parse_module_items(Parser *p) {
    while (!token_is(p, TOKEN_END)) {
        uint32_t mark = p->pending.len;
        if (take_indented(p, parse_lost_item))
            forget_from(p, mark);
        else
            parse_module_item(p);
    }
}

static void report_module_variable(Parser *p, const Node *assign) {
    const Node *target = assign->assign.targets.items[0];
    bool plain = assign->assign.targets.len == 1 && target->kind == NODE_NAME;
    const char *name = plain ? target->name : "it";
    Diag *d = diag(p->diags, target->span, W0120, plain ? target->name : "this");
    Span head = assign->span;
    if (!plain)
        return;
    head.end = assign->assign.type ? assign->assign.type->span.end : target->span.end;
    diag_fix(d, head, "comptime %s", name);
}

/* A program written as a script is one mistake: only the first statement of a run is reported. */
static void check_module_items(Parser *p, const NodeList *items) {
    bool in_run = false;
    for (uint32_t i = 0; i < items->len; i++) {
        const Node *item = items->items[i];
        bool belongs = belongs_in_module(item);
        if (item->kind == NODE_ASSIGN)
            report_module_variable(p, item);
        else if (!belongs && !in_run)
            diag(p->diags, (Span){item->span.file, item->span.start, item->span.end}, W0121);
        in_run = !belongs && item->kind != NODE_ASSIGN;
    }
}

Node *parse_module(Arena *arena, Interner *names, Diags *diags, const SourceFile *file) {
    Arena *scratch = arena_create();
    Parser *p = start_parser(arena, scratch, names, diags, file);
    Node *module = new_node(p, NODE_MODULE, 0);
    while (accept(p, TOKEN_NEWLINE)) {
    }
    module->module.docstring = parse_docstring(p);
    parse_module_items(p);
    module->module.items = take_list(p, 0);
    module->span.end = file->len;
    check_module_items(p, &module->module.items);
    arena_destroy(scratch);
    return module;
}

Node *parse_expression(Arena *arena, Interner *names, Diags *diags, const SourceFile *file) {
    Arena *scratch = arena_create();
    Parser *p = start_parser(arena, scratch, names, diags, file);
    accept(p, TOKEN_INDENT);
    Node *expr = parse_expr(p);
    end_statement(p);
    accept(p, TOKEN_DEDENT);
    if (!token_is(p, TOKEN_END))
        report_unexpected(p, "the end of the expression");
    arena_destroy(scratch);
    return expr;
}

/* --- --emit tokens --- */

void tokens_print(Text *out, Arena *arena, Interner *names, Diags *diags, const SourceFile *file) {
    Tokens tokens = lex(arena, names, diags, file);
    uint32_t line = 1, line_start = 0, at = 0;
    for (uint32_t i = 0; i < tokens.len; i++) {
        const Token *token = &tokens.items[i];
        for (; at < token->start; at++) {
            if (file->chars[at] != '\n')
                continue;
            line++;
            line_start = at + 1;
        }
        uint32_t column = 1;
        for (uint32_t j = line_start; j < token->start; j++)
            column += ((unsigned char)file->chars[j] & 0xc0) != 0x80;
        text_printf(out, "%u:%u %s", line, column, token_kind_name((TokenKind)token->kind));
        if (token->end > token->start && token->kind != TOKEN_INDENT) {
            text_putc(out, ' ');
            for (uint32_t j = token->start; j < token->end; j++)
                text_printf(out, file->chars[j] == '\n' ? "\\n" : "%c", file->chars[j]);
        }
        text_putc(out, '\n');
    }
}
