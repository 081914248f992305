/* Modules. */
#include "ir/func.h"

Module *module_create(Arena *arena, Types *types, Interner *names, Sources *sources) {
    Module *module = arena_new(arena, Module);
    module->arena = arena;
    module->types = types;
    module->names = names;
    module->sources = sources;
    return module;
}

Func *module_find(const Module *module, Name name) {
    MODULE_FOR_EACH_FUNC (func, module)
        if (func->name == name)
            return func;
    return NULL;
}
