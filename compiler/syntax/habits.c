/* The first words of statements in other languages, each met by name. */
#include "syntax/parser.h"

#include <string.h>

typedef enum Action {
    ACTION_DEF,
    ACTION_VAR,
    ACTION_COMPTIME,
    ACTION_ELIF,
    ACTION_MODE,
    ACTION_READ,
    ACTION_NONE,
} Action;

typedef struct Habit {
    const char *word;
    Action action;
    const char *advice;
} Habit;

static const Habit habits[] = {
#define HABIT(word, action, advice) {word, ACTION_##action, advice},
#include "syntax/habits.def"
#undef HABIT
};

static const Habit *find_habit(const Parser *p) {
    if (!token_is(p, TOKEN_NAME))
        return NULL;
    for (size_t i = 0; i < sizeof habits / sizeof *habits; i++)
        if (!strcmp(habits[i].word, p->tok->name))
            return &habits[i];
    return NULL;
}

static bool has_action(const Parser *p, Action action) {
    const Habit *habit = find_habit(p);
    return habit && habit->action == action;
}

bool is_else_if_word(const Parser *p) {
    uint8_t next = next_token(p)->kind;
    bool condition = starts_expression((TokenKind)next) && next != TOKEN_MINUS && next != TOKEN_PLUS;
    return token_is(p, TOKEN_NAME) && condition && has_action(p, ACTION_ELIF);
}

bool is_mode_word(const Parser *p) {
    bool word = has_action(p, ACTION_MODE) || has_action(p, ACTION_READ) || has_action(p, ACTION_COMPTIME);
    return next_token(p)->kind == TOKEN_NAME && word;
}

bool mode_word_changes(const Parser *p) {
    return has_action(p, ACTION_MODE);
}

/* --- `float x = 1` --- */

/* NULL where it is no type that a declaration is likely to begin with. */
static const char *weft_type(Name word) {
    static const struct { const char *word, *weft; } types[] = {
        {"float", "f32"},   {"double", "f64"},   {"char", "i8"},    {"short", "i16"},
        {"long", "i64"},    {"unsigned", "u32"}, {"size_t", "int"}, {"half", "f16"},
        {"int32_t", "i32"}, {"int64_t", "i64"},  {"uint8_t", "u8"}, {"uint32_t", "u32"},
        {"bool", "bool"},   {"int", "int"},      {"str", "str"},    {"bf16", "bf16"},
        {"i8", "i8"},       {"i16", "i16"},      {"i32", "i32"},    {"i64", "i64"},
        {"u8", "u8"},       {"u16", "u16"},      {"u32", "u32"},    {"u64", "u64"},
        {"f16", "f16"},     {"f32", "f32"},      {"f64", "f64"},
    };
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (!strcmp(types[i].word, word))
            return types[i].weft;
    return NULL;
}

/* Two names in a row, then what may follow a declaration. Types with brackets are left to the general
 * message. */
bool is_c_declaration(const Parser *p) {
    if (!token_is(p, TOKEN_NAME) || next_token(p)->kind != TOKEN_NAME || find_habit(p))
        return false;
    switch (p->tok[2].kind) {
    case TOKEN_ASSIGN: case TOKEN_COMMA: case TOKEN_RPAREN: return p->tok->name != p->print;
    case TOKEN_NEWLINE: case TOKEN_SEMICOLON: return weft_type(p->tok->name) != NULL;
    default: return false;
    }
}

Node *parse_c_declaration(Parser *p, Name *name, Span *name_span) {
    Node *type = new_node(p, NODE_NAME, p->tok->start);
    const char *known = weft_type(p->tok->name), *shown = known ? known : p->tok->name;
    type->name = intern_cstr(p->names, shown);
    advance(p);
    finish(p, type);
    *name = expect_name(p, name_span);
    Span both = span_to(type->span, *name_span);
    Diag *d = diag(soft_sink(p), both, W0137);
    diag_fix(d, both, "%s: %s", *name, shown);
    return type;
}

static void parse_c_statement(Parser *p) {
    Node *node = new_node(p, NODE_ASSIGN, p->tok->start);
    Node *target = new_node(p, NODE_NAME, next_token(p)->start);
    node->assign.type = parse_c_declaration(p, &target->name, &target->span);
    node->assign.targets.items = arena_copy(p->arena, &target, sizeof target);
    node->assign.targets.len = 1;
    node->assign.value = accept(p, TOKEN_ASSIGN) ? parse_exprs(p) : error_node(p);
    finish(p, node);
    vec_push(p->scratch, &p->pending, node);
    if (token_is(p, TOKEN_SEMICOLON)) /* what was said of the line is enough */
        give_up(p);
    end_statement(p);
}

