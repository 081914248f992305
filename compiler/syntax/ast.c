#include "syntax/ast.h"

typedef struct OperatorRow {
    const char *text, *dunder, *reflected;
} OperatorRow;

static const OperatorRow operators[] = {
#define OPERATOR(code, text, dunder, reflected) {text, dunder, reflected},
#include "syntax/operators.def"
#undef OPERATOR
};

const char *operator_text(Operator op) {
    return operators[op].text;
}

const char *operator_dunder(Operator op) {
    return operators[op].dunder;
}

const char *operator_reflected(Operator op) {
    return operators[op].reflected;
}

const char *node_kind_name(NodeKind kind) {
    static const char *const names[NODE_KIND_COUNT] = {
        [NODE_ERROR] = "error",
        [NODE_INT] = "int",
        [NODE_FLOAT] = "float",
        [NODE_STRING] = "string",
        [NODE_FSTRING] = "fstring",
        [NODE_BOOL] = "bool",
        [NODE_NONE_VALUE] = "none",
        [NODE_NAME] = "name",
        [NODE_TUPLE] = "tuple",
        [NODE_LIST] = "list",
        [NODE_UNARY] = "unary",
        [NODE_BINARY] = "binary",
        [NODE_COMPARE] = "compare",
        [NODE_CONDITIONAL] = "conditional",
        [NODE_LAMBDA] = "lambda",
        [NODE_CALL] = "call",
        [NODE_INDEX] = "index",
        [NODE_ATTRIBUTE] = "attribute",
        [NODE_SLICE] = "slice",
        [NODE_KEYWORD] = "keyword",
        [NODE_FUNC_TYPE] = "func_type",
        [NODE_ASSIGN] = "assign",
        [NODE_AUGMENTED] = "augmented",
        [NODE_EXPR_STMT] = "expr_stmt",
        [NODE_RETURN] = "return",
        [NODE_BREAK] = "break",
        [NODE_CONTINUE] = "continue",
        [NODE_PASS] = "pass",
        [NODE_ASSERT] = "assert",
        [NODE_IF] = "if",
        [NODE_WHILE] = "while",
        [NODE_FOR] = "for",
        [NODE_COMPTIME_ASSIGN] = "comptime_assign",
        [NODE_IMPORT] = "import",
        [NODE_FUNC] = "func",
        [NODE_STRUCT] = "struct",
        [NODE_FIELD] = "field",
        [NODE_PARAM] = "param",
        [NODE_ARG] = "arg",
        [NODE_DECORATOR] = "decorator",
        [NODE_MODULE] = "module",
    };
    return names[kind];
}
