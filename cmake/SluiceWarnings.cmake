# Warnings for our own targets only: linked PRIVATE, so that nobody who embeds sluice inherits them.
if(NOT TARGET sluice_warnings)
    add_library(sluice_warnings INTERFACE)
    target_compile_options(sluice_warnings INTERFACE
        -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Woverloaded-virtual
        # g++ 12 reports this falsely in every coroutine whose frame comes from Asio's recycler.
        $<$<CXX_COMPILER_ID:GNU>:-Wno-mismatched-new-delete>
        # And this one in std::string, when it is inlined (GCC PR 105329).
        $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>
        # It takes every file but the first for a header when several are compiled as one.
        $<$<AND:$<CXX_COMPILER_ID:GNU>,$<OR:$<BOOL:${CMAKE_UNITY_BUILD}>,$<BOOL:${SLUICE_UNITY_TESTS}>>>:-Wno-subobject-linkage>
        $<$<BOOL:${SLUICE_WARNINGS_AS_ERRORS}>:-Werror>)
endif()
