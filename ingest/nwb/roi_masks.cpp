// Masks of ROIs as pictures, or as lists of pixels or voxels.
#include "ingest/nwb/nwb_file.hpp"
#include "trialbase/error.hpp"

#include <fmt/format.h>

namespace tb::nwb {

namespace {

RoiMask of_picture(const hdf5::UntrustedFile& file, const Column& column, std::size_t row) {
    const auto weights = file.read_reals(column.path, hdf5::rows_slice(column.shape, row, row + 1));
    const auto width = column.shape[2];
    RoiMask mask;
    for (std::size_t i = 0; i < weights.size(); ++i) {
        if (!(weights[i] != 0.0) || weights[i] != weights[i]) continue;
        mask.y.push_back(static_cast<std::int64_t>(i / width));
        mask.x.push_back(static_cast<std::int64_t>(i % width));
        mask.weight.push_back(weights[i]);
    }
    return mask;
}

RoiMask of_list(const hdf5::UntrustedFile& file, const Column& column, std::size_t first,
                std::size_t end, bool has_z) {
    RoiMask mask;
    if (first == end) return mask;
    const auto slice = hdf5::rows_slice(column.shape, first, end);
    auto x = file.read_integers(column.path, slice, "x");
    auto y = file.read_integers(column.path, slice, "y");
    auto z = has_z ? file.read_integers(column.path, slice, "z") : std::vector<std::int64_t>();
    auto weight = file.read_reals(column.path, slice, "weight");
    for (std::size_t i = 0; i < weight.size(); ++i) {
        if (weight[i] == 0.0 || weight[i] != weight[i]) continue;
        mask.x.push_back(x[i]);
        mask.y.push_back(y[i]);
        if (has_z) mask.z.push_back(z[i]);
        mask.weight.push_back(weight[i]);
    }
    return mask;
}

}  // namespace

std::vector<RoiMask> NwbFile::masks(const Table& table, std::size_t begin, std::size_t end) const {
    if (begin > end || end > table.rows)
        throw Error(ErrorKind::data,
                    fmt::format("{}: {}: rows {} to {} of {}", hdf5().name(), table.path, begin,
                                end, table.rows),
                    {}, "SliceRange");
    std::vector<RoiMask> masks;
    const auto* picture = table.column("image_mask");
    if (picture != nullptr && picture->shape.size() == 3 && !picture->is_ragged()) {
        for (auto row = begin; row < end; ++row) masks.push_back(of_picture(hdf5(), *picture, row));
        return masks;
    }
    for (const auto* name : {"pixel_mask", "voxel_mask"}) {
        const auto* list = table.column(name);
        if (list == nullptr || list->index_paths.size() != 1) continue;
        // The weights' column is as long as the list: its ends are those of all members.
        const auto ends = column_member(table, name, "weight");
        for (auto row = begin; row < end; ++row) {
            const auto [first, last] = ends.elements_of(row);
            masks.push_back(of_list(hdf5(), *list, first, last, name[0] == 'v'));
        }
        return masks;
    }
    throw Error(ErrorKind::data,
                fmt::format("{}: {}: the table has no image_mask, pixel_mask or voxel_mask",
                            hdf5().name(), table.path),
                {}, "MissingDataset");
}

}  // namespace tb::nwb
