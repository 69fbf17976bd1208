// What `-o FILE` names: a plain file is written beside its place and takes it when it is whole; a
// device, a pipe or a link is written to and stays what it is.
#pragma once

#include <string>
#include <string_view>

namespace tb::app {

/// One output of a command. Nothing of a plain file's old content is lost before commit(); without
/// it the new one is removed. Belongs to one thread.
class OutputFile {
  public:
    /// @param path  empty or `-`: standard output
    /// @throws tb::Error (usage) for a folder; (io) when it cannot be written to
    explicit OutputFile(std::string path);
    ~OutputFile();
    OutputFile(const OutputFile&) = delete;
    OutputFile& operator=(const OutputFile&) = delete;

    /// @throws tb::Error (io)
    void write(std::string_view text);
    /// Where to write, for writers that need a file descriptor of their own; what was there before
    /// is gone from now on when it is no plain file that is replaced.
    [[nodiscard]] int descriptor();
    /// Makes a plain file take its place. Nothing is written afterwards. @throws tb::Error (io)
    void commit();

  private:
    enum class Kind { standard_output, replaced, in_place };
    void open_in_place();
    void open_beside(unsigned mode);
    void begin();
    [[noreturn]] void fail(int code) const;

    std::string path_;
    std::string temporary_;
    Kind kind_ = Kind::standard_output;
    int file_ = -1;
    bool begun_ = false;
};

}  // namespace tb::app
