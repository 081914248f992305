/* The values of numbers, and strings that stand side by side. The lexer has checked their form. */
#include "syntax/parser.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* --- numbers --- */

static unsigned digit_value(char c) {
    return c <= '9' ? (unsigned)(c - '0') : (unsigned)((c | 0x20) - 'a' + 10);
}

static unsigned radix_of(const char *text, uint32_t len) {
    if (len < 3 || text[0] != '0')
        return 10;
    switch (text[1] | 0x20) {
    case 'x': return 16;
    case 'b': return 2;
    case 'o': return 8;
    default: return 10;
    }
}

Node *parse_int(Parser *p) {
    const char *text = p->file->chars + p->tok->start;
    uint32_t len = p->tok->end - p->tok->start;
    Node *node = new_node(p, NODE_INT, p->tok->start);
    unsigned radix = radix_of(text, len);
    unsigned __int128 value = 0;
    for (uint32_t i = radix == 10 ? 0 : 2; i < len; i++) {
        if (text[i] == '_')
            continue;
        bool fits = !__builtin_mul_overflow(value, (unsigned __int128)radix, &value) &&
                    !__builtin_add_overflow(value, (unsigned __int128)digit_value(text[i]), &value);
        node->integer.too_large = node->integer.too_large || !fits;
    }
    node->integer.value = value;
    node->integer.text = intern(p->names, text, len);
    advance(p);
    return finish(p, node);
}

static double float_value(Parser *p, const char *text, uint32_t len) {
    char *digits = arena_alloc(p->scratch, len + 1);
    uint32_t kept = 0;
    for (uint32_t i = 0; i < len; i++)
        if (text[i] != '_')
            digits[kept++] = text[i];
    return strtod(digits, NULL);
}

Node *parse_float(Parser *p) {
    const char *text = p->file->chars + p->tok->start;
    uint32_t len = p->tok->end - p->tok->start;
    Node *node = new_node(p, NODE_FLOAT, p->tok->start);
    node->real.text = intern(p->names, text, len);
    bool is_word = token_is(p, TOKEN_NAME); /* inf, nan */
    node->real.value = is_word ? (p->tok->name == p->inf ? INFINITY : NAN) : float_value(p, text, len);
    if (!is_word && isinf(node->real.value))
        diag(soft_sink(p), token_span(p), W0165, (int)len, text);
    advance(p);
    return finish(p, node);
}

/* --- strings --- */

typedef struct Joined {
    Text text; /* since the last value */
    VEC(FStringPart) parts;
    bool formatted;
} Joined;

static void append_name(Joined *joined, Name name) {
    text_append(&joined->text, name, name_len(name));
}

static void end_part(Parser *p, Joined *joined, Node *value, Name format) {
    Name text = intern(p->names, text_cstr(&joined->text), joined->text.len);
    FStringPart part = {text, value, format};
    vec_push(p->scratch, &joined->parts, part);
    joined->text.len = 0;
}

static void parse_fstring_value(Parser *p, Joined *joined) {
    advance(p);
    Node *value;
    if (token_is(p, TOKEN_FSTRING_CLOSE) || token_is(p, TOKEN_FSTRING_FORMAT)) {
        Span span = token_span(p);
        diag(error_sink(p), span, W0166);
        value = error_node(p);
    } else {
        value = parse_exprs(p);
    }
    Name format = token_is(p, TOKEN_FSTRING_FORMAT) ? p->tok->name : NULL;
    if (format)
        advance(p);
    expect(p, TOKEN_FSTRING_CLOSE);
    end_part(p, joined, value, format);
}

static void parse_fstring(Parser *p, Joined *joined) {
    joined->formatted = true;
    advance(p);
    while (token_is(p, TOKEN_FSTRING_TEXT)) {
        append_name(joined, p->tok->name);
        advance(p);
        if (token_is(p, TOKEN_FSTRING_OPEN))
            parse_fstring_value(p, joined);
    }
    expect(p, TOKEN_FSTRING_END);
}

static Node *join_strings(Parser *p) {
    Joined joined = {.text.arena = p->scratch};
    Node *node = new_node(p, NODE_STRING, p->tok->start);
    for (;;) {
        if (token_is(p, TOKEN_FSTRING_BEGIN)) {
            parse_fstring(p, &joined);
        } else if (token_is(p, TOKEN_STRING)) {
            append_name(&joined, p->tok->name);
            advance(p);
        } else {
            break;
        }
    }
    if (!joined.formatted) {
        node->string = intern(p->names, text_cstr(&joined.text), joined.text.len);
        return finish(p, node);
    }
    end_part(p, &joined, NULL, NULL);
    node->kind = NODE_FSTRING;
    node->fstring.len = joined.parts.len;
    node->fstring.parts =
        arena_copy(p->arena, joined.parts.items, joined.parts.len * sizeof(FStringPart));
    return finish(p, node);
}

Node *parse_strings(Parser *p) {
    uint8_t next = next_token(p)->kind;
    if (token_is(p, TOKEN_FSTRING_BEGIN) || next == TOKEN_STRING || next == TOKEN_FSTRING_BEGIN)
        return join_strings(p);
    Node *node = new_node(p, NODE_STRING, p->tok->start);
    node->string = p->tok->name;
    advance(p);
    return finish(p, node);
}
