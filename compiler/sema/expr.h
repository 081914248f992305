/* What the files that type expressions share, beside context.h: literals, branches inside an expression,
 * indices, views and the arguments of built-in functions. */
#ifndef WEFT_SEMA_EXPR_H
#define WEFT_SEMA_EXPR_H

#include "sema/context.h"

/* ------------------------------------------------------------------ literal.c */

bool attr_is_literal(const Attr *attr);
bool operand_is_literal(const Operand *operand); /* a literal, or a choice of literals */
/* `a op b` of two literals, exact; NULL after an error (it does not fit 128 bits). Comparisons give a bool. */
const Attr *literal_binary(FuncState *fs, Operator op, const Attr *a, const Attr *b, const Node *node);
const Attr *literal_unary(FuncState *fs, Operator op, const Attr *a, const Node *node);
/* The scalar `type`'s value of a literal, or NULL when it does not fit; says nothing. */
const Attr *literal_fit(Types *types, const Attr *literal, const Type *type);
/* The same with a message that says why not. */
const Attr *literal_coerce(FuncState *fs, const Attr *literal, const Type *type, const Node *node, const char *what);
/* What a literal is when it takes no type from anywhere: an int, an f64. NULL after an error. */
const Attr *literal_default(FuncState *fs, const Attr *literal, const Node *node);
/* f32(literal), i8(literal): converted as written out, from the exact value. */
const Attr *literal_convert(Types *types, const Attr *literal, const Type *type);
const char *literal_text(FuncState *fs, const Attr *literal); /* "300", "1.5" */

/* ------------------------------------------------------------------ choice.c */

/* The literal at `index` of a table; `a if condition else b` of two literals or choices. */
Operand choose_of_table(FuncState *fs, const Attr *const *literals, uint32_t len, Value *index, const Node *node);
Operand choose_literal(FuncState *fs, Value *condition, const Operand *a, const Operand *b, const Node *node);
/* The arm of a condition that is known: of two literals it has the type that both have. */
Operand take_arm(FuncState *fs, const Operand *taken, const Operand *other, const Node *node);
/* A unary operator of a choice; a binary one of literals and choices, while the pairs of them are few. */
Operand apply_to_choice(FuncState *fs, Operator op, const Operand *choice, const Node *node);
Operand apply_to_literals(FuncState *fs, Operator op, const Operand *left, const Operand *right, const Node *node);
bool literals_are_few(const Operand *left, const Operand *right);

/* ------------------------------------------------------------------ convert.c */

/* What an operand's type is, as far as it has one: of a tuple the tuple type. NULL when it is no value. */
const Type *operand_type(FuncState *fs, const Operand *operand);
/* A value, widened or splat to `type`; NULL after an error. */
Value *value_coerce(FuncState *fs, Value *value, const Type *type, const Node *node, const char *what);
/* The type that all operands widen to, as the operands of + do; literal types when all are literals. NULL after an error. */
const Type *unify_all(FuncState *fs, const Operand *operands, uint32_t count, const Node *node, const char *what);
/* int for a literal int, f64 for a literal float, the type itself otherwise. */
const Type *default_type(Types *types, const Type *type);
/* The same for a constant, which may be a literal or hold some. NULL after an error. */
const Attr *constant_default(FuncState *fs, const Attr *constant, const Node *node);
/* Types, functions and None are values of comptime only, and what holds them is. */
bool constant_has_value(const Attr *constant);
/* The text of a node as the user wrote it. */
const char *node_text(FuncState *fs, const Node *node);
/* SIMD[element, lanes]; NULL after an error about the width. */
const Type *simd_type(FuncState *fs, const Type *element, int64_t lanes, const Node *node);
bool type_is_mask(const Type *type); /* bool or SIMD[bool, n] */

/* ------------------------------------------------------------------ flatten.c */

/* branch_end(), and where both arms are pure and cheap, arith.select (and, or) in place of the `if`; where the condition is
 * constant, the arm itself. */
Value *branch_end_flat(FuncState *fs, Branch *branch, Value *value0, Value *value1);
/* Whether both arms, as they are so far, are pure and cheap. */
bool branch_is_cheap(FuncState *fs, Branch *branch);
/* branch_end() of arms that gave no values; what is pure and cheap in them stands before it then, without an `if`. */
void branch_end_empty(FuncState *fs, Branch *branch);

