/* The matcher and the worklist driver (rewrite.h). */
#include "ir/rewrite.h"

#include "base/diag.h"
#include "ir/fold.h"

/* Constants. */

static bool is_float(const Type *scalar) {
    return type_class(scalar) == CLASS_FLOAT;
}

bool fixed_bits(FixedConst fixed, const Type *scalar, uint64_t *bits) {
    if (!type_is_scalar(scalar) || type_class(scalar) == CLASS_STORAGE_FLOAT)
        return false;
    unsigned width = type_bits(scalar);
    bool is_signed = type_class(scalar) == CLASS_SIGNED;
    switch (fixed) {
    case FIXED_ZERO:       *bits = 0; return true;
    case FIXED_MINUS_ZERO: *bits = 1ull << (width - 1); return is_float(scalar);
    case FIXED_ONE:        *bits = is_float(scalar) ? eval_from_double(scalar, 1) : 1; return true;
    case FIXED_MINUS_ONE:
        *bits = is_float(scalar) ? eval_from_double(scalar, -1)
                : is_signed      ? ~0ull
                                 : ~0ull >> (64 - width);
        return true;
    case FIXED_LEAST: *bits = is_signed ? ~0ull << (width - 1) : 0; return !is_float(scalar);
    case FIXED_MOST:  *bits = ~0ull >> (64 - width + is_signed); return !is_float(scalar);
    }
    return false;
}

/* The bits of a constant scalar, or of a vector with the same in each lane. */
static bool uniform_bits(const Value *value, uint64_t *bits) {
    const Attr *attr = value_constant(value);
    if (!attr)
        return false;
    if (attr->kind == ATTR_LIST && value->type->kind == TYPE_VECTOR) {
        for (uint32_t i = 1; i < attr->len; i++)
            if (attr->items[i] != attr->items[0])
                return false;
        attr = attr->items[0];
    }
    *bits = attr->bits;
    return attr->kind == ATTR_INT || attr->kind == ATTR_FLOAT;
}

static Value *build_uniform(Builder *b, const Type *type, uint64_t bits) {
    Types *types = b->module->types;
    const Type *scalar = type_scalar_of(type);
    const Attr *lane =
        is_float(scalar) ? attr_float_bits(types, scalar, bits) : attr_int(types, scalar, bits);
    if (type->kind != TYPE_VECTOR)
        return build_const(b, lane);
    const Attr *lanes[MAX_LANES];
    for (uint32_t i = 0; i < type->lanes; i++)
        lanes[i] = lane;
    return build_const(b, attr_list(types, type, lanes, type->lanes));
}

/* Matching. */

typedef struct Match {
    Guard guard;
    Value *values[TERM_VALUES], *constants[TERM_CONSTS];
} Match;

static bool same_value(const Value *a, const Value *b) {
    const Attr *constant = value_constant(a);
    return a == b || (constant && a->type == b->type && constant == value_constant(b));
}

static bool commutes(const Op *op) {
    const Type *scalar = type_scalar_of(op_result(op, 0)->type);
    return op_has(op, COMMUTES) ||
           (op_has(op, COMMUTES_INT) && type_is_scalar(scalar) && !is_float(scalar));
}

static bool match_term(const Term *term, Value *value, Match *m);

static bool match_operands(const Term *term, const Op *op, bool swapped, Match *m) {
    for (uint32_t i = 0; i < op->operand_count; i++)
        if (!match_term(term->in[i], op_operand(op, swapped ? 1 - i : i), m))
            return false;
    return true;
}

static bool has_predicate(const Op *op, Predicate wanted) {
    const Attr *attr = op_attr(op, ATTR_KEY_PREDICATE);
    Predicate predicate;
    return attr && eval_predicate(attr->string, &predicate) && predicate == wanted;
}

static bool match_op(const Term *term, const Op *op, Match *m) {
    if (op->code != term->code || op->operand_count > 3 || op->result_count != 1)
        return false;
    if (op->code == OP_ARITH_CMP && !has_predicate(op, term->predicate))
        return false;
    Match before = *m;
    if (match_operands(term, op, false, m))
        return true;
    *m = before;
    if (op->operand_count == 2 && commutes(op) && match_operands(term, op, true, m))
        return true;
    *m = before;
    return false;
}

static bool match_term(const Term *term, Value *value, Match *m) {
    uint64_t bits, wanted;
    if (!term)
        return false;
    switch (term->kind) {
    case TERM_VALUE:
        if (m->values[term->index])
            return same_value(m->values[term->index], value);
        m->values[term->index] = value;
        if (term->index == 0)
            m->guard.from = type_scalar_of(value->type);
        return true;
    case TERM_CONST:
        if (!uniform_bits(value, &bits))
            return false;
        if (m->constants[term->index])
            return m->guard.constants[term->index] == bits;
        m->constants[term->index] = value;
        m->guard.constants[term->index] = bits;
        return true;
    case TERM_FIXED:
        return fixed_bits(term->fixed, type_scalar_of(value->type), &wanted) &&
               uniform_bits(value, &bits) && bits == wanted;
    case TERM_OP:
        if (!value->op)
            return false;
        m->guard.middle = type_scalar_of(value->type);
        return match_op(term, value->op, m);
    default: return false;
    }
}

