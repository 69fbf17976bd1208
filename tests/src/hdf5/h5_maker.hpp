// Writes small HDF5 files for tests, good and bad ones.
#pragma once

#include "src/hdf5/handle.hpp"
#include "trialbase/error.hpp"

#include <array>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include <unistd.h>

namespace tb::hdf5::test {

/// A folder that goes with the test.
class Folder {
  public:
    Folder();
    ~Folder();
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    [[nodiscard]] std::filesystem::path operator/(const std::string& name) const {
        return path_ / name;
    }

  private:
    std::filesystem::path path_;
};

/// The error that a call throws. Its kind is internal when it throws none.
template <class Call>
Error error_of_call(const Call& call) {
    try {
        (void)call();
    } catch (const Error& error) {
        return error;
    }
    return {ErrorKind::internal, "no error was thrown"};
}

struct Storage {
    std::vector<hsize_t> chunk;  ///< empty: contiguous
    int gzip = 0;
    bool shuffle = false;
};

/// One file being written; complete when it is destroyed. Groups on the way are made.
class H5Maker {
  public:
    explicit H5Maker(const std::filesystem::path& file);

    void group(const std::string& path);
    void reals(const std::string& path, const std::vector<hsize_t>& shape,
               const std::vector<double>& values, hid_t type = H5T_IEEE_F64LE,
               const Storage& storage = {});
    void integers(const std::string& path, const std::vector<hsize_t>& shape,
                  const std::vector<std::int64_t>& values, hid_t type = H5T_STD_I64LE,
                  const Storage& storage = {});
    void booleans(const std::string& path, const std::vector<std::uint8_t>& values);
    /// Shape () for a single text given alone by `text`.
    void texts(const std::string& path, const std::vector<std::string>& values);
    void text(const std::string& path, const std::string& value);
    void fixed_texts(const std::string& path, const std::vector<std::string>& values,
                     std::size_t size, H5T_str_t filling);
    void references(const std::string& path, const std::vector<std::string>& targets);
    /// Points (x float64, y float64, weight float32).
    void points(const std::string& path, const std::vector<std::array<double, 3>>& values);

    void attribute(const std::string& object, const std::string& name, const std::string& value);
    void attribute(const std::string& object, const std::string& name, double value);
    void attribute(const std::string& object, const std::string& name,
                   const std::vector<std::string>& values);
    void reference_attribute(const std::string& object, const std::string& name,
                             const std::string& target);

    void soft_link(const std::string& path, const std::string& target);
    void hard_link(const std::string& path, const std::string& target);
    void external_link(const std::string& path, const std::string& file, const std::string& target);
    /// Values in another file, or in data sets of another file.
    void external_storage(const std::string& path, const std::string& file, hsize_t n);
    void virtual_dataset(const std::string& path, const std::string& file, hsize_t n);
    /// `n` values of which the first ones are written: chunks behind them are not there.
    void partly_written(const std::string& path, hsize_t n, const std::vector<double>& values,
                        const Storage& storage);
    /// A shape of which nothing is written.
    void unwritten(const std::string& path, const std::vector<hsize_t>& shape);

    [[nodiscard]] hid_t id() const { return file_.get(); }

  private:
    [[nodiscard]] Dataset make(const std::string& path, hid_t type, hid_t space,
                               const Storage& storage);
    H5Guard guard_;
    PropertyList with_parents_;
    File file_;
};

}  // namespace tb::hdf5::test
