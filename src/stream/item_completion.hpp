// How the end of an entry gets to the executor on which whoever waits for it runs.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <array>
#include <cstddef>
#include <memory>
#include <new>
#include <utility>

namespace sluice::stream {

/// Memory inside an entry for the one operation that its completion is: larger ones take the heap's.
class completion_memory {
  public:
    completion_memory() = default;
    completion_memory(const completion_memory&) = delete;
    completion_memory& operator=(const completion_memory&) = delete;

    void* take(std::size_t bytes) {
        used_ = bytes <= sizeof bytes_;
        return used_ ? bytes_.data() : ::operator new(bytes);
    }
    void give_back(void* taken) noexcept {
        if (taken != bytes_.data()) ::operator delete(taken);
    }

    /// What was taken last stood in here.
    [[nodiscard]] bool was_used() const noexcept { return used_; }

  private:
    alignas(std::max_align_t) std::array<std::byte, 96> bytes_;
    bool used_ = false;
};

template<class T>
class completion_allocator {
  public:
    using value_type = T;

    explicit completion_allocator(completion_memory* from) noexcept : from_(from) {}
    template<class U>
    completion_allocator(const completion_allocator<U>& other) noexcept : from_(other.memory()) {}

    T* allocate(std::size_t count) { return static_cast<T*>(from_->take(count * sizeof(T))); }
    void deallocate(T* taken, std::size_t) noexcept { from_->give_back(taken); }
    [[nodiscard]] completion_memory* memory() const noexcept { return from_; }

    template<class U>
    bool operator==(const completion_allocator<U>& other) const noexcept {
        return from_ == other.memory();
    }

  private:
    completion_memory* from_;
};

/// Calls `complete()` of an item or, where it goes without being run, `drop_handler()`. It keeps the item, and with it
/// the memory that Asio puts it into: Asio moves an operation out of its memory before it calls or drops it.
template<class Item>
class item_completion {
  public:
    using allocator_type = completion_allocator<void>;

    explicit item_completion(std::shared_ptr<Item> of) noexcept : item_(std::move(of)) {}
    item_completion(item_completion&&) noexcept = default;
    item_completion& operator=(item_completion&&) = delete;
    ~item_completion() {
        if (item_) item_->drop_handler(); // its executor is going: the handler must not outlive that
    }

    void operator()() {
        const std::shared_ptr<Item> ended = std::move(item_);
        ended->complete();
    }
    [[nodiscard]] allocator_type get_allocator() const noexcept { return allocator_type(&item_->memory); }

  private:
    std::shared_ptr<Item> item_;
};

/// Posted, not called: the handler's owner may destroy whatever ended it.
template<class Item>
void post_completion(const boost::asio::any_io_executor& home, std::shared_ptr<Item> ended) {
    item_completion<Item> completion(std::move(ended));
    // Known by its type it needs no wrapping, and that costs as much as the rest.
    if (const auto* plain = home.target<boost::asio::io_context::executor_type>()) {
        boost::asio::post(*plain, std::move(completion));
    } else {
        boost::asio::post(home, std::move(completion));
    }
}

} // namespace sluice::stream
