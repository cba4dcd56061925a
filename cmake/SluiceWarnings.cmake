# Warnings for our own targets only: linked PRIVATE, so that nobody who embeds sluice inherits them.
if(NOT TARGET sluice_warnings)
    add_library(sluice_warnings INTERFACE)
    target_compile_options(sluice_warnings INTERFACE
        -Wall -Wextra -Wpedantic -Wconversion -Woverloaded-virtual
        # g++ 12 reports this falsely in every coroutine whose frame comes from Asio's recycler.
        $<$<CXX_COMPILER_ID:GNU>:-Wno-mismatched-new-delete>
        # And this one in std::string, when it is inlined (GCC PR 105329).
        $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>
        # When several files are compiled as one, a local name may be that of something in another file, and g++ takes
        # every file but the first for a header.
        $<$<NOT:$<BOOL:$<TARGET_PROPERTY:UNITY_BUILD>>>:-Wshadow>
        $<$<AND:$<CXX_COMPILER_ID:GNU>,$<BOOL:$<TARGET_PROPERTY:UNITY_BUILD>>>:-Wno-subobject-linkage>
        $<$<BOOL:${SLUICE_WARNINGS_AS_ERRORS}>:-Werror>)
endif()
