// Types of HDF5 files as ours, and values of attributes and data sets brought into memory. Runs in
// the child process.
#pragma once

#include "src/hdf5/handle.hpp"
#include "src/hdf5/tree.hpp"

#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace tb::hdf5 {

/// Paths of objects by their address in the file: references are looked up, never followed.
using PathsByAddress = std::unordered_map<haddr_t, std::string>;

[[nodiscard]] ValueType describe(hid_t type);

/// What a read in the child cannot do; `type` as in UntrustedFile.
class ReadFailure : public std::runtime_error {
  public:
    ReadFailure(const std::string& type, const std::string& message)
        : std::runtime_error(message), type_(type) {}
    [[nodiscard]] const std::string& type() const noexcept { return type_; }

  private:
    std::string type_;
};

/// Reads into `buffer` as `memory_type`: H5Aread, or H5Dread with its spaces.
using Fill = std::function<herr_t(hid_t memory_type, void* buffer)>;

/// Numbers of a dtype of tb::Array into `buffer`, which has room for them.
/// @throws ReadFailure (ValueType, NumberRange, DamagedFile)
void read_numbers(const ValueType& type, std::string_view dtype, std::string_view member,
                  const std::function<herr_t(hid_t memory_type, hid_t transfer, void*)>& fill,
                  void* buffer);

/// Texts of a text type; `n` values. Fixed lengths lose their filling. Bytes are not checked.
/// @param stored  the type in the file; with `member` a compound
/// @throws ReadFailure
[[nodiscard]] std::vector<std::string> read_texts(hid_t stored, std::string_view member,
                                                  std::size_t n, const Fill& fill);

/// Object references as paths, region references as path and box (Values). `file` resolves regions.
[[nodiscard]] std::vector<std::string> read_references(hid_t file, hid_t stored,
                                                       std::string_view member, std::size_t n,
                                                       const PathsByAddress& paths,
                                                       const Fill& fill);

/// The member of that name, or the type itself for an empty name. @throws ReadFailure (ValueType)
[[nodiscard]] const ValueType& part_of(const ValueType& type, std::string_view member);

}  // namespace tb::hdf5
