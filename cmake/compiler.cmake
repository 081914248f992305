# The compiler's rooms. Each is an object library; the driver is all of them but code generation, which
# is a module of its own that the driver opens only for the commands that need it.

function(weft_room name)
  set(sources)
  foreach(folder ${ARGN})
    file(GLOB found CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${folder}/*.c)
    list(APPEND sources ${found})
  endforeach()
  if(NOT sources)
    return()
  endif()
  add_library(weft_${name} OBJECT ${sources})
  target_include_directories(weft_${name} PRIVATE ${CMAKE_SOURCE_DIR}/compiler ${CMAKE_SOURCE_DIR}
                             ${CMAKE_SOURCE_DIR}/runtime/include ${CMAKE_SOURCE_DIR}/runtime)
endfunction()

weft_room(base compiler/base)
weft_room(syntax compiler/syntax)
weft_room(ir compiler/ir)
weft_room(sema compiler/sema)
weft_room(passes compiler/passes compiler/passes/rules compiler/passes/analysis)
weft_room(targets targets targets/x86 targets/nvptx targets/amdgcn)
weft_room(package compiler/package)
weft_room(driver compiler/driver)

set(WEFT_COMPILER_OBJECTS)
foreach(room base syntax ir sema passes targets package)
  if(TARGET weft_${room})
    list(APPEND WEFT_COMPILER_OBJECTS $<TARGET_OBJECTS:weft_${room}>)
  endif()
endforeach()

if(TARGET weft_driver)
  add_executable(weft $<TARGET_OBJECTS:weft_driver> ${WEFT_COMPILER_OBJECTS})
  set_target_properties(weft PROPERTIES ENABLE_EXPORTS ON)
  # The whole runtime: programs that run through ORC find its entries here.
  target_link_libraries(weft PRIVATE -Wl,--whole-archive weft_rt_static -Wl,--no-whole-archive m dl pthread)
  target_compile_definitions(weft_driver PRIVATE WEFT_VERSION="${PROJECT_VERSION}")
endif()

# Code generation: the only part that knows LLVM.
find_program(LLVM_CONFIG NAMES llvm-config-22 REQUIRED)
execute_process(COMMAND ${LLVM_CONFIG} --includedir OUTPUT_VARIABLE LLVM_INCLUDE OUTPUT_STRIP_TRAILING_WHITESPACE)
execute_process(COMMAND ${LLVM_CONFIG} --libdir OUTPUT_VARIABLE LLVM_LIBDIR OUTPUT_STRIP_TRAILING_WHITESPACE)
file(GLOB codegen_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/compiler/codegen/*.c)
if(codegen_sources)
  add_library(weft_codegen MODULE ${codegen_sources})
  set_target_properties(weft_codegen PROPERTIES PREFIX "lib")
  target_include_directories(weft_codegen PRIVATE ${CMAKE_SOURCE_DIR}/compiler ${CMAKE_SOURCE_DIR}
                             ${CMAKE_SOURCE_DIR}/runtime/include)
  target_include_directories(weft_codegen SYSTEM PRIVATE ${LLVM_INCLUDE})
  target_link_directories(weft_codegen PRIVATE ${LLVM_LIBDIR})
  target_link_libraries(weft_codegen PRIVATE LLVM-22)
  if(TARGET weft)
    add_dependencies(weft weft_codegen)
  endif()
endif()

# The library lies beside the compiler, where an installed one has it.
file(GLOB_RECURSE stdlib_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/stdlib/*.weft)
file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/share/weft)
if(NOT EXISTS ${CMAKE_BINARY_DIR}/share/weft/stdlib)
  file(CREATE_LINK ${CMAKE_SOURCE_DIR}/stdlib ${CMAKE_BINARY_DIR}/share/weft/stdlib SYMBOLIC)
endif()
if(NOT EXISTS ${CMAKE_BINARY_DIR}/include)
  file(CREATE_LINK ${CMAKE_SOURCE_DIR}/runtime/include ${CMAKE_BINARY_DIR}/include SYMBOLIC)
endif()
