/* structure-exits: break, continue and early return become conditions; after it the only func.return stands
 * at the end of the body, and every region of an if or loop ends in its yield.
 *
 *     if %outside {                              if %outside {
 *         func.return                            } else {
 *     }                                 ->           rest
 *     rest                                       }
 *     func.return                                func.return
 *
 *     %r = loop.for %i = a to n step s (%x = %0) {       %t = arith.range_trips a, n, s
 *         if %found {                                    %r = loop.while (%left = %t, %i = a, %x = %0) {
 *             loop.break %v                                  loop.condition %left != 0, ...
 *         }                                     ->       } do {
 *         yield %y                                           %p, %q = if %found { yield 0, %v } else { yield %left - 1, %y }
 *     }                                                      yield %p, %i + s, %q
 *                                                        }
 *
 * How: `lower_block` walks a block and gives an Outcome: in which ways control leaves the block's end, a flag
 * for each way but one, and the values that go along. What follows an if that leaves on one side only moves
 * into its other side, so the common guard costs no flag. What follows an if that may leave on a side that
 * may also go on is put under a second if. Leaving a loop is its trip count set to 0 (loop.for) or a carried
 * flag (loop.while). Sound: each op still runs exactly under the conditions it ran under, in the same order.
 *
 * Everything after it profits: no other pass has to think of exits. */
#include "passes/edit.h"
#include "passes/pass.h"

#include "base/diag.h"

typedef enum Way { WAY_ON, WAY_CONTINUE, WAY_BREAK, WAY_RETURN, WAY_COUNT } Way;

enum { ON = 1 << WAY_ON, CONTINUE = 1 << WAY_CONTINUE, BREAK = 1 << WAY_BREAK, RETURN = 1 << WAY_RETURN };

/* What may leave a place, and the types of what goes along. `ON` is the yield of the if that the block is an
 * arm of; in a loop's body the yield is the same as continue, so ON does not occur there. */
typedef struct Scope {
    const Type *const *types[WAY_COUNT];
    uint32_t counts[WAY_COUNT];
    bool yield_continues;
} Scope;

typedef struct Outcome {
    uint32_t ways;             /* a set; empty: control never comes to the end */
    Value *flags[WAY_COUNT];   /* whether it left this way; NULL for the lowest way of the set and for those not in it */
    Value **values[WAY_COUNT]; /* of the ways in the set */
} Outcome;

typedef struct Structurer {
    Arena *scratch;
    Module *module;
    Types *types;
    Map ways; /* of the blocks that were asked for: the arms of a long chain are asked at each of its ifs */
} Structurer;

static Outcome lower_block(Structurer *s, Block *block, const Scope *scope);

/* ------------------------------------------------------------------ questions */

static uint32_t ways_of_block(Structurer *s, const Block *block);

static uint32_t ways_of_op(Structurer *s, const Op *op) {
    if (op->code == OP_IF)
        return ways_of_block(s, region_entry(op->regions[0])) | ways_of_block(s, region_entry(op->regions[1]));
    if (op_is_loop(op))
        return ON | (ways_of_block(s, region_entry(op->regions[op->region_count - 1])) & RETURN);
    return ON;
}

static uint32_t ways_of_terminator(const Op *op) {
    switch (op->code) {
    case OP_FUNC_RETURN:      return RETURN;
    case OP_LOOP_BREAK:       return BREAK;
    case OP_LOOP_CONTINUE:    return CONTINUE;
    case OP_FUNC_UNREACHABLE: return 0;
    default:                  return ON;
    }
}

static uint32_t find_ways_of_block(Structurer *s, const Block *block) {
    uint32_t ways = 0;
    BLOCK_FOR_EACH_OP (op, block) {
        if (op_has(op, TERMINATOR))
            return ways | ways_of_terminator(op);
        uint32_t of_op = ways_of_op(s, op);
        ways |= of_op & ~(uint32_t)ON;
        if (!(of_op & ON))
            return ways;
    }
    return ways;
}

/* How control may leave a block, where ON means its yield. It is asked before anything in the block is lowered, so
 * the first answer stays true. */
