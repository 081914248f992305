/* Expressions: Python's ladder by precedence climbing, so that a + a + a + ... is a loop here and a
 * tree that leans to the left for whoever reads it. A span starts at the first token, parentheses of
 * the left operand included. */
#include "syntax/parser.h"

typedef struct BinaryRow {
    uint8_t op, level;
} BinaryRow;

static const BinaryRow binary_rows[TOKEN_KIND_COUNT] = {
#define BINARY(code, text, op, level) [TOKEN_##code] = {OPERATOR_##op, LEVEL_##level},
#include "syntax/tokens.def"
    [TOKEN_OR] = {OPERATOR_LOGICAL_OR, LEVEL_OR},
    [TOKEN_AND] = {OPERATOR_LOGICAL_AND, LEVEL_AND},
    [TOKEN_IN] = {OPERATOR_IN, LEVEL_COMPARE},
    [TOKEN_IS] = {OPERATOR_IS, LEVEL_COMPARE},
    [TOKEN_NOT] = {OPERATOR_IN, LEVEL_COMPARE}, /* not in */
};

bool starts_expression(TokenKind kind) {
    switch (kind) {
    case TOKEN_NAME: case TOKEN_INT: case TOKEN_FLOAT: case TOKEN_STRING: case TOKEN_FSTRING_BEGIN:
    case TOKEN_TRUE: case TOKEN_FALSE: case TOKEN_NONE: case TOKEN_LPAREN: case TOKEN_LBRACKET:
    case TOKEN_MINUS: case TOKEN_PLUS: case TOKEN_TILDE: case TOKEN_NOT: case TOKEN_LAMBDA: return true;
    default: return false;
    }
}

/* --- atoms --- */

static Node *parse_word(Parser *p, NodeKind kind) {
    Node *node = new_node(p, kind, p->tok->start);
    if (kind == NODE_BOOL)
        node->boolean = token_is(p, TOKEN_TRUE);
    else if (kind == NODE_NAME)
        node->name = p->tok->name;
    advance(p);
    return finish(p, node);
}

/* `[x for x in y]` and `f(x for x in y)` */
static bool meet_comprehension(Parser *p) {
    if (!token_is(p, TOKEN_FOR))
        return false;
    Span span = token_span(p);
    diag(error_sink(p), span, W0128);
    return true;
}

/* Expressions with commas between them up to `closer`, which stays. True when there was a comma. */
static bool parse_items_until(Parser *p, TokenKind closer) {
    bool comma = false;
    while (!token_is(p, closer)) {
        Node *item = parse_expr(p);
        vec_push(p->scratch, &p->pending, item);
        if (p->panicking || meet_comprehension(p) || !accept(p, TOKEN_COMMA))
            break;
        comma = true;
    }
    return comma;
}

static Node *parse_parentheses(Parser *p) {
    Node *tuple = new_node(p, NODE_TUPLE, p->tok->start);
    uint32_t mark = p->pending.len;
    advance(p);
    bool comma = parse_items_until(p, TOKEN_RPAREN);
    if (token_is(p, TOKEN_ASSIGN)) {
        Span span = token_span(p);
        Diag *d = diag(error_sink(p), span, W0130);
        diag_fix(d, span, "==");
    }
    expect(p, TOKEN_RPAREN);
    if (p->pending.len - mark == 1 && !comma) {
        Node *inner = vec_pop(&p->pending);
        inner->parenthesised = true;
        return inner;
    }
    tuple->list = take_list(p, mark);
    tuple->parenthesised = true;
    return finish(p, tuple);
}

static Node *parse_list(Parser *p) {
    Node *list = new_node(p, NODE_LIST, p->tok->start);
    Span span = token_span(p);
    uint32_t mark = p->pending.len;
    advance(p);
    parse_items_until(p, TOKEN_RBRACKET);
    expect(p, TOKEN_RBRACKET);
    list->list = take_list(p, mark);
    finish(p, list);
    if (!p->in_decorator)
        diag(soft_sink(p), p->panicking ? span : list->span, W0127);
    return list;
}

