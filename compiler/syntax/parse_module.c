/* What modules and structs are made of: imports, decorators, functions, structs. */
#include "syntax/parser.h"

Name parse_docstring(Parser *p) {
    const Token *end = p->tok;
    while (end->kind == TOKEN_STRING)
        end++;
    if (end == p->tok || end->kind != TOKEN_NEWLINE)
        return NULL;
    Name docstring = parse_strings(p)->string;
    end_statement(p);
    return docstring;
}

/* --- imports --- */

/* a.b.c as one name */
static Name parse_dotted(Parser *p, Span *span) {
    uint32_t start = p->tok->start;
    Name name = expect_name(p, span);
    if (!token_is(p, TOKEN_DOT))
        return name;
    Text dotted = {.arena = p->scratch};
    text_puts(&dotted, name);
    while (accept(p, TOKEN_DOT)) {
        text_putc(&dotted, '.');
        text_puts(&dotted, expect_name(p, span));
    }
    *span = span_from(p, start);
    return intern(p->names, text_cstr(&dotted), dotted.len);
}

static Name parse_as(Parser *p) {
    Span span;
    return accept(p, TOKEN_AS) ? expect_name(p, &span) : NULL;
}

static void parse_c_header(Parser *p, Node *node) {
    advance(p); /* c */
    node->import.c_header = true;
    node->import.module = p->tok->name;
    node->import.module_span = token_span(p);
    advance(p);
    node->import.as = parse_as(p);
    if (!node->import.as && !p->panicking)
        diag(error_sink(p), node->import.module_span, W0144,
             "a C header needs a name here: `import c \"math.h\" as m`");
}

static void parse_imported_names(Parser *p, Node *node) {
    VEC(Name) names = {0}, renamed = {0};
    VEC(Span) spans = {0};
    bool brackets = accept(p, TOKEN_LPAREN);
    do {
        if (names.len && (token_is(p, TOKEN_RPAREN) || token_is(p, TOKEN_NEWLINE)))
            break;
        Span span;
        Name name = expect_name(p, &span), as = parse_as(p);
        vec_push(p->scratch, &names, name);
        vec_push(p->scratch, &renamed, as ? as : name);
        vec_push(p->scratch, &spans, span);
    } while (accept(p, TOKEN_COMMA));
    if (brackets)
        expect(p, TOKEN_RPAREN);
    node->import.len = names.len;
    node->import.names = arena_copy(p->arena, names.items, names.len * sizeof(Name));
    node->import.renamed = arena_copy(p->arena, renamed.items, renamed.len * sizeof(Name));
    node->import.name_spans = arena_copy(p->arena, spans.items, spans.len * sizeof(Span));
}

static void parse_from(Parser *p, Node *node) {
    node->import.from = true;
    if (token_is(p, TOKEN_DOT) || token_is(p, TOKEN_ELLIPSIS)) {
        Span span = token_span(p);
        diag(error_sink(p), span, W0144,
             "a module is named from its folder on: `from shapes import area`, with no dot before");
    }
    node->import.module = parse_dotted(p, &node->import.module_span);
    expect(p, TOKEN_IMPORT);
    node->import.everything = accept(p, TOKEN_STAR);
    if (!node->import.everything)
        parse_imported_names(p, node);
}

Node *parse_import(Parser *p) {
    Node *node = new_node(p, NODE_IMPORT, p->tok->start);
    if (accept(p, TOKEN_FROM)) {
        parse_from(p, node);
        return *node->import.module ? finish(p, node) : error_node(p);
    }
    advance(p);
    if (p->tok->name == p->c && next_token(p)->kind == TOKEN_STRING) {
        parse_c_header(p, node);
        return finish(p, node);
    }
    if (token_is(p, TOKEN_STAR)) {
        Span span = token_span(p);
        diag(error_sink(p), span, W0144, "write `from module import *`");
    }
    node->import.module = parse_dotted(p, &node->import.module_span);
    node->import.as = parse_as(p);
    if (!*node->import.module)
        return error_node(p);
    if (token_is(p, TOKEN_COMMA)) {
        Span span = token_span(p);
        diag(error_sink(p), span, W0144, "one module an `import`: write another line for the next");
    }
    return finish(p, node);
}

/* --- decorators --- */

static Node *parse_decorator(Parser *p) {
    Node *node = new_node(p, NODE_DECORATOR, p->tok->start);
    uint32_t errors = diags_errors(p->diags);
    advance(p); /* @ */
    node->decorator.name = parse_dotted(p, &node->decorator.name_span);
    if (accept(p, TOKEN_LPAREN)) {
        node->decorator.called = true;
        p->in_decorator = true;
        node->decorator.args = parse_call_args(p);
        p->in_decorator = false;
    }
    finish(p, node);
    end_statement(p);
    node->decorator.failed = diags_errors(p->diags) != errors;
    return node;
}

