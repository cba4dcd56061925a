// Objects of JSON documents that people write, read strictly: what is not understood is refused by document, place and
// value.
#pragma once

#include <nlohmann/json.hpp>

#include <map>
#include <span>
#include <string>
#include <string_view>

namespace sluice::topology {

/// A place in a document: `queues[0].name` in `the chain`.
struct json_place {
    std::string document;
    std::string path; ///< empty: all of it

    [[nodiscard]] json_place member(const std::string& name) const {
        return {document, path.empty() ? name : path + "." + name};
    }
    [[nodiscard]] json_place item(std::size_t index) const {
        return {document, path + "[" + std::to_string(index) + "]"};
    }
};

/// Throws `error` with `errc::invalid_argument`: `the chain: queues[0].name is 7: a text is needed`.
[[noreturn]] void refuse(const json_place& place, const std::string& why);

/// The members of one object.
class json_members {
  public:
    /// Refuses what is no object, and members that are not among the `known` ones.
    json_members(const nlohmann::json& object, json_place place, std::span<const std::string_view> known);

    [[nodiscard]] json_place at(const std::string& name) const { return place_.member(name); }
    /// Null when it is not there.
    [[nodiscard]] const nlohmann::json* find(const std::string& name) const;

    // What is not there leaves `to` as it is.
    void read(const std::string& name, std::string& to) const;
    void read(const std::string& name, bool& to) const;
    void read(const std::string& name, int& to) const;
    /// AWS's attributes are texts; numbers, true and false are taken for theirs, and objects where `documents` says so.
    void read(const std::string& name, std::map<std::string, std::string>& to, bool documents) const;

  private:
    const nlohmann::json& object_;
    json_place place_;
};

} // namespace sluice::topology
