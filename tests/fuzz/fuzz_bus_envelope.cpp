// What comes in a queue of commands. The input is a body, and behind each 0x1E byte `name=value` of an attribute
// (Binary where the name begins with `!`). What is read can be written, and reads again as it was; addresses for
// replies never lead anywhere but to a reply queue beside our own.
#include "bus/dispatch.hpp"
#include "bus/reply_rules.hpp"

#include <sluice/bus/envelope.hpp>

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace {

constexpr char separator = '\x1E';

sluice::named_attribute attribute_of(std::string_view text) {
    const auto equals = text.find('=');
    std::string name(text.substr(0, equals));
    std::string value(equals == std::string_view::npos ? std::string_view() : text.substr(equals + 1));
    if (name.starts_with('!')) {
        return sluice::named_attribute(name.substr(1), sluice::attribute_value::binary(std::move(value)));
    }
    return sluice::named_attribute(std::move(name), std::move(value));
}

void check_reply_address(const std::string& reply_to) {
    const std::string own = "https://sqs.eu-west-1.amazonaws.com/123456789012/orders";
    const auto queue = sluice::bus::reply_queue_of(reply_to, own, "sluice-reply-");
    if (!queue) return;
    const std::string_view begin = "https://sqs.eu-west-1.amazonaws.com/123456789012/sluice-reply-";
    if (!queue->starts_with(begin)) std::abort();
    if (queue->find_first_of("/?#%\r\n ", begin.size()) != std::string::npos) std::abort();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string_view input(reinterpret_cast<const char*>(data), size);
    sluice::received_content what;
    what.message_id = "queue-id";
    what.body = input.substr(0, input.find(separator));
    std::vector<sluice::named_attribute> attributes;
    while (true) {
        const auto next = input.find(separator);
        if (next == std::string_view::npos) break;
        input.remove_prefix(next + 1);
        attributes.push_back(attribute_of(input.substr(0, input.find(separator))));
    }
    what.attributes = attributes;

    const sluice::bus::format_list formats{sluice::streams_envelope_format()};
    const sluice::envelope_format* used = nullptr;
    const auto read = sluice::bus::read_envelope(formats, what, used);
    const auto refused = sluice::bus::judge_arrival(read, true, 1'000);
    if (!read) {
        if (!refused || refused->kind() != sluice::bus::failure_kind::undecodable) std::abort();
        return 0;
    }
    if (read->id.empty() || read->type.empty() || read->correlation_id.empty()) std::abort();
    if (!refused && read->payload.size() > 1'000) std::abort();
    if (formats.front()->deduplication_key(*read).empty()) std::abort();
    static_cast<void>(sluice::bus::judge_call(*read, 2, 1, std::chrono::system_clock::time_point()));
    check_reply_address(read->reply_to);
    static_cast<void>(sluice::bus::failure_in_reply(*read));

    const auto written = formats.front()->write(*read);
    if (!written) return 0; // a content type that would be mistaken
    if (written->attributes().size() > 10) std::abort();
    sluice::received_content again;
    again.body = written->body();
    again.attributes = written->attributes();
    const auto reread = formats.front()->read(again);
    if (!reread || !(*reread == *read)) std::abort();
    return 0;
}
