// Boost.JSON, compiled once: there is no library to link.
#include <boost/json/src.hpp>
