#include "src/store/band_writer.hpp"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

namespace tb::store {

std::string hex(const XXH128_hash_t& hash) {
    return fmt::format("{:016x}{:016x}", hash.high64, hash.low64);
}

BandWriter::BandWriter(hid_t dataset, const StoredArray& row, std::vector<std::size_t> chunk,
                       const StoreOptions& options, std::string doing,
                       std::function<void(std::size_t)> reserve)
    : dataset_(dataset),
      shape_(row.shape),
      dtype_(row.dtype),
      chunk_(std::move(chunk)),
      codec_(options.codec),
      doing_(std::move(doing)),
      reserve_(std::move(reserve)),
      packer_(dtype_size(row.dtype), options.level) {
    const auto element = dtype_size(dtype_);
    row_bytes_ = shape_[0] == 0 ? 0 : static_cast<std::size_t>(row.n_bytes) / shape_[0];
    // Whatever lies behind the second axis is in every chunk as a whole.
    n_columns_ = shape_.size() > 1 ? shape_[1] : 1;
    chunk_columns_ = chunk_.size() > 1 ? chunk_[1] : 1;
    cell_bytes_ = element;
    for (std::size_t d = 2; d < shape_.size(); ++d) cell_bytes_ *= shape_[d];
    const bool has_whole_axes =
        chunk_.size() < 3 || std::equal(chunk_.begin() + 2, chunk_.end(), shape_.begin() + 2);
    is_packed_ = codec_ == Codec::gzip && has_whole_axes;
    band_.reserve(row_bytes_ * chunk_[0]);
    XXH3_128bits_reset(&hash_);
}

void BandWriter::take(std::span<const std::byte> bytes) {
    XXH3_128bits_update(&hash_, bytes.data(), bytes.size());
    const auto full = row_bytes_ * chunk_[0];
    while (!bytes.empty()) {
        const auto part = bytes.first(std::min(bytes.size(), full - band_.size()));
        band_.insert(band_.end(), part.begin(), part.end());
        bytes = bytes.subspan(part.size());
        if (band_.size() == full) write_band();
    }
}

void BandWriter::finish(StoredArray& row) {
    if (!band_.empty()) write_band();
    row.checksum = hex(XXH3_128bits_digest(&hash_));
    const H5Guard guard;
    row.stored_bytes =
        is_packed_ ? stored_ : static_cast<std::int64_t>(H5Dget_storage_size(dataset_));
}

void BandWriter::write_band() {
    const auto rows = band_.size() / row_bytes_;
    if (is_packed_) {
        pack_band(rows);
    } else {
        copy_band(rows);
    }
    first_row_ += rows;
    band_.clear();
}

void BandWriter::pack_band(std::size_t rows) {
    const auto tile_row = chunk_columns_ * cell_bytes_;
    tile_.resize(chunk_[0] * tile_row);
    std::vector<hsize_t> offset(shape_.size(), 0);
    offset[0] = first_row_;
    for (std::size_t column = 0; column < n_columns_; column += chunk_columns_) {
        const auto part = std::min(chunk_columns_, n_columns_ - column) * cell_bytes_;
        if (part < tile_row || rows < chunk_[0]) std::ranges::fill(tile_, std::byte{0});
        for (std::size_t r = 0; r < rows; ++r)
            std::memcpy(tile_.data() + r * tile_row,
                        band_.data() + r * row_bytes_ + column * cell_bytes_, part);
        if (!has_learnt_) packer_.learn(tile_);
        has_learnt_ = true;
        const auto packed = packer_.pack(tile_);
        if (shape_.size() > 1) offset[1] = column;
        reserve_(packed.bytes.size() + metadata_of_chunk);
        const H5Guard guard;
        check_h5(H5Dwrite_chunk(dataset_, H5P_DEFAULT, packed.is_deflated ? 0U : 2U, offset.data(),
                                packed.bytes.size(), packed.bytes.data()),
                 doing_);
        stored_ += static_cast<std::int64_t>(packed.bytes.size());
    }
}

void BandWriter::copy_band(std::size_t rows) {
    reserve_(2 * band_.size() + metadata_of_chunk);
    const H5Guard guard;
    std::vector<hsize_t> start(shape_.size(), 0), count(shape_.begin(), shape_.end());
    start[0] = first_row_;
    count[0] = rows;
    const Space in_file(H5Dget_space(dataset_), doing_);
    check_h5(H5Sselect_hyperslab(in_file.get(), H5S_SELECT_SET, start.data(), nullptr, count.data(),
                                 nullptr),
             doing_);
    const Space in_memory(H5Screate_simple(static_cast<int>(count.size()), count.data(), nullptr),
                          doing_);
    check_h5(H5Dwrite(dataset_, native_type(dtype_), in_memory.get(), in_file.get(), H5P_DEFAULT,
                      band_.data()),
             doing_);
}

}  // namespace tb::store
