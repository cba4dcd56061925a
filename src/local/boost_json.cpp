// Boost.JSON, compiled once more for shared libraries.
#include <boost/json/src.hpp>
