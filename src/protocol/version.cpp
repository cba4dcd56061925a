#include <sluice/version.hpp>

namespace sluice {

std::string_view library_version() noexcept { return version; }

} // namespace sluice