/* `int main() {` */
static bool meet_c_function(Parser *p) {
    bool two_names = token_is(p, TOKEN_NAME) && next_token(p)->kind == TOKEN_NAME;
    if (!two_names || p->tok[2].kind != TOKEN_LPAREN || p->tok->name == p->print || find_habit(p))
        return false;
    Span span = {p->file->id, p->tok->start, next_token(p)->end};
    diag(soft_sink(p), span, W0175, next_token(p)->name);
    skip_block(p);
    return true;
}

/* --- words --- */

/* `let x = 1` and `loop {` mean the other language; `let = 1`, `loop(x)`, `let.x` use a name. */
static const Habit *find_word(const Parser *p) {
    const Habit *habit;
    switch (next_token(p)->kind) { /* before looking the word up: most statements begin with a name */
    case TOKEN_NAME: case TOKEN_INT: case TOKEN_STRING: case TOKEN_LBRACE: case TOKEN_MUT:
    case TOKEN_DEF: case TOKEN_STRUCT: case TOKEN_CLASS: case TOKEN_NOT: case TOKEN_TRUE: case TOKEN_FALSE:
        return find_habit(p);
    case TOKEN_COLON:
        habit = p->tok[2].kind == TOKEN_NEWLINE ? find_habit(p) : NULL;
        return habit && habit->action == ACTION_NONE ? habit : NULL;
    case TOKEN_LPAREN:
        return p->tok->name == p->switch_ || p->tok->name == p->foreach ? find_habit(p) : NULL;
    case TOKEN_LT: return p->tok->name == p->template_ ? find_habit(p) : NULL;
    default: return NULL;
    }
}

static Diag *report_habit(Parser *p, const Habit *habit) {
    return diag(soft_sink(p), token_span(p), W0152, habit->word, habit->advice);
}

/* Goes on as if the first token were `kind`. The tokens are the parser's own. */
static void read_as(Parser *p, TokenKind kind, const char *text) {
    Token *token = (Token *)p->tok;
    token->kind = (uint8_t)kind;
    token->name = intern_cstr(p->names, text);
    if (kind == TOKEN_VAR && next_token(p)->kind == TOKEN_MUT) { /* let mut x */
        token[1] = token[0];
        p->tok++;
    }
}

static bool read_habit(Parser *p, const Habit *habit) {
    static const struct { TokenKind kind; const char *text; } read[] = {
        [ACTION_DEF] = {TOKEN_DEF, "def"},
        [ACTION_VAR] = {TOKEN_VAR, "var"},
        [ACTION_COMPTIME] = {TOKEN_COMPTIME, "comptime"},
    };
    if (habit->action > ACTION_COMPTIME)
        return false;
    diag_fix(report_habit(p, habit), token_span(p), "%s", read[habit->action].text);
    read_as(p, read[habit->action].kind, read[habit->action].text);
    return true;
}

static bool meet_slashes(Parser *p) {
    if (!token_is(p, TOKEN_DOUBLE_SLASH))
        return false;
    Span span = token_span(p);
    diag_fix(diag(error_sink(p), span, W0136, "a comment starts with `#`", "//"), span, "#");
    end_statement(p);
    return true;
}

/* ++x would be two signs that change nothing. */
static bool meet_count(Parser *p) {
    bool plus = token_is(p, TOKEN_PLUS), minus = token_is(p, TOKEN_MINUS);
    const Token *next = next_token(p);
    if ((!plus && !minus) || next->kind != p->tok->kind || next->start != p->tok->end)
        return false;
    Span span = {p->file->id, p->tok->start, next->end};
    diag(error_sink(p), span, W0136, plus ? "`x += 1` counts up" : "`x -= 1` counts down",
         plus ? "++" : "--");
    end_statement(p);
    return true;
}

bool meet_habit(Parser *p) {
    if (is_c_declaration(p)) {
        parse_c_statement(p);
        return true;
    }
    if (meet_slashes(p) || meet_count(p) || meet_c_function(p))
        return true;
    const Habit *habit = find_word(p);
    if (!habit)
        return false;
    if (read_habit(p, habit)) {
        parse_statement(p);
        return true;
    }
    report_habit(p, habit);
    bool has_end = !strcmp(habit->word, "do");
    skip_block(p);
    if (has_end && token_is(p, TOKEN_WHILE)) /* the condition of do: ... while */
        skip_block(p);
    return true;
}
