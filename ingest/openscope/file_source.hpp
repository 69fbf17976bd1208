// The open file and the session that is being made of it. For this folder.
#pragma once

#include "ingest/nwb/nwb_file.hpp"
#include "trialbase/openscope_session.hpp"

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tb::openscope {

class FileSource {
  public:
    FileSource(std::shared_ptr<const nwb::NwbFile> file, OpenScopeSession& session)
        : file_(std::move(file)), session_(session) {}

    [[nodiscard]] const nwb::NwbFile& file() const noexcept { return *file_; }
    [[nodiscard]] const std::shared_ptr<const nwb::NwbFile>& shared() const noexcept {
        return file_;
    }
    [[nodiscard]] OpenScopeSession& session() const noexcept { return session_; }

    /// @throws tb::Error (data, type), naming file and path
    [[noreturn]] void fail(std::string_view path, const std::string& message,
                           const char* type) const;
    /// Something odd that is loaded all the same.
    void issue(const char* type, std::string_view path, const std::string& message) const;
    /// Reads a part; what is wrong with its data costs that part and is kept.
    void attempt(const char* hint, const std::function<void()>& part) const;
    /// Times of a series that never decrease. @throws tb::Error (data, TimeOrder, MissingDataset)
    [[nodiscard]] std::vector<double> times_of(const nwb::Series& series) const;
    /// A data set as an array that is read when it is asked for, of the type that it is stored in.
    [[nodiscard]] LazyArray lazy(const std::string& path, const std::vector<std::size_t>& shape,
                                 const hdf5::ValueType& type) const;

  private:
    std::shared_ptr<const nwb::NwbFile> file_;
    OpenScopeSession& session_;
};

/// Stimulus table and patches. Frame numbers that the table lacks are told from the session's frame
/// times, which are read before. @throws tb::Error as read_session()
void read_segments(const FileSource& source);
/// ROIs, traces, masks, projection. The traces' frames must be as many as the session's two-photon
/// frame times. @throws tb::Error as read_session()
void read_plane(const FileSource& source);

}  // namespace tb::openscope