static uint32_t ways_of_block(Structurer *s, const Block *block) {
    uintptr_t known = (uintptr_t)map_get_ptr(&s->ways, block);
    if (known)
        return (uint32_t)known - 1;
    uint32_t ways = find_ways_of_block(s, block);
    map_put_ptr(&s->ways, block, (void *)(uintptr_t)(ways + 1));
    return ways;
}

/* Whether a side of an if does anything but go on at its end. */
static bool if_leaves(Structurer *s, const Op *op) {
    return ways_of_block(s, region_entry(op->regions[0])) != ON || ways_of_block(s, region_entry(op->regions[1])) != ON;
}

static Way lowest_way(uint32_t ways) {
    Way way = WAY_ON;
    while (way < WAY_COUNT - 1 && !(ways & (1u << way)))
        way++;
    return way;
}

static bool same_types(const Scope *scope, Way a, Way b) {
    if (scope->counts[a] != scope->counts[b])
        return false;
    for (uint32_t i = 0; i < scope->counts[a]; i++)
        if (scope->types[a][i] != scope->types[b][i])
            return false;
    return true;
}

/* Continue and break carry the same things in most loops; then they share the places of one of them. */
static Way carrier(const Scope *scope, Way way) {
    return way == WAY_BREAK && same_types(scope, WAY_BREAK, WAY_CONTINUE) ? WAY_CONTINUE : way;
}

/* ------------------------------------------------------------------ outcomes as values */

/* The order in which an outcome of these ways travels as results of an if: flags of all ways but the lowest,
 * then the values of each carrier. */
static void outcome_types(Structurer *s, uint32_t ways, const Scope *scope, TypeVec *types) {
    for (Way way = 0; way < WAY_COUNT; way++)
        if ((ways & (1u << way)) && way != lowest_way(ways))
            vec_push(s->scratch, types, s->types->boolean);
    uint32_t done = 0;
    for (Way way = 0; way < WAY_COUNT; way++) {
        Way by = carrier(scope, way);
        if (!(ways & (1u << way)) || (done & (1u << by)))
            continue;
        done |= 1u << by;
        for (uint32_t i = 0; i < scope->counts[way]; i++)
            vec_push(s->scratch, types, scope->types[way][i]);
    }
}

static Outcome outcome_from_results(Structurer *s, Op *op, uint32_t ways, const Scope *scope) {
    Outcome outcome = {.ways = ways};
    uint32_t at = 0;
    for (Way way = 0; way < WAY_COUNT; way++)
        if ((ways & (1u << way)) && way != lowest_way(ways))
            outcome.flags[way] = op_result(op, at++);
    Value **by_carrier[WAY_COUNT] = {0};
    for (Way way = 0; way < WAY_COUNT; way++) {
        if (!(ways & (1u << way)))
            continue;
        Way by = carrier(scope, way);
        if (!by_carrier[by]) {
            by_carrier[by] = arena_array(s->scratch, Value *, scope->counts[way]);
            for (uint32_t i = 0; i < scope->counts[way]; i++)
                by_carrier[by][i] = op_result(op, at++);
        }
        outcome.values[way] = by_carrier[by];
    }
    return outcome;
}

/* Whether control left `outcome` by `way`, as a value at the builder's place. */
static Value *flag_of(Builder *b, const Outcome *outcome, Way way) {
    if (!(outcome->ways & (1u << way)))
        return build_bool(b, false);
    if (way != lowest_way(outcome->ways))
        return outcome->flags[way];
    Value *others = NULL;
    for (Way other = way + 1; other < WAY_COUNT; other++)
        if (outcome->flags[other])
            others = others ? build2(b, OP_ARITH_OR, others, outcome->flags[other]) : outcome->flags[other];
    return others ? build1(b, OP_ARITH_NOT, others) : build_bool(b, true);
}

/* The value number `i` that travels by carrier `by`: of whichever way of the outcome uses it, chosen by the
 * flag where two do and differ. */
