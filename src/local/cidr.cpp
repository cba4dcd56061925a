#include "local/cidr.hpp"

#include "local/text.hpp"

#include <boost/asio/ip/address.hpp>

namespace sluice::local {
namespace {

namespace ip = boost::asio::ip;

/// The first `bits` bits of both are the same.
template<class Bytes>
bool same_prefix(const Bytes& a, const Bytes& b, std::size_t bits) {
    for (std::size_t i = 0; i < bits; ++i) {
        const unsigned mask = 0x80U >> (i % 8);
        if ((a[i / 8] & mask) != (b[i / 8] & mask)) return false;
    }
    return true;
}

struct parsed_range {
    ip::address address;
    std::size_t bits = 0;
    bool good = false;
};

parsed_range parse(const std::string& range) {
    parsed_range out;
    const auto slash = range.find('/');
    if (slash == std::string::npos) return out;
    boost::system::error_code failure;
    out.address = ip::make_address(range.substr(0, slash), failure);
    const auto bits = parse_integer(range.substr(slash + 1));
    const std::int64_t most = out.address.is_v4() ? 32 : 128;
    if (failure || !bits || *bits < 0 || *bits > most) return out;
    out.bits = static_cast<std::size_t>(*bits);
    out.good = true;
    return out;
}

} // namespace

bool is_address(const std::string& text) {
    boost::system::error_code failure;
    ip::make_address(text, failure);
    return !failure;
}

bool is_cidr(const std::string& range) { return parse(range).good; }

bool cidr_contains(const std::string& range, const std::string& address) {
    const parsed_range wanted = parse(range);
    boost::system::error_code failure;
    const ip::address given = ip::make_address(address, failure);
    if (!wanted.good || failure || given.is_v4() != wanted.address.is_v4()) return false;
    if (given.is_v4()) return same_prefix(given.to_v4().to_bytes(), wanted.address.to_v4().to_bytes(), wanted.bits);
    return same_prefix(given.to_v6().to_bytes(), wanted.address.to_v6().to_bytes(), wanted.bits);
}

} // namespace sluice::local
