/* Statements. Each pushes what it made to `pending`, and takes at least the NEWLINE that ends it. */
#include "syntax/parser.h"

static void push(Parser *p, Node *node) {
    vec_push(p->scratch, &p->pending, node);
}

/* --- ends of lines, blocks --- */

static void report_after_statement(Parser *p) {
    Span span = token_span(p);
    if (token_is(p, TOKEN_COLON))
        diag(error_sink(p), span, W0171);
    else
        report_unexpected(p, "the end of the line");
}

void end_statement(Parser *p) {
    if (!token_is(p, TOKEN_NEWLINE) && !token_is(p, TOKEN_END))
        report_after_statement(p);
    accept(p, TOKEN_NEWLINE);
}

/* At an INDENT: to behind its DEDENT. */
static void skip_indented(Parser *p) {
    uint32_t depth = 0;
    do {
        depth += token_is(p, TOKEN_INDENT);
        depth -= token_is(p, TOKEN_DEDENT);
        p->tok++;
    } while (depth > 0);
    p->panicking = false;
    if (token_is(p, TOKEN_ERROR))
        give_up(p);
}

void skip_block(Parser *p) {
    if (!token_is(p, TOKEN_INDENT)) {
        give_up(p);
        accept(p, TOKEN_NEWLINE);
    }
    if (token_is(p, TOKEN_INDENT))
        skip_indented(p);
}

bool skip_spoiled(Parser *p) {
    if (!p->tok->broken)
        return false;
    give_up(p);
    accept(p, TOKEN_NEWLINE);
    return true;
}

static bool enter_block(Parser *p) {
    if (p->block_depth++ < DEPTH_LIMIT)
        return true;
    diag(soft_sink(p), (Span){p->file->id, p->tok->end, p->tok->end}, W0132, "blocks", DEPTH_LIMIT);
    skip_indented(p);
    return false;
}

/* From the INDENT to behind the DEDENT. */
static void parse_indented(Parser *p, void (*parse)(Parser *), Name *docstring) {
    if (enter_block(p)) {
        advance(p);
        if (docstring)
            *docstring = parse_docstring(p);
        while (!token_is(p, TOKEN_DEDENT) && !token_is(p, TOKEN_END))
            if (!take_indented(p, parse))
                parse(p);
        accept(p, TOKEN_DEDENT);
    }
    p->block_depth--;
}

bool take_indented(Parser *p, void (*parse)(Parser *)) {
    if (!token_is(p, TOKEN_INDENT))
        return false;
    if (!p->failed && !p->tok->broken) {
        Span first = {p->file->id, next_token(p)->start, next_token(p)->end};
        diag(soft_sink(p), first, W0117);
        p->said_line = true;
    }
    parse_indented(p, parse, NULL);
    return true;
}

static bool starts_compound(TokenKind kind) {
    switch (kind) {
    case TOKEN_IF: case TOKEN_WHILE: case TOKEN_FOR: case TOKEN_COMPTIME: case TOKEN_AT:
    case TOKEN_DEF: case TOKEN_STRUCT: return true;
    default: return false;
    }
}

static Node *parse_simple(Parser *p);

/* What stands on the line of the colon: no blocks, so that nesting is a matter of lines. */
static void parse_inline(Parser *p, Name *docstring) {
    if (docstring && (*docstring = parse_docstring(p)))
        return;
    if (starts_compound((TokenKind)p->tok->kind)) {
        Span span = token_span(p);
        diag(error_sink(p), span, W0173);
        skip_block(p);
        return;
    }
    Node *node = parse_simple(p);
    push(p, node);
    end_statement(p);
}

static bool ends_missing_block(TokenKind kind) {
    switch (kind) {
    case TOKEN_END: case TOKEN_DEDENT: case TOKEN_AT: case TOKEN_DEF: case TOKEN_STRUCT:
    case TOKEN_CLASS: case TOKEN_ELSE: case TOKEN_ELIF: return true;
    default: return false;
    }
}

static bool is_for_module(TokenKind kind) {
    return kind == TOKEN_COMPTIME || kind == TOKEN_IMPORT || kind == TOKEN_FROM;
}

/* The block was not indented, it seems: the line that stands in its place, and what is indented below
 * that, are taken for it; in the module all lines that are not its own. */