static Value *carried_value(Builder *b, const Outcome *outcome, const Scope *scope, Way by, uint32_t i) {
    Value *value = NULL;
    for (Way way = 0; way < WAY_COUNT; way++) {
        if (!(outcome->ways & (1u << way)) || carrier(scope, way) != by)
            continue;
        Value *candidate = outcome->values[way][i];
        if (value && value != candidate)
            value = build_typed(b, OP_ARITH_SELECT, value->type, (Value *[]){flag_of(b, outcome, way), candidate, value}, 3);
        else
            value = candidate;
    }
    return value;
}

/* Ends `block` with a yield of the outcome in the form that `ways` have (a superset of the outcome's). */
static void yield_outcome(Structurer *s, Block *block, const Outcome *outcome, uint32_t ways, const Scope *scope) {
    Builder b = builder_at_end(s->module, block);
    ValueVec values = {0};
    for (Way way = 0; way < WAY_COUNT; way++)
        if ((ways & (1u << way)) && way != lowest_way(ways))
            vec_push(s->scratch, &values, flag_of(&b, outcome, way));
    uint32_t done = 0;
    for (Way way = 0; way < WAY_COUNT; way++) {
        Way by = carrier(scope, way);
        if (!(ways & (1u << way)) || (done & (1u << by)))
            continue;
        done |= 1u << by;
        for (uint32_t i = 0; i < scope->counts[way]; i++) {
            Value *value = carried_value(&b, outcome, scope, by, i);
            vec_push(s->scratch, &values, value ? value : build_undef(&b, scope->types[way][i]));
        }
    }
    build_yield(&b, values.items, values.len);
}

/* ------------------------------------------------------------------ ifs */

static bool is_only_empty_yield(const Block *block) {
    return block->first == block->last && block->last->code == OP_YIELD && block->last->operand_count == 0;
}

/* `if c {} else { rest }` reads better as `if not c { rest } else {}`. */
static void turn_empty_then(Op *op) {
    if (!is_only_empty_yield(region_entry(op->regions[0])) || is_only_empty_yield(region_entry(op->regions[1])))
        return;
    Builder b = builder_before(op);
    Op *maker = value_op(op_operand(op, 0));
    op_set_operand(op, 0, maker && maker->code == OP_ARITH_NOT ? op_operand(maker, 0) : build1(&b, OP_ARITH_NOT, op_operand(op, 0)));
    Region *then = op->regions[0];
    op->regions[0] = op->regions[1];
    op->regions[1] = then;
}

/* An if before `before` (NULL: at the end of `block`) with results for an outcome of these ways; its regions are empty. */
static Op *make_if(Structurer *s, Block *block, Op *before, Span span, Value *condition, uint32_t ways, const Scope *scope) {
    TypeVec types = {0};
    outcome_types(s, ways, scope, &types);
    Builder b = {.module = s->module, .block = block, .before = before, .span = span};
    return build_op(&b, OP_IF, &condition, 1, types.items, types.len, 2);
}

/* The if `op`, no side of which goes on, or one of which does with what follows moved into it: the outcome of
 * its block is the outcome of its sides. */
static Outcome merge_arms(Structurer *s, Op *op, const Scope *scope) {
    Outcome arms[2];
    for (uint32_t i = 0; i < 2; i++)
        arms[i] = lower_block(s, region_entry(op->regions[i]), scope);
    uint32_t ways = arms[0].ways | arms[1].ways;
    Op *made = make_if(s, op->block, op, op->span, op_operand(op, 0), ways, scope);
    for (uint32_t i = 0; i < 2; i++) {
        region_move(op, i, made, i);
        yield_outcome(s, region_entry(made->regions[i]), &arms[i], ways, scope);
    }
    op_erase(op);
    turn_empty_then(made);
    return outcome_from_results(s, made, ways, scope);
}

static void replace_results_by_yield(Op *op, const Op *yield) {
    for (uint32_t i = 0; i < op->result_count; i++)
        value_replace_uses(op_result(op, i), op_operand(yield, i));
}

static void erase_from(Op *first) {
    if (!first)
        return;
    Block *block = first->block;
    while (block->last != first)
        op_erase(block->last);
    op_erase(first);
}

