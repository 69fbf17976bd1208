#include "compute/imaging/openscope/registration.hpp"

#include "trialbase/error.hpp"

#include <cmath>

#include <fmt/format.h>

namespace tb::compute::imaging::openscope {

namespace {

constexpr int parts = 32;  // of a pixel

/// A place in 1/32 pixels, as whole pixels and the rest.
struct Place {
    std::int64_t pixel = 0;
    int part = 0;
};

Place place_of(std::int64_t in_parts) {
    const std::int64_t pixel =
        in_parts >= 0 ? in_parts / parts : -((-in_parts + parts - 1) / parts);
    return {pixel, static_cast<int>(in_parts - pixel * parts)};
}

}  // namespace

std::vector<std::uint8_t> registered_image(std::span<const std::uint8_t> image, std::size_t height,
                                           std::size_t width, const ProjectiveMap& map) {
    if (image.size() != height * width) {
        throw Error(
            ErrorKind::data,
            fmt::format("image: {} pixels, expected {} rows of {}", image.size(), height, width),
            "Was the whole image read?", "ColumnLength");
    }
    const auto h = static_cast<std::int64_t>(height);
    const auto w = static_cast<std::int64_t>(width);
    const auto pixel = [&](std::int64_t x, std::int64_t y) -> int {
        if (x < 0 || y < 0 || x >= w || y >= h) return 0;
        return image[static_cast<std::size_t>(y * w + x)];
    };
    // Beyond this nothing is inside, and numbers would not fit.
    const double far = (static_cast<double>(h) + static_cast<double>(w) + 2.0) * parts;
    std::vector<std::uint8_t> out(image.size(), 0);
    for (std::int64_t row = 0; row < h; ++row) {
        for (std::int64_t column = 0; column < w; ++column) {
            const auto x = static_cast<double>(column);
            const auto y = static_cast<double>(row);
            const double scale = map[6] * x + map[7] * y + map[8];
            const double from_x = (map[0] * x + map[1] * y + map[2]) / scale * parts;
            const double from_y = (map[3] * x + map[4] * y + map[5]) / scale * parts;
            if (!(std::abs(from_x) < far) || !(std::abs(from_y) < far)) continue;
            const Place px = place_of(std::llrint(from_x));
            const Place py = place_of(std::llrint(from_y));
            const int upper = pixel(px.pixel, py.pixel) * (parts - px.part) +
                              pixel(px.pixel + 1, py.pixel) * px.part;
            const int lower = pixel(px.pixel, py.pixel + 1) * (parts - px.part) +
                              pixel(px.pixel + 1, py.pixel + 1) * px.part;
            const int sum = upper * (parts - py.part) + lower * py.part;
            out[static_cast<std::size_t>(row * w + column)] =
                static_cast<std::uint8_t>((sum + parts * parts / 2) / (parts * parts));
        }
    }
    return out;
}

std::vector<std::uint8_t> registered_mask(std::span<const std::uint8_t> mask, std::size_t height,
                                          std::size_t width, const ProjectiveMap& map) {
    std::vector<std::uint8_t> image(mask.begin(), mask.end());
    for (std::uint8_t& value : image) value = value != 0 ? 1 : 0;
    return registered_image(image, height, width, map);
}

}  // namespace tb::compute::imaging::openscope