static Node *parse_atom(Parser *p) {
    switch (p->tok->kind) {
    case TOKEN_NAME:
        if (p->tok->name == p->inf || p->tok->name == p->nan)
            return parse_float(p);
        return parse_word(p, NODE_NAME);
    case TOKEN_INT: return parse_int(p);
    case TOKEN_FLOAT: return parse_float(p);
    case TOKEN_STRING: case TOKEN_FSTRING_BEGIN: return parse_strings(p);
    case TOKEN_TRUE: case TOKEN_FALSE: return parse_word(p, NODE_BOOL);
    case TOKEN_NONE: return parse_word(p, NODE_NONE_VALUE);
    case TOKEN_LPAREN: return parse_parentheses(p);
    case TOKEN_LBRACKET: return parse_list(p);
    case TOKEN_STAR: case TOKEN_DOUBLE_STAR: {
        if (p->tok[-1].kind != TOKEN_LPAREN && p->tok[-1].kind != TOKEN_COMMA)
            break;
        Span span = token_span(p);
        diag(error_sink(p), span, W0134);
        return error_node(p);
    }
    default: break;
    }
    report_unexpected(p, "an expression");
    return error_node(p);
}

/* --- calls, indices, attributes --- */

static Node *parse_keyword(Parser *p) {
    Node *keyword = new_node(p, NODE_KEYWORD, p->tok->start);
    keyword->keyword.name = expect_name(p, &keyword->keyword.name_span);
    advance(p); /* = */
    keyword->keyword.value = parse_expr(p);
    return finish(p, keyword);
}

static bool at_keyword(const Parser *p) {
    return token_is(p, TOKEN_NAME) && next_token(p)->kind == TOKEN_ASSIGN;
}

/* `f(out=y)`: a keyword of the language is no name of an argument. */
static bool meet_reserved_keyword(Parser *p) {
    if (next_token(p)->kind != TOKEN_ASSIGN || !p->tok->name || token_is(p, TOKEN_STRING))
        return false;
    Span span;
    expect_name(p, &span);
    return true;
}

NodeList parse_call_args(Parser *p) {
    uint32_t mark = p->pending.len;
    bool named = false;
    while (!token_is(p, TOKEN_RPAREN) && !p->panicking) {
        Node *arg;
        if (at_keyword(p)) {
            arg = parse_keyword(p);
            named = true;
        } else if (meet_reserved_keyword(p)) {
            break;
        } else {
            arg = parse_expr(p);
            if (named)
                diag(soft_sink(p), arg->span, W0133);
        }
        vec_push(p->scratch, &p->pending, arg);
        if (meet_comprehension(p) || !accept(p, TOKEN_COMMA))
            break;
    }
    if (!token_is(p, TOKEN_RPAREN))
        report_unexpected(p, "`,` or `)`");
    accept(p, TOKEN_RPAREN);
    return take_list(p, mark);
}

static Node *parse_slice(Parser *p, uint32_t start, Node *first) {
    Node *slice = new_node(p, NODE_SLICE, start);
    slice->slice.start = first;
    advance(p); /* : */
    if (starts_expression((TokenKind)p->tok->kind))
        slice->slice.stop = parse_expr(p);
    if (accept(p, TOKEN_COLON) && starts_expression((TokenKind)p->tok->kind))
        slice->slice.step = parse_expr(p);
    return finish(p, slice);
}

static Node *parse_item(Parser *p) {
    if (at_keyword(p))
        return parse_keyword(p);
    uint32_t start = p->tok->start;
    Node *first = token_is(p, TOKEN_COLON) ? NULL : parse_type(p);
    return token_is(p, TOKEN_COLON) ? parse_slice(p, start, first) : first;
}

static NodeList parse_index_items(Parser *p) {
    uint32_t mark = p->pending.len;
    Span open = {p->file->id, p->tok->start, p->tok->start + 1};
    advance(p); /* [ */
    if (token_is(p, TOKEN_RBRACKET))
        diag(error_sink(p), open, W0155);
    while (!token_is(p, TOKEN_RBRACKET) && !p->panicking) {
        Node *item = parse_item(p);
        vec_push(p->scratch, &p->pending, item);
        if (meet_comprehension(p) || !accept(p, TOKEN_COMMA))
            break;
    }
    if (!token_is(p, TOKEN_RBRACKET))
        report_unexpected(p, "`,` or `]`");
    accept(p, TOKEN_RBRACKET);
    return take_list(p, mark);
}

static Node *parse_attribute(Parser *p, uint32_t start, Node *base) {
    Node *node = new_node(p, NODE_ATTRIBUTE, start);
    advance(p); /* . */
    node->attribute.base = base;
    node->attribute.name_span = token_span(p);
    node->attribute.name = p->tok->name;
    if (!accept(p, TOKEN_NAME)) /* inf and nan are names here */
        node->attribute.name = expect_name(p, &node->attribute.name_span);
    return finish(p, node);
}

