/* Types and attributes from text.
 *
 * An attribute's type may stand behind it ("5 : i32", "[1, 2] : <2 x u8>"), so what is read first
 * is a raw tree without types; `typed` makes the attribute when the type is known. */
#include "ir/parse_internal.h"
#include "ir/print_internal.h"

#include <ctype.h>
#include <stdlib.h>

/* --- types --- */

static bool type_error(Parser *p, uint32_t start, const char *why) {
    parse_error(p, scan_span_from(p, start), W0803, why);
    return false;
}

static const Type *read_vector(Parser *p, uint32_t start) {
    uint32_t lanes;
    if (!read_count(p, MAX_LANES, &lanes))
        return NULL;
    if (!take_word(p, "x")) {
        expected(p, "'x'");
        return NULL;
    }
    const Type *element = read_type(p);
    if (!element || !expect_char(p, '>'))
        return NULL;
    if (lanes == 0 || !type_is_scalar(element)) {
        type_error(p, start, "a vector has 1 to 64 lanes of a scalar type");
        return NULL;
    }
    return type_vector(p->types, element, lanes);
}

typedef VEC(const Type *) TypeVec;

/* Types up to ')', which is taken; `*comma`: one stands behind the last. */
static bool read_type_list(Parser *p, TypeVec *list, bool *comma) {
    *comma = false;
    while (!take_char(p, ')')) {
        if (list->len && !*comma)
            return expect_char(p, ',');
        const Type *t = read_type(p);
        if (!t)
            return false;
        vec_push(p->arena, list, t);
        *comma = take_char(p, ',');
    }
    return true;
}

static const Type *read_tuple(Parser *p, uint32_t start) {
    TypeVec fields = {0};
    bool comma;
    if (!read_type_list(p, &fields, &comma))
        return NULL;
    if (fields.len == 1 && !comma) {
        type_error(p, start, "a tuple of one is written (f32,)");
        return NULL;
    }
    return type_tuple(p->types, fields.items, fields.len);
}

static const Type *read_func_type(Parser *p) {
    TypeVec args = {0};
    bool comma;
    if (!expect_char(p, '(') || !read_type_list(p, &args, &comma) || !expect_char(p, '-') ||
        !expect_char(p, '>'))
        return NULL;
    const Type *result = read_type(p);
    return result ? type_func(p->types, args.items, args.len, result) : NULL;
}

static const Type *read_struct(Parser *p, uint32_t start) {
    Name name = read_symbol(p, '!');
    if (!name)
        return NULL;
    const Type *t = map_get_ptr(&p->structs, name);
    if (!t)
        parse_error(p, scan_span_from(p, start), W0814, name);
    return t;
}

/* "?x4x?", without spaces. */
static bool read_extents(Parser *p, int64_t *extents, uint32_t *rank) {
    *rank = 0;
    skip_space(p);
    uint32_t start = p->at;
    if (take_char(p, '['))
        return expect_char(p, ']');
    for (;;) {
        unsigned __int128 extent = 0;
        if (*rank == MAX_RANK)
            return type_error(p, start, "a view has 8 dims at most");
        if (take_char(p, '?'))
            extents[(*rank)++] = EXTENT_DYNAMIC;
        else if (!read_number(p, &extent))
            return false;
        else if (extent > INT64_MAX)
            return type_error(p, start, "an extent fits an i64");
        else
            extents[(*rank)++] = (int64_t)extent;
        if (p->at >= p->file->len || p->file->chars[p->at] != 'x')
            return true;
        p->at++;
    }
}

static bool is_element(const Type *t) {
    return type_is_scalar(t) || t->kind == TYPE_VECTOR || t->kind == TYPE_STRUCT ||
           t->kind == TYPE_TUPLE || t->kind == TYPE_PTR;
}

/* Array variables of host code live in memory too. */
static bool is_memory_element(const Type *t) {
    return is_element(t) || t->kind == TYPE_ARRAY;
}

/* ", strided, shared, hangs>": any of them, in this order. */
static bool read_memory_words(Parser *p, Layout *layout, Space *space, bool *hangs) {
    bool has_layout = layout == NULL, has_space = false;
    while (take_char(p, ',')) {
        skip_space(p);
        uint32_t start = p->at;
        Name word = read_word(p);
        if (word && !has_layout && !has_space && layout_parse(word, layout))
            has_layout = true;
        else if (word && !has_space && space_parse(word, space))
            has_space = true;
        else if (word && hangs && !*hangs && strcmp(word, "hangs") == 0)
            *hangs = has_layout = has_space = true;
        else
            return type_error(p, start,
                              layout ? "a layout (row col strided), a space (global shared "
                                       "local constant) and hangs may follow"
                                     : "a space (global shared local constant) may follow");
    }
    return expect_char(p, '>');
}