static void take_for_block(Parser *p, void (*parse)(Parser *)) {
    bool is_whole = p->block_depth == 0;
    if (ends_missing_block((TokenKind)p->tok->kind) || p->block_depth >= DEPTH_LIMIT)
        return;
    p->block_depth++;
    do {
        parse(p);
        p->failed = true;
        take_indented(p, parse);
    } while (is_whole && !ends_missing_block((TokenKind)p->tok->kind) && !is_for_module((TokenKind)p->tok->kind));
    p->block_depth--;
}

NodeList parse_block(Parser *p, const char *owner, void (*parse)(Parser *), Name *docstring) {
    uint32_t mark = p->pending.len;
    bool failed = p->panicking;
    Span colon = {p->file->id, p->last_end > 0 ? p->last_end - 1 : 0, p->last_end};
    accept(p, TOKEN_NEWLINE);
    if (token_is(p, TOKEN_INDENT)) {
        p->failed = false;
        parse_indented(p, parse, docstring);
    } else if (!failed) {
        diag(soft_sink(p), token_is(p, TOKEN_END) ? colon : token_span(p), W0118, owner);
        take_for_block(p, parse);
    }
    return take_list(p, mark);
}

NodeList parse_suite(Parser *p, const char *owner, Name *docstring) {
    uint32_t mark = p->pending.len;
    if (token_is(p, TOKEN_NEWLINE))
        return parse_block(p, owner, parse_statement, docstring);
    parse_inline(p, docstring);
    return take_list(p, mark);
}

static bool starts_statement(TokenKind kind) {
    switch (kind) {
    case TOKEN_RETURN: case TOKEN_BREAK: case TOKEN_CONTINUE: case TOKEN_PASS: case TOKEN_ASSERT:
    case TOKEN_NEWLINE: case TOKEN_VAR: return true;
    default: return false;
    }
}

/* `=` in a condition; `=>` and `=<` are meant as `>=` and `<=`. */
static void report_assignment(Parser *p) {
    const Token *next = next_token(p);
    bool turned = (next->kind == TOKEN_GT || next->kind == TOKEN_LT) && next->start == p->tok->end;
    bool greater = next->kind == TOKEN_GT;
    Span span = {p->file->id, p->tok->start, turned ? next->end : p->tok->end};
    Diag *d = turned ? diag(error_sink(p), span, W0136, greater ? "`>=` compares" : "`<=` compares",
                            greater ? "=>" : "=<")
                     : diag(error_sink(p), span, W0130);
    diag_fix(d, span, "%s", !turned ? "==" : greater ? ">=" : "<=");
}

void expect_colon(Parser *p, const char *owner) {
    if (accept(p, TOKEN_COLON) || p->panicking)
        return;
    Span here = {p->file->id, p->last_end, p->last_end};
    if (token_is(p, TOKEN_ASSIGN)) {
        report_assignment(p);
    } else if (token_is(p, TOKEN_LBRACE)) {
        Span span = token_span(p);
        Diag *d = diag(error_sink(p), span, W0129);
        diag_fix(d, span, ":");
    } else if (starts_statement((TokenKind)p->tok->kind)) {
        Diag *d = diag(soft_sink(p), here, W0110, owner);
        diag_fix(d, here, ":");
    } else {
        report_unexpected(p, "`:`");
    }
}

/* --- if, while, for --- */

static Node *parse_if_arm(Parser *p, const char *owner) {
    Node *node = new_node(p, NODE_IF, p->tok->start);
    advance(p); /* if, elif */
    node->if_.condition = parse_expr(p);
    expect_colon(p, owner);
    node->if_.then = parse_suite(p, owner, NULL);
    return node;
}

/* `else if`, `elsif`: leaves the parser at what stands for `elif`. */
static bool meet_else_if(Parser *p) {
    bool words = token_is(p, TOKEN_ELSE) && next_token(p)->kind == TOKEN_IF;
    if (!words && !is_else_if_word(p))
        return false;
    Span span = token_span(p);
    if (words) {
        advance(p);
        span.end = p->tok->end;
    }
    Diag *d = diag(soft_sink(p), span, W0139);
    diag_fix(d, span, "elif");
    return true;
}

static Node *parse_if(Parser *p, uint32_t start, bool comptime) {
    Node *first = parse_if_arm(p, "if"), *last = first;
    first->span.start = start;
    while (token_is(p, TOKEN_ELIF) || meet_else_if(p)) {
        Node *next = parse_if_arm(p, "elif");
        last->if_.otherwise.items = arena_copy(p->arena, &next, sizeof next);
        last->if_.otherwise.len = 1;
        last = next;
    }
    if (accept(p, TOKEN_ELSE)) {
        expect_colon(p, "else");
        last->if_.otherwise = parse_suite(p, "else", NULL);
    }
    for (Node *arm = first;; arm = arm->if_.otherwise.items[0]) {
        arm->comptime = comptime;
        finish(p, arm);
        if (arm == last)
            return first;
    }
}

