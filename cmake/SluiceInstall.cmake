# `cmake --install` and `find_package(sluice)`.
include(CMakePackageConfigHelpers)

set(sluice_package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/sluice)

install(TARGETS sluice EXPORT sluice-targets FILE_SET HEADERS)
if(SLUICE_BUILD_LOCAL)
    install(TARGETS sluice_local EXPORT sluice-targets FILE_SET HEADERS)
endif()
if(SLUICE_BUILD_PROGRAM)
    install(TARGETS sluice_program)
endif()
install(EXPORT sluice-targets NAMESPACE sluice:: DESTINATION ${sluice_package_dir})

configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/sluice-config.cmake.in
    ${CMAKE_CURRENT_BINARY_DIR}/sluice-config.cmake INSTALL_DESTINATION ${sluice_package_dir})
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/sluice-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/sluice-config.cmake ${CMAKE_CURRENT_BINARY_DIR}/sluice-config-version.cmake
    DESTINATION ${sluice_package_dir})
