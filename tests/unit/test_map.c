#include "base/map.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
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

static void an_empty_map_has_nothing(void **state) {
    Map map = {.arena = arena};
    assert_null(map_get(&map, 1));
    assert_false(map_has(&map, 1));
}

static void what_was_put_is_found(void **state) {
    Map map = {.arena = arena};
    for (uint64_t key = 1; key < 5000; key++)
        map_put(&map, key * key << 32 | key, (void *)(uintptr_t)key);
    for (uint64_t key = 1; key < 5000; key++)
        assert_int_equal((uintptr_t)map_get(&map, key * key << 32 | key), key);
    assert_false(map_has(&map, 5000));
    assert_int_equal(map.count, 4999);
}

static void put_replaces(void **state) {
    Map map = {.arena = arena};
    int a, b;
    map_put_ptr(&map, &a, &a);
    map_put_ptr(&map, &a, &b);
    assert_ptr_equal(map_get_ptr(&map, &a), &b);
    assert_int_equal(map.count, 1);
}

static void null_is_a_value(void **state) {
    Map map = {.arena = arena};
    map_put(&map, 3, NULL);
    assert_true(map_has(&map, 3));
    assert_null(map_get(&map, 3));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, create, destroy)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(an_empty_map_has_nothing), TEST(what_was_put_is_found), TEST(put_replaces), TEST(null_is_a_value),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