static Node *parse_call(Parser *p, uint32_t start, Node *callee) {
    Node *node = new_node(p, NODE_CALL, start);
    advance(p); /* ( */
    node->call.callee = callee;
    node->call.args = parse_call_args(p);
    return finish(p, node);
}

static Node *parse_index(Parser *p, uint32_t start, Node *base) {
    Node *node = new_node(p, NODE_INDEX, start);
    node->index.base = base;
    node->index.items = parse_index_items(p);
    return finish(p, node);
}

static bool is_chain_too_long(Parser *p, uint32_t links) {
    if (links < CHAIN_LIMIT)
        return false;
    Span span = token_span(p);
    diag(error_sink(p), span, W0132, "operators in a row", CHAIN_LIMIT);
    return true;
}

static Node *parse_primary(Parser *p) {
    uint32_t start = p->tok->start;
    Node *node = parse_atom(p);
    for (uint32_t links = 0;; links++) {
        if (is_chain_too_long(p, links))
            return node;
        switch (p->tok->kind) {
        case TOKEN_DOT: node = parse_attribute(p, start, node); break;
        case TOKEN_LPAREN: node = parse_call(p, start, node); break;
        case TOKEN_LBRACKET: node = parse_index(p, start, node); break;
        default: return node;
        }
    }
}

/* --- operators --- */

static Node *make_binary(Parser *p, uint32_t start, Operator op, Span op_span, Node *left,
                         Node *right) {
    Node *node = new_node(p, NODE_BINARY, start);
    node->binary.op = op;
    node->binary.op_span = op_span;
    node->binary.left = left;
    node->binary.right = right;
    return finish(p, node);
}

static Node *parse_unary(Parser *p);

static Node *parse_power(Parser *p) {
    uint32_t start = p->tok->start;
    Node *base = parse_primary(p);
    if (!token_is(p, TOKEN_DOUBLE_STAR))
        return base;
    Span op_span = token_span(p);
    advance(p);
    Node *exponent = enter(p, "operators") ? parse_unary(p) : error_node(p);
    leave(p);
    return make_binary(p, start, OPERATOR_POW, op_span, base, exponent);
}

static Node *parse_prefix(Parser *p, Operator op, Node *(*parse_operand)(Parser *)) {
    Node *node = new_node(p, NODE_UNARY, p->tok->start);
    advance(p);
    node->unary.op = op;
    node->unary.operand = enter(p, "operators") ? parse_operand(p) : error_node(p);
    leave(p);
    return finish(p, node);
}

static Node *parse_unary(Parser *p) {
    switch (p->tok->kind) {
    case TOKEN_MINUS: return parse_prefix(p, OPERATOR_NEG, parse_unary);
    case TOKEN_PLUS: return parse_prefix(p, OPERATOR_POS, parse_unary);
    case TOKEN_TILDE: return parse_prefix(p, OPERATOR_INVERT, parse_unary);
    default: return parse_power(p);
    }
}

static Node *parse_binary(Parser *p, Level least);

static Node *parse_not_operand(Parser *p) {
    return parse_binary(p, LEVEL_NOT);
}

static Node *parse_operand(Parser *p, Level least) {
    if (!token_is(p, TOKEN_NOT))
        return parse_unary(p);
    if (least > LEVEL_NOT)
        diag(soft_sink(p), token_span(p), W0167);
    return parse_prefix(p, OPERATOR_NOT, parse_not_operand);
}

/* `in`, `not in`, `is`, `is not`, `<` ...; sets `negated` for the two of two words. */
static Operator take_comparison(Parser *p, bool *negated) {
    Operator op = (Operator)binary_rows[p->tok->kind].op;
    bool is_not = token_is(p, TOKEN_NOT), is_is = token_is(p, TOKEN_IS);
    advance(p);
    *negated = is_not || (is_is && accept(p, TOKEN_NOT));
    if (is_not)
        expect(p, TOKEN_IN);
    return op;
}

