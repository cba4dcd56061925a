#include "credentials/container_endpoint.hpp"

namespace sluice {

namespace ip = boost::asio::ip;

bool is_container_address(const ip::address& address) {
    if (address.is_v6() && address.to_v6().is_v4_mapped()) {
        return is_container_address(ip::make_address_v4(ip::v4_mapped, address.to_v6()));
    }
    static const ip::address ecs = ip::make_address("169.254.170.2");
    static const ip::address eks = ip::make_address("169.254.170.23");
    static const ip::address eks_v6 = ip::make_address("fd00:ec2::23");
    return address.is_loopback() || address == ecs || address == eks || address == eks_v6;
}

container_finding find_container_endpoint(const std::function<std::string(const char*)>& variable) {
    container_finding found;
    const std::string relative = variable("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
    const std::string full = variable("AWS_CONTAINER_CREDENTIALS_FULL_URI");
    if (relative.empty() && full.empty()) {
        found.absent = provider_answer::none("neither AWS_CONTAINER_CREDENTIALS_RELATIVE_URI nor "
                                             "AWS_CONTAINER_CREDENTIALS_FULL_URI is set");
        return found;
    }
    if (!relative.empty() && !relative.starts_with('/')) {
        found.absent = provider_answer::failure("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI is \"" + relative +
                                                "\": it must start with /");
        return found;
    }
    const char* const source =
        relative.empty() ? "AWS_CONTAINER_CREDENTIALS_FULL_URI" : "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI";
    auto url = parse_http_url(relative.empty() ? full : "http://169.254.170.2" + relative);
    if (!url) {
        found.absent = provider_answer::failure(std::string(source) + ": " + url.error().message);
        return found;
    }
    boost::system::error_code is_name;
    const auto address = ip::make_address(url->origin.host, is_name);
    if (!url->origin.tls && !is_name && !is_container_address(address)) {
        found.absent = provider_answer::failure(
            std::string(source) + " names " + url->origin.host +
            ": plain HTTP is spoken to loopback addresses, 169.254.170.2, 169.254.170.23 and fd00:ec2::23 only");
        return found;
    }
    found.endpoint.emplace();
    found.endpoint->url = std::move(*url);
    found.endpoint->token_file = variable("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
    found.endpoint->token = variable("AWS_CONTAINER_AUTHORIZATION_TOKEN");
    return found;
}

} // namespace sluice