/* One side goes on, the other never does: what follows belongs to the side that goes on. */
static Outcome move_rest_into_arm(Structurer *s, Op *op, uint32_t arm, const Scope *scope) {
    Block *block = region_entry(op->regions[arm]);
    Op *yield = op_terminator(block);
    replace_results_by_yield(op, yield);
    op_erase(yield);
    ops_move_to_end(op->next, block);
    return merge_arms(s, op, scope);
}

/* After an op that has left by some ways when `left` says so, with `outcome` (ON not in it): what follows is put
 * under the condition that it has not. */
static Outcome guard_rest(Structurer *s, Op *op, Value *left, Outcome outcome, const Scope *scope) {
    Block *block = op->block;
    Op *rest = op->next;
    Block *holder = block_create(s->module);
    holder->region = block->region;
    ops_move_to_end(rest, holder);
    Outcome of_rest = lower_block(s, holder, scope);
    uint32_t ways = outcome.ways | of_rest.ways;
    Op *guard = make_if(s, block, NULL, op->span, left, ways, scope);
    yield_outcome(s, region_add_block(guard, 0), &outcome, ways, scope);
    Block *arm = region_add_block(guard, 1);
    ops_move_to_end(holder->first, arm);
    yield_outcome(s, arm, &of_rest, ways, scope);
    turn_empty_then(guard);
    return outcome_from_results(s, guard, ways, scope);
}

/* A side may go on and something may leave: the sides first, then a second if around what follows. */
static Outcome split_if(Structurer *s, Op *op, const Scope *scope) {
    Scope inner = *scope;
    TypeVec types = {0};
    for (uint32_t i = 0; i < op->result_count; i++)
        vec_push(s->scratch, &types, op_result(op, i)->type);
    inner.types[WAY_ON] = types.items;
    inner.counts[WAY_ON] = types.len;
    inner.yield_continues = false;
    ValueVec old = {0};
    for (uint32_t i = 0; i < op->result_count; i++)
        vec_push(s->scratch, &old, op_result(op, i));

    Outcome arms[2];
    for (uint32_t i = 0; i < 2; i++)
        arms[i] = lower_block(s, region_entry(op->regions[i]), &inner);
    uint32_t ways = arms[0].ways | arms[1].ways;
    Op *made = make_if(s, op->block, op, op->span, op_operand(op, 0), ways, &inner);
    for (uint32_t i = 0; i < 2; i++) {
        region_move(op, i, made, i);
        yield_outcome(s, region_entry(made->regions[i]), &arms[i], ways, &inner);
    }
    Outcome outcome = outcome_from_results(s, made, ways, &inner);
    VEC_FOR_EACH (i, &old)
        value_replace_uses(old.items[i], outcome.values[WAY_ON][i]);
    op_erase(op);
    turn_empty_then(made);

    Builder b = builder_after(made);
    Value *left = NULL;
    for (Way way = WAY_CONTINUE; way < WAY_COUNT; way++)
        if (outcome.flags[way])
            left = left ? build2(&b, OP_ARITH_OR, left, outcome.flags[way]) : outcome.flags[way];
    outcome.ways &= ~(uint32_t)ON;
    outcome.flags[lowest_way(outcome.ways)] = NULL;
    outcome.values[WAY_ON] = NULL;
    Op *last = left->op == made ? made : left->op;
    return guard_rest(s, last, left, outcome, scope);
}

/* ------------------------------------------------------------------ loops */

/* The values a loop carries: its own, and those that leaving needs. */
typedef struct Loop {
    Op *op;
    Scope scope;     /* of the body */
    Outcome outcome; /* of the body */
    bool returns;
    uint32_t return_count;
} Loop;

static void add_undefs(Structurer *s, Builder *b, ValueVec *values, const Type *const *types, uint32_t count) {
    for (uint32_t i = 0; i < count; i++)
        vec_push(s->scratch, values, build_undef(b, types[i]));
}

/* What a loop's body yields as the next carried values, with a break's values in their place. */
static void push_next(Structurer *s, Builder *b, const Loop *loop, ValueVec *values) {
    for (uint32_t i = 0; i < loop->scope.counts[WAY_CONTINUE]; i++) {
        Value *value = carried_value(b, &loop->outcome, &loop->scope, WAY_CONTINUE, i);
        vec_push(s->scratch, values, value ? value : build_undef(b, loop->scope.types[WAY_CONTINUE][i]));
    }
}