static const Type *read_view(Parser *p, uint32_t start) {
    int64_t extents[MAX_RANK];
    uint32_t rank;
    Layout layout = LAYOUT_ROW_MAJOR;
    Space space = SPACE_GLOBAL;
    bool hangs = false;
    if (!expect_char(p, '<'))
        return NULL;
    const Type *element = read_type(p);
    if (!element || !expect_char(p, ',') || !read_extents(p, extents, &rank) ||
        !read_memory_words(p, &layout, &space, &hangs))
        return NULL;
    if (!is_memory_element(element)) {
        type_error(p, start,
                   "a view's elements are scalars, vectors, structs, tuples, pointers or arrays");
        return NULL;
    }
    const Type *view = type_view(p->types, element, rank, extents, layout, space);
    return hangs ? type_hanging(p->types, view) : view;
}

static const Type *read_pointer(Parser *p, uint32_t start) {
    Space space = SPACE_GLOBAL;
    if (!expect_char(p, '<'))
        return NULL;
    const Type *element = read_type(p);
    if (!element || !read_memory_words(p, NULL, &space, NULL))
        return NULL;
    if (!is_memory_element(element) && element->kind != TYPE_NONE) {
        type_error(p, start,
                   "a pointer's elements are scalars, vectors, structs, tuples, pointers or "
                   "arrays, or none");
        return NULL;
    }
    return type_ptr(p->types, element, space);
}

static const Type *read_array(Parser *p, uint32_t start) {
    uint32_t rank;
    if (!expect_char(p, '<'))
        return NULL;
    const Type *element = read_type(p);
    if (!element || !expect_char(p, ',') || !read_count(p, MAX_RANK, &rank) || !expect_char(p, '>'))
        return NULL;
    if (!is_element(element) && element->kind != TYPE_STR) {
        type_error(p, start, "an array's elements are scalars, vectors, structs, tuples or strs");
        return NULL;
    }
    return type_array(p->types, element, rank);
}

static const Type *named_type(Parser *p, Name word) {
    const Types *t = p->types;
    const Type *const simple[] = {t->none, t->poison, t->literal_int, t->literal_float,
                                  t->str,  t->device, t->type,        t->module};
    for (uint32_t i = 0; i < sizeof simple / sizeof *simple; i++)
        if (simple[i]->name == word)
            return simple[i];
    return type_scalar_named(t, word);
}

static const Type *read_type_here(Parser *p) {
    char c = peek_char(p);
    uint32_t start = p->at;
    if (c == '!')
        return read_struct(p, start);
    if (take_char(p, '<'))
        return read_vector(p, start);
    if (take_char(p, '('))
        return read_tuple(p, start);
    Name word = read_word(p);
    if (!word) {
        expected(p, "a type");
        return NULL;
    }
    if (strcmp(word, "view") == 0)
        return read_view(p, start);
    if (strcmp(word, "ptr") == 0)
        return read_pointer(p, start);
    if (strcmp(word, "array") == 0)
        return read_array(p, start);
    if (strcmp(word, "fn") == 0)
        return read_func_type(p);
    const Type *t = named_type(p, word);
    if (!t)
        type_error(p, start, arena_printf(p->arena, "there is no type '%s'", word));
    return t;
}

const Type *read_type(Parser *p) {
    if (!scan_enter(p))
        return NULL;
    const Type *t = read_type_here(p);
    scan_leave(p);
    return t;
}

/* --- attributes --- */

typedef enum RawKind { RAW_INT, RAW_HEX, RAW_REAL, RAW_BOOL, RAW_LIST, RAW_DONE } RawKind;

typedef struct Raw Raw;
struct Raw {
    RawKind kind;
    Span span;
    bool negative;
    unsigned __int128 magnitude; /* of RAW_INT, RAW_HEX and RAW_BOOL */
    double real;
    const Raw **items;
    uint32_t len;
    const Type *type; /* that stands behind it; may be NULL */
    const Attr *done; /* of RAW_DONE: what has one type only */
};

static const Raw *read_raw(Parser *p, bool with_type);

static bool is_number_char(const Parser *p, uint32_t at) {
    char c = p->file->chars[at];
    if (is_name_char(c))
        return true;
    return (c == '+' || c == '-') && at > 0 &&
           (p->file->chars[at - 1] == 'e' || p->file->chars[at - 1] == 'E');
}

static bool number_error(Parser *p, uint32_t start, const char *why) {
    parse_error(p, scan_span_from(p, start), W0810, why);
    return false;
}

