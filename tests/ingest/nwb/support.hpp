// Where real NWB files are, and small ones made by hand.
#pragma once

#include "ingest/nwb/nwb_file.hpp"
#include "tests/src/hdf5/h5_maker.hpp"

#include <cstdlib>
#include <filesystem>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tb::nwb::test {

using hdf5::test::error_of_call;
using hdf5::test::Folder;
using hdf5::test::H5Maker;

/// The shared folder: TRIALBASE_SHARED, else ../shared beside the source tree.
inline std::filesystem::path shared_folder() {
    if (const char* set = std::getenv("TRIALBASE_SHARED")) return set;
    return std::filesystem::path(__FILE__).parent_path() / "../../../../shared";
}

/// A python3 that has h5py; empty when there is none.
inline std::string python_with_h5py() {
    for (const std::string one : {"python3", "/usr/bin/python3"}) {
        if (std::system((one + " -c 'import h5py' 2>/dev/null").c_str()) == 0) return one;
    }
    return {};
}

/// What every NWB file has.
inline void add_frame(H5Maker& maker, const std::string& version = "2.7.0") {
    maker.attribute("/", "nwb_version", version);
    maker.attribute("/", "neurodata_type", std::string("NWBFile"));
    maker.text("/identifier", "made by hand");
    maker.text("/session_description", "a test");
    maker.text("/session_start_time", "2024-03-05T10:00:00+01:00");
}

inline void add_table(H5Maker& maker, const std::string& path,
                      const std::vector<std::string>& columns,
                      const std::vector<std::int64_t>& ids) {
    maker.integers(path + "/id", {ids.size()}, ids);
    maker.attribute(path, "neurodata_type", std::string("DynamicTable"));
    maker.attribute(path, "colnames", columns);
}

inline void add_index(H5Maker& maker, const std::string& path,
                      const std::vector<std::int64_t>& ends) {
    maker.integers(path, {ends.size()}, ends, H5T_STD_U8LE);
    maker.attribute(path, "neurodata_type", std::string("VectorIndex"));
}

}  // namespace tb::nwb::test

/// Skips the test where the shared data folder is absent.
#define NWB_OR_SKIP(variable, file)                                                \
    const auto variable##_path = tb::nwb::test::shared_folder() / "data" / (file); \
    if (!std::filesystem::exists(variable##_path))                                 \
        GTEST_SKIP() << "the shared data folder is absent: set TRIALBASE_SHARED";  \
    const auto variable = tb::nwb::NwbFile::open(variable##_path)
