# `cmake --install`, `find_package(sluice)`, pkg-config and, where sluice is the project itself, packages.
include(CMakePackageConfigHelpers)

set(sluice_package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/sluice)
set(sluice_libraries sluice_sigv4 sluice)
if(SLUICE_BUILD_LOCAL)
    list(APPEND sluice_libraries sluice_local)
endif()

install(TARGETS ${sluice_libraries} EXPORT sluice-targets
    LIBRARY COMPONENT sluice_runtime NAMELINK_COMPONENT sluice_development
    ARCHIVE COMPONENT sluice_development
    FILE_SET HEADERS COMPONENT sluice_development)
if(SLUICE_BUILD_PROGRAM)
    install(TARGETS sluice_program COMPONENT sluice_program)
endif()
install(EXPORT sluice-targets NAMESPACE sluice:: DESTINATION ${sluice_package_dir} COMPONENT sluice_development)

configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/sluice-config.cmake.in
    ${CMAKE_CURRENT_BINARY_DIR}/sluice-config.cmake INSTALL_DESTINATION ${sluice_package_dir})
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/sluice-config-version.cmake
    VERSION ${sluice_version} COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/sluice-config.cmake ${CMAKE_CURRENT_BINARY_DIR}/sluice-config-version.cmake
    DESTINATION ${sluice_package_dir} COMPONENT sluice_development)

# sluice_pkg_config(name description library requires...): the other libraries are named only where ours are archives. A
# shared library knows itself what it needs, and then nobody needs the headers of OpenSSL and pugixml.
function(sluice_pkg_config name description library)
    set(requires)
    set(threads)
    if(NOT BUILD_SHARED_LIBS)
        list(JOIN ARGN ", " requires)
        string(PREPEND requires "Requires: ")
        set(threads " ${CMAKE_THREAD_LIBS_INIT}")
    endif()
    # A Boost of one's own must be found as well; the compiler finds the system's by itself.
    set(boost)
    foreach(directory IN LISTS Boost_INCLUDE_DIRS)
        if(NOT directory IN_LIST CMAKE_CXX_IMPLICIT_INCLUDE_DIRECTORIES)
            string(APPEND boost " -I${directory}")
        endif()
    endforeach()
    file(RELATIVE_PATH up /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
    string(REGEX REPLACE "/$" "" up ${up})
    file(CONFIGURE OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/${name}.pc @ONLY CONTENT [[
prefix=${pcfiledir}/@up@
libdir=${prefix}/@CMAKE_INSTALL_LIBDIR@
includedir=${prefix}/@CMAKE_INSTALL_INCLUDEDIR@

Name: @name@
Description: @description@
Version: @sluice_version@
@requires@
Libs: -L${libdir} -l@library@@threads@
Cflags: -I${includedir}@boost@
]])
    install(FILES ${CMAKE_CURRENT_BINARY_DIR}/${name}.pc
        DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT sluice_development)
endfunction()

sluice_pkg_config(sluice-sigv4 "AWS Signature Version 4 on OpenSSL" sluice_sigv4 "libcrypto >= 3.0")
sluice_pkg_config(sluice "${PROJECT_DESCRIPTION}" sluice "sluice-sigv4 = ${sluice_version}" "libssl >= 3.0" pugixml)
if(SLUICE_BUILD_LOCAL)
    sluice_pkg_config(sluice-local "Amazon SNS and SQS in memory, for tests" sluice_local "sluice = ${sluice_version}")
endif()

install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT sluice_development)

if(PROJECT_IS_TOP_LEVEL)
    include(packaging/debian/packages.cmake)
endif()