static void push_return(Structurer *s, Builder *b, const Loop *loop, ValueVec *values) {
    if (!loop->returns)
        return;
    vec_push(s->scratch, values, flag_of(b, &loop->outcome, WAY_RETURN));
    for (uint32_t i = 0; i < loop->return_count; i++)
        vec_push(s->scratch, values, loop->outcome.values[WAY_RETURN][i]);
}

static void push_types(Structurer *s, TypeVec *types, const ValueVec *values) {
    VEC_FOR_EACH (i, values)
        vec_push(s->scratch, types, values->items[i]->type);
}

/* After the loop: its results are the new loop's from `first` on, and a return out of it leaves what encloses it. */
static bool finish_loop(Structurer *s, Loop *loop, Op *made, uint32_t first, uint32_t return_at, Value **left, Outcome *outcome) {
    for (uint32_t i = 0; i < loop->op->result_count; i++)
        value_replace_uses(op_result(loop->op, i), op_result(made, first + i));
    op_erase(loop->op);
    if (!loop->returns)
        return false;
    *left = op_result(made, return_at);
    *outcome = (Outcome){.ways = RETURN};
    outcome->values[WAY_RETURN] = arena_array(s->scratch, Value *, loop->return_count);
    for (uint32_t i = 0; i < loop->return_count; i++)
        outcome->values[WAY_RETURN][i] = op_result(made, return_at + 1 + i);
    return true;
}

/* The body's argument `from` becomes `to`, for its ops and for what its outcome hands over. */
static void replace_body_arg(Loop *loop, Value *from, Value *to) {
    to->name = from->name;
    value_replace_uses(from, to);
    for (Way way = 0; way < WAY_COUNT; way++) {
        if (loop->outcome.flags[way] == from)
            loop->outcome.flags[way] = to;
        for (uint32_t i = 0; loop->outcome.values[way] && i < loop->scope.counts[way]; i++)
            if (loop->outcome.values[way][i] == from)
                loop->outcome.values[way][i] = to;
    }
}

/* loop.for whose body leaves: a loop.while over (trips left, counter, carried, returned, results of the function). */
static Op *make_counted_while(Structurer *s, Loop *loop) {
    Op *op = loop->op;
    Block *body = region_entry(op->regions[0]);
    Builder b = builder_before(op);
    ValueVec initial = {0};
    Value *start = op_operand(op, 0), *step = op_operand(op, 2);
    vec_push(s->scratch, &initial, build3(&b, OP_ARITH_RANGE_TRIPS, start, op_operand(op, 1), step));
    vec_push(s->scratch, &initial, start);
    for (uint32_t i = 3; i < op->operand_count; i++)
        vec_push(s->scratch, &initial, op_operand(op, i));
    if (loop->returns) {
        vec_push(s->scratch, &initial, build_bool(&b, false));
        add_undefs(s, &b, &initial, loop->scope.types[WAY_RETURN], loop->return_count);
    }
    TypeVec types = {0};
    push_types(s, &types, &initial);
    Op *made = build_op(&b, OP_LOOP_WHILE, initial.items, initial.len, types.items, types.len, 2);

    Block *before = region_add_block(made, 0);
    VEC_FOR_EACH (i, &types)
        block_add_arg(s->module, before, types.items[i]);
    Builder in_before = builder_at_end(s->module, before);
    in_before.span = op->span;
    ValueVec passed = {0};
    vec_push(s->scratch, &passed, build_cmp(&in_before, "ne", before->args[0], build_i64(&in_before, 0)));
    for (uint32_t i = 0; i < before->arg_count; i++)
        vec_push(s->scratch, &passed, before->args[i]);
    build_op(&in_before, OP_LOOP_CONDITION, passed.items, passed.len, NULL, 0, 0);

    /* The body's arguments become (trips, counter, carried, ...): the old ones come second and after. */
    Block *after = region_add_block(made, 1);
    VEC_FOR_EACH (i, &types)
        block_add_arg(s->module, after, types.items[i]);
    for (uint32_t i = 0; i < body->arg_count; i++)
        replace_body_arg(loop, body->args[i], after->args[1 + i]);
    ops_move_to_end(body->first, after);
    Builder end = builder_at_end(s->module, after);
    end.span = op->span;
    ValueVec next = {0};
    Value *on = flag_of(&end, &loop->outcome, WAY_CONTINUE);
    Value *fewer = build2(&end, OP_ARITH_SUB, after->args[0], build_i64(&end, 1));
    vec_push(s->scratch, &next, build_typed(&end, OP_ARITH_SELECT, s->types->i64, (Value *[]){on, fewer, build_i64(&end, 0)}, 3));
    vec_push(s->scratch, &next, build2(&end, OP_ARITH_ADD, after->args[1], step));
    push_next(s, &end, loop, &next);
    push_return(s, &end, loop, &next);
    build_yield(&end, next.items, next.len);
    return made;
}