static bool read_hex(Parser *p, Raw *raw, const char *text, uint32_t start) {
    size_t digits = strlen(text) - 2;
    if (digits == 0 || digits > 16 || strspn(text + 2, "0123456789abcdefABCDEF") != digits ||
        raw->negative)
        return number_error(p, start, "0x and 1 to 16 hex digits");
    raw->kind = RAW_HEX;
    raw->magnitude = strtoull(text + 2, NULL, 16);
    return true;
}

static bool read_real(Parser *p, Raw *raw, const char *text, uint32_t start) {
    char *end;
    raw->kind = RAW_REAL;
    raw->real = strtod(text, &end);
    if (*end)
        return number_error(p, start, "a number is decimal (1, 1.5, 1e-3), or bits (0x3f800000)");
    if (raw->negative)
        raw->real = -raw->real;
    return true;
}

/* A word that begins with a digit, or inf or nan; the minus sign has been read. */
static bool read_number_raw(Parser *p, Raw *raw) {
    skip_space(p);
    uint32_t start = p->at;
    while (p->at < p->file->len && is_number_char(p, p->at))
        p->at++;
    const char *text = arena_strndup(p->arena, p->file->chars + start, p->at - start);
    if (strlen(text) > 400)
        return number_error(p, start, "a number here has up to 400 characters");
    if (strncmp(text, "0x", 2) == 0)
        return read_hex(p, raw, text, start);
    if (strcmp(text, "inf") != 0 && strcmp(text, "nan") != 0 && !isdigit((unsigned char)*text)) {
        p->at = start;
        return expected(p, "a value");
    }
    if (strspn(text, "0123456789") != strlen(text))
        return read_real(p, raw, text, start);
    raw->kind = RAW_INT;
    p->at = start;
    return read_number(p, &raw->magnitude);
}

static bool read_items(Parser *p, Raw *raw) {
    VEC(const Raw *) items = {0};
    while (!take_char(p, ']')) {
        if (items.len && !expect_char(p, ','))
            return false;
        const Raw *item = read_raw(p, true);
        if (!item)
            return false;
        vec_push(p->arena, &items, item);
    }
    raw->kind = RAW_LIST;
    raw->items = items.items;
    raw->len = items.len;
    return true;
}

static bool read_literal(Parser *p, Raw *raw) {
    raw->negative = take_char(p, '-');
    if (!read_number_raw(p, raw))
        return false;
    if (raw->kind == RAW_REAL) {
        raw->done = attr_literal_float(p->types, raw->real);
    } else {
        __int128 wide = (__int128)raw->magnitude;
        raw->done = attr_literal_int(p->types, raw->negative ? -wide : wide);
    }
    raw->kind = RAW_DONE;
    return true;
}

static bool read_func_ref(Parser *p, Raw *raw) {
    uint32_t start = p->at;
    Name name = read_symbol(p, '@');
    if (!name)
        return false;
    Func *func = module_find(p->module, name);
    if (!func) {
        parse_error(p, scan_span_from(p, start), W0807, name);
        return false;
    }
    raw->done = attr_func(p->types, func);
    return true;
}

static bool read_string_attr(Parser *p, Raw *raw) {
    Name string;
    if (!read_string(p, &string))
        return false;
    raw->done = attr_string(p->types, string);
    return true;
}

static bool read_type_attr(Parser *p, Raw *raw) {
    const Type *t = read_type(p);
    if (!t)
        return false;
    raw->done = attr_of_type(p->types, t);
    return true;
}

static bool read_raw_here(Parser *p, Raw *raw) {
    char c = peek_char(p);
    raw->kind = RAW_DONE;
    if (c == '"')
        return read_string_attr(p, raw);
    if (c == '@')
        return read_func_ref(p, raw);
    if (take_char(p, '['))
        return read_items(p, raw);
    if (take_word(p, "literal"))
        return read_literal(p, raw);
    if (take_word(p, "type"))
        return read_type_attr(p, raw);
    if (take_word(p, "none")) {
        raw->done = attr_none(p->types);
        return true;
    }
    if (peek_word(p, "true") || peek_word(p, "false")) {
        raw->kind = RAW_BOOL;
        raw->magnitude = take_word(p, "true") || !take_word(p, "false");
        return true;
    }
    raw->negative = take_char(p, '-');
    return read_number_raw(p, raw);
}

static const Raw *read_raw(Parser *p, bool with_type) {
    if (!scan_enter(p))
        return NULL;
    skip_space(p);
    uint32_t start = p->at;
    Raw *raw = arena_new(p->arena, Raw);
    bool ok = read_raw_here(p, raw);
    raw->span = scan_span_from(p, start);
    if (ok && with_type && take_char(p, ':'))
        ok = (raw->type = read_type(p)) != NULL;
    scan_leave(p);
    return ok ? raw : NULL;
}

