/* Interned attributes, and the names of an op's. */
#include "ir/attr.h"

#include "base/diag.h"
#include "ir/eval.h"
#include "ir/intern.h"

/* The words that tell attributes of one kind and type apart; a real counts by its bits, so that 0.0
 * and -0.0 are two and a NaN is itself. */
typedef struct Payload {
    uint64_t low, high;
} Payload;

static Payload payload(const Attr *attr) {
    Payload p = {0};
    switch (attr->kind) {
    case ATTR_INT:
    case ATTR_FLOAT: p.low = attr->bits; break;
    case ATTR_LITERAL_INT:
        p.low = (uint64_t)attr->wide;
        p.high = (uint64_t)(attr->wide >> 64);
        break;
    case ATTR_LITERAL_FLOAT: memcpy(&p.low, &attr->real, sizeof p.low); break;
    case ATTR_STRING: p.low = (uint64_t)(uintptr_t)attr->string; break;
    case ATTR_TYPE: p.low = (uint64_t)(uintptr_t)attr->as_type; break;
    case ATTR_FUNC: p.low = (uint64_t)(uintptr_t)attr->func; break;
    case ATTR_CLOSURE: p.low = (uint64_t)(uintptr_t)attr->pointer; break;
    case ATTR_LIST: p.low = attr->len; break;
    case ATTR_NONE_VALUE: break;
    }
    return p;
}

static uint64_t hash_attr(const Attr *attr) {
    Payload p = payload(attr);
    uint64_t hash = hash_mix(attr->kind, attr->type ? attr->type->id + 1 : 0);
    hash = hash_mix(hash_mix(hash, p.low), p.high);
    for (uint32_t i = 0; attr->kind == ATTR_LIST && i < attr->len; i++)
        hash = hash_mix(hash, attr->items[i]->id);
    return hash;
}

static bool attrs_equal(const void *left, const void *right) {
    const Attr *a = left, *b = right;
    if (a->kind != b->kind || a->type != b->type)
        return false;
    Payload p = payload(a), q = payload(b);
    if (p.low != q.low || p.high != q.high)
        return false;
    for (uint32_t i = 0; a->kind == ATTR_LIST && i < a->len; i++)
        if (a->items[i] != b->items[i])
            return false;
    return true;
}

static const Attr *intern_attr(Types *types, const Attr *like) {
    InternSet *set = &types->table->attrs;
    uint64_t hash = hash_attr(like);
    const Attr *found = intern_set_find(set, hash, like, attrs_equal);
    if (found)
        return found;
    Attr *attr = arena_copy(types->arena, like, sizeof *like);
    attr->id = set->count;
    if (like->kind == ATTR_LIST && like->len)
        attr->items = arena_copy(types->arena, like->items, sizeof *like->items * like->len);
    intern_set_add(types->arena, set, hash, attr);
    return attr;
}

static uint64_t fit_integer(const Type *type, uint64_t bits) {
    uint32_t unused = 64 - type_bits(type);
    if (type_is_signed(type))
        return (uint64_t)((int64_t)(bits << unused) >> unused);
    return bits << unused >> unused;
}

const Attr *attr_int(Types *types, const Type *type, uint64_t bits) {
    return intern_attr(types,
                       &(Attr){.kind = ATTR_INT, .type = type, .bits = fit_integer(type, bits)});
}

const Attr *attr_bool(Types *types, bool value) {
    return attr_int(types, types->boolean, value);
}
const Attr *attr_i64(Types *types, int64_t value) {
    return attr_int(types, types->i64, (uint64_t)value);
}

const Attr *attr_float_bits(Types *types, const Type *type, uint64_t bits) {
    uint32_t unused = 64 - type_bits(type);
    return intern_attr(types,
                       &(Attr){.kind = ATTR_FLOAT, .type = type, .bits = bits << unused >> unused});
}

const Attr *attr_float(Types *types, const Type *type, double value) {
    return attr_float_bits(types, type, eval_from_double(type, value));
}

const Attr *attr_literal_int(Types *types, __int128 value) {
    return intern_attr(
        types, &(Attr){.kind = ATTR_LITERAL_INT, .type = types->literal_int, .wide = value});
}

const Attr *attr_literal_float(Types *types, double value) {
    return intern_attr(
        types, &(Attr){.kind = ATTR_LITERAL_FLOAT, .type = types->literal_float, .real = value});
}

const Attr *attr_string(Types *types, Name string) {
    return intern_attr(types, &(Attr){.kind = ATTR_STRING, .type = types->str, .string = string});
}

const Attr *attr_of_type(Types *types, const Type *type) {
    return intern_attr(types, &(Attr){.kind = ATTR_TYPE, .type = types->type, .as_type = type});
}

const Attr *attr_list(Types *types, const Type *type, const Attr *const *items, uint32_t len) {
    return intern_attr(types, &(Attr){.kind = ATTR_LIST, .type = type, .items = items, .len = len});
}

const Attr *attr_func(Types *types, struct Func *func) {
    return intern_attr(types, &(Attr){.kind = ATTR_FUNC, .func = func});
}

const Attr *attr_closure(Types *types, const Type *type, const void *pointer) {
    return intern_attr(types, &(Attr){.kind = ATTR_CLOSURE, .type = type, .pointer = pointer});
}

const Attr *attr_none(Types *types) {
    return intern_attr(types, &(Attr){.kind = ATTR_NONE_VALUE, .type = types->none});
}

int64_t attr_as_i64(const Attr *attr) {
    if (attr->kind != ATTR_INT)
        weft_bug("attr_as_i64 of an attribute that is no integer");
    return (int64_t)attr->bits;
}

double attr_as_double(const Attr *attr) {
    if (attr->kind != ATTR_FLOAT)
        weft_bug("attr_as_double of an attribute that is no float");
    return eval_to_double(attr->type, attr->bits);
}

bool attr_is_true(const Attr *attr) {
    if (attr->kind != ATTR_INT)
        weft_bug("attr_is_true of an attribute that is no bool");
    return attr->bits != 0;
}
