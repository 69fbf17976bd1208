#include "ingest/fetch/s3_listing.hpp"

#include <algorithm>
#include <cctype>

#include <fmt/format.h>

namespace tb::fetch {
namespace {

[[noreturn]] void fail(const std::string& what) {
    throw Error(ErrorKind::data, "the listing of the bucket " + what);
}

/// Text with the five named entities and numbers of ASCII characters resolved.
std::string unescaped(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        const auto mark = text.find('&');
        out += text.substr(0, mark);
        if (mark == std::string_view::npos) break;
        text.remove_prefix(mark);
        const auto end = text.find(';');
        if (end == std::string_view::npos) fail("has a & without ;");
        const auto name = text.substr(1, end - 1);
        if (name == "amp") {
            out += '&';
        } else if (name == "lt") {
            out += '<';
        } else if (name == "gt") {
            out += '>';
        } else if (name == "quot" || name == "#34") {
            out += '"';
        } else if (name == "apos" || name == "#39") {
            out += '\'';
        } else {
            fail(fmt::format("has an entity that is not known: {}", name));
        }
        text.remove_prefix(end + 1);
    }
    return out;
}

/// What stands between <name> and </name>, from `at` on, which is moved behind it; nothing when
/// there is no more.
std::optional<std::string_view> element(std::string_view xml, std::string_view name,
                                        std::size_t& at) {
    const auto open = fmt::format("<{}>", name), close = fmt::format("</{}>", name);
    const auto begin = xml.find(open, at);
    if (begin == std::string_view::npos) return std::nullopt;
    const auto end = xml.find(close, begin);
    if (end == std::string_view::npos) fail(fmt::format("is cut off in <{}>", name));
    at = end + close.size();
    return xml.substr(begin + open.size(), end - begin - open.size());
}

}  // namespace

std::string query_encoded(std::string_view text) {
    std::string out;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if ((byte < 0x80 && std::isalnum(byte) != 0) || c == '-' || c == '.' || c == '_' ||
            c == '~') {
            out += c;
        } else {
            out += fmt::format("%{:02X}", byte);
        }
    }
    return out;
}

ListingPage parse_listing(std::string_view xml) {
    if (xml.find("<ListBucketResult") == std::string_view::npos) fail("is no ListBucketResult");
    if (xml.find("</ListBucketResult>") == std::string_view::npos) fail("is cut off");
    ListingPage page;
    for (std::size_t at = 0; const auto contents = element(xml, "Contents", at);) {
        std::size_t inside = 0;
        const auto key = element(*contents, "Key", inside);
        if (!key) fail("has an object without a key");
        page.keys.push_back(unescaped(*key));
    }
    std::size_t at = 0;
    const auto is_cut = element(xml, "IsTruncated", at);
    if (is_cut == "true") {
        at = 0;
        const auto token = element(xml, "NextContinuationToken", at);
        if (!token || token->empty()) fail("says that more follows, and not where");
        page.continuation = unescaped(*token);
    }
    return page;
}

std::vector<std::string> list_objects(const std::string& bucket_url, std::string_view prefix,
                                      const DownloadOptions& options) {
    std::vector<std::string> keys;
    std::string continuation;
    do {
        // Sorted by name, as signatures would want it.
        const auto page = parse_listing(download_text(
            fmt::format("{}/?{}list-type=2&prefix={}", bucket_url,
                        continuation.empty()
                            ? ""
                            : fmt::format("continuation-token={}&", query_encoded(continuation)),
                        query_encoded(prefix)),
            options));
        if (!page.continuation.empty() && page.continuation == continuation)
            fail("leads from a page to the same page");
        keys.insert(keys.end(), page.keys.begin(), page.keys.end());
        continuation = page.continuation;
    } while (!continuation.empty());
    std::ranges::sort(keys);
    return keys;
}

}  // namespace tb::fetch
