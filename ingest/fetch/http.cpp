#include "ingest/fetch/http.hpp"

#include "include/trialbase/error.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <exception>

#include <curl/curl.h>
#include <fmt/format.h>

namespace tb::fetch {
namespace {

std::string_view trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(" \t\r\n");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

std::optional<std::uint64_t> number(std::string_view text) {
    std::uint64_t value = 0;
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (fault != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

bool is_named(std::string_view line, std::string_view name) {
    return line.size() > name.size() && line[name.size()] == ':' &&
           std::equal(name.begin(), name.end(), line.begin(), [](char a, char b) {
               return a == std::tolower(static_cast<unsigned char>(b));
           });
}

/// Seconds, or a date; a date that has passed is 0.
std::optional<std::chrono::seconds> retry_after(std::string_view value) {
    if (const auto seconds = number(value))
        return std::chrono::seconds(std::min<std::uint64_t>(*seconds, 86'400));
    const auto date = ::curl_getdate(std::string(value).c_str(), nullptr);
    if (date < 0) return std::nullopt;
    const auto now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
    return std::chrono::seconds(std::clamp<std::int64_t>(date - now, 0, 86'400));
}

/// libcurl wants its start before the first handle and before other threads.
void start_curl() {
    static const CURLcode started = ::curl_global_init(CURL_GLOBAL_DEFAULT);
    if (started != CURLE_OK)
        throw Error(ErrorKind::internal,
                    std::string("cannot start libcurl: ") + ::curl_easy_strerror(started));
}

}  // namespace

bool is_passing_status(int status) {
    return status == 408 || status == 429 || status >= 500;
}

struct HttpClient::State {
    std::unique_ptr<CURL, decltype(&::curl_easy_cleanup)> handle{nullptr, &::curl_easy_cleanup};
    HttpLimits limits;

    // Of the request that runs.
    HttpHead head;
    bool is_head_told = false;
    bool is_ended_by_us = false;
    const OnHead* on_head = nullptr;
    const OnBody* on_body = nullptr;
    const std::atomic<bool>* stop = nullptr;
    std::exception_ptr thrown;

    template <class Call>
    bool guarded(const Call& call) {
        try {
            if (call()) return true;
            is_ended_by_us = true;
        } catch (...) {
            thrown = std::current_exception();
        }
        return false;
    }

    bool tell_head() {
        if (is_head_told) return true;
        is_head_told = true;
        long status = 0;
        ::curl_easy_getinfo(handle.get(), CURLINFO_RESPONSE_CODE, &status);
        head.status = static_cast<int>(status);
        return guarded([&] { return (*on_head)(head); });
    }

    static std::size_t take_header(char* data, std::size_t size, std::size_t count, void* self) {
        auto& state = *static_cast<State*>(self);
        const std::string_view line(data, size * count);
        const auto value = [&] { return trimmed(line.substr(line.find(':') + 1)); };
        if (line.starts_with("HTTP/")) {
            state.head = {};  // the answer behind a redirect has headers of its own
        } else if (is_named(line, "content-length")) {
            state.head.content_length = number(value());
        } else if (is_named(line, "etag")) {
            state.head.etag = std::string(value());
        } else if (is_named(line, "location")) {
            state.head.location = std::string(value());
        } else if (is_named(line, "retry-after")) {
            state.head.retry_after = retry_after(value());
        } else if (is_named(line, "content-range")) {
            // bytes 200-1023/1024
            auto range = value();
            if (range.starts_with("bytes ")) {
                range.remove_prefix(6);
                state.head.range_start = number(range.substr(0, range.find('-')));
                const auto slash = range.find('/');
                if (slash != std::string_view::npos)
                    state.head.total_size = number(range.substr(slash + 1));
            }
        }
        return line.size();
    }

    static std::size_t take_body(char* data, std::size_t size, std::size_t count, void* self) {
        auto& state = *static_cast<State*>(self);
        const std::size_t n_bytes = size * count;
        if (!state.tell_head()) return 0;
        return state.guarded([&] { return (*state.on_body)({data, n_bytes}); }) ? n_bytes : 0;
    }

    static int look_up(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
        const auto& state = *static_cast<State*>(self);
        return state.stop != nullptr && state.stop->load() ? 1 : 0;
    }
};

HttpClient::HttpClient(HttpLimits limits) : state_(std::make_unique<State>()) {
    start_curl();
    state_->limits = limits;
    state_->handle.reset(::curl_easy_init());
    if (!state_->handle) throw Error(ErrorKind::internal, "cannot make a handle of libcurl");
}

HttpClient::~HttpClient() = default;

HttpResult HttpClient::get(const HttpRequest& request, const OnHead& on_head, const OnBody& on_body,
                           const std::atomic<bool>* stop) {
    auto& state = *state_;
    auto* const handle = state.handle.get();
    state.head = {};
    state.is_head_told = state.is_ended_by_us = false;
    state.on_head = &on_head;
    state.on_body = &on_body;
    state.stop = stop;
    state.thrown = nullptr;

    ::curl_easy_reset(handle);  // keeps the connections
    char fault[CURL_ERROR_SIZE] = "";
    ::curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, fault);
    ::curl_easy_setopt(handle, CURLOPT_URL, request.url.c_str());
    ::curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
    ::curl_easy_setopt(handle, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
    ::curl_easy_setopt(handle, CURLOPT_FOLLOWLOCATION, request.follows_redirects ? 1L : 0L);
    ::curl_easy_setopt(handle, CURLOPT_MAXREDIRS, static_cast<long>(state.limits.max_redirects));
    ::curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
    ::curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT_MS,
                       static_cast<long>(state.limits.connect_timeout.count()));
    ::curl_easy_setopt(handle, CURLOPT_LOW_SPEED_LIMIT, 1L);
    ::curl_easy_setopt(handle, CURLOPT_LOW_SPEED_TIME,
                       static_cast<long>(state.limits.stall_timeout.count()));
    ::curl_easy_setopt(handle, CURLOPT_USERAGENT, "trialbase");
    ::curl_easy_setopt(handle, CURLOPT_HEADERFUNCTION, &State::take_header);
    ::curl_easy_setopt(handle, CURLOPT_HEADERDATA, &state);
    ::curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, &State::take_body);
    ::curl_easy_setopt(handle, CURLOPT_WRITEDATA, &state);
    ::curl_easy_setopt(handle, CURLOPT_NOPROGRESS, 0L);
    ::curl_easy_setopt(handle, CURLOPT_XFERINFOFUNCTION, &State::look_up);
    ::curl_easy_setopt(handle, CURLOPT_XFERINFODATA, &state);
    std::unique_ptr<curl_slist, decltype(&::curl_slist_free_all)> headers(nullptr,
                                                                          &::curl_slist_free_all);
    if (request.from_byte > 0) {
        headers.reset(::curl_slist_append(
            headers.release(), fmt::format("Range: bytes={}-", request.from_byte).c_str()));
        if (!request.if_range.empty())
            headers.reset(::curl_slist_append(
                headers.release(), fmt::format("If-Range: {}", request.if_range).c_str()));
    }
    for (const auto& header : request.headers)
        headers.reset(::curl_slist_append(headers.release(), header.c_str()));
    if (headers) ::curl_easy_setopt(handle, CURLOPT_HTTPHEADER, headers.get());
    if (request.post) {
        ::curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE, static_cast<long>(request.post->size()));
        ::curl_easy_setopt(handle, CURLOPT_POSTFIELDS, request.post->c_str());
    }

    const auto code = ::curl_easy_perform(handle);
    if (code == CURLE_OK) state.tell_head();  // an answer without a body
    if (state.thrown) std::rethrow_exception(state.thrown);
    HttpResult result;
    long redirects = 0;
    ::curl_easy_getinfo(handle, CURLINFO_REDIRECT_COUNT, &redirects);
    result.was_redirected = redirects > 0;
    result.head = state.head;
    if (code == CURLE_OK) {
        result.is_complete = true;
    } else if (!state.is_ended_by_us) {
        result.fault = fault[0] != '\0' ? fault : ::curl_easy_strerror(code);
    }
    return result;
}

}  // namespace tb::fetch
