// Names of the objects in a public bucket (S3 ListObjectsV2). Source:
// spec/change_detection.md, 2.1.
#pragma once

#include "ingest/fetch/downloader.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace tb::fetch {

/// One page of a listing.
struct ListingPage {
    std::vector<std::string> keys;
    std::string continuation;  ///< token of the next page; empty on the last one
};
/// @throws tb::Error (data) when the text is no ListBucketResult, or says that more follows and not
/// where
[[nodiscard]] ListingPage parse_listing(std::string_view xml);

/// All keys that begin with a prefix, page by page, sorted as text.
/// @param bucket_url  https://<bucket>.s3.<region>.amazonaws.com
/// @throws tb::Error as download_text and parse_listing
[[nodiscard]] std::vector<std::string> list_objects(const std::string& bucket_url,
                                                    std::string_view prefix,
                                                    const DownloadOptions& options = {});

/// Percent-encoded for a query: everything but letters, digits and -._~.
[[nodiscard]] std::string query_encoded(std::string_view text);

}  // namespace tb::fetch
