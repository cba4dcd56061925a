#include "topology/temporary_queue.hpp"

#include "protocol/arn.hpp"
#include "protocol/timestamp.hpp"

#include <cstddef>
#include <random>

namespace sluice::topology {
namespace {

constexpr std::size_t longest_tag_value = 256;

std::string random_digits() {
    constexpr std::string_view digits = "0123456789abcdef";
    std::random_device device; // asked for each digit: two processes that start at once must differ
    std::string text(16, '0');
    for (char& c : text) c = digits[device() % digits.size()];
    return text;
}

} // namespace

std::string temporary_queue_name(std::string_view purpose, bool fifo) {
    std::string name(temporary_queue_prefix);
    name.append(purpose).append("-").append(random_digits());
    if (fifo) name += ".fifo";
    return name;
}

std::map<std::string, std::string> tags_of_temporary_queue(std::string_view purpose,
                                                           std::chrono::system_clock::time_point expires,
                                                           std::string_view topic_arn) {
    std::map<std::string, std::string> tags = expiry_tag(expires);
    tags[temporary_queue_tags::purpose] = purpose;
    if (!topic_arn.empty() && topic_arn.size() <= longest_tag_value) tags[temporary_queue_tags::topic] = topic_arn;
    return tags;
}

std::map<std::string, std::string> expiry_tag(std::chrono::system_clock::time_point expires) {
    std::map<std::string, std::string> tags;
    tags[temporary_queue_tags::expires_at] = protocol::date_time_text(expires);
    return tags;
}

temporary_queue_state judge_expiry(const std::map<std::string, std::string>& tags,
                                   std::chrono::system_clock::time_point now, std::chrono::seconds grace) {
    const auto tag = tags.find(temporary_queue_tags::expires_at);
    if (tag == tags.end()) return temporary_queue_state::not_temporary;
    const auto expires = protocol::parse_date_time(tag->second);
    if (!expires) return temporary_queue_state::not_temporary;
    return now > *expires + grace ? temporary_queue_state::expired : temporary_queue_state::in_use;
}

temporary_queue_state judge_temporary_queue(std::string_view queue, const std::map<std::string, std::string>& tags,
                                            std::chrono::system_clock::time_point now) {
    if (!protocol::destination_name(queue).starts_with(temporary_queue_prefix)) {
        return temporary_queue_state::not_temporary;
    }
    return judge_expiry(tags, now);
}

} // namespace sluice::topology
