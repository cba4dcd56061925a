// Which handler takes which type.
#pragma once

#include <sluice/bus/command_context.hpp>
#include <sluice/bus/command_traits.hpp>
#include <sluice/bus/envelope.hpp>
#include <sluice/export.hpp>

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace sluice {

namespace detail {

/// What a handler gave back, ready to travel.
class encoded_reply {
  public:
    enum class kind { nothing, value, unsendable };

    encoded_reply() = default;
    encoded_reply(kind what, std::string_view type, std::string bytes)
        : how(what), content_type(type), payload(std::move(bytes)) {}

    kind how = kind::nothing;
    std::string content_type;
    std::string payload; ///< `unsendable`: why
};

using erased_handler =
    std::function<boost::asio::awaitable<encoded_reply>(const bus_envelope&, const command_context_base&)>;

/// Throws what the bus takes for a payload that nobody can ever decode.
[[noreturn]] SLUICE_API void throw_undecodable(const bus_envelope& envelope, const std::string& why);
/// What a codec has to say: its text alone where it is an `error` of ours.
SLUICE_API std::string text_of(const std::exception& failure);

template<class T>
struct awaited;
template<class T>
struct awaited<boost::asio::awaitable<T>> {
    using type = T;
};

template<class T>
inline constexpr bool may_be_empty = std::is_pointer_v<T>;
template<class Signature>
inline constexpr bool may_be_empty<std::function<Signature>> = true;

} // namespace detail

/// The part of a registry that knows no types.
class SLUICE_API command_handlers_base {
  public:
    [[nodiscard]] std::size_t size() const noexcept { return handlers_.size(); }
    /// Sorted.
    [[nodiscard]] std::vector<std::string> names() const;
    /// Null: nobody handles that type.
    [[nodiscard]] std::shared_ptr<const detail::erased_handler> find(std::string_view name) const;

  protected:
    /// Throws `error` with `errc::invalid_argument` for a bad name, a name that is taken and an empty handler.
    void add(std::string_view name, detail::erased_handler handler);

  private:
    std::map<std::string, std::shared_ptr<const detail::erased_handler>, std::less<>> handlers_;
};

/// One handler for each type of command or event. Events take part in the same way: of a type that a process wants to
/// know of in two places, one handler calls both, and so decides about their order and what a failure of one means.
///
/// Threads: fill it before it is used. A consumer takes a copy of its own; copies share the handlers.
template<class... Codecs>
class basic_command_handlers : public command_handlers_base {
  public:
    using context = basic_command_context<Codecs...>;

    /// Calls `handler(const Command&, context&)`, or without the context, as a const object and for several commands
    /// at once. It returns `awaitable<void>`, or `awaitable<Reply>` with what goes to whoever awaits it. When it has
    /// returned, the command is done; what it throws has the command tried again (but see `command_rejected`).
    /// Command and context are good until the handler has ended, the handler itself as long as a consumer has it.
    ///
    /// Throws `error` with `errc::invalid_argument` when the type has a handler, and for an empty `std::function` or
    /// function pointer.
    template<class Command, class Handler>
    basic_command_handlers& on(Handler handler) {
        static_assert(std::is_invocable_v<const Handler&, const Command&, context&> ||
                          std::is_invocable_v<const Handler&, const Command&>,
                      "a handler is called as awaitable<…>(const Command&, context&), or without the context, as a "
                      "const object: several commands are handled at once");
        detail::erased_handler erased;
        if (!is_empty(handler)) {
            auto shared = std::make_shared<const Handler>(std::move(handler));
            erased = [shared](const bus_envelope& envelope, const command_context_base& base) {
                return call<Command, Handler>(shared, envelope, base);
            };
        }
        add(command_traits<Command>::name, std::move(erased));
        return *this;
    }

  private:
    template<class Handler>
    static bool is_empty(const Handler& handler) {
        if constexpr (detail::may_be_empty<Handler>) return handler == nullptr;
        else return false;
    }

    template<class Command>
    static Command decode(const bus_envelope& envelope) {
        try {
            return detail::decode_payload<Command, Codecs...>(envelope);
        } catch (const std::exception& failure) {
            detail::throw_undecodable(envelope, detail::text_of(failure));
        }
    }

    template<class Reply>
    static detail::encoded_reply encode(const Reply& value) {
        using codec = typename detail::first_of<Codecs...>::type;
        try {
            return detail::encoded_reply(detail::encoded_reply::kind::value, codec::content_type, codec::encode(value));
        } catch (const std::exception& failure) { // the command is done: no reason to do it again
            return detail::encoded_reply(detail::encoded_reply::kind::unsendable, {}, detail::text_of(failure));
        }
    }

    // Static, as it may outlive the std::function that calls it.
    template<class Command, class Handler>
    static boost::asio::awaitable<detail::encoded_reply>
    call(std::shared_ptr<const Handler> handler, const bus_envelope& envelope, const command_context_base& base) {
        const Command command = decode<Command>(envelope);
        context about(base);
        auto handling = begin(*handler, command, about);
        using reply_type = typename detail::awaited<decltype(handling)>::type;
        if constexpr (std::is_void_v<reply_type>) {
            co_await std::move(handling);
            co_return detail::encoded_reply();
        } else {
            const reply_type reply = co_await std::move(handling);
            if (!about.wants_reply()) co_return detail::encoded_reply();
            co_return encode(reply);
        }
    }

    template<class Handler, class Command>
    static auto begin(const Handler& handler, const Command& command, context& about) {
        if constexpr (std::is_invocable_v<const Handler&, const Command&, context&>) return handler(command, about);
        else return handler(command);
    }
};

} // namespace sluice
