/* Which attributes an op must have, and of what kind: a table. */
#include "ir/verify_internal.h"

typedef enum Wanted {
    WANT_WORD, /* a string, one of `words` */
    WANT_STRING,
    WANT_STRINGS, /* a list of strings */
    WANT_NUMBER,  /* an integer from 0 to `limit` */
    WANT_NUMBERS, /* a list of those */
    WANT_LIST,
    WANT_FUNC,
    WANT_ANY,
} Wanted;

typedef struct AttrRule {
    Opcode code;
    AttrKey key;
    Wanted wanted;
    int64_t limit;
    const char *words;
    const char *sentence;
} AttrRule;

#define ATOMIC_KINDS "add sub min max and or xor exchange"
#define ORDERS       "relaxed acquire release acq_rel"
#define SCOPES       "device block system"
#define NUMBER(op, key, limit, sentence)                                                           \
    { OP_##op, ATTR_KEY_##key, WANT_NUMBER, limit, NULL, sentence }
#define NUMBERS(op, key, limit, sentence)                                                          \
    { OP_##op, ATTR_KEY_##key, WANT_NUMBERS, limit, NULL, sentence }
#define WORD(op, key, words, sentence)                                                             \
    { OP_##op, ATTR_KEY_##key, WANT_WORD, 0, words, sentence }
#define OTHER(op, key, wanted, sentence)                                                           \
    { OP_##op, ATTR_KEY_##key, wanted, 0, NULL, sentence }
#define ORDERED(op)                                                                                \
    WORD(op, ORDER, ORDERS, "{order} is relaxed, acquire, release or acq_rel"),                    \
        WORD(op, SCOPE, SCOPES, "{scope} is device, block or system")

static const AttrRule rules[] = {
    OTHER(ARITH_CONST, VALUE, WANT_ANY, "a constant has a {value}"),
    WORD(ARITH_CMP, PREDICATE, "eq ne lt le gt ge", "{predicate} is eq, ne, lt, le, gt or ge"),
    NUMBERS(VEC_SHUFFLE, LANES, MAX_LANES - 1, "{lanes} lists source lanes"),
    WORD(VEC_REDUCE, KIND, "add mul min max and or", "{kind} is add, mul, min, max, and, or"),
    OTHER(VEC_MAP, CALLEE, WANT_FUNC, "{callee} is a function"),
    NUMBER(AGG_GET, INDEX, UINT32_MAX, "{index} is a field's number"),
    NUMBER(AGG_SET, INDEX, UINT32_MAX, "{index} is a field's number"),
    OTHER(AGG_TABLE, VALUE, WANT_LIST, "{value} is a list"),
    NUMBER(MEM_EXTENT, DIM, MAX_RANK - 1, "{dim} is a dim's number"),
    NUMBER(MEM_STRIDE, DIM, MAX_RANK - 1, "{dim} is a dim's number"),
    NUMBER(MEM_FIELD, INDEX, UINT32_MAX, "{index} is a field's number"),
    NUMBERS(MEM_SUBVIEW, DIMS, MAX_RANK - 1, "{dims} lists the dims that are kept"),
    OTHER(MEM_ALLOC_SHARED, NAME, WANT_STRING, "shared memory has a {name}"),
    OTHER(MEM_PTR_SHARED, NAME, WANT_STRING, "shared memory has a {name}"),
    NUMBER(MEM_PTR_SHARED, VALUE, INT32_MAX, "{value} is a number of elements"),
    NUMBER(MEM_PTR_LOCAL, VALUE, INT32_MAX, "{value} is a number of elements"),
    WORD(MEM_ATOMIC, KIND, ATOMIC_KINDS, "{kind} is add, sub, min, max, and, or, xor or exchange"),
    WORD(MEM_PTR_ATOMIC, KIND, ATOMIC_KINDS,
         "{kind} is add, sub, min, max, and, or, xor or exchange"),
    ORDERED(MEM_ATOMIC),
    ORDERED(MEM_ATOMIC_CAS),
    ORDERED(MEM_ATOMIC_LOAD),
    ORDERED(MEM_ATOMIC_STORE),
    ORDERED(MEM_PTR_ATOMIC),
    ORDERED(MEM_PTR_ATOMIC_CAS),
    ORDERED(MEM_PTR_ATOMIC_LOAD),
    ORDERED(MEM_PTR_ATOMIC_STORE),
    ORDERED(MEM_FENCE),
    OTHER(FUNC_CALL, CALLEE, WANT_FUNC, "{callee} is a function"),
    OTHER(FUNC_PRINT, PARTS, WANT_STRINGS, "{parts} lists strings"),
    OTHER(FUNC_FORMAT, PARTS, WANT_STRINGS, "{parts} lists strings"),
    OTHER(FUNC_ASSERT, PARTS, WANT_STRINGS, "{parts} lists strings"),
    NUMBER(KERNEL_ITEM, DIM, 3, "{dim} is a size of the domain, 0 to 3"),
    NUMBER(KERNEL_THREAD_IDX, DIM, 2, "{dim} is 0, 1 or 2"),
    NUMBER(KERNEL_BLOCK_IDX, DIM, 2, "{dim} is 0, 1 or 2"),
    NUMBER(KERNEL_BLOCK_DIM, DIM, 2, "{dim} is 0, 1 or 2"),
    NUMBER(KERNEL_GRID_DIM, DIM, 2, "{dim} is 0, 1 or 2"),
    WORD(KERNEL_SHUFFLE, KIND, "down up xor idx", "{kind} is down, up, xor or idx"),
    WORD(KERNEL_WARP, KIND, "sum min max prod prefix_sum any all ballot",
         "{kind} is sum, min, max, prod, prefix_sum, any, all or ballot"),
    WORD(KERNEL_BLOCK, KIND, "sum min max any all prefix_sum",
         "{kind} is sum, min, max, any, all or prefix_sum"),
    OTHER(HOST_CALL, NAME, WANT_STRING, "{name} is the runtime's entry"),
    OTHER(HOST_LAUNCH, CALLEE, WANT_FUNC, "{callee} is a function"),
    OTHER(HOST_ENTRY, CALLEE, WANT_FUNC, "{callee} is a function"),
    OTHER(DBG_VALUE, NAME, WANT_STRING, "{name} is the variable's"),
};

static bool is_among(const char *word, const char *words) {
    size_t len = strlen(word);
    for (const char *at = words; len && (at = strstr(at, word)); at += len)
        if ((at == words || at[-1] == ' ') && (at[len] == 0 || at[len] == ' '))
            return true;
    return false;
}

static bool is_number(const Attr *attr, int64_t limit) {
    return attr->kind == ATTR_INT && attr->type->kind != TYPE_BOOL && (int64_t)attr->bits >= 0 &&
           (int64_t)attr->bits <= limit;
}

static bool all_items(const Attr *attr, bool numbers, int64_t limit) {
    if (attr->kind != ATTR_LIST)
        return false;
    for (uint32_t i = 0; i < attr->len; i++)
        if (numbers ? !is_number(attr->items[i], limit) : attr->items[i]->kind != ATTR_STRING)
            return false;
    return true;
}

static bool holds(const AttrRule *rule, const Attr *attr) {
    if (!attr)
        return false;
    switch (rule->wanted) {
    case WANT_WORD: return attr->kind == ATTR_STRING && is_among(attr->string, rule->words);
    case WANT_STRING: return attr->kind == ATTR_STRING;
    case WANT_STRINGS: return all_items(attr, false, 0);
    case WANT_NUMBER: return is_number(attr, rule->limit);
    case WANT_NUMBERS: return all_items(attr, true, rule->limit);
    case WANT_LIST: return attr->kind == ATTR_LIST;
    case WANT_FUNC: return attr->kind == ATTR_FUNC;
    case WANT_ANY: return true;
    }
    return false;
}

bool verify_attrs(Verifier *v, const Op *op) {
    for (uint32_t i = 0; i < sizeof rules / sizeof *rules; i++)
        if (rules[i].code == op->code)
            CHECK(v, holds(&rules[i], op_attr(op, rules[i].key)), rules[i].sentence);
    const Attr *callee = op_attr(op, ATTR_KEY_CALLEE);
    CHECK(v, !callee || (callee->kind == ATTR_FUNC && callee->func->module == v->module),
          "{callee} is a function of the same module");
    const Attr *align = op_attr(op, ATTR_KEY_ALIGN);
    CHECK(v,
          !align || (is_number(align, 4096) && align->bits && !(align->bits & (align->bits - 1))),
          "{align} is a power of two up to 4096");
    return true;
}