/* Python's `else` of a loop. */
static void meet_loop_else(Parser *p, const char *loop) {
    if (!token_is(p, TOKEN_ELSE))
        return;
    diag(soft_sink(p), token_span(p), W0119, loop);
    advance(p);
    expect_colon(p, "else");
    parse_suite(p, "else", NULL);
}

static Node *parse_while(Parser *p) {
    Node *node = new_node(p, NODE_WHILE, p->tok->start);
    advance(p);
    node->while_.condition = parse_expr(p);
    expect_colon(p, "while");
    node->while_.body = parse_suite(p, "while", NULL);
    finish(p, node);
    meet_loop_else(p, "while");
    return node;
}

static const char *wrong_place(const Node *node) {
    switch (node->kind) {
    case NODE_NAME: case NODE_INDEX: case NODE_ATTRIBUTE: return NULL;
    case NODE_ERROR: case NODE_LIST: return NULL; /* reported */
    case NODE_CALL: return "a call";
    case NODE_INT: case NODE_FLOAT: return "a number";
    case NODE_STRING: case NODE_FSTRING: return "a string";
    case NODE_BOOL: case NODE_NONE_VALUE: return "a fixed value";
    case NODE_COMPARE: return "a comparison";
    case NODE_TUPLE: return "a tuple";
    default: return "an expression";
    }
}

static void check_place(Parser *p, const Node *node) {
    const char *what = wrong_place(node);
    if (what)
        diag(soft_sink(p), node->span, W0124, what);
}

/* The places of a bare `a, b`, of `(a, b)`, or of one alone. */
static NodeList places_of(Parser *p, Node *node) {
    NodeList places = {&node, 1};
    if (node->kind == NODE_TUPLE && node->list.len)
        places = node->list;
    else
        places.items = arena_copy(p->arena, &node, sizeof node);
    for (uint32_t i = 0; i < places.len; i++)
        check_place(p, places.items[i]);
    return places;
}

static Node *parse_for_targets(Parser *p) {
    uint32_t start = p->tok->start, mark = p->pending.len;
    Node *first = parse_place(p);
    if (!token_is(p, TOKEN_COMMA))
        return first;
    Node *tuple = new_node(p, NODE_TUPLE, start);
    push(p, first);
    while (accept(p, TOKEN_COMMA) && !token_is(p, TOKEN_IN)) {
        Node *place = parse_place(p);
        push(p, place);
    }
    tuple->list = take_list(p, mark);
    return finish(p, tuple);
}

/* `for (int i = 0; i < n; i++)`, `for (i in x)`: a bracket with more in it than names. */
static bool meet_c_for(Parser *p) {
    if (!token_is(p, TOKEN_LPAREN))
        return false;
    Span span = token_span(p);
    const Token *before = p->tok;
    for (const Token *at = p->tok + 1; at->kind != TOKEN_RPAREN && at->kind != TOKEN_NEWLINE; at++) {
        bool two_names = at->kind == TOKEN_NAME && before->kind == TOKEN_NAME;
        before = at;
        bool telling = two_names || at->kind == TOKEN_SEMICOLON || at->kind == TOKEN_ASSIGN ||
                       at->kind == TOKEN_IN;
        if (!telling)
            continue;
        diag(error_sink(p), span, W0138);
        return true;
    }
    return false;
}

static Node *parse_for(Parser *p, uint32_t start, bool comptime) {
    Node *node = new_node(p, NODE_FOR, start);
    node->comptime = comptime;
    advance(p);
    if (!meet_c_for(p)) {
        node->for_.targets = places_of(p, parse_for_targets(p));
        expect(p, TOKEN_IN);
    }
    node->for_.iterable = parse_exprs(p);
    expect_colon(p, "for");
    node->for_.body = parse_suite(p, "for", NULL);
    finish(p, node);
    meet_loop_else(p, "for");
    return node;
}

static void parse_stray_arm(Parser *p) {
    Span span = token_span(p);
    diag(soft_sink(p), span, W0140, token_kind_shown((TokenKind)p->tok->kind));
    bool has_condition = token_is(p, TOKEN_ELIF);
    advance(p);
    if (has_condition)
        parse_expr(p);
    expect_colon(p, has_condition ? "elif" : "else");
    parse_suite(p, "else", NULL);
}

