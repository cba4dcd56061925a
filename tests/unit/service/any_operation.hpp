// An operation of any shape, so that the protocols' own test suites can be run through our codecs: it writes and reads
// as the shapes of the running case say, with the writers and cursors that the typed operations use.
#pragma once

#include "protocol/reply_document.hpp"
#include "protocol/timestamp.hpp"
#include "service/operation.hpp"

#include <nlohmann/json.hpp>

#include <stdexcept>
#include <string>
#include <vector>

namespace unit_tests {

using nlohmann::json;

/// The shapes of one suite, in botocore's notation.
class suite_shapes {
  public:
    suite_shapes() = default;
    explicit suite_shapes(json shapes) : shapes_(std::move(shapes)) {}

    [[nodiscard]] const json& of(const json& reference) const {
        return shapes_.at(reference.at("shape").get<std::string>());
    }
    [[nodiscard]] std::string type(const json& reference) const { return of(reference).at("type"); }
    [[nodiscard]] bool is_flat(const json& reference) const {
        return reference.value("flattened", false) || of(reference).value("flattened", false);
    }
    /// What the member is called on the wire.
    [[nodiscard]] static std::string name(const std::string& key, const json& reference) {
        return reference.value("locationName", key);
    }
    /// Where the members of a list or the entries of a map are, from the structure that holds it.
    [[nodiscard]] std::string members(const std::string& key, const json& reference, char separator) const {
        if (is_flat(reference)) return name(key, reference);
        const std::string inner =
            type(reference) == "map" ? "entry" : of(reference).at("member").value("locationName", "member");
        return name(key, reference) + separator + inner;
    }
    [[nodiscard]] std::string map_part(const json& reference, const char* part) const {
        return of(reference).at(part).value("locationName", part);
    }

    template<class Writer>
    void write(Writer& writer, const json& structure, const json& values) const {
        for (const auto& [key, value] : values.items()) {
            write_member(writer, key, structure.at("members").at(key), value);
        }
    }

    /// The members that are there.
    template<class Cursor>
    [[nodiscard]] json read(const Cursor& from, const json& structure) const {
        json to = json::object();
        for (const auto& [key, member] : structure.at("members").items()) {
            if (key != "xmlNamespace" && from.has(name(key, member))) to[key] = read_member(from, key, member);
        }
        return to;
    }

  private:
    struct named_value {
        std::string name;
        json value;
    };

    [[noreturn]] static void refuse(const std::string& what) { throw std::invalid_argument("no codec for " + what); }

    template<class Writer>
    void write_member(Writer& writer, const std::string& key, const json& reference, const json& value) const {
        const std::string kind = type(reference);
        const std::string wire = name(key, reference);
        if (kind == "string") writer.text(wire, value.get<std::string>());
        else if (kind == "integer") writer.number(wire, value.get<std::int64_t>());
        else if (kind == "boolean") writer.boolean(wire, value.get<bool>());
        else if (kind == "blob") writer.blob(wire, value.get<std::string>());
        else if (kind == "structure") writer.structure(wire, [&](auto& inner) { write(inner, of(reference), value); });
        else if (kind == "list") write_list(writer, key, reference, value);
        else if (kind == "map") write_map(writer, key, reference, value);
        else refuse("a request with a " + kind);
    }

    template<class Writer>
    void write_list(Writer& writer, const std::string& key, const json& reference, const json& value) const {
        const json& item = of(reference).at("member");
        const std::string query_name = members(key, reference, '.');
        if (type(item) == "string") {
            writer.text_list(key, query_name, value.get<std::vector<std::string>>());
        } else if (type(item) == "structure") {
            writer.list(key, query_name, value, [&](auto& inner, const json& one) { write(inner, of(item), one); });
        } else {
            refuse("a request with a list of " + type(item));
        }
    }

