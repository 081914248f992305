# The runtime: C11, libc and pthreads only. Linked into users' programs.
file(GLOB runtime_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/runtime/core/*.c ${CMAKE_SOURCE_DIR}/runtime/cpu/*.c
     ${CMAKE_SOURCE_DIR}/runtime/host/*.c)
if(runtime_sources)
  add_library(weft_rt_static STATIC ${runtime_sources})
  add_library(weft_rt SHARED ${runtime_sources})
  foreach(lib weft_rt_static weft_rt)
    set_target_properties(${lib} PROPERTIES OUTPUT_NAME weft_rt)
    target_include_directories(${lib} PUBLIC ${CMAKE_SOURCE_DIR}/runtime/include PRIVATE ${CMAKE_SOURCE_DIR}/runtime)
    target_compile_options(${lib} PRIVATE -ffunction-sections -fdata-sections)
    target_compile_definitions(${lib} PRIVATE WEFT_VERSION="${PROJECT_VERSION}")
    target_link_libraries(${lib} PUBLIC m pthread dl)
  endforeach()
  # The pool's threads run its code until the process ends: dlclose() must not unmap it.
  target_link_options(weft_rt PRIVATE -Wl,-z,nodelete)
endif()
