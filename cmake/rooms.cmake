# The rooms of the house: one library a common/ folder, one program and one core
# library a program folder, one test program a folder of unit tests. A folder
# without sources yields nothing.

# ntp_room(base) builds common/base as the library ntp_base.
function(ntp_room name)
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/common/${name}/*.cc)
  if(sources)
    add_library(ntp_${name} STATIC ${sources})
    target_link_libraries(ntp_${name} PUBLIC ${ARGN})
  else()
    add_library(ntp_${name} INTERFACE)
    target_link_libraries(ntp_${name} INTERFACE ${ARGN})
  endif()
endfunction()

# ntp_core(rtcd libs…) builds rtcd/*.cc, everything but main.cc, as the library rtcd_core.
function(ntp_core name)
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${name}/*.cc)
  list(REMOVE_ITEM sources ${CMAKE_SOURCE_DIR}/${name}/main.cc)
  if(sources)
    add_library(${name}_core STATIC ${sources})
    target_link_libraries(${name}_core PUBLIC ${ARGN})
  else()
    add_library(${name}_core INTERFACE)
    target_link_libraries(${name}_core INTERFACE ${ARGN})
  endif()
endfunction()

# ntp_program(rtcd libs…) builds rtcd_core, and rtcd/main.cc as build/bin/rtcd.
function(ntp_program name)
  ntp_core(${name} ${ARGN})
  add_executable(${name} ${CMAKE_SOURCE_DIR}/${name}/main.cc)
  target_link_libraries(${name} PRIVATE ${name}_core)
  if(name STREQUAL "syncctl")  # for everybody
    install(TARGETS ${name} RUNTIME DESTINATION bin)
  else()
    install(TARGETS ${name} RUNTIME DESTINATION sbin)
  endif()
endfunction()

# ntp_unit_tests(base libs…) builds tests/unit/base/*_test.cc as build/bin/unit_base, which is
# run at the root of the tree.
function(ntp_unit_tests name)
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/unit/${name}/*_test.cc)
  if(sources AND BUILD_TESTING)
    add_executable(unit_${name} ${sources})
    target_link_libraries(unit_${name} PRIVATE ${ARGN} GTest::gtest_main rapidcheck)
    add_test(NAME unit_${name} COMMAND unit_${name} --gtest_brief=1
      WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
  endif()
endfunction()
