// What the writers of a query's rows share: pieces collected into large writes.
#pragma once

#include "app/cli/query_run.hpp"

#include <string>
#include <string_view>

namespace tb::app {

/// Collects pieces into large writes.
class Buffer {
  public:
    explicit Buffer(const Write& write) : write_(write) { text_.reserve(limit + 4096); }
    void add(std::string_view piece) {
        text_ += piece;
        if (text_.size() >= limit) flush();
    }
    void flush() {
        if (!text_.empty()) write_(text_);
        text_.clear();
    }

  private:
    static constexpr std::size_t limit = std::size_t{1} << 18;
    const Write& write_;
    std::string text_;
};

}  // namespace tb::app