static NodeList parse_decorators(Parser *p) {
    uint32_t mark = p->pending.len;
    while (token_is(p, TOKEN_AT)) {
        Node *decorator = parse_decorator(p);
        vec_push(p->scratch, &p->pending, decorator);
        while (accept(p, TOKEN_NEWLINE)) {
        }
    }
    return take_list(p, mark);
}

/* --- functions --- */

static NodeList parse_where(Parser *p) {
    uint32_t mark = p->pending.len;
    do {
        if (token_is(p, TOKEN_COLON))
            break;
        Node *contract = parse_expr(p);
        vec_push(p->scratch, &p->pending, contract);
    } while (accept(p, TOKEN_COMMA));
    return take_list(p, mark);
}

/* Mojo's, between the arguments and the result. */
static void meet_raises(Parser *p) {
    if (!token_is(p, TOKEN_NAME) || p->tok->name != intern_cstr(p->names, "raises"))
        return;
    Span span = token_span(p);
    Diag *d = diag(soft_sink(p), span, W0152, "raises", "leave it out, there are no exceptions");
    diag_fix(d, span, "%s", "");
    advance(p);
}

static Node *parse_func(Parser *p, uint32_t start, NodeList decorators) {
    Node *node = new_node(p, NODE_FUNC, start);
    uint32_t header = p->tok->start, errors = diags_errors(p->diags);
    advance(p); /* def */
    node->func.decorators = decorators;
    node->func.name = expect_name(p, &node->func.name_span);
    if (token_is(p, TOKEN_LBRACKET))
        node->func.params = parse_params(p);
    node->func.args = parse_args(p);
    meet_raises(p);
    if (accept(p, TOKEN_ARROW))
        node->func.result = parse_type(p);
    if (accept(p, TOKEN_WHERE))
        node->func.where = parse_where(p);
    expect_colon(p, "def");
    node->func.failed = diags_errors(p->diags) != errors;
    node->func.header = span_from(p, header);
    node->func.body = parse_suite(p, "def", &node->func.docstring);
    return finish(p, node);
}

/* --- structs --- */

static Node *parse_field(Parser *p) {
    Node *node = new_node(p, NODE_FIELD, p->tok->start);
    if (token_is(p, TOKEN_VAR)) {
        Span span = {p->file->id, p->tok->start, next_token(p)->start};
        Diag *d = diag(soft_sink(p), token_span(p), W0142, "a field is `name: type`, with no `var`");
        diag_fix(d, span, "%s", "");
        advance(p);
    }
    if (is_c_declaration(p)) {
        node->field.type = parse_c_declaration(p, &node->field.name, &node->field.name_span);
    } else {
        node->field.name = expect_name(p, &node->field.name_span);
        if (token_is(p, TOKEN_ASSIGN)) {
            Diag *d = diag(soft_sink(p), node->field.name_span, W0142, "a field has a type");
            diag_fix(d, node->field.name_span, "%s: f32", node->field.name);
            node->field.type = error_node(p);
        } else {
            node->field.type = expect(p, TOKEN_COLON) ? parse_type(p) : error_node(p);
        }
    }
    if (accept(p, TOKEN_ASSIGN))
        node->field.default_value = parse_expr(p);
    finish(p, node);
    end_statement(p);
    return node;
}

static void parse_wrong_member(Parser *p) {
    Span span = token_span(p);
    diag(soft_sink(p), span, W0142, "a struct holds fields, `comptime` names and functions");
    skip_block(p);
}

static bool looks_like_member(const Parser *p) {
    switch (p->tok->kind) {
    case TOKEN_NEWLINE: case TOKEN_AT: case TOKEN_DEF: case TOKEN_STRUCT: case TOKEN_CLASS: case TOKEN_ASYNC:
    case TOKEN_COMPTIME: case TOKEN_PASS: return true;
    default: return token_is(p, TOKEN_NAME) && next_token(p)->kind == TOKEN_COLON;
    }
}

