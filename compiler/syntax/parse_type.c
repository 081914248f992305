/* Types, and what stands in the two lists of a signature. A type is an expression, or the type of a
 * function. */
#include "syntax/parser.h"

static Node *parse_func_type(Parser *p) {
    Node *node = new_node(p, NODE_FUNC_TYPE, p->tok->start);
    uint32_t mark = p->pending.len;
    advance(p); /* def */
    expect(p, TOKEN_LPAREN);
    while (!token_is(p, TOKEN_RPAREN) && !p->panicking) {
        Node *arg = parse_type(p);
        vec_push(p->scratch, &p->pending, arg);
        if (!accept(p, TOKEN_COMMA))
            break;
    }
    expect(p, TOKEN_RPAREN);
    node->func_type.args = take_list(p, mark);
    if (expect(p, TOKEN_ARROW))
        node->func_type.result = parse_type(p);
    else
        node->func_type.result = error_node(p);
    return finish(p, node);
}

Node *parse_type(Parser *p) {
    if (!token_is(p, TOKEN_DEF))
        return parse_expr(p);
    Node *type = enter(p, "function types") ? parse_func_type(p) : error_node(p);
    leave(p);
    return type;
}

/* Names may come with a `*`, or be a `/` alone, in Python. */
static bool meet_star(Parser *p) {
    if (!token_is(p, TOKEN_STAR) && !token_is(p, TOKEN_DOUBLE_STAR) && !token_is(p, TOKEN_SLASH))
        return false;
    Span span = token_span(p);
    diag(error_sink(p), span, W0134);
    return true;
}

/* --- parameters, in [...] --- */

static Node *parse_param(Parser *p) {
    Node *node = new_node(p, NODE_PARAM, p->tok->start);
    if (meet_star(p))
        return finish(p, node);
    node->param.name = expect_name(p, &node->param.name_span);
    if (accept(p, TOKEN_COLON)) {
        node->param.kind = parse_type(p);
    } else if (token_is(p, TOKEN_COMMA) || token_is(p, TOKEN_RBRACKET) || token_is(p, TOKEN_ASSIGN)) {
        Diag *d = diag(soft_sink(p), node->param.name_span, W0169, node->param.name);
        diag_fix(d, node->param.name_span, "%s: DType", node->param.name);
        diag_fix(d, node->param.name_span, "%s: int", node->param.name);
        node->param.kind = error_node(p);
    } else {
        report_unexpected(p, "`:` and the parameter's kind");
        node->param.kind = error_node(p);
    }
    if (accept(p, TOKEN_ASSIGN))
        node->param.default_value = parse_expr(p);
    return finish(p, node);
}

NodeList parse_params(Parser *p) {
    uint32_t mark = p->pending.len;
    Span open = token_span(p);
    advance(p); /* [ */
    if (token_is(p, TOKEN_RBRACKET))
        diag(soft_sink(p), open, W0170);
    while (!token_is(p, TOKEN_RBRACKET) && !p->panicking) {
        Node *param = parse_param(p);
        vec_push(p->scratch, &p->pending, param);
        if (!accept(p, TOKEN_COMMA))
            break;
    }
    if (!token_is(p, TOKEN_RBRACKET))
        report_unexpected(p, "`,` or `]`");
    accept(p, TOKEN_RBRACKET);
    return take_list(p, mark);
}

/* --- arguments, in (...) --- */

static ArgMode parse_mode(Parser *p) {
    if (is_mode_word(p)) {
        Span span = token_span(p);
        bool changes = mode_word_changes(p);
        Diag *d = diag(soft_sink(p), span, W0152, p->tok->name,
                       changes ? "write `mut`, or `out` where the function sets it first"
                               : "leave it out, an argument is read-only");
        span.end = changes ? span.end : next_token(p)->start;
        diag_fix(d, span, "%s", changes ? "mut" : "");
        advance(p);
        return changes ? ARG_MUT : ARG_READ;
    }
    if (accept(p, TOKEN_MUT))
        return ARG_MUT;
    return accept(p, TOKEN_OUT) ? ARG_OUT : ARG_READ;
}

static void report_untyped(Parser *p, const Node *arg) {
    Diag *d = diag(soft_sink(p), arg->arg.name_span, W0123, arg->arg.name);
    diag_fix(d, arg->arg.name_span, "%s: f32", arg->arg.name);
}

static Node *parse_arg(Parser *p) {
    Node *node = new_node(p, NODE_ARG, p->tok->start);
    if (meet_star(p)) {
        node->arg.name = intern(p->names, "", 0);
        node->arg.type = error_node(p);
        return finish(p, node);
    }
    node->arg.mode = parse_mode(p);
    if (is_c_declaration(p)) {
        node->arg.type = parse_c_declaration(p, &node->arg.name, &node->arg.name_span);
        return finish(p, node);
    }
    node->arg.name = expect_name(p, &node->arg.name_span);
    if (accept(p, TOKEN_COLON)) {
        node->arg.type = parse_type(p);
    } else if (node->arg.name != p->self) {
        if (token_is(p, TOKEN_COMMA) || token_is(p, TOKEN_RPAREN) || token_is(p, TOKEN_ASSIGN))
            report_untyped(p, node);
        else
            report_unexpected(p, "`:` and the argument's type");
        node->arg.type = error_node(p);
    }
    if (accept(p, TOKEN_ASSIGN))
        node->arg.default_value = parse_expr(p);
    return finish(p, node);
}

NodeList parse_args(Parser *p) {
    uint32_t mark = p->pending.len;
    bool defaults = false;
    expect(p, TOKEN_LPAREN);
    while (!token_is(p, TOKEN_RPAREN) && !p->panicking) {
        Node *arg = parse_arg(p);
        vec_push(p->scratch, &p->pending, arg);
        if (defaults && !arg->arg.default_value)
            diag(soft_sink(p), arg->arg.name_span, W0146, arg->arg.name);
        defaults |= arg->arg.default_value != NULL;
        if (!accept(p, TOKEN_COMMA))
            break;
    }
    if (!token_is(p, TOKEN_RPAREN))
        report_unexpected(p, "`,` or `)`");
    accept(p, TOKEN_RPAREN);
    return take_list(p, mark);
}
