# tb_embed(TARGET NAMESPACE ns GLOB pattern...): text files as a C++ lookup table, so that the program
# needs no data folder. Gives the header "embedded/<ns>.hpp" with tb::embedded::<ns>(): a sorted span of
# {path, text}, path relative to the source folder.
function(tb_embed target)
    cmake_parse_arguments(ARG "" "NAMESPACE" "GLOB" ${ARGN})
    file(GLOB files CONFIGURE_DEPENDS RELATIVE ${CMAKE_SOURCE_DIR} ${ARG_GLOB})
    list(SORT files)
    set(out ${CMAKE_BINARY_DIR}/embedded)
    set(cpp ${out}/${ARG_NAMESPACE}.cpp)
    file(MAKE_DIRECTORY ${out})
    configure_file(${CMAKE_SOURCE_DIR}/cmake/embedded.hpp.in ${out}/${ARG_NAMESPACE}.hpp @ONLY)
    add_custom_command(OUTPUT ${cpp}
        COMMAND ${CMAKE_COMMAND} -DOUT=${cpp} -DNAMESPACE=${ARG_NAMESPACE} -DROOT=${CMAKE_SOURCE_DIR}
                "-DFILES=${files}" -P ${CMAKE_SOURCE_DIR}/cmake/embed_files.cmake
        DEPENDS ${files} ${CMAKE_SOURCE_DIR}/cmake/embed_files.cmake
        WORKING_DIRECTORY ${CMAKE_SOURCE_DIR} VERBATIM)
    add_library(${target} STATIC ${cpp})
    target_include_directories(${target} PUBLIC ${CMAKE_BINARY_DIR} ${CMAKE_SOURCE_DIR}/include)
endfunction()
