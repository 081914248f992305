/* Ops and regions from text. */
#include "ir/parse_internal.h"
#include "ir/print_internal.h"

#include <ctype.h>

typedef VEC(Value *) ValueVec;
typedef VEC(const Type *) TypeVec;

typedef struct ResultName {
    Name name;
    Span span;
} ResultName;

typedef VEC(ResultName) ResultNames;

/* "x.1" is a %x, and "3" nobody's name. */
Name value_hint(Parser *p, Name name) {
    size_t len = name_len(name), end = len;
    while (end > 0 && isdigit((unsigned char)name[end - 1]))
        end--;
    if (end == 0)
        return NULL;
    if (end < len && end > 1 && name[end - 1] == '.')
        return intern(p->names, name, end - 1);
    return name;
}

void define_value(Parser *p, Name name, Value *value, Span span) {
    Value *before = map_get_ptr(&p->values, name);
    if (before)
        parse_error(p, span, W0805, arena_printf(p->arena, "%%%s", name));
    vec_push(p->arena, &p->hidden, ((Hidden){name, before}));
    map_put_ptr(&p->values, name, value);
    value->name = value_hint(p, name);
}

static void close_scope(Parser *p, uint32_t mark) {
    while (p->hidden.len > mark) {
        Hidden hidden = vec_pop(&p->hidden);
        map_put_ptr(&p->values, hidden.name, hidden.before);
    }
}

static Value *read_value(Parser *p) {
    skip_space(p);
    uint32_t start = p->at;
    Name name = read_symbol(p, '%');
    if (!name)
        return NULL;
    Value *value = map_get_ptr(&p->values, name);
    if (!value)
        parse_error(p, scan_span_from(p, start), W0804, name);
    return value;
}

static bool read_values(Parser *p, ValueVec *values) {
    do {
        Value *value = read_value(p);
        if (!value)
            return false;
        vec_push(p->arena, values, value);
    } while (take_char(p, ','));
    return true;
}

bool read_typed_values(Parser *p, Block *block) {
    if (!expect_char(p, '('))
        return false;
    while (!take_char(p, ')')) {
        if (block->arg_count && !expect_char(p, ','))
            return false;
        skip_space(p);
        uint32_t start = p->at;
        Name name = read_symbol(p, '%');
        Span span = scan_span_from(p, start);
        const Type *type = name && expect_char(p, ':') ? read_type(p) : NULL;
        if (!type)
            return false;
        define_value(p, name, block_add_arg(p->module, block, type), span);
    }
    return true;
}

static bool read_result_names(Parser *p, ResultNames *names) {
    if (peek_char(p) != '%')
        return true;
    do {
        skip_space(p);
        uint32_t start = p->at;
        Name name = read_symbol(p, '%');
        if (!name)
            return false;
        vec_push(p->arena, names, ((ResultName){name, scan_span_from(p, start)}));
    } while (take_char(p, ','));
    return expect_char(p, '=');
}

static bool read_opcode(Parser *p, Opcode *code) {
    skip_space(p);
    uint32_t start = p->at;
    Name word = read_word(p);
    if (!word)
        return expected(p, "an op");
    if (opcode_parse(word, code))
        return true;
    Diag *d = parse_error(p, scan_span_from(p, start), W0808, word);
    for (uint32_t i = 0; i < OPCODE_COUNT; i++) {
        if (edit_distance(word, op_info[i].text, 2) <= 2) {
            diag_fix(d, scan_span_from(p, start), "%s", op_info[i].text);
            break;
        }
    }
    return false;
}

/* What stands between an op's name and its attributes. */
typedef struct Head {
    ValueVec operands;
    TypeVec types;
    const Attr *callee, *constant;
    AttrEntry attrs[ATTR_KEY_COUNT];
    uint32_t attr_count;
    bool has_types;
} Head;

static bool read_callee(Parser *p, Head *head) {
    uint32_t start = p->at;
    Name name = read_symbol(p, '@');
    if (!name)
        return false;
    Func *func = module_find(p->module, name);
    if (!func) {
        parse_error(p, scan_span_from(p, start), W0807, name);
        return false;
    }
    head->callee = attr_func(p->types, func);
    if (!expect_char(p, '('))
        return false;
    return take_char(p, ')') || (read_values(p, &head->operands) && expect_char(p, ')'));
}

/* `{` opens a list of attributes when a name and `=` follow. */
static bool is_attr_list(Parser *p) {
    uint32_t start = p->at;
    bool yes = take_char(p, '{') && read_word(p) && take_char(p, '=');
    p->at = start;
    return yes;
}

static bool read_attr_entry(Parser *p, Head *head) {
    skip_space(p);
    uint32_t start = p->at;
    Name word = read_word(p);
    AttrKey key;
    if (!word)
        return expected(p, "an attribute");
    if (!attr_key_parse(word, &key)) {
        parse_error(p, scan_span_from(p, start), W0811, word);
        return false;
    }
    for (uint32_t i = 0; i < head->attr_count; i++) {
        if (head->attrs[i].key == key) {
            parse_error(p, scan_span_from(p, start), W0816, word);
            return false;
        }
    }
    const Attr *attr = expect_char(p, '=') ? read_attr(p) : NULL;
    if (!attr)
        return false;
    head->attrs[head->attr_count++] = (AttrEntry){key, attr};
    return true;
}