/* --- comptime --- */

static Node *parse_assert(Parser *p, uint32_t start, bool comptime) {
    Node *node = new_node(p, NODE_ASSERT, start);
    node->comptime = comptime;
    advance(p);
    node->assertion.condition = parse_expr(p);
    if (accept(p, TOKEN_COMMA))
        node->assertion.message = parse_expr(p);
    return finish(p, node);
}

static Node *parse_comptime_assign(Parser *p, uint32_t start) {
    Node *node = new_node(p, NODE_COMPTIME_ASSIGN, start);
    node->comptime_assign.name = expect_name(p, &node->comptime_assign.name_span);
    uint32_t colon = p->tok->start;
    Diag *typed = NULL;
    Span type = {0};
    if (accept(p, TOKEN_COLON)) {
        uint32_t type_start = p->tok->start;
        parse_type(p);
        type = span_from(p, type_start);
        typed = diag(soft_sink(p), span_from(p, colon), W0172);
    }
    expect(p, TOKEN_ASSIGN);
    uint32_t value_start = p->tok->start;
    node->comptime_assign.value = parse_exprs(p);
    if (typed) {
        Span value = span_from(p, value_start);
        const char *chars = p->file->chars;
        diag_fix(typed, span_from(p, colon), " = %.*s(%.*s)", (int)(type.end - type.start), chars + type.start,
                 (int)(value.end - value.start), chars + value.start);
    }
    return finish(p, node);
}

Node *parse_comptime(Parser *p) {
    uint32_t start = p->tok->start;
    advance(p);
    switch (p->tok->kind) {
    case TOKEN_IF: return parse_if(p, start, true);
    case TOKEN_FOR: return parse_for(p, start, true);
    default: break;
    }
    Node *node = token_is(p, TOKEN_ASSERT) ? parse_assert(p, start, true)
                                           : parse_comptime_assign(p, start);
    end_statement(p);
    return node;
}

/* --- assignments and expressions --- */

static const uint8_t augmented_ops[TOKEN_KIND_COUNT] = {
#define AUGMENTED(code, text, op) [TOKEN_##code] = OPERATOR_##op + 1,
#include "syntax/tokens.def"
};

static void meet_second_assignment(Parser *p) {
    if (!token_is(p, TOKEN_ASSIGN))
        return;
    Span span = token_span(p);
    diag(error_sink(p), span, W0125);
}

static Node *parse_assignment(Parser *p, uint32_t start, Node *target, bool var) {
    Node *node = new_node(p, NODE_ASSIGN, start);
    node->assign.var = var;
    node->assign.targets = places_of(p, target);
    if (accept(p, TOKEN_COLON))
        node->assign.type = parse_type(p);
    if (token_is(p, TOKEN_NEWLINE) && !p->panicking && node->assign.type) {
        Span whole = span_from(p, start);
        Diag *d = diag(soft_sink(p), whole, W0126);
        diag_fix(d, whole, "%.*s = 0", (int)(whole.end - start), p->file->chars + start);
        node->assign.value = error_node(p);
        return finish(p, node);
    }
    if (expect(p, TOKEN_ASSIGN))
        node->assign.value = parse_exprs(p);
    else
        node->assign.value = error_node(p);
    meet_second_assignment(p);
    return finish(p, node);
}

static Node *parse_augmented(Parser *p, uint32_t start, Node *target) {
    Node *node = new_node(p, NODE_AUGMENTED, start);
    check_place(p, target);
    node->augmented.op = (Operator)(augmented_ops[p->tok->kind] - 1);
    node->augmented.op_span = token_span(p);
    node->augmented.target = target;
    advance(p);
    node->augmented.value = wrong_place(target) ? parse_exprs(p) : parse_expr(p); /* of `a, b += 1, 2` all */
    return finish(p, node);
}

static bool is_print_statement(const Parser *p, const Node *expr) {
    bool argument = starts_expression((TokenKind)p->tok->kind) && !token_is(p, TOKEN_LPAREN);
    return expr->kind == NODE_NAME && expr->name == p->print && argument;
}

static void report_print(Parser *p, const Node *name) {
    Span span = name->span;
    uint32_t start = p->tok->start;
    Diags *sink = error_sink(p);
    Span whole = {span.file, span.start, p->last_end};
    Diag *d = diag(sink, span, W0135);
    diag_fix(d, whole, "print(%.*s)", (int)(whole.end - start), p->file->chars + start);
}

