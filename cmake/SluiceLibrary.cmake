# What our libraries have in common.
function(sluice_library target)
    # Before 1.0 every minor version may break the binary interface: the soname has both numbers.
    string(REGEX MATCH "^[0-9]+\\.[0-9]+" soversion ${sluice_version})
    set_target_properties(${target} PROPERTIES
        VERSION ${sluice_version}
        SOVERSION ${soversion}
        # Our libraries find each other beside them, in whatever place they were installed.
        INSTALL_RPATH "$ORIGIN"
        # The binary interface is what SLUICE_API stands at.
        CXX_VISIBILITY_PRESET hidden
        VISIBILITY_INLINES_HIDDEN ON
        # The same object files for static and shared libraries.
        POSITION_INDEPENDENT_CODE ON
        DEFINE_SYMBOL "")
    target_compile_features(${target} PUBLIC cxx_std_20)
    # Position-independent code must not cost the static library its inlining; clang does so by itself.
    target_compile_options(${target} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-fno-semantic-interposition>)
    # A symbol that is nowhere is an error here, not with whoever links the library.
    if(NOT CMAKE_CXX_FLAGS MATCHES "-fsanitize=")
        target_link_options(${target} PRIVATE LINKER:--no-undefined)
    endif()
endfunction()