    template<class Writer>
    void write_map(Writer& writer, const std::string& key, const json& reference, const json& value) const {
        const json& item = of(reference).at("value");
        const std::string query_name = members(key, reference, '.');
        if (type(item) == "string") {
            writer.text_map(key, query_name, map_part(reference, "key"), map_part(reference, "value"),
                            value.get<std::map<std::string, std::string>>());
            return;
        }
        std::vector<named_value> items;
        for (const auto& [name, one] : value.items()) items.push_back({name, one});
        writer.structure_map(key, query_name, map_part(reference, "key"), map_part(reference, "value"), items,
                             [&](auto& inner, const json& one) {
                                 if (type(item) == "structure") write(inner, of(item), one);
                                 else if (type(item) == "list")
                                     inner.text_list("", "member", one.template get<std::vector<std::string>>());
                                 else refuse("a request with a map to " + type(item));
                             });
    }

    template<class Cursor>
    [[nodiscard]] json read_member(const Cursor& from, const std::string& key, const json& reference) const {
        const std::string kind = type(reference);
        const std::string wire = name(key, reference);
        if (kind == "boolean") return from.boolean(wire);
        if (kind == "blob") return from.blob(wire).value();
        if (kind == "structure") return read(from.structure(wire), of(reference));
        if (kind == "list") return read_list(from, key, members(key, reference, '/'), reference);
        if (kind == "map") return read_map(from, key, reference);
        if (kind == "integer" || kind == "long") return from.number(wire).value();
        return read_text(from.text(wire), reference);
    }

    /// A text, or what is written as one: the members of lists come so.
    [[nodiscard]] json read_text(const std::string& text, const json& reference) const {
        const std::string kind = type(reference);
        if (kind == "string") return text;
        if (kind == "boolean") return text == "true";
        if (kind == "integer") return sluice::protocol::parse_number(text).value();
        if (kind != "timestamp") refuse("a reply with a " + kind);
        if (of(reference).value("timestampFormat", "iso8601") != "iso8601") refuse("such a timestamp");
        const auto time = sluice::protocol::parse_date_time(text);
        if (!time) refuse("the timestamp " + text);
        return static_cast<double>(time->time_since_epoch().count()) / 1000;
    }

    template<class Cursor>
    [[nodiscard]] json read_list(const Cursor& from, const std::string& key, const std::string& path,
                                 const json& reference) const {
        const json& item = of(reference).at("member");
        json to = json::array();
        from.list(key, path, [&](const Cursor& one) {
            if (type(item) == "structure") to.push_back(read(one, of(item)));
            else if (type(item) == "list") to.push_back(read_list(one, "", "member", item));
            else to.push_back(read_text(one.own_text(), item));
        });
        return to;
    }

    template<class Cursor>
    [[nodiscard]] json read_map(const Cursor& from, const std::string& key, const json& reference) const {
        const json& item = of(reference).at("value");
        const std::string path = members(key, reference, '/');
        const std::string key_name = map_part(reference, "key");
        const std::string value_name = map_part(reference, "value");
        json to = json::object();
        if (type(item) == "structure") {
            from.structure_map(key, path, key_name, value_name,
                               [&](const std::string& name, const Cursor& one) { to[name] = read(one, of(item)); });
        } else {
            from.text_map(key, path, key_name, value_name,
                          [&](const std::string& name, const std::string& text) { to[name] = read_text(text, item); });
        }
        return to;
    }

    json shapes_;
};

/// The running case.
struct running_case {
    static inline suite_shapes shapes;
    static inline json input;  ///< the reference of the input shape, or null
    static inline json output; ///< the same of the output
    static inline std::string name;
};

struct any_operation {
    using request = json;
    using reply = json;
    static inline sluice::calls::operation_info info{"", sluice::calls::service_id::sns};

    template<class Writer>
    static void encode(Writer& writer, const request& from) {
        if (!running_case::input.is_null()) {
            running_case::shapes.write(writer, running_case::shapes.of(running_case::input), from);
        }
    }
    template<class Cursor>
    static sluice::result<reply> decode(const Cursor& from, const request&) {
        return running_case::shapes.read(from, running_case::shapes.of(running_case::output));
    }
};

/// The same where the reply has no members.
struct operation_without_output {
    using request = json;
    struct reply {
        reply() = default;
    };
    static inline sluice::calls::operation_info& info = any_operation::info;

    template<class Cursor>
    static sluice::result<reply> decode(const Cursor&, const request&) {
        return reply();
    }
};

} // namespace unit_tests
