/* The registry: every vendor, and the search for a target by name. */
#include "targets/target.h"

#include "base/str.h"
#include "targets/x86/target.h"

static const TargetVendor *const vendors[] = {&target_x86, &target_nvptx, &target_amdgcn, NULL};

const TargetVendor *target_vendor_at(uint32_t index) {
    return index < sizeof vendors / sizeof vendors[0] ? vendors[index] : NULL;
}

/* The name nearest to `name`, or NULL when none is near. */
static const char *nearest_name(const char *name) {
    const char *best = NULL;
    size_t best_distance = 4;
    for (int v = 0; vendors[v]; v++)
        for (uint32_t i = 0; i < vendors[v]->arch_count; i++) {
            size_t distance = edit_distance(name, vendors[v]->archs[i].name, 3);
            if (distance < best_distance) {
                best_distance = distance;
                best = vendors[v]->archs[i].name;
            }
        }
    return best;
}

const Target *target_find(const char *name, Arena *arena, const char **error) {
    if (strcmp(name, "native") == 0)
        return target_native(arena);
    for (int v = 0; vendors[v]; v++)
        for (uint32_t i = 0; i < vendors[v]->arch_count; i++)
            if (strcmp(name, vendors[v]->archs[i].name) == 0)
                return &vendors[v]->archs[i];
    if (error) {
        const char *near = nearest_name(name);
        *error = near ? arena_printf(arena, "no target is called `%s`; did you mean `%s`?", name, near)
                      : arena_printf(arena, "no target is called `%s`; `weft targets` lists them", name);
    }
    return NULL;
}

const Target *target_native(Arena *arena) {
    return x86_native(arena);
}

bool target_runs_here(const Target *target) {
    return target->vendor == &target_x86 && x86_runs_here(target);
}

static bool words_have(const char *words, const char *word) {
    size_t len = strlen(word);
    for (const char *at = words; len > 0 && (at = strstr(at, word)) != NULL; at += len) {
        bool starts = at == words || at[-1] == ' ';
        if (starts && (at[len] == 0 || at[len] == ' '))
            return true;
    }
    return false;
}

bool target_has(const Target *target, const char *feature) {
    return words_have(target->features, feature);
}

bool target_feature_known(const char *feature) {
    for (int v = 0; vendors[v]; v++)
        for (uint32_t i = 0; i < vendors[v]->arch_count; i++)
            if (target_has(&vendors[v]->archs[i], feature))
                return true;
    return false;
}

uint32_t target_simd_width(const Target *target, const Type *element) {
    uint32_t width = target->simd_bits / type_bits(element);
    return width > 0 ? width : 1;
}
