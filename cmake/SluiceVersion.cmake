# The version stands in one place, the public header.
file(STRINGS ${CMAKE_CURRENT_LIST_DIR}/../include/sluice/version.hpp sluice_version_lines
    REGEX "^#define SLUICE_VERSION_(MAJOR|MINOR|PATCH) [0-9]+$")
string(REGEX REPLACE "[^;0-9]+" "" sluice_version "${sluice_version_lines}")
string(REPLACE ";" "." sluice_version "${sluice_version}")
