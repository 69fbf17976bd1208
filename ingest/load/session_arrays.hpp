// The bulk arrays of one session: one file of the array store, and its rows of store.array.
#pragma once

#include "src/db/session.hpp"
#include "src/store/array_store.hpp"
#include "trialbase/array.hpp"
#include "trialbase/lazy_array.hpp"
#include "trialbase/session_record.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tb::load {

/// Written once, before any row; the rows' transaction may be tried several times. A world derives
/// from it, adds its arrays in the constructor, keeps their keys for its rows, and publishes.
class SessionArrays {
  public:
    SessionArrays() = default;
    SessionArrays(const SessionArrays&) = delete;
    SessionArrays& operator=(const SessionArrays&) = delete;
    virtual ~SessionArrays() = default;

    /// Rows of store.array; before all that refer to them.
    void add_array_rows(std::vector<db::Session::Step>& steps) const;
    /// Arrays that could not be read while they were written: the rest is there.
    [[nodiscard]] const std::vector<SessionPartError>& left_out() const { return left_out_; }
    /// Removes the file, after the rows' transaction surely failed.
    void discard() noexcept;

  protected:
    /// @param table  whose folder of the store the file lies in: photometry.photometry_session
    /// @throws tb::Error (usage, NoStore) without a store; others as ArrayStore::begin_file
    /// @param n_bytes  of all arrays, as far as known: a large file is made on the disk, not in
    /// memory
    void begin(const store::StoreOptions& store, std::string_view table,
               const std::string& session_id, std::size_t n_bytes = 0);
    /// @param name  path within the file: `wheel/position`
    /// @return the array's key
    std::string add(const std::string& name, const Array& values, const ArrayMeta& meta);
    /// An array that is read as it is written, in pieces. A damaged one is left out.
    /// @param by_column  a matrix that is also read column by column
    /// @param watch  sees the pieces as they pass; may be null
    /// @return the array's key; nothing when it was left out
    std::optional<std::string> add(const std::string& name, const LazyArray& values,
                                   const ArrayMeta& meta, bool by_column = false,
                                   const LazyArray::Take& watch = {});
    /// Keeps what could not be read.
    void leave_out(SessionPartError error) { left_out_.push_back(std::move(error)); }
    /// Makes the file durable. @throws tb::Error (io) when it cannot be written
    void publish();

  private:
    std::optional<store::ArrayFile> file_;
    std::vector<SessionPartError> left_out_;
};

}  // namespace tb::load
