// What a session file holds that nothing here reads: listed, not dropped silently.
#pragma once

#include "ingest/allen/nwb_source.hpp"

namespace tb::allen {

/// One issue (NotUnderstood) that counts what the file has beside the layout of
/// spec/change_detection.md, 5, and names the first with their types: series, tables, columns that
/// cannot be kept as they are, pictures, objects, and values of the task's parameters, metadata,
/// subject and file. None when there is nothing.
void note_what_is_not_read(const NwbSource& source);

}  // namespace tb::allen
