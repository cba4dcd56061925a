#include "local/record.hpp"

#include <boost/crc.hpp>

#include <algorithm>
#include <array>
#include <charconv>

namespace sluice::local {
namespace {

constexpr std::size_t sum_bytes = 4;
constexpr std::size_t key_digits = 16;

std::uint32_t sum_of(std::string_view bytes) {
    boost::crc_32_type sum;
    sum.process_bytes(bytes.data(), bytes.size());
    return sum.checksum();
}

/// Seven bits a byte, the lowest first.
void append_size(std::string& out, std::size_t size) {
    for (; size >= 128; size >>= 7U) out += static_cast<char>(size | 128U);
    out += static_cast<char>(size);
}

std::string_view take(std::string_view& from, std::size_t size) {
    if (size > from.size()) throw damaged_record("it ends within a field");
    const auto taken = from.substr(0, size);
    from.remove_prefix(size);
    return taken;
}

std::size_t take_size(std::string_view& from) {
    std::size_t size = 0;
    for (unsigned shift = 0; shift < 35; shift += 7) {
        const auto byte = static_cast<unsigned char>(take(from, 1).front());
        size |= static_cast<std::size_t>(byte & 127U) << shift;
        if (byte < 128) return size;
    }
    throw damaged_record("the length of a field is too large");
}

template<class Number>
Number to_number(std::string_view name, std::string_view text, int base = 10) {
    Number value{};
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value, base);
    if (failure != std::errc() || end != text.data() + text.size()) {
        throw damaged_record("\"" + std::string(name) + "\" is no number: \"" + printable(std::string(text)) + "\"");
    }
    return value;
}

template<class Number>
void append_number(record_writer& out, std::string_view name, Number value) {
    std::array<char, 24> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
    out.text(name, {digits.data(), static_cast<std::size_t>(end - digits.data())});
}

} // namespace

record_writer& record_writer::text(std::string_view name, std::string_view value) {
    bytes_.reserve(bytes_.size() + name.size() + value.size() + 8);
    append_size(bytes_, name.size());
    bytes_ += name;
    append_size(bytes_, value.size());
    bytes_ += value;
    return *this;
}

record_writer& record_writer::number(std::string_view name, std::uint64_t value) {
    append_number(*this, name, value);
    return *this;
}

record_writer& record_writer::time(std::string_view name, time_point value) {
    const auto since = std::chrono::duration_cast<std::chrono::nanoseconds>(value.time_since_epoch());
    append_number(*this, name, static_cast<std::int64_t>(since.count()));
    return *this;
}

record_writer& record_writer::map(std::string_view name, const std::map<std::string, std::string>& values) {
    record_writer all;
    for (const auto& [key, value] : values) all.text(key, value);
    return nested(name, all);
}

std::string record_writer::finish() {
    const std::uint32_t sum = sum_of(bytes_);
    for (const unsigned shift : {24U, 16U, 8U, 0U}) bytes_ += static_cast<char>(sum >> shift & 255U);
    return std::exchange(bytes_, {});
}

record_reader::record_reader(std::string_view stored) {
    if (stored.size() < sum_bytes) throw damaged_record("it is too short");
    const auto bytes = stored.substr(0, stored.size() - sum_bytes);
    std::uint32_t sum = 0;
    for (const char c : stored.substr(bytes.size())) sum = sum << 8U | static_cast<unsigned char>(c);
    if (sum != sum_of(bytes)) throw damaged_record("its sum is wrong");
    parse(bytes);
}

record_reader record_reader::nested(std::string_view bytes) {
    record_reader made;
    made.parse(bytes);
    return made;
}

void record_reader::parse(std::string_view bytes) {
    while (!bytes.empty()) {
        const auto name = take(bytes, take_size(bytes));
        const auto value = take(bytes, take_size(bytes));
        fields_.emplace_back(name, value);
    }
}

const std::string_view* record_reader::find(std::string_view name) const noexcept {
    const auto found = std::ranges::find(fields_, name, [](const auto& field) { return field.first; });
    return found == fields_.end() ? nullptr : &found->second;
}

std::string_view record_reader::text(std::string_view name) const {
    const auto* const found = find(name);
    if (found == nullptr) throw damaged_record("it has no \"" + std::string(name) + "\"");
    return *found;
}

std::string_view record_reader::text_or_empty(std::string_view name) const {
    const auto* const found = find(name);
    return found == nullptr ? std::string_view() : *found;
}

std::optional<std::string> record_reader::optional_text(std::string_view name) const {
    const auto* const found = find(name);
    if (found == nullptr) return std::nullopt;
    return std::string(*found);
}

std::uint64_t record_reader::number(std::string_view name) const { return to_number<std::uint64_t>(name, text(name)); }

time_point record_reader::time(std::string_view name) const {
    const std::chrono::nanoseconds since(to_number<std::int64_t>(name, text(name)));
    return time_point(std::chrono::duration_cast<time_point::duration>(since));
}

std::optional<time_point> record_reader::optional_time(std::string_view name) const {
    if (find(name) == nullptr) return std::nullopt;
    return time(name);
}

std::map<std::string, std::string> record_reader::map(std::string_view name) const {
    std::map<std::string, std::string> values;
    for (const auto& [key, value] : nested(text(name)).fields_) values.emplace(key, value);
    return values;
}

std::vector<std::string_view> record_reader::all(std::string_view name) const {
    std::vector<std::string_view> values;
    for (const auto& [key, value] : fields_) {
        if (key == name) values.push_back(value);
    }
    return values;
}

std::string number_in_key(std::uint64_t number) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text(key_digits, '0');
    for (auto at = text.rbegin(); number > 0; ++at, number >>= 4U) *at = digits[number & 15U];
    return text;
}

std::uint64_t parse_number_in_key(std::string_view text) {
    if (text.size() != key_digits) throw damaged_record("its key has no number of 16 digits");
    return to_number<std::uint64_t>("number in the key", text, 16);
}

} // namespace sluice::local
