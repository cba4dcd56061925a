// A request's parameters and a reply's members, apart from the protocol they travel in.
#pragma once

#include "local/fault.hpp"
#include "local/message.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::local {

/// A structure of a request. Members of Query and JSON differ in the names of lists and maps only.
class input {
  public:
    input() = default;
    input(const input&) = delete;
    input& operator=(const input&) = delete;
    virtual ~input() = default;

    [[nodiscard]] virtual std::optional<std::string> text(std::string_view name) const = 0;
    [[nodiscard]] virtual std::vector<std::unique_ptr<input>> list(std::string_view json_name,
                                                                   std::string_view query_name) const = 0;
    [[nodiscard]] virtual std::vector<std::string> text_list(std::string_view json_name,
                                                             std::string_view query_name) const = 0;
    [[nodiscard]] virtual std::map<std::string, std::string> text_map(std::string_view json_name,
                                                                      std::string_view query_name,
                                                                      std::string_view key_name,
                                                                      std::string_view value_name) const = 0;
    /// Message attributes: a map from name to DataType and value.
    [[nodiscard]] virtual std::vector<attribute> attributes(std::string_view json_name,
                                                            std::string_view query_name) const = 0;

    /// Throws `fault` (MissingParameter) when it is not there or empty.
    [[nodiscard]] std::string required(std::string_view name) const;
    /// Throws `fault` when it is there and not an integer.
    [[nodiscard]] std::optional<std::int64_t> integer(std::string_view name) const;
};

/// Writes the members of a reply.
class output {
  public:
    output() = default;
    output(const output&) = delete;
    output& operator=(const output&) = delete;
    virtual ~output() = default;

    /// Called before each entry of a batch is carried out; throws the `fault` that the entry shall have. Empty: none.
    std::function<void(std::size_t index)> before_entry;

    virtual void text(std::string_view name, std::string_view value) = 0;
    virtual void boolean(std::string_view name, bool value) = 0;
    virtual void number(std::string_view name, std::int64_t value) = 0;
    virtual void begin_structure(std::string_view name) = 0;
    virtual void end_structure(std::string_view name) = 0;
    virtual void begin_list(std::string_view json_name, std::string_view query_name) = 0;
    virtual void begin_item() = 0;
    virtual void end_item() = 0;
    virtual void end_list() = 0;
    virtual void text_list(std::string_view json_name, std::string_view query_name,
                           const std::vector<std::string>& values) = 0;
    virtual void text_map(std::string_view json_name, std::string_view query_name, std::string_view key_name,
                          std::string_view value_name, const std::map<std::string, std::string>& map) = 0;
    virtual void attributes(const std::vector<attribute>& attributes) = 0;

    /// The whole body.
    [[nodiscard]] virtual std::string finish(std::string_view request_id) = 0;

    void text_if_any(std::string_view name, std::string_view value) {
        if (!value.empty()) text(name, value);
    }
};

/// One protocol of one request.
struct exchange {
    std::string service; ///< `sqs`, `sns`, `sts`
    std::string action;
    bool json = false;
    std::unique_ptr<input> parameters;
    std::unique_ptr<output> reply;
};

} // namespace sluice::local
