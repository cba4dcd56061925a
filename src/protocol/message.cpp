#include <sluice/error.hpp>
#include <sluice/message.hpp>

#include <nlohmann/json.hpp>

namespace sluice {

attribute_value attribute_value::typed(std::string data_type, std::string value) {
    attribute_value made;
    made.type_ = std::move(data_type);
    made.value_ = std::move(value);
    return made;
}

attribute_value attribute_value::string_array(const std::vector<std::string>& values) {
    try {
        return typed("String.Array", nlohmann::json(values).dump());
    } catch (const nlohmann::json::exception&) {
        throw error(error_info(errc::invalid_argument, "a value of a String.Array is not UTF-8"));
    }
}

std::size_t message::size_in_bytes() const noexcept {
    std::size_t bytes = body_.size();
    for (const auto& [name, value] : attributes_) {
        bytes += name.size() + value.data_type().size() + value.value().size();
    }
    return bytes;
}

} // namespace sluice
