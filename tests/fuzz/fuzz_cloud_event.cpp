// CloudEvents as they come from a queue: `name: value` lines for the attributes, an empty line, the body. An event that
// is read keeps the rules: written again it reads back as it was, and nothing in its data becomes an attribute of it.
#include "stream/cloud_event.hpp"
#include "stream/cloud_event_rules.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

namespace {

using sluice::cloud_event;
using sluice::named_attribute;

void require(bool holds) {
    if (!holds) std::abort();
}

bool same(const cloud_event& a, const cloud_event& b) {
    const auto sorted = [](const cloud_event& event) {
        auto all = event.extensions();
        std::ranges::sort(all, {}, &sluice::cloud_event_extension::name);
        return all;
    };
    return a.id() == b.id() && a.source() == b.source() && a.type() == b.type() && a.subject() == b.subject() &&
           a.time_text() == b.time_text() && a.data_content_type() == b.data_content_type() &&
           a.data_schema() == b.data_schema() && a.kind_of_data() == b.kind_of_data() && a.data() == b.data() &&
           sorted(a) == sorted(b);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string_view rest(reinterpret_cast<const char*>(data), size);
    std::vector<named_attribute> attributes;
    while (attributes.size() < 20) {
        const auto end = rest.find('\n');
        const std::string_view line = rest.substr(0, end);
        const auto colon = line.find(": ");
        if (end == std::string_view::npos || colon == std::string_view::npos) break;
        attributes.emplace_back(std::string(line.substr(0, colon)), std::string(line.substr(colon + 2)));
        rest.remove_prefix(end + 1);
    }
    if (rest.starts_with('\n')) rest.remove_prefix(1);

    const auto event = sluice::stream::decode_cloud_event(rest, attributes);
    if (!event) {
        require(!event.error().message.empty());
        return 0;
    }
    require(sluice::is_cloud_event(rest, attributes));
    require(!sluice::stream::check_cloud_event(*event, false));
    require(event->data().size() <= rest.size());
    for (const auto mode : {sluice::cloud_event_mode::structured, sluice::cloud_event_mode::binary}) {
        const auto written = sluice::stream::encode_cloud_event(*event, mode);
        if (!written) continue; // data of binary mode that is not what its content type says
        require(written->attributes().size() <= 10);
        const auto again = sluice::stream::decode_cloud_event(written->body(), written->attributes());
        require(again.has_value());
        if (mode == sluice::cloud_event_mode::structured) {
            cloud_event expected = *event;
            // Blanks around JSON are no part of it.
            if (expected.data() != again->data()) {
                require(expected.data().find(again->data()) != std::string::npos);
                expected.data(again->data());
            }
            require(same(*again, expected));
        } else {
            require(again->id() == event->id() && again->data() == event->data());
            require(again->extensions().size() == event->extensions().size());
        }
    }
    return 0;
}