static Node *parse_comparison(Parser *p, uint32_t start, Node *first) {
    VEC(Operator) ops = {0};
    uint32_t mark = p->pending.len;
    Node *node = new_node(p, NODE_COMPARE, start);
    vec_push(p->scratch, &p->pending, first);
    bool negated = false, any_negated = false;
    while (binary_rows[p->tok->kind].level == LEVEL_COMPARE && !p->panicking) {
        Operator op = take_comparison(p, &negated);
        vec_push(p->scratch, &ops, op);
        any_negated |= negated;
        Node *operand = parse_binary(p, LEVEL_BIT_OR);
        vec_push(p->scratch, &p->pending, operand);
    }
    NodeList operands = take_list(p, mark);
    node->compare.operands = operands.items;
    node->compare.len = operands.len;
    node->compare.ops = arena_copy(p->arena, ops.items, ops.len * sizeof(Operator));
    finish(p, node);
    if (!any_negated)
        return node;
    if (ops.len > 1)
        diag(soft_sink(p), node->span, W0168);
    Node *inverse = new_node(p, NODE_UNARY, start);
    inverse->unary.op = OPERATOR_NOT;
    inverse->unary.operand = node;
    return finish(p, inverse);
}

static Node *parse_binary(Parser *p, Level least) {
    uint32_t start = p->tok->start;
    Node *left = parse_operand(p, least);
    for (uint32_t links = 0;; links++) {
        BinaryRow row = binary_rows[p->tok->kind];
        if (row.level == LEVEL_NONE || row.level < least || is_chain_too_long(p, links))
            return left;
        if (row.level == LEVEL_COMPARE) {
            left = parse_comparison(p, start, left);
            continue;
        }
        Span op_span = token_span(p);
        advance(p);
        Node *right = parse_binary(p, (Level)(row.level + 1));
        left = make_binary(p, start, (Operator)row.op, op_span, left, right);
    }
}

Node *parse_place(Parser *p) {
    return parse_binary(p, LEVEL_BIT_OR);
}

/* --- lambda, choices --- */

static Node *parse_lambda(Parser *p) {
    Node *node = new_node(p, NODE_LAMBDA, p->tok->start);
    VEC(Name) names = {0};
    VEC(Span) spans = {0};
    advance(p);
    while (!token_is(p, TOKEN_COLON) && !p->panicking) {
        Span span;
        Name name = expect_name(p, &span);
        vec_push(p->scratch, &names, name);
        vec_push(p->scratch, &spans, span);
        if (!accept(p, TOKEN_COMMA))
            break;
    }
    expect(p, TOKEN_COLON);
    node->lambda.len = names.len;
    node->lambda.names = arena_copy(p->arena, names.items, names.len * sizeof(Name));
    node->lambda.name_spans = arena_copy(p->arena, spans.items, spans.len * sizeof(Span));
    node->lambda.body = parse_expr(p);
    return finish(p, node);
}

static Node *parse_conditional(Parser *p, uint32_t start, Node *if_true) {
    Node *node = new_node(p, NODE_CONDITIONAL, start);
    Span if_span = token_span(p);
    advance(p); /* if */
    node->conditional.if_true = if_true;
    node->conditional.condition = parse_binary(p, LEVEL_OR);
    if (!token_is(p, TOKEN_ELSE) && !p->panicking)
        diag(error_sink(p), if_span, W0150);
    accept(p, TOKEN_ELSE);
    node->conditional.if_false = parse_expr(p);
    return finish(p, node);
}

Node *parse_expr(Parser *p) {
    uint32_t start = p->tok->start;
    Node *node = NULL;
    if (!enter(p, "brackets"))
        node = error_node(p);
    else if (token_is(p, TOKEN_LAMBDA))
        node = parse_lambda(p);
    else
        node = parse_binary(p, LEVEL_OR);
    if (token_is(p, TOKEN_IF) && !p->panicking)
        node = parse_conditional(p, start, node);
    leave(p);
    return node;
}

Node *parse_exprs(Parser *p) {
    uint32_t start = p->tok->start, mark = p->pending.len;
    Node *first = parse_expr(p);
    if (!token_is(p, TOKEN_COMMA))
        return first;
    Node *tuple = new_node(p, NODE_TUPLE, start);
    vec_push(p->scratch, &p->pending, first);
    while (accept(p, TOKEN_COMMA) && starts_expression((TokenKind)p->tok->kind)) {
        Node *item = parse_expr(p);
        vec_push(p->scratch, &p->pending, item);
    }
    tuple->list = take_list(p, mark);
    return finish(p, tuple);
}
