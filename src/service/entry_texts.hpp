// The texts of one entry of a reply, found in one walk: asked for one after the other, each would be a walk of its own.
#pragma once

#include <array>
#include <cstddef>
#include <list>
#include <string>
#include <string_view>
#include <utility>

namespace sluice::service {

/// The document must stay. `Cursor` is one of those of reply_document.hpp.
template<class Cursor>
class entry_texts {
  public:
    explicit entry_texts(const Cursor& from) : from_(from) {
        from.each_member([this](std::string_view name, const Cursor& member) { note(name, member); });
    }
    entry_texts(const entry_texts&) = delete;
    entry_texts& operator=(const entry_texts&) = delete;

    /// Of the first member with this name; empty when there is none. Good as long as this object.
    [[nodiscard]] std::string_view text(std::string_view name) {
        for (std::size_t i = 0; i < size_; ++i) {
            if (members_[i].name == name) return members_[i].value;
        }
        if (size_ < members_.size()) return {};
        return made_.emplace_back(from_.text(name)); // there may be more than were noted
    }
    [[nodiscard]] bool boolean(std::string_view name) { return text(name) == "true"; }

  private:
    struct named {
        std::string_view name;
        std::string_view value;
    };

    void note(std::string_view name, const Cursor& member) {
        if (size_ == members_.size()) return;
        std::string made;
        std::string_view value = member.own_view(made);
        if (!made.empty()) value = made_.emplace_back(std::move(made));
        members_[size_++] = {name, value};
    }

    const Cursor& from_;
    std::array<named, 12> members_;
    std::size_t size_ = 0;
    std::list<std::string> made_; ///< values that the document does not hold in one piece
};

} // namespace sluice::service
