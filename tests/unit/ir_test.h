/* What the tests of the IR share: one arena with its tables, and modules from text. */
#ifndef WEFT_TESTS_IR_TEST_H
#define WEFT_TESTS_IR_TEST_H

#include "ir/builder.h"
#include "ir/print.h"
#include "ir/verify.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

typedef struct IrTest {
    Arena *arena;
    Interner *names;
    Sources *sources;
    Diags *diags;
    Types *types;
} IrTest;

static IrTest t;

static int set_up(void **state) {
    (void)state;
    t.arena = arena_create();
    t.names = interner_create(t.arena);
    t.sources = sources_create(t.arena);
    t.diags = diags_create(t.arena, t.sources);
    t.types = types_create(t.arena, t.names);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    arena_destroy(t.arena);
    return 0;
}

static inline Name name(const char *chars) {
    return intern_cstr(t.names, chars);
}
static inline Module *new_module(void) {
    return module_create(t.arena, t.types, t.names, t.sources);
}

/* NULL after an error, which is the last of t.diags. */
static inline Module *parse(const char *text) {
    SourceFile *file = sources_add(t.sources, "test.ir", text, strlen(text));
    return module_parse(t.arena, t.types, t.names, t.sources, t.diags, file);
}

static inline const char *print(Module *module) {
    Text text = {.arena = t.arena};
    module_print(&text, module);
    return text_cstr(&text);
}

static inline const Diag *last_diag(void) {
    assert_true(diags_count(t.diags) > 0);
    return diags_get(t.diags, diags_count(t.diags) - 1);
}

/* A function without inputs. */
static inline Func *new_func(Module *module, const char *called) {
    return func_create(module, FUNC_DEVICE, name(called), NULL, 0, NULL, 0, NULL, 0);
}

#endif
