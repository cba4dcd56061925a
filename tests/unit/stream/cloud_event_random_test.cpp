// Random events, there and back in both modes.
#include <sluice/cloud_event.hpp>
#include <sluice/error.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <random>
#include <string>

namespace cloud_event_random_test {

using sluice::cloud_event;
using sluice::cloud_event_mode;
using sluice::cloud_event_value;
using sluice::message;

namespace {

class event_maker {
  public:
    explicit event_maker(unsigned seed) : random_(seed) {}

    cloud_event make() {
        cloud_event event(text(1), "/" + word(), "com." + word());
        if (chance(3)) event.subject(text(1));
        if (chance(3))
            event.time(std::chrono::system_clock::time_point(std::chrono::milliseconds(below(4000000000000))));
        if (chance(3)) event.data_schema("urn:" + word());
        const auto extensions = below(7);
        for (std::int64_t i = 0; i < extensions; ++i) event.extension(word() + std::to_string(i), value());
        switch (below(5)) {
        case 0: break;
        case 1: event.data(json(0)); break;
        case 2: event.data_content_type("application/x+json").data(json(0)); break;
        case 3: event.data_content_type("text/plain; charset=utf-8").data(text(0) + "\n\t" + text(0)); break;
        default: event.binary_data(bytes());
        }
        return event;
    }

    std::int64_t below(std::int64_t end) { return std::uniform_int_distribution<std::int64_t>(0, end - 1)(random_); }

  private:
    bool chance(std::int64_t one_in) { return below(one_in) == 0; }

    std::string word() {
        std::string made;
        const auto length = 1 + below(8);
        for (std::int64_t i = 0; i < length; ++i) made += static_cast<char>('a' + below(26));
        return made;
    }
    std::string text(std::int64_t least) {
        constexpr std::array<const char*, 10> pieces{"a", "Z", "\"", "\\", "ü", "€", "😀", " ", "</x>", "\xC2\xA0"};
        std::string made;
        const auto length = least + below(20);
        for (std::int64_t i = 0; i < length; ++i) made += pieces[static_cast<std::size_t>(below(10))];
        return made;
    }
    std::string bytes() {
        std::string made;
        const auto length = below(40);
        for (std::int64_t i = 0; i < length; ++i) made += static_cast<char>(below(256));
        return made;
    }
    cloud_event_value value() {
        switch (below(6)) {
        case 0: return chance(2);
        case 1: return static_cast<std::int32_t>(below(4294967296) - 2147483648);
        case 2: return cloud_event_value::binary(bytes());
        case 3: return cloud_event_value::uri("urn:" + word());
        case 4: return cloud_event_value::timestamp("2018-04-05T17:31:00Z");
        default: return text(0);
        }
    }
    std::string json(int depth) {
        switch (below(depth > 3 ? 4 : 6)) {
        case 0: return "null";
        case 1: return std::to_string(below(1000)) + ".50e3";
        case 2: return R"("\u0022},\"data\":[{\\")";
        case 3: return "true";
        case 4: return "[" + json(depth + 1) + " , " + json(depth + 1) + "]";
        default: return R"({"data" : )" + json(depth + 1) + R"(,"z":)" + json(depth + 1) + "}";
        }
    }

    std::mt19937 random_;
};

/// As it is read: values as texts, all or those that JSON has as texts; and in JSON the extensions have no order.
cloud_event as_read(const cloud_event& event, cloud_event_mode mode) {
    cloud_event made(event.id(), event.source(), event.type());
    if (event.subject()) made.subject(*event.subject());
    if (event.time_text()) made.time_text(*event.time_text());
    if (event.data_schema()) made.data_schema(*event.data_schema());
    if (event.data_content_type()) made.data_content_type(*event.data_content_type());
    auto extensions = event.extensions();
    if (mode == cloud_event_mode::structured) {
        std::ranges::sort(extensions, {}, &sluice::cloud_event_extension::name);
    }
    for (const auto& [name, value] : extensions) {
        const bool bare =
            value.kind() == cloud_event_value::type::boolean || value.kind() == cloud_event_value::type::integer;
        made.extension(name, bare && mode == cloud_event_mode::structured ? value : cloud_event_value(value.text()));
    }
    const bool is_text = event.kind_of_data() == cloud_event::data_kind::text;
    if (mode == cloud_event_mode::structured) {
        if (is_text) made.data(event.data());
        else if (event.kind_of_data() == cloud_event::data_kind::binary) made.binary_data(event.data());
        return made;
    }
    made.data(event.data());
    if (is_text && !event.data_content_type()) made.data_content_type("application/json");
    return made;
}

} // namespace

TEST_CASE("CloudEvents: random events come back as they were") {
    event_maker maker(20180405);
    std::size_t binary = 0;
    std::size_t refused = 0;
    for (int i = 0; i < 3'000; ++i) {
        const cloud_event event = maker.make();
        const message structured = sluice::to_message(event);
        const cloud_event back = sluice::cloud_event_from(structured.body(), structured.attributes());
        REQUIRE(as_read(back, cloud_event_mode::structured) == as_read(event, cloud_event_mode::structured));
        // Untold, too, it is found to be an event.
        REQUIRE(sluice::cloud_event_from(structured.body(), {}) == back);
        try {
            const message flat = sluice::to_message(event, cloud_event_mode::binary);
            const cloud_event read = sluice::cloud_event_from(flat.body(), flat.attributes());
            REQUIRE(read == as_read(event, cloud_event_mode::binary));
            ++binary;
        } catch (const sluice::error& failure) {
            REQUIRE(failure.info().message.starts_with("the CloudEvent cannot be written in binary mode: "));
            ++refused;
        }
    }
    CHECK(binary > 500);
    CHECK(refused > 500);
}

} // namespace cloud_event_random_test
