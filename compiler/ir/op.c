/* Ops: making, linking and taking apart. Uses of a value form a list through the operands of its
 * users; `link` points at what points at the use, so that one is taken out without a search. */
#include "ir/op.h"

#include "base/diag.h"
#include "ir/func.h"

static void add_use(Use *use, Value *value) {
    use->value = value;
    use->next = NULL;
    use->link = NULL;
    if (!value)
        return;
    use->next = value->uses;
    use->link = &value->uses;
    if (use->next)
        use->next->link = &use->next;
    value->uses = use;
}

static void drop_use(Use *use) {
    if (!use->link)
        return;
    *use->link = use->next;
    if (use->next)
        use->next->link = use->link;
    use->value = NULL;
    use->next = NULL;
    use->link = NULL;
}

static void make_operands(Op *op, Value *const *values, uint32_t count) {
    op->operands = arena_array(op->module->arena, Use, count);
    op->operand_count = count;
    for (uint32_t i = 0; i < count; i++) {
        op->operands[i].user = op;
        op->operands[i].index = i;
        add_use(&op->operands[i], values[i]);
    }
}

static Region *make_region(Module *module, Op *op) {
    Region *region = arena_new(module->arena, Region);
    region->op = op;
    return region;
}

Op *op_create(Module *module, Opcode code, Span span, Value *const *operands,
              uint32_t operand_count, const Type *const *result_types, uint32_t result_count,
              uint32_t region_count) {
    Op *op = arena_new(module->arena, Op);
    op->code = code;
    op->module = module;
    op->span = span;
    make_operands(op, operands, operand_count);
    op_set_results(op, result_types, result_count);
    op->region_count = region_count;
    op->regions = arena_array(module->arena, Region *, region_count);
    for (uint32_t i = 0; i < region_count; i++)
        op->regions[i] = make_region(module, op);
    return op;
}

void op_insert_before(Op *op, Op *before) {
    if (op->block)
        weft_bug("%s is inserted, but stands in a block already", op_info[op->code].text);
    op->block = before->block;
    op->next = before;
    op->previous = before->previous;
    if (op->previous)
        op->previous->next = op;
    else
        op->block->first = op;
    before->previous = op;
    op_set_func(op, op->block->region ? op->block->region->func : NULL);
}

void op_insert_after(Op *op, Op *after) {
    if (after->next)
        op_insert_before(op, after->next);
    else
        op_append(after->block, op);
}

void op_append(Block *block, Op *op) {
    if (op->block)
        weft_bug("%s is appended, but stands in a block already", op_info[op->code].text);
    op->block = block;
    op->next = NULL;
    op->previous = block->last;
    if (op->previous)
        op->previous->next = op;
    else
        block->first = op;
    block->last = op;
    op_set_func(op, block->region ? block->region->func : NULL);
}

void op_unlink(Op *op) {
    Block *block = op->block;
    if (!block)
        return;
    if (op->previous)
        op->previous->next = op->next;
    else
        block->first = op->next;
    if (op->next)
        op->next->previous = op->previous;
    else
        block->last = op->previous;
    op->block = NULL;
    op->previous = op->next = NULL;
}

void op_move_before(Op *op, Op *before) {
    if (op == before)
        return;
    op_unlink(op);
    op_insert_before(op, before);
}

static void drop_operands(Op *op) {
    for (uint32_t i = 0; i < op->operand_count; i++)
        drop_use(&op->operands[i]);
}

/* From the back, so that users go before what they use. */
static void erase_regions(Op *op) {
    for (uint32_t i = 0; i < op->region_count; i++) {
        REGION_FOR_EACH_BLOCK (block, op->regions[i])
            while (block->last)
                op_erase(block->last);
        op->regions[i]->first = NULL;
    }
    op->region_count = 0;
}

void op_erase(Op *op) {
    for (uint32_t i = 0; i < op->result_count; i++)
        if (value_is_used(&op->results[i]))
            weft_bug("%s is erased while its result %u is used", op_info[op->code].text, i);
    drop_operands(op);
    erase_regions(op);
    op_unlink(op);
}

void op_set_operand(Op *op, uint32_t i, Value *value) {
    drop_use(&op->operands[i]);
    add_use(&op->operands[i], value);
}

void op_set_operands(Op *op, Value *const *values, uint32_t count) {
    Use *old = op->operands; /* `values` may be read from them */
    uint32_t old_count = op->operand_count;
    make_operands(op, values, count);
    for (uint32_t i = 0; i < old_count; i++)
        drop_use(&old[i]);
}

void op_set_results(Op *op, const Type *const *types, uint32_t count) {
    Value *results = arena_array(op->module->arena, Value, op->result_count + count);
    for (uint32_t i = 0; i < op->result_count; i++) {
        if (value_is_used(&op->results[i]))
            weft_bug("%s gets more results while its result %u is used", op_info[op->code].text, i);
        results[i] = op->results[i];
    }
    for (uint32_t i = 0; i < count; i++) {
        Value *result = &results[op->result_count + i];
        result->type = types[i];
        result->op = op;
        result->index = op->result_count + i;
    }
    op->results = results;
    op->result_count += count;
}

static void remove_attr(Op *op, uint32_t i) {
    memmove(op->attrs + i, op->attrs + i + 1, sizeof *op->attrs * (op->attr_count - i - 1));
    op->attr_count--;
}

/* The entries are in the order of their keys, each key once. */
void op_set_attr(Op *op, AttrKey key, const Attr *attr) {
    uint32_t i = 0;
    while (i < op->attr_count && op->attrs[i].key < key)
        i++;
    if (i < op->attr_count && op->attrs[i].key == key) {
        if (attr)
            op->attrs[i].attr = attr;
        else
            remove_attr(op, i);
        return;
    }
    if (!attr)
        return;
    AttrEntry *attrs = arena_array(op->module->arena, AttrEntry, op->attr_count + 1);
    for (uint32_t k = 0; k < op->attr_count; k++)
        attrs[k < i ? k : k + 1] = op->attrs[k];
    attrs[i] = (AttrEntry){key, attr};
    op->attrs = attrs;
    op->attr_count++;
}

const Attr *op_attr(const Op *op, AttrKey key) {
    for (uint32_t i = 0; i < op->attr_count; i++)
        if (op->attrs[i].key == key)
            return op->attrs[i].attr;
    return NULL;
}

Op *op_terminator(const Block *block) {
    return block->last && op_has(block->last, TERMINATOR) ? block->last : NULL;
}

Op *op_parent(const Op *op) {
    return op->block && op->block->region ? op->block->region->op : NULL;
}

Func *op_func(const Op *op) {
    return op->block && op->block->region ? op->block->region->func : NULL;
}

void op_set_func(Op *op, Func *func) {
    for (uint32_t i = 0; i < op->region_count; i++) {
        Region *region = op->regions[i];
        if (region->func == func)
            continue;
        region->func = func;
        REGION_FOR_EACH_BLOCK (block, region)
            BLOCK_FOR_EACH_OP (inner, block)
                op_set_func(inner, func);
    }
}

void value_replace_uses(Value *value, Value *by) {
    if (value == by)
        return;
    while (value->uses) {
        Use *use = value->uses;
        drop_use(use);
        add_use(use, by);
    }
}

Op *value_op(const Value *value) {
    return value->op;
}

const Attr *value_constant(const Value *value) {
    return value->op && value->op->code == OP_ARITH_CONST ? op_attr(value->op, ATTR_KEY_VALUE)
                                                          : NULL;
}