/* loop.while whose body leaves: it also carries whether it has left, what a break gives where that has other
 * types than what is carried, and a return's values. The condition is not evaluated once it has left. */
static Op *make_leaving_while(Structurer *s, Loop *loop, bool shares) {
    Op *op = loop->op;
    const Scope *scope = &loop->scope;
    uint32_t carried = scope->counts[WAY_CONTINUE], results = scope->counts[WAY_BREAK];
    Builder b = builder_before(op);
    ValueVec initial = {0};
    for (uint32_t i = 0; i < carried; i++)
        vec_push(s->scratch, &initial, op_operand(op, i));
    vec_push(s->scratch, &initial, build_bool(&b, false));
    if (!shares)
        add_undefs(s, &b, &initial, scope->types[WAY_BREAK], results);
    uint32_t extra = initial.len; /* where what only passes through begins */
    if (loop->returns) {
        vec_push(s->scratch, &initial, build_bool(&b, false));
        add_undefs(s, &b, &initial, scope->types[WAY_RETURN], loop->return_count);
    }
    TypeVec initial_types = {0}, types = {0};
    push_types(s, &initial_types, &initial);
    for (uint32_t i = 0; i < results; i++)
        vec_push(s->scratch, &types, scope->types[WAY_BREAK][i]);
    for (uint32_t i = extra; i < initial.len; i++)
        vec_push(s->scratch, &types, initial.items[i]->type);
    Op *made = build_op(&b, OP_LOOP_WHILE, initial.items, initial.len, types.items, types.len, 2);

    /* The condition: under `if left { false, what left } else { as it was }`. */
    Block *old_before = region_entry(op->regions[0]), *before = region_add_block(made, 0);
    VEC_FOR_EACH (i, &initial_types)
        block_add_arg(s->module, before, initial_types.items[i]);
    for (uint32_t i = 0; i < carried; i++)
        value_replace_uses(old_before->args[i], before->args[i]);
    TypeVec if_types = {0};
    vec_push(s->scratch, &if_types, s->types->boolean);
    for (uint32_t i = 0; i < results; i++)
        vec_push(s->scratch, &if_types, scope->types[WAY_BREAK][i]);
    Builder in_before = builder_at_end(s->module, before);
    in_before.span = op->span;
    Op *check = build_op(&in_before, OP_IF, &before->args[carried], 1, if_types.items, if_types.len, 2);
    Builder then = builder_at_end(s->module, region_add_block(check, 0));
    ValueVec left = {0};
    vec_push(s->scratch, &left, build_bool(&then, false));
    for (uint32_t i = 0; i < results; i++)
        vec_push(s->scratch, &left, shares ? before->args[i] : before->args[carried + 1 + i]);
    build_yield(&then, left.items, left.len);
    Block *otherwise = region_add_block(check, 1);
    Op *condition = op_terminator(old_before);
    ops_move_to_end(old_before->first, otherwise);
    Builder in_else = builder_at_end(s->module, otherwise);
    ValueVec asked = {0};
    for (uint32_t i = 0; i < condition->operand_count; i++)
        vec_push(s->scratch, &asked, op_operand(condition, i));
    op_erase(condition);
    build_yield(&in_else, asked.items, asked.len);
    ValueVec passed = {0};
    for (uint32_t i = 0; i < check->result_count; i++)
        vec_push(s->scratch, &passed, op_result(check, i));
    for (uint32_t i = extra; i < before->arg_count; i++)
        vec_push(s->scratch, &passed, before->args[i]);
    build_op(&in_before, OP_LOOP_CONDITION, passed.items, passed.len, NULL, 0, 0);

    Block *old_body = region_entry(op->regions[1]), *body = region_add_block(made, 1);
    VEC_FOR_EACH (i, &types)
        block_add_arg(s->module, body, types.items[i]);
    for (uint32_t i = 0; i < results; i++)
        replace_body_arg(loop, old_body->args[i], body->args[i]);
    ops_move_to_end(old_body->first, body);
    Builder end = builder_at_end(s->module, body);
    end.span = op->span;
    ValueVec next = {0};
    push_next(s, &end, loop, &next);
    Value *on = flag_of(&end, &loop->outcome, WAY_CONTINUE);
    vec_push(s->scratch, &next, build1(&end, OP_ARITH_NOT, on));
    if (!shares)
        for (uint32_t i = 0; i < results; i++)
            vec_push(s->scratch, &next, loop->outcome.values[WAY_BREAK] ? loop->outcome.values[WAY_BREAK][i]
                                                                        : build_undef(&end, scope->types[WAY_BREAK][i]));
    push_return(s, &end, loop, &next);
    build_yield(&end, next.items, next.len);
    return made;
}

