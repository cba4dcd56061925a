#include "client/endpoint.hpp"

#include "transport/http_url.hpp"

namespace sluice::calls {

result<endpoint> parse_endpoint_url(std::string_view url) {
    auto parsed = parse_http_url(url);
    if (!parsed) return parsed.error();
    if (parsed->target.find('?') != std::string::npos) {
        return error_info(errc::configuration,
                          "\"" + std::string(url) + "\" is not an endpoint URL: a query has no meaning here");
    }
    endpoint to;
    to.origin = std::move(parsed->origin);
    to.path = std::move(parsed->target);
    return to;
}

} // namespace sluice::calls
