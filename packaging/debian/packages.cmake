# Debian packages by CPack: `cmake -B build -DCMAKE_INSTALL_PREFIX=/usr -DBUILD_SHARED_LIBS=ON`, build, `cpack -G DEB`.
# From shared libraries: libsluice0.1 (the libraries), libsluice-dev (to build with them), sluice (the program). From
# static ones there is no libsluice0.1.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME sluice)
set(CPACK_PACKAGE_VERSION ${sluice_version})
set(CPACK_PACKAGE_CONTACT "The sluice authors <sluice@example.invalid>")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
# Files of root's; not those of whoever's umask it was.
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
    OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)

set(CPACK_COMPONENTS_ALL sluice_development)
string(REGEX MATCH "^[0-9]+\\.[0-9]+" soversion ${sluice_version})
set(sluice_common_text "A C++20 library of coroutines on Boost.Asio. It writes to topics and queues in batches, reads
 queues with leases that it renews, and ties topics to queues.")

set(CPACK_DEBIAN_SLUICE_DEVELOPMENT_PACKAGE_NAME libsluice-dev)
set(CPACK_DEBIAN_SLUICE_DEVELOPMENT_PACKAGE_SECTION libdevel)
set(CPACK_COMPONENT_SLUICE_DEVELOPMENT_DESCRIPTION "Amazon SNS and SQS as coroutine streams (development files)\n${sluice_common_text}")
set(CPACK_DEBIAN_SLUICE_DEVELOPMENT_PACKAGE_DEPENDS "libboost1.81-dev | libboost-dev (>= 1.81)")
if(BUILD_SHARED_LIBS)
    list(APPEND CPACK_COMPONENTS_ALL sluice_runtime)
    set(CPACK_DEBIAN_SLUICE_RUNTIME_PACKAGE_NAME libsluice${soversion})
    set(CPACK_DEBIAN_SLUICE_RUNTIME_PACKAGE_SECTION libs)
    set(CPACK_DEBIAN_SLUICE_RUNTIME_PACKAGE_SHLIBDEPS ON)
    set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS ON)
    # One of our libraries needs another, which no package has yet.
    set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS ${PROJECT_BINARY_DIR}/src ${PROJECT_BINARY_DIR}/sigv4)
    set(CPACK_COMPONENT_SLUICE_RUNTIME_DESCRIPTION "Amazon SNS and SQS as coroutine streams (shared libraries)\n${sluice_common_text}")
    string(APPEND CPACK_DEBIAN_SLUICE_DEVELOPMENT_PACKAGE_DEPENDS ", libsluice${soversion} (= ${sluice_version})")
else()
    string(APPEND CPACK_DEBIAN_SLUICE_DEVELOPMENT_PACKAGE_DEPENDS ", libssl-dev (>= 3.0), libpugixml-dev")
endif()

if(SLUICE_BUILD_PROGRAM)
    list(APPEND CPACK_COMPONENTS_ALL sluice_program)
    set(CPACK_DEBIAN_SLUICE_PROGRAM_PACKAGE_NAME sluice)
    set(CPACK_DEBIAN_SLUICE_PROGRAM_PACKAGE_SECTION utils)
    set(CPACK_DEBIAN_SLUICE_PROGRAM_PACKAGE_SHLIBDEPS ON)
    set(CPACK_COMPONENT_SLUICE_PROGRAM_DESCRIPTION "Amazon SNS and SQS on the command line\nWrites to topics and queues, reads queues, ties topics to queues, and runs a broker in\n memory for tests.")
endif()

# The licence in the place where Debian looks for it, and no search paths in libraries that lie in the loader's own.
set(CPACK_PRE_BUILD_SCRIPTS ${CMAKE_CURRENT_BINARY_DIR}/debian_doc_files.cmake)
file(CONFIGURE OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/debian_doc_files.cmake @ONLY CONTENT [[
foreach(part sluice_development=libsluice-dev sluice_runtime=libsluice@soversion@ sluice_program=sluice)
    string(REPLACE "=" ";" part "${part}")
    list(GET part 0 component)
    list(GET part 1 package)
    set(root "${CPACK_TEMPORARY_DIRECTORY}/${component}")
    if(EXISTS "${root}")
        set(documents "${root}/usr/share/doc/${package}")
        file(REMOVE_RECURSE "${root}/usr/share/doc/sluice")
        file(COPY "@PROJECT_SOURCE_DIR@/LICENSE" DESTINATION "${documents}"
             FILE_PERMISSIONS OWNER_READ OWNER_WRITE GROUP_READ WORLD_READ)
        file(RENAME "${documents}/LICENSE" "${documents}/copyright")
        file(GLOB_RECURSE libraries "${root}/usr/*/libsluice*.so.@sluice_version@")
        foreach(library IN LISTS libraries)
            file(RPATH_REMOVE FILE "${library}")
        endforeach()
    endif()
endforeach()
]])

include(CPack)
