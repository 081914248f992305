/* Text to tokens to tree. Neither ever fails: mistakes go to the diagnostics, and the tree has
 * NODE_ERROR where nothing could be made of the text. Nesting deeper than 500 blocks or brackets is
 * an error that says "too deep". */
#ifndef WEFT_SYNTAX_PARSE_H
#define WEFT_SYNTAX_PARSE_H

#include "base/diag.h"
#include "syntax/ast.h"

/* The NODE_MODULE of `file`; nodes live in `arena`. */
Node *parse_module(Arena *arena, Interner *names, Diags *diags, const SourceFile *file);
/* One expression of its own, as in the argument of `weft call k n=2**10`. */
Node *parse_expression(Arena *arena, Interner *names, Diags *diags, const SourceFile *file);
/* --emit tokens */
void tokens_print(Text *out, Arena *arena, Interner *names, Diags *diags, const SourceFile *file);

#endif