static const Type **result_types(Structurer *s, const Op *op) {
    const Type **types = arena_array(s->scratch, const Type *, op->result_count);
    for (uint32_t i = 0; i < op->result_count; i++)
        types[i] = op->results[i].type;
    return types;
}

static const Type **carried_types(Structurer *s, const Block *body, uint32_t skip) {
    const Type **types = arena_array(s->scratch, const Type *, body->arg_count);
    for (uint32_t i = skip; i < body->arg_count; i++)
        types[i - skip] = body->args[i]->type;
    return types;
}

static void lower_condition_region(Structurer *s, Op *op, const Scope *scope) {
    Block *block = region_entry(op->regions[0]);
    if (ways_of_block(s, block) & ~(uint32_t)ON)
        weft_bug("something leaves from the condition of a loop.while");
    Scope inner = *scope;
    inner.yield_continues = false;
    Op *condition = op_terminator(block);
    op_unlink(condition);
    lower_block(s, block, &inner);
    op_append(block, condition);
}

/* Lowers the loop; true when a return can leave it: then `left` tells whether it did, and `outcome` with what.
 * `after` is the op that what follows the loop follows. */
static bool lower_loop(Structurer *s, Op *op, const Scope *scope, Op **after, Value **left, Outcome *outcome) {
    bool counted = op->code == OP_LOOP_FOR;
    if (!counted)
        lower_condition_region(s, op, scope);
    Block *body = region_entry(op->regions[op->region_count - 1]);
    Block *carrying = region_entry(op->regions[0]);
    uint32_t skip = counted ? 1 : 0;
    Loop loop = {.op = op, .scope = *scope};
    loop.scope.types[WAY_ON] = NULL;
    loop.scope.counts[WAY_ON] = 0;
    loop.scope.types[WAY_CONTINUE] = carried_types(s, carrying, skip);
    loop.scope.counts[WAY_CONTINUE] = carrying->arg_count - skip;
    loop.scope.types[WAY_BREAK] = result_types(s, op);
    loop.scope.counts[WAY_BREAK] = op->result_count;
    loop.scope.yield_continues = true;
    loop.outcome = lower_block(s, body, &loop.scope);
    loop.returns = (loop.outcome.ways & RETURN) != 0;
    loop.return_count = scope->counts[WAY_RETURN];

    Op *made;
    bool leaves;
    if (loop.outcome.ways == CONTINUE) {
        Builder end = builder_at_end(s->module, body);
        build_yield(&end, loop.outcome.values[WAY_CONTINUE], loop.scope.counts[WAY_CONTINUE]);
        *after = op;
        return false;
    }
    bool shares = same_types(&loop.scope, WAY_CONTINUE, WAY_BREAK);
    if (counted) {
        made = make_counted_while(s, &loop);
        leaves = finish_loop(s, &loop, made, 2, 2 + op->result_count, left, outcome);
    } else {
        uint32_t results = op->result_count;
        made = make_leaving_while(s, &loop, shares);
        leaves = finish_loop(s, &loop, made, 0, results, left, outcome);
    }
    *after = made;
    return leaves;
}

