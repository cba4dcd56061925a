// What makes a type of yours a command or an event: its name, and what it is about.
#pragma once

#include <sluice/bus/envelope.hpp>
#include <sluice/export.hpp>

#include <array>
#include <concepts>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace sluice {

namespace detail {

template<class T>
concept has_command_name = requires {
    { T::command_name } -> std::convertible_to<std::string_view>;
};
template<class T>
concept has_event_name = requires {
    { T::event_name } -> std::convertible_to<std::string_view>;
};

template<class T>
constexpr std::string_view name_in_type() {
    if constexpr (has_command_name<T>) return T::command_name;
    else return T::event_name;
}

} // namespace detail

/// The name of a command or event type. It travels with every message, so that it is part of your protocol: choose one
/// that survives renaming the type. 1 to 256 printable ASCII characters without space; names that begin with `sluice.`
/// are taken.
///
/// A type that is yours has it itself, and perhaps says which aggregate it is about:
///
///     struct place_order {
///         static constexpr std::string_view command_name = "order.place"; // of an event: event_name
///         std::string order;
///         std::string aggregate_id() const { return order; } // optional
///     };
///
/// For other people's types specialise this template with a `static constexpr std::string_view name` and, if you like,
/// a `static std::string aggregate_id(const T&)`.
template<class T>
struct command_traits {
    static_assert(detail::has_command_name<T> || detail::has_event_name<T>,
                  "a command has a static constexpr command_name, an event an event_name; or specialise "
                  "sluice::command_traits for the type");
    static constexpr std::string_view name = detail::name_in_type<T>();
};

namespace detail {

template<class T>
std::string aggregate_of(const T& content) {
    if constexpr (requires { command_traits<T>::aggregate_id(content); }) {
        return command_traits<T>::aggregate_id(content);
    } else if constexpr (requires { content.aggregate_id(); }) {
        return content.aggregate_id();
    } else {
        return {};
    }
}

/// Which of `known` content types a payload has; the first one when it does not say. Throws `undecodable` for others.
SLUICE_API std::size_t choose_codec(std::string_view content_type, std::span<const std::string_view> known);

template<class T, class Codec, class... Rest>
T decode_with(std::size_t chosen, std::string_view payload) {
    if constexpr (sizeof...(Rest) > 0) {
        if (chosen > 0) return decode_with<T, Rest...>(chosen - 1, payload);
    }
    return Codec::template decode<T>(payload);
}

template<class T, class... Codecs>
T decode_payload(const bus_envelope& envelope) {
    static constexpr std::array<std::string_view, sizeof...(Codecs)> known{Codecs::content_type...};
    return decode_with<T, Codecs...>(choose_codec(envelope.content_type, known), envelope.payload);
}

/// A payload with what the bus must know of it.
class encoded_payload {
  public:
    encoded_payload() = default;
    encoded_payload(std::string_view type_name, std::string about, std::string_view codec, std::string bytes)
        : type(type_name), aggregate(std::move(about)), content_type(codec), payload(std::move(bytes)) {}

    std::string type;
    std::string aggregate;
    std::string content_type;
    std::string payload;
};

template<class Codec, class T>
encoded_payload encode_payload(const T& content) {
    return encoded_payload(command_traits<T>::name, aggregate_of(content), Codec::content_type, Codec::encode(content));
}

template<class First, class...>
struct first_of {
    using type = First;
};

} // namespace detail

} // namespace sluice