/* Replacing. */

typedef struct Replacing {
    Builder *b;
    const Match *match;
    const Type *operand_type, *result_type; /* of the op that goes */
    const Attr *fast;
} Replacing;

static const char *const predicate_texts[] = {"eq", "ne", "lt", "le", "gt", "ge"};

static Value *build_term(const Replacing *r, const Term *term, const Type *type);

static Value *build_op_term(const Replacing *r, const Term *term, const Type *type) {
    Value *in[3];
    uint32_t count = 0;
    bool same = op_info[term->code].results == RESULT_SAME;
    for (; count < 3 && term->in[count]; count++)
        in[count] = build_term(r, term->in[count], same ? type : r->operand_type);
    if (term->code == OP_ARITH_CMP)
        return build_cmp(r->b, predicate_texts[term->predicate], in[0], in[1]);
    if (op_info[term->code].results == RESULT_ANY)
        return build_typed(r->b, term->code, type, in, count);
    Value *made = count == 1   ? build1(r->b, term->code, in[0])
                  : count == 2 ? build2(r->b, term->code, in[0], in[1])
                               : build3(r->b, term->code, in[0], in[1], in[2]);
    if (r->fast && made->op && made->op->code == term->code)
        op_set_attr(made->op, ATTR_KEY_FAST, r->fast);
    return made;
}

static Value *build_term(const Replacing *r, const Term *term, const Type *type) {
    uint64_t bits = 0;
    switch (term->kind) {
    case TERM_VALUE: return r->match->values[term->index];
    case TERM_CONST: return r->match->constants[term->index];
    case TERM_FIXED:
        fixed_bits(term->fixed, type_scalar_of(type), &bits);
        return build_uniform(r->b, type, bits);
    case TERM_LOG2:
        return build_uniform(r->b, type,
                             (uint64_t)__builtin_ctzll(r->match->guard.constants[term->index]));
    default:         return build_op_term(r, term, type);
    }
}

static Value *apply_rule(const Rule *rule, Builder *b, Op *op) {
    Match match = {0};
    match.guard.type = type_scalar_of(op_operand(op, 0)->type);
    match.guard.result = type_scalar_of(op_result(op, 0)->type);
    if (!match_op(rule->pattern, op, &match) || (rule->when && !rule->when(&match.guard)))
        return NULL;
    Replacing r = {b, &match, op_operand(op, 0)->type, op_result(op, 0)->type,
                   op_attr(op, ATTR_KEY_FAST)};
    Value *made = build_term(&r, rule->replacement, op_result(op, 0)->type);
    return made->type == op_result(op, 0)->type ? made
                                                : NULL; /* a scalar condition between vectors */
}

/* The driver. */

struct Rewriter {
    Arena *arena;
    const RewriteRules *rules;
    VEC(Op *) work;
    VEC(const Rule *) by_code[OPCODE_COUNT];
    VEC(RewriteFn) hand_by_code[OPCODE_COUNT];
    bool changed;
};

/* Op.scratch says whether an op is in the list. */
void rewriter_look_at(Rewriter *r, Op *op) {
    if (op->scratch)
        return;
    op->scratch = r;
    vec_push(r->arena, &r->work, op);
}

static void look_at_users(Rewriter *r, Value *value) {
    for (Use *use = value->uses; use; use = use->next)
        rewriter_look_at(r, use->user);
}

void rewriter_replace(Rewriter *r, Value *value, Value *by) {
    if (value == by)
        return;
    look_at_users(r, value);
    value_replace_uses(value, by);
    r->changed = true;
}

static bool is_unused(const Op *op) {
    for (uint32_t i = 0; i < op->result_count; i++)
        if (value_is_used(op_result(op, i)))
            return false;
    return true;
}

static bool may_vanish(const Op *op) {
    return (op_has(op, PURE) || op_has(op, ALLOCATES)) && op->region_count == 0;
}

/* Erases an unused pure op; then what it used may be unused. */
static bool drop_unused(Rewriter *r, Op *op) {
    if (!may_vanish(op) || !is_unused(op))
        return false;
    for (uint32_t i = 0; i < op->operand_count; i++)
        if (op_operand(op, i)->op)
            rewriter_look_at(r, op_operand(op, i)->op);
    op_erase(op);
    r->changed = true;
    return true;
}