static const Attr *typed(Parser *p, const Raw *raw, const Type *expected_type);

static const Attr *value_error(Parser *p, const Raw *raw, const Type *type) {
    Text text = {.arena = p->arena};
    type_print(&text, type);
    parse_error(p, raw->span, W0815, text_cstr(&text));
    return NULL;
}

static const Attr *typed_integer(Parser *p, const Raw *raw, const Type *type) {
    uint32_t bits = type_bits(type);
    bool is_signed = type_is_signed(type);
    unsigned __int128 limit = (unsigned __int128)1
                              << (is_signed && raw->kind == RAW_INT ? bits - 1 : bits);
    if (raw->negative ? !is_signed || raw->magnitude > limit : raw->magnitude >= limit)
        return value_error(p, raw, type);
    uint64_t value = (uint64_t)raw->magnitude;
    return attr_int(p->types, type, raw->negative ? -value : value);
}

static const Attr *typed_number(Parser *p, const Raw *raw, const Type *type) {
    if (!type_is_scalar(type))
        return value_error(p, raw, type);
    ScalarClass class = type_class(type);
    bool is_float = class == CLASS_FLOAT || class == CLASS_STORAGE_FLOAT;
    if (raw->kind == RAW_BOOL)
        return class == CLASS_BOOL ? attr_bool(p->types, raw->magnitude != 0)
                                   : value_error(p, raw, type);
    if (raw->kind == RAW_REAL)
        return is_float ? attr_float(p->types, type, raw->real) : value_error(p, raw, type);
    if (class == CLASS_BOOL)
        return value_error(p, raw, type);
    if (!is_float)
        return typed_integer(p, raw, type);
    if (raw->kind == RAW_HEX)
        return raw->magnitude >> type_bits(type)
                   ? value_error(p, raw, type)
                   : attr_float_bits(p->types, type, (uint64_t)raw->magnitude);
    double value = (double)raw->magnitude;
    return attr_float(p->types, type, raw->negative ? -value : value);
}

static const Attr *typed_splat(Parser *p, const Raw *raw, const Type *type) {
    const Attr *items[MAX_LANES], *item = typed_number(p, raw, type->element);
    if (!item)
        return NULL;
    for (uint32_t i = 0; i < type->lanes; i++)
        items[i] = item;
    return attr_list(p->types, type, items, type->lanes);
}

static const Attr *typed_list(Parser *p, const Raw *raw, const Type *type) {
    const Attr **items = arena_array(p->arena, const Attr *, raw->len);
    if (type) {
        uint32_t count = type->kind == TYPE_VECTOR  ? type->lanes
                         : type->kind == TYPE_ARRAY ? raw->len
                                                    : type->field_count;
        if ((type->kind != TYPE_ARRAY && !list_item_type(type, 0) && raw->len) ||
            count != raw->len || type->kind == TYPE_FUNC || type_is_scalar(type))
            return value_error(p, raw, type);
    }
    for (uint32_t i = 0; i < raw->len; i++) {
        items[i] = typed(p, raw->items[i], list_item_type(type, i));
        if (!items[i])
            return NULL;
    }
    return attr_list(p->types, type, items, raw->len);
}

static const Type *default_type(const Parser *p, const Raw *raw) {
    return raw->kind == RAW_BOOL   ? p->types->boolean
           : raw->kind == RAW_REAL ? p->types->f64
                                   : p->types->i64;
}

static const Attr *typed(Parser *p, const Raw *raw, const Type *expected_type) {
    const Type *type = raw->type ? raw->type : expected_type;
    if (raw->kind == RAW_DONE)
        return raw->done;
    if (raw->kind == RAW_LIST)
        return typed_list(p, raw, type);
    if (type && type->kind == TYPE_VECTOR)
        return typed_splat(p, raw, type);
    return typed_number(p, raw, type ? type : default_type(p, raw));
}

const Attr *read_attr(Parser *p) {
    const Raw *raw = read_raw(p, true);
    return raw ? typed(p, raw, NULL) : NULL;
}

const Attr *read_typed_attr(Parser *p, const Type *type) {
    const Raw *raw = read_raw(p, false);
    return raw ? typed(p, raw, type) : NULL;
}

/* A value whose type follows it, as arith.const has it: "1.5 : f32". */
const Attr *read_const(Parser *p, const Type **type) {
    const Raw *raw = read_raw(p, false);
    if (!raw || !expect_char(p, ':'))
        return NULL;
    *type = read_type(p);
    return *type ? typed(p, raw, *type) : NULL;
}