static void parse_known_member(Parser *p) {
    Node *node;
    switch (p->tok->kind) {
    case TOKEN_NEWLINE: advance(p); return;
    case TOKEN_AT: case TOKEN_DEF: case TOKEN_STRUCT: case TOKEN_CLASS: case TOKEN_ASYNC:
        parse_declaration(p, false);
        return;
    case TOKEN_COMPTIME: node = parse_comptime(p); break;
    case TOKEN_PASS:
        advance(p);
        end_statement(p);
        return;
    case TOKEN_IF: case TOKEN_FOR: case TOKEN_WHILE: case TOKEN_RETURN: case TOKEN_ASSERT:
    case TOKEN_IMPORT: case TOKEN_FROM: case TOKEN_STRING: parse_wrong_member(p); return;
    default:
        if (!is_c_declaration(p) && meet_habit(p))
            return;
        node = token_is(p, TOKEN_COMPTIME) ? parse_comptime(p) : parse_field(p);
    }
    vec_push(p->scratch, &p->pending, node);
}

/* A function whose `def` is missing is one mistake, however many lines it has. */
static void parse_member(Parser *p) {
    bool known = looks_like_member(p), was_said = p->said_line;
    p->lost &= !known;
    if (p->lost) {
        skip_block(p);
        return;
    }
    if (skip_spoiled(p)) {
        p->lost = true;
        return;
    }
    uint32_t errors = diags_errors(p->diags);
    parse_known_member(p);
    p->lost = !known && (was_said || diags_errors(p->diags) > errors);
}

static void meet_bases(Parser *p, bool is_class) {
    if (!token_is(p, TOKEN_LPAREN))
        return;
    Span span = token_span(p);
    const char *name = next_token(p)->kind == TOKEN_NAME ? next_token(p)->name : "";
    while (!token_is(p, TOKEN_RPAREN) && !token_is(p, TOKEN_NEWLINE) && !token_is(p, TOKEN_END))
        advance(p);
    accept(p, TOKEN_RPAREN);
    span = span_from(p, span.start);
    if (is_class) /* one message for the line: W0114 has said it */
        return;
    Diag *d = diag(soft_sink(p), span, W0122, name);
    diag_fix(d, span, "%s", "");
}

static Node *parse_struct(Parser *p, uint32_t start, NodeList decorators) {
    Node *node = new_node(p, NODE_STRUCT, start);
    bool is_class = token_is(p, TOKEN_CLASS);
    advance(p); /* struct */
    node->struct_.decorators = decorators;
    node->struct_.name = expect_name(p, &node->struct_.name_span);
    if (token_is(p, TOKEN_LBRACKET))
        node->struct_.params = parse_params(p);
    meet_bases(p, is_class);
    expect_colon(p, "struct");
    if (!token_is(p, TOKEN_NEWLINE)) {
        Span span = token_span(p);
        diag(error_sink(p), span, W0154);
    }
    p->lost = false;
    NodeList members = parse_block(p, "struct", parse_member, &node->struct_.docstring);
    if (!is_class) /* it was reported; what it holds is Python's */
        node->struct_.members = members;
    return finish(p, node);
}

/* --- declarations --- */

static void meet_async(Parser *p) {
    if (!token_is(p, TOKEN_ASYNC))
        return;
    const ReservedWord *word = token_reserved(TOKEN_ASYNC);
    Span span = token_span(p);
    Diag *d = diag(soft_sink(p), span, W0114, word->text, word->advice);
    advance(p);
    span.end = p->tok->start;
    diag_fix(d, span, "%s", "");
}

static void meet_class(Parser *p) {
    const ReservedWord *word = token_reserved(TOKEN_CLASS);
    Diag *d = diag(soft_sink(p), token_span(p), W0114, word->text, word->advice);
    diag_fix(d, token_span(p), "%s", word->fix);
}

void parse_declaration(Parser *p, bool structs_allowed) {
    uint32_t start = p->tok->start;
    NodeList decorators = parse_decorators(p);
    meet_async(p);
    Node *node;
    if (token_is(p, TOKEN_DEF)) {
        node = parse_func(p, start, decorators);
    } else if (token_is(p, TOKEN_STRUCT) || token_is(p, TOKEN_CLASS)) {
        if (token_is(p, TOKEN_CLASS))
            meet_class(p);
        else if (!structs_allowed)
            diag(soft_sink(p), token_span(p), W0174);
        node = parse_struct(p, start, decorators);
    } else if (decorators.len) {
        if (meet_habit(p))
            return;
        if (decorators.items[decorators.len - 1]->decorator.failed) {
            skip_block(p);
            return;
        }
        Diag *d = diag(soft_sink(p), decorators.items[0]->span, W0145, decorators.items[0]->decorator.name);
        if (token_is(p, TOKEN_IF) || token_is(p, TOKEN_FOR))
            diag_note(d, token_span(p), "what the compiler decides is `comptime %s`", token_is(p, TOKEN_IF) ? "if" : "for");
        skip_block(p);
        return;
    } else { /* async alone */
        skip_block(p);
        return;
    }
    vec_push(p->scratch, &p->pending, node);
}
