// Owner of a file descriptor.
#pragma once

#include <utility>

#include <unistd.h>

namespace tb {

/// An open file, closed at the end; -1: none.
class Descriptor {
  public:
    explicit Descriptor(int fd = -1) noexcept : fd_(fd) {}
    Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    Descriptor& operator=(Descriptor&& other) noexcept { return std::swap(fd_, other.fd_), *this; }
    ~Descriptor() {
        if (fd_ >= 0) ::close(fd_);
    }
    [[nodiscard]] int get() const noexcept { return fd_; }
    explicit operator bool() const noexcept { return fd_ >= 0; }
    /// Closes it now. @return as close(2), which tells of writes that failed late
    [[nodiscard]] int close() noexcept { return ::close(std::exchange(fd_, -1)); }

  private:
    int fd_;
};

}  // namespace tb
