/* Choices: one of several literals, picked at run time: an element of a comptime table, or an arm of
 * `x if c else y`. A choice is a literal still, which takes its type where it meets one, so an
 * operator among choices and literals is computed ahead, for each pair that there may be. */
#include "sema/expr.h"
#include "sema/structure.h"

/* Of two tables there are as many pairs as their lengths multiply to. */
static const uint32_t MOST_PAIRS = 4096;

static uint32_t count_literals(const Operand *operand) {
    if (operand->kind != OPERAND_CHOICE)
        return 1;
    if (operand->constant)
        return operand->constant->len;
    return count_literals(&operand->items[0]) + count_literals(&operand->items[1]);
}

static const Attr *literal_as(Types *types, const Attr *literal, const Type *type) {
    return type->kind == TYPE_LITERAL_FLOAT && literal->kind == ATTR_LITERAL_INT
               ? attr_literal_float(types, (double)literal->wide)
               : literal;
}

/* Beside a float each integer is one. */
Operand choose_of_table(FuncState *fs, const Attr *const *literals, uint32_t len, Value *index,
                        const Node *node) {
    Types *types = fs->sema->types;
    const Type *type = types->literal_int;
    for (uint32_t i = 0; i < len; i++)
        if (literals[i]->kind == ATTR_LITERAL_FLOAT)
            type = types->literal_float;
    const Attr **items = arena_array(fs->sema->arena, const Attr *, len);
    for (uint32_t i = 0; i < len; i++)
        items[i] = literal_as(types, literals[i], type);
    return (Operand){.kind = OPERAND_CHOICE,
                     .type = type,
                     .value = index,
                     .constant = attr_list(types, NULL, items, len),
                     .node = node};
}

/* ------------------------------------------------------------------ one side */

typedef struct Mapping {
    Operator op;
    const Operand *other; /* the other side; NULL of a unary operator */
    bool swapped;         /* the other side stands on the left */
    const Type *type;     /* what the literals of the choice are beside each other */
} Mapping;

static Operand map_choice(FuncState *fs, const Mapping *m, const Operand *choice, const Node *node);

static Operand map_literal(FuncState *fs, const Mapping *m, const Attr *literal, const Node *node) {
    Operand one = operand_of_const(literal_as(fs->sema->types, literal, m->type), node);
    if (!m->other)
        return operand_of_const(literal_unary(fs, m->op, one.constant, node), node);
    return m->swapped ? apply_to_literals(fs, m->op, m->other, &one, node)
                      : apply_to_literals(fs, m->op, &one, m->other, node);
}

static Value *pair_index(FuncState *fs, Value *first, uint32_t count, Value *second) {
    Value *length = build_const(&fs->b, attr_int(fs->sema->types, fs->sema->types->i64, count));
    return build2(&fs->b, OP_ARITH_ADD, build2(&fs->b, OP_ARITH_MUL, first, length), second);
}

/* The results of all the table's literals one after another: each a literal, or, where the other
 * side is a table too, all the same number of them. */
static Operand map_table(FuncState *fs, const Mapping *m, const Operand *choice, const Node *node) {
    uint32_t len = choice->constant->len, width = m->other ? count_literals(m->other) : 1;
    const Attr **items = arena_array(fs->sema->arena, const Attr *, (size_t)len * width);
    for (uint32_t i = 0; i < len; i++) {
        Operand part = map_literal(fs, m, choice->constant->items[i], node);
        if (part.kind == OPERAND_POISON)
            return part;
        for (uint32_t j = 0; j < width; j++)
            items[i * width + j] = part.kind == OPERAND_CHOICE ? part.constant->items[j]
                                                               : part.constant;
    }
    bool pairs = m->other && m->other->kind == OPERAND_CHOICE;
    Value *index = pairs ? pair_index(fs, choice->value, width, m->other->value) : choice->value;
    return choose_of_table(fs, items, len * width, index, node);
}

static Operand map_arms(FuncState *fs, const Mapping *m, const Operand *choice, const Node *node) {
    Operand arms[2];
    for (int i = 0; i < 2; i++) {
        const Operand *item = &choice->items[i];
        arms[i] = item->kind == OPERAND_CHOICE ? map_choice(fs, m, item, node)
                                               : map_literal(fs, m, item->constant, node);
        if (arms[i].kind == OPERAND_POISON)
            return arms[i];
    }
    return choose_literal(fs, choice->value, &arms[0], &arms[1], node);
}

static Operand map_choice(FuncState *fs, const Mapping *m, const Operand *choice,
                          const Node *node) {
    return choice->constant ? map_table(fs, m, choice, node) : map_arms(fs, m, choice, node);
}

/* ------------------------------------------------------------------ the arms of a conditional */

static Operand arm_as(FuncState *fs, const Operand *arm, const Type *type) {
    if (arm->type == type)
        return *arm;
    if (arm->kind == OPERAND_CONST)
        return operand_of_const(literal_as(fs->sema->types, arm->constant, type), arm->node);
    return map_choice(fs, &(Mapping){.op = OPERATOR_POS, .type = type}, arm, arm->node);
}

Operand choose_literal(FuncState *fs, Value *condition, const Operand *a, const Operand *b,
                       const Node *node) {
    const Type *type = unify(fs, a, b, node, "the arms of `if`");
    if (!type)
        return operand_poison(node);
    Operand *items = arena_array(fs->sema->arena, Operand, 2);
    items[0] = arm_as(fs, a, type);
    items[1] = arm_as(fs, b, type);
    return (Operand){.kind = OPERAND_CHOICE,
                     .type = type,
                     .value = condition,
                     .items = items,
                     .item_count = 2,
                     .node = node};
}

Operand take_arm(FuncState *fs, const Operand *taken, const Operand *other, const Node *node) {
    Operand arm = *taken;
    if (operand_is_literal(taken) && operand_is_literal(other))
        arm = arm_as(fs, taken, unify(fs, taken, other, node, "the arms of `if`"));
    arm.node = node;
    return arm;
}

/* ------------------------------------------------------------------ both sides */

static bool is_choice_of_arms(const Operand *operand) {
    return operand->kind == OPERAND_CHOICE && !operand->constant;
}

Operand apply_to_choice(FuncState *fs, Operator op, const Operand *choice, const Node *node) {
    Mapping m = {.op = op, .type = choice->type};
    return map_choice(fs, &m, choice, node);
}

/* Arms are taken apart before tables are, so that a table meets a literal or a table. */
Operand apply_to_literals(FuncState *fs, Operator op, const Operand *left, const Operand *right,
                          const Node *node) {
    if (left->kind == OPERAND_CONST && right->kind == OPERAND_CONST)
        return operand_of_const(literal_binary(fs, op, left->constant, right->constant, node),
                                node);
    bool swapped = left->kind != OPERAND_CHOICE ||
                   (is_choice_of_arms(right) && !is_choice_of_arms(left));
    const Operand *choice = swapped ? right : left, *other = swapped ? left : right;
    Mapping m = {.op = op, .other = other, .swapped = swapped, .type = choice->type};
    return map_choice(fs, &m, choice, node);
}

bool literals_are_few(const Operand *left, const Operand *right) {
    return (uint64_t)count_literals(left) * count_literals(right) <= MOST_PAIRS;
}
