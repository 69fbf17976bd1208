#include "src/base/uuid.hpp"
#include "src/store/array_store.hpp"
#include "src/store/store_reader.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <functional>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <unistd.h>

namespace tb::store {
namespace {

namespace fs = std::filesystem;

class ArrayPieces : public ::testing::TestWithParam<Medium> {
  protected:
    ArrayPieces() {
        auto name = (fs::temp_directory_path() / "pieces.XXXXXX").string();
        options_.root = ::mkdtemp(name.data());
        options_.durable = false;
    }
    ~ArrayPieces() override {
        std::error_code ignored;
        fs::remove_all(options_.root, ignored);
    }
    ArrayFile begin() const {
        return ArrayStore(options_).begin_file("toy.total", "session_id=1",
                                               new_run_id().to_string(), GetParam());
    }
    static std::vector<double> numbers(std::size_t n) {
        std::vector<double> values(n);
        for (std::size_t i = 0; i < n; ++i) values[i] = std::sin(static_cast<double>(i));
        return values;
    }
    /// Hands over so many values at a time.
    static std::function<void(const TakeValues&)> in_pieces(const std::vector<double>& values,
                                                            std::size_t piece) {
        return [&values, piece](const TakeValues& take) {
            for (std::size_t at = 0; at < values.size(); at += piece)
                take(std::as_bytes(
                    std::span(values).subspan(at, std::min(piece, values.size() - at))));
        };
    }
    std::size_t files() const {
        std::size_t n = 0;
        for (const auto& entry : fs::recursive_directory_iterator(options_.root))
            n += entry.is_regular_file() ? 1 : 0;
        return n;
    }

    StoreOptions options_;
};

TEST_P(ArrayPieces, GiveTheSameAsTheWhole) {
    const auto vector = numbers(100'001);
    const auto matrix = numbers(3000 * 21);
    const auto small = numbers(7);
    auto file = begin();
    const auto a = file.add_in_pieces(new_run_id().to_string(), "v", {{vector.size()}}, {},
                                      in_pieces(vector, 777));
    const auto b = file.add_in_pieces(new_run_id().to_string(), "m",
                                      {{3000, 21}, "float64", matrix_chunk_shape(3000, 21, 8)}, {},
                                      in_pieces(matrix, 1000));
    const auto c =
        file.add_in_pieces(new_run_id().to_string(), "s", {{7}}, {}, in_pieces(small, 2));
    file.publish();
    EXPECT_EQ(files(), 1U);
    const StoreReader reader(options_.root);
    EXPECT_EQ(std::get<std::vector<double>>(reader.read(a.ref()).values), vector);
    EXPECT_EQ(std::get<std::vector<double>>(reader.read(b.ref()).values), matrix);
    EXPECT_EQ(std::get<std::vector<double>>(reader.read(c.ref()).values), small);
    EXPECT_EQ(reader.facts(b.ref()).chunk, (std::vector<std::size_t>{1024, 8}));
    const auto rows = reader.read_rows(b.ref(), 1020, 1030);
    EXPECT_EQ(std::get<std::vector<double>>(rows.values),
              std::vector<double>(matrix.begin() + 1020 * 21, matrix.begin() + 1030 * 21));
    EXPECT_EQ(std::get<std::vector<double>>(reader.read_by_library(b.ref()).values), matrix);
    // Columns: one, some across two chunks, the last of a chunk that is not full, none.
    for (const auto& [first, end] :
         {std::pair<std::size_t, std::size_t>{5, 6}, {6, 18}, {20, 21}, {3, 3}}) {
        const auto columns = reader.read_columns(b.ref(), first, end);
        EXPECT_EQ(columns.shape, (std::vector<std::size_t>{3000, end - first}));
        std::vector<double> wanted;
        for (std::size_t row = 0; row < 3000; ++row)
            for (auto column = first; column < end; ++column)
                wanted.push_back(matrix[row * 21 + column]);
        EXPECT_EQ(std::get<std::vector<double>>(columns.values), wanted);
    }
    EXPECT_THROW((void)reader.read_columns(b.ref(), 20, 22), Error);
    EXPECT_THROW((void)reader.read_columns(a.ref(), 0, 1), Error);
    // The row says what that of the whole array says.
    EXPECT_EQ(a.checksum, checksum_of(Array::vector(vector)));
    EXPECT_EQ(b.checksum, checksum_of(Array::matrix(3000, 21, matrix)));
    EXPECT_EQ(b.n_bytes, static_cast<std::int64_t>(matrix.size() * sizeof(double)));
    EXPECT_GT(b.stored_bytes, 0);
}

TEST_P(ArrayPieces, OfAnotherNumberAreNoArray) {
    const auto values = numbers(5000);
    auto file = begin();
    const auto type_of = [&](std::size_t n) -> std::string {
        try {
            (void)file.add_in_pieces(new_run_id().to_string(), "v", {{n}}, {},
                                     in_pieces(values, 512));
        } catch (const Error& error) {
            return error.type();
        }
        return "none";
    };
    EXPECT_EQ(type_of(4999), "ColumnLength");
    EXPECT_EQ(type_of(5001), "ColumnLength");
    EXPECT_EQ(type_of(5000), "none");
    EXPECT_EQ(file.arrays().size(), 1U);
}

TEST_P(ArrayPieces, WhoseSourceFailsLeaveTheFileGood) {
    const auto values = numbers(50'000);
    auto file = begin();
    EXPECT_THROW(file.add_in_pieces(new_run_id().to_string(), "broken", {{values.size()}}, {},
                                    [&](const TakeValues& take) {
                                        take(std::as_bytes(std::span(values).first(40'000)));
                                        throw std::runtime_error("a lost block");
                                    }),
                 std::runtime_error);
    const auto row = file.add_in_pieces(new_run_id().to_string(), "good", {{values.size()}}, {},
                                        in_pieces(values, 9999));
    file.publish();
    const StoreReader reader(options_.root);
    EXPECT_EQ(std::get<std::vector<double>>(reader.read(row.ref()).values), values);
    EXPECT_THROW((void)reader.read(file.file() + "#broken"), Error);
}

TEST_P(ArrayPieces, LeaveNothingBehindUnpublishedOrDiscarded) {
    const auto values = numbers(20'000);
    {
        auto file = begin();
        (void)file.add_in_pieces(new_run_id().to_string(), "v", {{values.size()}}, {},
                                 in_pieces(values, 100));
    }
    EXPECT_EQ(files(), 0U);
    auto file = begin();
    (void)file.add_in_pieces(new_run_id().to_string(), "v", {{values.size()}}, {},
                             in_pieces(values, 100));
    file.discard();
    EXPECT_EQ(files(), 0U);
}

TEST_P(ArrayPieces, OfImagesAreKeptWholeOrSplit) {
    // A row above 1 MiB is split; one below is not.
    const auto values = numbers(2 * 300 * 500);
    auto file = begin();
    const auto row = file.add_in_pieces(new_run_id().to_string(), "images", {{2, 300, 500}}, {},
                                        in_pieces(values, 4096));
    file.publish();
    const StoreReader reader(options_.root);
    EXPECT_EQ(std::get<std::vector<double>>(reader.read(row.ref()).values), values);
}

INSTANTIATE_TEST_SUITE_P(Media, ArrayPieces, ::testing::Values(Medium::memory, Medium::disk),
                         [](const auto& one) {
                             return one.param == Medium::memory ? "memory" : "disk";
                         });

}  // namespace
}  // namespace tb::store