static Node *parse_expression_statement(Parser *p) {
    uint32_t start = p->tok->start;
    Node *expr = parse_exprs(p);
    bool may_be_place = !wrong_place(expr) || expr->kind == NODE_TUPLE;
    bool annotated = token_is(p, TOKEN_COLON) && next_token(p)->kind != TOKEN_NEWLINE;
    if (token_is(p, TOKEN_ASSIGN) || (annotated && may_be_place))
        return parse_assignment(p, start, expr, false);
    if (augmented_ops[p->tok->kind])
        return parse_augmented(p, start, expr);
    if (is_print_statement(p, expr))
        report_print(p, expr);
    Node *node = new_node(p, NODE_EXPR_STMT, start);
    node->expr = expr;
    return finish(p, node);
}

static Node *parse_var(Parser *p) {
    uint32_t start = p->tok->start;
    Name word = p->tok->name;
    Span span = token_span(p);
    advance(p);
    if (!token_is(p, TOKEN_NAME) && !token_is(p, TOKEN_LPAREN))
        diag(error_sink(p), span, W0143, word); /* `var[i] = x`: the name of a variable, elsewhere */
    Node *target = parse_exprs(p);
    return parse_assignment(p, start, target, true);
}

static Node *parse_return(Parser *p) {
    Node *node = new_node(p, NODE_RETURN, p->tok->start);
    advance(p);
    if (!token_is(p, TOKEN_NEWLINE))
        node->expr = parse_exprs(p);
    return finish(p, node);
}

static Node *parse_keyword_alone(Parser *p, NodeKind kind) {
    Node *node = new_node(p, kind, p->tok->start);
    advance(p);
    return finish(p, node);
}

static Node *parse_simple(Parser *p) {
    switch (p->tok->kind) {
    case TOKEN_RETURN: return parse_return(p);
    case TOKEN_BREAK: return parse_keyword_alone(p, NODE_BREAK);
    case TOKEN_CONTINUE: return parse_keyword_alone(p, NODE_CONTINUE);
    case TOKEN_PASS: return parse_keyword_alone(p, NODE_PASS);
    case TOKEN_ASSERT: return parse_assert(p, p->tok->start, false);
    case TOKEN_VAR: return parse_var(p);
    case TOKEN_IMPORT: case TOKEN_FROM: return parse_import(p);
    case TOKEN_ELLIPSIS: {
        Span span = token_span(p);
        Diag *d = diag(soft_sink(p), span, W0136, "an empty body is `pass`", "...");
        diag_fix(d, span, "pass");
        return parse_keyword_alone(p, NODE_PASS);
    }
    default: return parse_expression_statement(p);
    }
}

/* --- one statement --- */

/* `try`, `with`, ...: the statement, its block, and the parts that follow it. */
static void parse_reserved(Parser *p) {
    const ReservedWord *word = token_reserved((TokenKind)p->tok->kind);
    bool is_try = token_is(p, TOKEN_TRY);
    Span span = token_span(p);
    bool is_name = next_token(p)->kind == TOKEN_ASSIGN;
    diag(is_name ? word_sink(p, p->tok->name) : soft_sink(p), span, W0114, word->text, word->advice);
    skip_block(p);
    while (is_try && (token_is(p, TOKEN_EXCEPT) || token_is(p, TOKEN_FINALLY) ||
                      token_is(p, TOKEN_ELSE)))
        skip_block(p);
}

void parse_statement(Parser *p) {
    if (skip_spoiled(p))
        return;
    switch (p->tok->kind) {
    case TOKEN_NEWLINE: advance(p); return; /* nothing but what the lexer dropped */
    case TOKEN_IF: push(p, parse_if(p, p->tok->start, false)); return;
    case TOKEN_WHILE: push(p, parse_while(p)); return;
    case TOKEN_FOR: push(p, parse_for(p, p->tok->start, false)); return;
    case TOKEN_COMPTIME: push(p, parse_comptime(p)); return;
    case TOKEN_AT: case TOKEN_DEF: case TOKEN_STRUCT: case TOKEN_CLASS: case TOKEN_ASYNC:
        parse_declaration(p, false);
        return;
    case TOKEN_ELSE: case TOKEN_ELIF: parse_stray_arm(p); return;
    default: break;
    }
    if (token_reserved((TokenKind)p->tok->kind)) {
        parse_reserved(p);
        return;
    }
    if (meet_habit(p))
        return;
    Node *node = parse_simple(p);
    push(p, node);
    end_statement(p);
}
