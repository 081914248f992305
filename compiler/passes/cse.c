/* cse: ops that compute the same become one.
 *
 *     %2 = arith.add %0, %1 : i64            %2 = arith.add %0, %1 : i64
 *     %3 = arith.add %1, %0 : i64     ->     %4 = arith.mul %2, %2 : i64
 *     %4 = arith.mul %2, %3 : i64
 *
 * Sound: both are pure, so equal operands and attributes give equal results, and the one that stays
 * stands earlier in the same block or in a block that encloses it. A table of what is at hand is
 * filled on the way into a region and cut back on the way out. Index arithmetic that each access
 * makes anew, and extents, are where this pays. */
#include "passes/pass.h"

#include "ir/intern.h"

typedef struct Entry {
    Op *op;
    uint64_t hash;
    uint32_t next; /* index + 1 of the entry before in the same bucket */
} Entry;

enum { BUCKETS = 1024 };

typedef struct Table {
    Arena *arena;
    VEC(Entry) entries;
    uint32_t buckets[BUCKETS];
    bool changed;
} Table;

static bool may_be_merged(const Op *op) {
    return op_has(op, PURE) && op->region_count == 0 && op->result_count == 1 &&
           op->code != OP_ARITH_UNDEF;
}

static bool is_integer_op(const Op *op) {
    const Type *scalar = type_scalar_of(op_result(op, 0)->type);
    return type_is_scalar(scalar) && !type_is_float(scalar);
}

/* Bit for bit: a NaN has no bits that count. */
static bool commutes(const Op *op) {
    return op_has(op, COMMUTES) || (op_has(op, COMMUTES_INT) && is_integer_op(op));
}

static uint64_t hash_of(const Op *op) {
    uint64_t operands = 0;
    bool any_order = commutes(op);
    for (uint32_t i = 0; i < op->operand_count; i++) {
        uint64_t word = (uint64_t)(uintptr_t)op_operand(op, i);
        operands = any_order ? operands + hash_mix(word, 1) : hash_mix(operands, word);
    }
    uint64_t hash = hash_mix(hash_mix(op->code, op_result(op, 0)->type->id), operands);
    for (uint32_t i = 0; i < op->attr_count; i++)
        hash = hash_mix(hash, (uint64_t)op->attrs[i].key << 32 | op->attrs[i].attr->id);
    return hash;
}

static bool same_operands(const Op *a, const Op *b) {
    if (a->operand_count != b->operand_count)
        return false;
    bool same = true;
    for (uint32_t i = 0; i < a->operand_count; i++)
        same &= op_operand(a, i) == op_operand(b, i);
    if (!same && commutes(a) && a->operand_count == 2)
        same = op_operand(a, 0) == op_operand(b, 1) && op_operand(a, 1) == op_operand(b, 0);
    return same;
}

static bool computes_the_same(const Op *a, const Op *b) {
    if (a->code != b->code || op_result(a, 0)->type != op_result(b, 0)->type ||
        a->attr_count != b->attr_count)
        return false;
    for (uint32_t i = 0; i < a->attr_count; i++)
        if (a->attrs[i].key != b->attrs[i].key || a->attrs[i].attr != b->attrs[i].attr)
            return false;
    return same_operands(a, b);
}

static Op *find_earlier(const Table *table, const Op *op, uint64_t hash) {
    for (uint32_t i = table->buckets[hash % BUCKETS]; i; i = table->entries.items[i - 1].next) {
        const Entry *entry = &table->entries.items[i - 1];
        if (entry->hash == hash && computes_the_same(entry->op, op))
            return entry->op;
    }
    return NULL;
}

static void add(Table *table, Op *op, uint64_t hash) {
    Entry entry = {op, hash, table->buckets[hash % BUCKETS]};
    vec_push(table->arena, &table->entries, entry);
    table->buckets[hash % BUCKETS] = table->entries.len;
}

static void cut_back(Table *table, uint32_t len) {
    while (table->entries.len > len) {
        Entry entry = vec_pop(&table->entries);
        table->buckets[entry.hash % BUCKETS] = entry.next;
    }
}

static void visit_block(Table *table, Block *block);

static void visit_op(Table *table, Op *op) {
    for (uint32_t i = 0; i < op->region_count; i++)
        REGION_FOR_EACH_BLOCK (block, op_region(op, i))
            visit_block(table, block);
    if (!may_be_merged(op))
        return;
    uint64_t hash = hash_of(op);
    Op *earlier = find_earlier(table, op, hash);
    if (!earlier) {
        add(table, op, hash);
        return;
    }
    value_replace_uses(op_result(op, 0), op_result(earlier, 0));
    op_erase(op);
    table->changed = true;
}

static void visit_block(Table *table, Block *block) {
    uint32_t len = table->entries.len;
    BLOCK_FOR_EACH_OP_SAFE (op, block)
        visit_op(table, op);
    cut_back(table, len);
}

bool pass_cse(PassContext *cx, Func *func) {
    Table *table = arena_new(cx->scratch, Table);
    table->arena = cx->scratch;
    REGION_FOR_EACH_BLOCK (block, func->body)
        visit_block(table, block);
    return table->changed;
}
