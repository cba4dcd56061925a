// Boost.JSON, compiled once more: a shared libsluice keeps its own to itself.
#include <boost/json/src.hpp>