/* ------------------------------------------------------------------ operators */

/* An arithmetic op, marked as fast in a kernel of math="fast". */
Value *arith2(FuncState *fs, Opcode code, Value *a, Value *b);
Value *arith1(FuncState *fs, Opcode code, Value *a);
/* dunder.c: the operator's method of a struct. */
bool operand_is_struct(const Operand *operand);
Operand dunder_binary(FuncState *fs, Operator op, const Operand *left, const Operand *right, const Node *node);
Operand dunder_unary(FuncState *fs, Operator op, const Operand *operand, const Node *node);
/* abs(s), int(s): false where it is no struct that has the method. */
bool dunder_call(FuncState *fs, const char *dunder, const Operand *operand, const Node *node, Operand *result);
/* power.c */
Operand apply_power(FuncState *fs, const Operand *left, const Operand *right, const Node *node);
/* compare.c */
Operand apply_comparison(FuncState *fs, Operator op, const Operand *left, const Operand *right, const Node *node);
bool operator_is_comparison(Operator op);

/* ------------------------------------------------------------------ tensors and SIMD */

/* base[...] where it may be written: s[k] of a struct stays a place and calls no method yet. */
Operand check_index_place(FuncState *fs, const Node *node);

/* An integer expression as an index. `bounded`: it may be negative. `base` and `dim` are for the message; NULL after an error. */
Value *check_index_value(FuncState *fs, const Node *node, const Operand *base, uint32_t dim, bool bounded);
/* The number of a tile that is `tile` long. */
Value *check_tile_number(FuncState *fs, const Node *node, const Operand *base, uint32_t dim, int64_t tile);
Operand tensor_index(FuncState *fs, const Node *node, const Operand *base);
Operand tensor_attribute(FuncState *fs, const Node *node, const Operand *base);
Operand tensor_method(FuncState *fs, const Operand *method, const Node *call);
Operand simd_index(FuncState *fs, const Node *node, const Operand *base);
Operand simd_attribute(FuncState *fs, const Node *node, const Operand *base);
Operand simd_method(FuncState *fs, const Operand *method, const Node *call);
/* views.c: x.tile[...](...), x.reshape(...), x.transpose(), x.bitcast[U](). */
bool wants_arguments(FuncState *fs, const Operand *method, const Node *call, uint32_t count); /* else an error */
Operand tensor_tile(FuncState *fs, const Operand *method, const Node *call);
Operand tensor_reshape(FuncState *fs, const Operand *method, const Node *call);
Operand tensor_transpose(FuncState *fs, const Operand *method, const Node *call);
Operand tensor_bitcast(FuncState *fs, const Operand *method, const Node *call);
/* A subview: a start for each dim; `kept[i]` of the dims remain, with sizes[i]. `hangs`: Type.hangs. */
Value *build_subview(FuncState *fs, Value *view, Value *const *starts, const uint32_t *kept, Value *const *sizes,
                     uint32_t kept_count, Layout layout, bool hangs);
/* Whether the two are computed in the same way from the same values; false also where that takes long to see. */
bool computed_alike(const Value *a, const Value *b);
/* i + 4 and i - 1 as i and what is added to it; others with 0. */
const Value *index_base(const Value *value, int64_t *added);
/* The view of rank 0 of one element. */
Value *build_element_view(FuncState *fs, Value *view, Value *const *indices);
/* A view and what an operand knows of it beside its value. */
Operand operand_of_view(Value *view, const Operand *base, const Node *node);
const char *operand_root(const Operand *operand); /* the variable's or argument's name; "the tensor" where there is none */
/* A piece of the thread's memory, in the function's entry block. */
Value *build_local(FuncState *fs, const Type *view_type);

/* ------------------------------------------------------------------ arguments of built-ins */

/* Sorts a call's arguments by the names in `names` ("a b order"): out[i] is the node for name i, or NULL. At least
 * `required` of the first must be there. False after an error. `what` is the callee's name. */
bool sort_arguments(FuncState *fs, const Node *call, const char *what, const char *names, uint32_t required, const Node **out);
/* Type and int parameters of x.load[8], bitcast[u32]. NULL and false after an error. */
const Type *type_parameter(FuncState *fs, const Node *params_node, uint32_t index, const char *what);
bool int_parameter(FuncState *fs, const Node *item, const char *what, int64_t *value);

#endif
