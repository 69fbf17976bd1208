#include "src/populate/array_cache.hpp"

#include "src/base/stopwatch.hpp"

namespace tb::populate {

Array ArrayCache::read(std::string_view ref) const {
    const Stopwatch watch(seconds_);
    if (const auto found = places_.find(ref); found != places_.end()) {
        kept_.splice(kept_.begin(), kept_, found->second);
        bytes_ += kept_.front().array.bytes().size();
        return kept_.front().array;
    }
    Array array = reader_.read(ref);
    const std::size_t size = array.bytes().size();
    bytes_ += size;
    if (size > most_bytes_ / 4) return array;
    kept_.push_front({std::string(ref), array});
    places_.emplace(kept_.front().ref, kept_.begin());
    kept_bytes_ += size;
    while (kept_bytes_ > most_bytes_) {
        kept_bytes_ -= kept_.back().array.bytes().size();
        places_.erase(kept_.back().ref);
        kept_.pop_back();
    }
    return array;
}

Array ArrayCache::read_rows(std::string_view ref, std::size_t begin, std::size_t end) const {
    const Stopwatch watch(seconds_);
    Array array = reader_.read_rows(ref, begin, end);
    bytes_ += array.bytes().size();
    return array;
}

void ArrayCache::clear() const {
    places_.clear();
    kept_.clear();
    kept_bytes_ = 0;
}

}  // namespace tb::populate
