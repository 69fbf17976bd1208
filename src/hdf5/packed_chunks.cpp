#include "src/hdf5/packed_chunks.hpp"

#include "src/hdf5/slice_reader.hpp"

#include <algorithm>
#include <cstring>

namespace tb::hdf5 {

namespace {

/// Larger chunks are left to the library.
constexpr std::size_t most_chunk_bytes = std::size_t{64} << 20;

}  // namespace

std::optional<PackedChunks> PackedChunks::of(hid_t creation, std::vector<std::size_t> shape,
                                             const std::vector<hsize_t>& chunk,
                                             std::size_t value_size, std::size_t cache_bytes) {
    const int n_filters = H5Pget_nfilters(creation);
    if (n_filters < 1 || n_filters > 2 || chunk.empty() || chunk.size() != shape.size())
        return std::nullopt;
    const auto filter = [&](int index) {
        unsigned flags = 0;
        std::size_t n_values = 0;
        return H5Pget_filter2(creation, static_cast<unsigned>(index), &flags, &n_values, nullptr, 0,
                              nullptr, nullptr);
    };
    if (filter(n_filters - 1) != H5Z_FILTER_DEFLATE ||
        (n_filters == 2 && filter(0) != H5Z_FILTER_SHUFFLE))
        return std::nullopt;
    PackedChunks result;
    result.chunk_bytes_ = value_size;
    for (const auto length : chunk) {
        if (length == 0 || length > most_chunk_bytes / result.chunk_bytes_) return std::nullopt;
        result.chunk_.push_back(length);
        result.chunk_bytes_ *= length;
    }
    result.shape_ = std::move(shape);
    result.value_size_ = value_size;
    result.cache_bytes_ = cache_bytes;
    result.is_shuffled_ = n_filters == 2;
    return result;
}

bool PackedChunks::unpack(hid_t dataset, const std::vector<hsize_t>& start,
                          std::span<std::byte> into) {
    hsize_t stored = 0;
    if (H5Dget_chunk_storage_size(dataset, start.data(), &stored) < 0) return false;
    // Deflate makes nothing much longer; 0: never written.
    if (stored == 0 || stored > chunk_bytes_ + chunk_bytes_ / 8 + 4096) return false;
    packed_.resize(stored);
    std::uint32_t skipped = 0;
    if (H5Dread_chunk(dataset, H5P_DEFAULT, start.data(), &skipped, packed_.data()) < 0)
        return false;
    // A bit for every filter of the pipeline that this chunk did without.
    const bool is_shuffled = is_shuffled_ && (skipped & 1U) == 0;
    const bool is_deflated = (skipped & (is_shuffled_ ? 2U : 1U)) == 0;
    return unpacker_.unpack(packed_, into, value_size_, is_shuffled, is_deflated);
}

const std::vector<std::byte>* PackedChunks::kept(hid_t dataset, const std::vector<hsize_t>& start) {
    const auto known = kept_.find(start);
    if (known != kept_.end()) return &known->second;
    if ((kept_.size() + 1) * chunk_bytes_ > cache_bytes_) kept_.clear();
    std::vector<std::byte> values(chunk_bytes_);
    if (!unpack(dataset, start, values)) return nullptr;
    return &kept_.emplace(start, std::move(values)).first->second;
}

void PackedChunks::copy_common(std::span<const std::byte> chunk, const std::vector<hsize_t>& start,
                               const Box& box, std::span<std::byte> out) const {
    const std::size_t rank = shape_.size();
    std::vector<std::size_t> from(rank), count(rank);  // what is in both, from the array's origin
    for (std::size_t d = 0; d < rank; ++d) {
        from[d] = std::max<std::size_t>(start[d], box.start[d]);
        count[d] =
            std::min<std::size_t>(start[d] + chunk_[d], box.start[d] + box.count[d]) - from[d];
    }
    const auto run = count[rank - 1] * value_size_;
    std::vector<std::size_t> at(rank, 0);
    for (;;) {
        std::size_t in_chunk = 0, in_box = 0;
        for (std::size_t d = 0; d < rank; ++d) {
            in_chunk = in_chunk * chunk_[d] + (from[d] + at[d] - start[d]);
            in_box = in_box * box.count[d] + (from[d] + at[d] - box.start[d]);
        }
        std::memcpy(out.data() + in_box * value_size_, chunk.data() + in_chunk * value_size_, run);
        std::size_t d = rank - 1;
        for (;;) {
            if (d == 0) return;
            --d;
            if (++at[d] < count[d]) break;
            at[d] = 0;
        }
    }
}

bool PackedChunks::read(hid_t dataset, const Box& box, std::span<std::byte> out) {
    const std::size_t rank = shape_.size();
    if (box.n_values() == 0) return true;
    std::vector<hsize_t> first(rank);
    for (std::size_t d = 0; d < rank; ++d) first[d] = box.start[d] / chunk_[d] * chunk_[d];
    auto start = first;
    for (;;) {
        bool is_whole = true, is_straight = true;
        for (std::size_t d = 0; d < rank; ++d) {
            const auto end = std::min<std::size_t>(start[d] + chunk_[d], shape_[d]);
            is_whole = is_whole && start[d] >= box.start[d] && end <= box.start[d] + box.count[d];
            is_straight = is_straight && start[d] + chunk_[d] <= shape_[d] &&
                          (d == 0 || box.count[d] == chunk_[d]);
        }
        if (is_whole && is_straight) {  // lies in the box as it lies in the chunk
            const auto at = (start[0] - box.start[0]) * (chunk_bytes_ / chunk_[0]);
            if (!unpack(dataset, start, out.subspan(at, chunk_bytes_))) return false;
        } else if (is_whole) {
            scratch_.resize(chunk_bytes_);
            if (!unpack(dataset, start, scratch_)) return false;
            copy_common(scratch_, start, box, out);
        } else {
            const auto* values = kept(dataset, start);
            if (values == nullptr) return false;
            copy_common(*values, start, box, out);
        }
        std::size_t d = rank;
        for (;;) {
            if (d == 0) return true;
            --d;
            start[d] += chunk_[d];
            if (start[d] < box.start[d] + box.count[d]) break;
            start[d] = first[d];
        }
    }
}

}  // namespace tb::hdf5