static bool put_constant_right(Rewriter *r, Op *op) {
    if (op->operand_count != 2 || op->result_count != 1 || !commutes(op))
        return false;
    Value *left = op_operand(op, 0), *right = op_operand(op, 1);
    if (!value_constant(left) || value_constant(right))
        return false;
    op_set_operand(op, 0, right);
    op_set_operand(op, 1, left);
    return true;
}

/* A comparison with a constant on its left is the mirrored one. */
static bool mirror_compare(Rewriter *r, Op *op) {
    static const Predicate mirrored[] = {PREDICATE_EQ, PREDICATE_NE, PREDICATE_GT,
                                         PREDICATE_GE, PREDICATE_LT, PREDICATE_LE};
    Predicate predicate;
    if (op->code != OP_ARITH_CMP || !value_constant(op_operand(op, 0)) ||
        value_constant(op_operand(op, 1)) ||
        !eval_predicate(op_attr(op, ATTR_KEY_PREDICATE)->string, &predicate))
        return false;
    Value *left = op_operand(op, 0);
    op_set_operand(op, 0, op_operand(op, 1));
    op_set_operand(op, 1, left);
    Module *module = op->module;
    op_set_attr(op, ATTR_KEY_PREDICATE,
                attr_string(module->types,
                            intern_cstr(module->names, predicate_texts[mirrored[predicate]])));
    return true;
}

static Value *fold(Builder *b, Op *op) {
    const Attr *constants[MAX_LANES];
    if (!op_has(op, PURE) || op->operand_count > MAX_LANES)
        return NULL;
    for (uint32_t i = 0; i < op->operand_count; i++) {
        constants[i] = value_constant(op_operand(op, i));
        if (!constants[i])
            return NULL;
    }
    const Attr *folded = fold_op(b->module->types, op->code, op->attrs, op->attr_count,
                                 op_result(op, 0)->type, constants, op->operand_count);
    return folded ? build_const(b, folded) : NULL;
}

static Value *find_replacement(Rewriter *r, Builder *b, Op *op) {
    Value *found = fold(b, op);
    for (uint32_t i = 0; !found && i < r->by_code[op->code].len; i++)
        found = apply_rule(r->by_code[op->code].items[i], b, op);
    for (uint32_t i = 0; !found && i < r->hand_by_code[op->code].len; i++)
        found = r->hand_by_code[op->code].items[i](b, op);
    return found;
}

/* Ops that were built on the way stand right before `op`. */
static void look_at_new(Rewriter *r, const Op *last_old, Op *op) {
    for (Op *made = op->previous; made && made != last_old; made = made->previous)
        rewriter_look_at(r, made);
}

static void visit(Rewriter *r, Op *op) {
    if (drop_unused(r, op))
        return;
    if (op->region_count) {
        if (r->rules->restructure && r->rules->restructure(r, op))
            r->changed = true;
        return;
    }
    if (op_has(op, TERMINATOR) && op_parent(op))
        rewriter_look_at(r, op_parent(op)); /* what it yields may decide something there */
    if (op->result_count != 1 || op->code == OP_ARITH_CONST)
        return;
    r->changed |= put_constant_right(r, op);
    r->changed |= mirror_compare(r, op);
    Builder b = builder_before(op);
    Op *last_old = op->previous;
    Value *by = find_replacement(r, &b, op);
    look_at_new(r, last_old, op);
    if (!by)
        return;
    if (!by->name)
        by->name = op_result(op, 0)->name;
    rewriter_replace(r, op_result(op, 0), by);
    if (may_vanish(op))
        drop_unused(r, op);
}

static void start_with(Op *op, void *context) {
    Rewriter *r = context;
    op->scratch = NULL;
    rewriter_look_at(r, op);
}

static void index_rules(Rewriter *r) {
    for (const RuleTable *const *table = r->rules->tables; *table; table++)
        for (uint32_t i = 0; i < (*table)->count; i++)
            vec_push(r->arena, &r->by_code[(*table)->rules[i].pattern->code], &(*table)->rules[i]);
    for (const HandRule *const *list = r->rules->hand; *list; list++)
        for (const HandRule *rule = *list; rule->rewrite; rule++)
            vec_push(r->arena, &r->hand_by_code[rule->code], rule->rewrite);
}

bool rewrite_func(Arena *scratch, Func *func, const RewriteRules *rules) {
    Rewriter *r = arena_new(scratch, Rewriter);
    r->arena = scratch;
    r->rules = rules;
    index_rules(r);
    region_walk(func->body, start_with, r);
    /* in the order of the text first, so that operands are simple when their user is looked at */
    for (uint32_t i = 0; i < r->work.len; i++) {
        Op *op = r->work.items[i];
        op->scratch = NULL;
        if (op->block)
            visit(r, op);
    }
    return r->changed;
}
