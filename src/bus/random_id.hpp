// Ids that nobody else has.
#pragma once

#include <boost/uuid/random_generator.hpp>
#include <boost/uuid/uuid_io.hpp>

#include <string>

namespace sluice::bus {

/// A random UUID, as text.
inline std::string random_id() { return boost::uuids::to_string(boost::uuids::random_generator()()); }

} // namespace sluice::bus
