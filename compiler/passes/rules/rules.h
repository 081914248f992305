/* The rewrite rules of simplify, by the group of ops that they start from. */
#ifndef WEFT_PASSES_RULES_H
#define WEFT_PASSES_RULES_H

#include "ir/rewrite.h"

extern const RuleTable arith_rules, compare_rules, select_rules, bool_rules,
    convert_rules;                 /* arith.c */
extern const RuleTable math_rules; /* floats: only what keeps every bit */
extern const RuleTable *const all_rules[]; /* these, NULL-terminated */

/* What looks at attributes, and so is no pattern. End with a NULL function. */
extern const HandRule vec_hand_rules[]; /* vectors and aggregates */
extern const HandRule mem_hand_rules[]; /* views and pointers */

/* Guards that both tables use. */
bool type_is_int(const Type *scalar); /* integers; bool not among them */
bool is_integer(const Guard *g);
bool is_integer_or_bool(const Guard *g);
bool is_any_float(const Guard *g);

#endif