static bool read_attr_list(Parser *p, Head *head) {
    if (!is_attr_list(p))
        return true;
    take_char(p, '{');
    do {
        if (!read_attr_entry(p, head))
            return false;
    } while (take_char(p, ','));
    return expect_char(p, '}');
}

static bool read_types(Parser *p, Head *head) {
    if (!take_char(p, ':'))
        return true;
    head->has_types = true;
    do {
        const Type *t = read_type(p);
        if (!t)
            return false;
        vec_push(p->arena, &head->types, t);
    } while (take_char(p, ','));
    return true;
}

static bool read_constant(Parser *p, Head *head) {
    const Type *type;
    head->constant = read_const(p, &type);
    if (!head->constant)
        return false;
    head->has_types = true;
    vec_push(p->arena, &head->types, type);
    return true;
}

/* Whether "%a, %b =" follows: then they are the next op's results, and this one has no operands. */
static bool is_next_op(Parser *p) {
    uint32_t start = p->at;
    bool more = true;
    while (more)
        more = take_char(p, '%') && read_word(p) && take_char(p, ',');
    bool yes = take_char(p, '=');
    p->at = start;
    return yes;
}

static bool read_head(Parser *p, Opcode code, Head *head) {
    char c = peek_char(p);
    if (c == '@')
        return read_callee(p, head) && read_attr_list(p, head) && read_types(p, head);
    if (code == OP_ARITH_CONST && c != ':' && !is_attr_list(p))
        return read_constant(p, head);
    if (c == '%' && !is_next_op(p) && !read_values(p, &head->operands))
        return false;
    return read_attr_list(p, head) && read_types(p, head);
}

/* The type may be left out where the row tells it. */
static void infer_types(Parser *p, Opcode code, Head *head) {
    if (head->has_types)
        return;
    const Type *first = head->operands.len ? head->operands.items[0]->type : NULL;
    const Type *type = opcode_result_type(p->types, code, first);
    if (type)
        vec_push(p->arena, &head->types, type);
}

static bool check_counts(Parser *p, Opcode code, const Head *head, const ResultNames *names,
                         Span span) {
    const OpInfo *info = &op_info[code];
    uint32_t types = head->types.len;
    if (info->operands != OPERANDS_MANY && head->operands.len != (uint32_t)info->operands) {
        parse_error(p, span, W0806, info->text, (unsigned)info->operands, head->operands.len);
        return false;
    }
    if (info->results != RESULT_MANY && types != (info->results != RESULT_NONE)) {
        parse_error(p, span, W0812, info->text, info->results != RESULT_NONE, types,
                    "types are given");
        return false;
    }
    if (names->len && names->len != types) {
        parse_error(p, span, W0812, info->text, types, names->len, "names are given");
        return false;
    }
    return true;
}

static Op *make_op(Parser *p, Opcode code, const Head *head, Span span) {
    Op *op = op_create(p->module, code, span, head->operands.items, head->operands.len,
                       head->types.items, head->types.len, opcode_region_count(code));
    if (head->callee)
        op_set_attr(op, ATTR_KEY_CALLEE, head->callee);
    if (head->constant)
        op_set_attr(op, ATTR_KEY_VALUE, head->constant);
    for (uint32_t i = 0; i < head->attr_count; i++)
        op_set_attr(op, head->attrs[i].key, head->attrs[i].attr);
    return op;
}

static bool read_region(Parser *p, Region *region) {
    Block *block = block_create(p->module);
    region_append(region, block);
    if (!expect_char(p, '{') || !scan_enter(p))
        return false;
    uint32_t mark = p->hidden.len;
    bool ok = (peek_char(p) != '(' || read_typed_values(p, block)) && read_ops(p, block);
    close_scope(p, mark);
    scan_leave(p);
    return ok;
}

static void make_empty_else(Parser *p, Op *op) {
    Block *block = block_create(p->module);
    region_append(op->regions[1], block);
    op_append(block, op_create(p->module, OP_YIELD, op->span, NULL, 0, NULL, 0, 0));
}

static bool read_regions(Parser *p, Op *op) {
    for (uint32_t i = 0; i < op->region_count; i++) {
        const char *word = op->code == OP_IF ? "else" : "do";
        if (i && !take_word(p, word)) {
            if (op->code != OP_IF)
                return expected(p, "'do'");
            make_empty_else(p, op);
        } else if (!read_region(p, op->regions[i])) {
            return false;
        }
    }
    return true;
}

static bool read_op(Parser *p, Block *block) {
    ResultNames names = {0};
    Head head = {0};
    Opcode code;
    if (!read_result_names(p, &names))
        return false;
    skip_space(p);
    uint32_t start = p->at;
    if (!read_opcode(p, &code) || !read_head(p, code, &head))
        return false;
    Span span = scan_span_from(p, start);
    infer_types(p, code, &head);
    if (!check_counts(p, code, &head, &names, span))
        return false;
    Op *op = make_op(p, code, &head, span);
    op_append(block, op);
    if (!read_regions(p, op))
        return false;
    VEC_FOR_EACH (i, &names)
        define_value(p, names.items[i].name, op_result(op, i), names.items[i].span);
    return !p->failed;
}

bool read_ops(Parser *p, Block *block) {
    while (!take_char(p, '}')) {
        if (p->at >= p->file->len)
            return expected(p, "an op or '}'");
        if (!read_op(p, block))
            return false;
    }
    return true;
}
