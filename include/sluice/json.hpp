// Typed payloads in JSON, by the `to_json` and `from_json` of nlohmann_json. Of sluice's headers only this one, and
// those that include it, need that library.
#pragma once

#include <sluice/error.hpp>
#include <sluice/export.hpp>

#include <nlohmann/json.hpp>

#include <exception>
#include <string>
#include <string_view>

namespace sluice {

namespace detail {
/// Throws `error` with `errc::invalid_argument` for a text whose arrays and objects nest deeper than 64. Does not
/// parse.
SLUICE_API void check_json_nesting(std::string_view text);
} // namespace detail

/// A codec of the command bus: any type that nlohmann_json converts, by `NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE` say.
///
/// A codec of your own looks like it: a `content_type`, and `encode` and `decode` for all the types that it knows, as
/// templates or overloads; they throw what they like. Payloads may be any bytes.
struct json_codec {
    static constexpr std::string_view content_type = "application/json";

    /// Throws `error` with `errc::invalid_argument` for texts that are not UTF-8.
    template<class T>
    [[nodiscard]] static std::string encode(const T& value) {
        try {
            const nlohmann::json document = value;
            return document.dump();
        } catch (const nlohmann::json::exception& failure) {
            throw error(
                error_info(errc::invalid_argument, std::string("no JSON can be made of it: ") + failure.what()));
        }
    }

    /// Throws `error` with `errc::invalid_argument` for what is not JSON, nests deeper than 64, or lacks what `T`
    /// needs.
    template<class T>
    [[nodiscard]] static T decode(std::string_view text) {
        detail::check_json_nesting(text);
        try {
            return nlohmann::json::parse(text).template get<T>();
        } catch (const nlohmann::json::exception& failure) {
            throw error(error_info(errc::invalid_argument, failure.what()));
        }
    }
};

} // namespace sluice
