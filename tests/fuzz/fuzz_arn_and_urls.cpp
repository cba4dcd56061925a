// ARNs, queue references and endpoint URLs. What is accepted must be made of the text it came from.
#include "client/endpoint.hpp"
#include "client/endpoint_rules.hpp"
#include "client/partitions.hpp"
#include "protocol/arn.hpp"

#include <cstdint>
#include <cstdlib>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    if (const auto parsed = sluice::protocol::parse_arn(text)) {
        const std::string again = "arn:" + parsed->partition + ":" + parsed->service + ":" + parsed->region + ":" +
                                  parsed->account + ":" + parsed->resource;
        if (again != text) std::abort();
    }
    if (const auto queue = sluice::protocol::parse_queue_reference(text)) {
        const std::string_view name =
            queue->url.empty() ? std::string_view(queue->name) : sluice::protocol::queue_name_of_url(queue->url);
        if (sluice::protocol::check_queue_name(name)) std::abort();
    }
    if (const auto endpoint = sluice::calls::parse_endpoint_url(text)) {
        if (endpoint->origin.host.empty() || endpoint->origin.port == 0 || !endpoint->path.starts_with('/'))
            std::abort();
    }
    sluice::calls::endpoint_request wanted;
    wanted.region = "eu-west-1";
    wanted.custom_url = text;
    if (const auto endpoint = sluice::calls::resolve_endpoint(wanted);
        endpoint && endpoint->signing_region != "eu-west-1")
        std::abort();
    if (sluice::calls::partition_of(text).dns_suffix.empty()) std::abort();
    return 0;
}
