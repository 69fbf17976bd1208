// A vector of numbers whose new elements are not zeroed first: for results of millions of samples
// that are written once, where zeroing would be a second pass through memory.
#pragma once

#include <memory>
#include <new>
#include <utility>
#include <vector>

namespace tb::signal {

template <class T>
struct UnsetAllocator : std::allocator<T> {
    template <class U>
    struct rebind {
        using other = UnsetAllocator<U>;
    };
    using std::allocator<T>::allocator;

    template <class U>
    void construct(U* place) noexcept {
        ::new (static_cast<void*>(place)) U;
    }
    template <class U, class... Arguments>
    void construct(U* place, Arguments&&... arguments) {
        ::new (static_cast<void*>(place)) U(std::forward<Arguments>(arguments)...);
    }
};

/// resize() leaves new elements unset.
using Values = std::vector<double, UnsetAllocator<double>>;

}  // namespace tb::signal
