#include "base/arena.h"
#include "base/vec.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

static Arena *arena;

static int create(void **state) {
    arena = arena_create();
    return 0;
}

static int destroy(void **state) {
    arena_destroy(arena);
    return 0;
}

static void memory_is_zeroed_and_aligned(void **state) {
    for (size_t size = 1; size < 300; size++) {
        unsigned char *bytes = arena_alloc(arena, size);
        assert_int_equal((uintptr_t)bytes % 16, 0);
        for (size_t i = 0; i < size; i++)
            assert_int_equal(bytes[i], 0);
        memset(bytes, 0xff, size);
    }
}

static void rewind_gives_back_what_came_after_the_mark(void **state) {
    arena_alloc(arena, 10);
    ArenaMark mark = arena_mark(arena);
    char *first = arena_alloc(arena, 64);
    memset(first, 1, 64);
    arena_alloc(arena, 10 * 1024 * 1024);
    arena_rewind(arena, mark);
    char *again = arena_alloc(arena, 64);
    assert_ptr_equal(again, first);
    assert_int_equal(again[0], 0);
}

static void an_empty_arena_rewinds_to_its_start(void **state) {
    ArenaMark mark = arena_mark(arena);
    arena_alloc(arena, 100);
    arena_rewind(arena, mark);
    assert_non_null(arena_alloc(arena, 1));
}

static void large_blocks(void **state) {
    char *large = arena_alloc(arena, 50 * 1024 * 1024);
    large[50 * 1024 * 1024 - 1] = 1;
    assert_true(arena_used(arena) >= 50 * 1024 * 1024);
}

static void copies_end_with_a_nul(void **state) {
    assert_string_equal(arena_strndup(arena, "abcdef", 3), "abc");
    assert_string_equal(arena_strndup(arena, "", 0), "");
    assert_string_equal(arena_printf(arena, "%d-%s", 7, "x"), "7-x");
    assert_memory_equal(arena_copy(arena, "ab\0c", 4), "ab\0c", 4);
}

static void vectors_grow(void **state) {
    VEC(int) numbers = {0};
    for (int i = 0; i < 1000; i++)
        vec_push(arena, &numbers, i);
    VEC_FOR_EACH (i, &numbers)
        assert_int_equal(numbers.items[i], i);
    assert_int_equal(vec_last(&numbers), 999);
    assert_int_equal(vec_pop(&numbers), 999);
    assert_int_equal(numbers.len, 999);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, create, destroy)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(memory_is_zeroed_and_aligned), TEST(rewind_gives_back_what_came_after_the_mark),
        TEST(an_empty_arena_rewinds_to_its_start), TEST(large_blocks), TEST(copies_end_with_a_nul),
        TEST(vectors_grow),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
