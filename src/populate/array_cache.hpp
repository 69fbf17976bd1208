// Arrays that a worker has read lately, so that the tables of one session read its recordings once.
#pragma once

#include "trialbase/array.hpp"

#include <cstddef>
#include <list>
#include <map>
#include <string>
#include <string_view>

namespace tb::populate {

/// Hands whole arrays through and keeps the latest. What a reference names never changes, so that
/// nothing kept is ever outdated; rows that are read in part are not kept. Belongs to one thread.
class ArrayCache : public ArrayReader {
  public:
    /// @param reader      outlives the cache
    /// @param most_bytes  of values kept; an array above a quarter of it is handed through alone
    ArrayCache(const ArrayReader& reader, std::size_t most_bytes)
        : reader_(reader), most_bytes_(most_bytes) {}

    [[nodiscard]] Array read(std::string_view ref) const override;
    [[nodiscard]] Array read_rows(std::string_view ref, std::size_t begin,
                                  std::size_t end) const override;
    /// Lets go of what is kept.
    void clear() const;

    [[nodiscard]] std::size_t most_bytes() const noexcept { return most_bytes_; }
    /// Bytes of all values handed out so far, kept or read.
    [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }
    /// Time spent handing them out so far [s].
    [[nodiscard]] double seconds() const noexcept { return seconds_; }

  private:
    struct Kept {
        std::string ref;
        Array array;
    };
    const ArrayReader& reader_;
    std::size_t most_bytes_;
    mutable std::list<Kept> kept_;  ///< latest first
    mutable std::map<std::string_view, std::list<Kept>::iterator> places_;
    mutable std::size_t kept_bytes_ = 0;
    mutable std::size_t bytes_ = 0;
    mutable double seconds_ = 0;
};

}  // namespace tb::populate