/* ------------------------------------------------------------------ blocks */

static Outcome take_terminator(Structurer *s, Op *op, const Scope *scope) {
    Outcome outcome = {0};
    if (op->code == OP_FUNC_UNREACHABLE) {
        op_erase(op);
        return outcome;
    }
    Way way = op->code == OP_FUNC_RETURN ? WAY_RETURN
            : op->code == OP_LOOP_BREAK  ? WAY_BREAK
            : op->code == OP_LOOP_CONTINUE || scope->yield_continues ? WAY_CONTINUE : WAY_ON;
    outcome.ways = 1u << way;
    outcome.values[way] = arena_array(s->scratch, Value *, op->operand_count);
    for (uint32_t i = 0; i < op->operand_count; i++)
        outcome.values[way][i] = op_operand(op, i);
    op_erase(op);
    return outcome;
}

/* An if without exits: each side keeps its yield. */
static void lower_plain_arms(Structurer *s, Op *op, const Scope *scope) {
    for (uint32_t i = 0; i < op->region_count; i++) {
        REGION_FOR_EACH_BLOCK (block, op->regions[i]) {
            Op *end = op_terminator(block);
            if (!end)
                continue;
            op_unlink(end);
            lower_block(s, block, scope);
            op_append(block, end);
        }
    }
}

static Outcome lower_if(Structurer *s, Op *op, const Scope *scope) {
    uint32_t then = ways_of_block(s, region_entry(op->regions[0])), otherwise = ways_of_block(s, region_entry(op->regions[1]));
    if ((then & ON) && (otherwise & ON))
        return split_if(s, op, scope);
    if (then & ON)
        return move_rest_into_arm(s, op, 0, scope);
    if (otherwise & ON)
        return move_rest_into_arm(s, op, 1, scope);
    erase_from(op->next);
    return merge_arms(s, op, scope);
}

/* Rewrites a block so that nothing in it leaves early; its terminator is taken away, and what it and the exits
 * said is the outcome. */
static Outcome lower_block(Structurer *s, Block *block, const Scope *scope) {
    for (Op *op = block->first; op;) {
        if (op_has(op, TERMINATOR))
            return take_terminator(s, op, scope);
        if (op_is_loop(op)) {
            Op *after;
            Value *left = NULL;
            Outcome outcome;
            if (lower_loop(s, op, scope, &after, &left, &outcome))
                return guard_rest(s, after, left, outcome, scope);
            op = after->next;
            continue;
        }
        if (op->code == OP_IF && if_leaves(s, op))
            return lower_if(s, op, scope);
        if (op->region_count > 0)
            lower_plain_arms(s, op, scope);
        op = op->next;
    }
    return (Outcome){0};
}

bool pass_structure_exits(PassContext *cx, Func *func) {
    if (!func_has_early_exits(func))
        return false;
    Structurer s = {.scratch = cx->scratch, .module = func->module, .types = cx->types, .ways = {.arena = cx->scratch}};
    Scope scope = {0};
    scope.types[WAY_RETURN] = func->results;
    scope.counts[WAY_RETURN] = func->result_count;
    Block *body = func_entry(func);
    Outcome outcome = lower_block(&s, body, &scope);
    Builder b = builder_at_end(func->module, body);
    ValueVec values = {0};
    if (outcome.ways == RETURN)
        for (uint32_t i = 0; i < func->result_count; i++)
            vec_push(cx->scratch, &values, outcome.values[WAY_RETURN][i]);
    else
        add_undefs(&s, &b, &values, func->results, func->result_count);
    build_op(&b, OP_FUNC_RETURN, values.items, values.len, NULL, 0, 0);
    return true;
}
