# find_package(sigv4), when sigv4 was installed alone.
include(CMakeFindDependencyMacro)
find_dependency(OpenSSL 3.0)
include("${CMAKE_CURRENT_LIST_DIR}/sigv4-targets.cmake")
