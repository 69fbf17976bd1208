#include "src/hdf5/message.hpp"

#include <array>
#include <bit>
#include <cerrno>
#include <cstring>

#include <sys/socket.h>

namespace tb::hdf5 {

namespace {

constexpr int deepest_type = 8;

bool send_all(int socket, const char* data, std::size_t size) {
    while (size > 0) {
        const auto sent = ::send(socket, data, size, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) continue;
        if (sent <= 0) return false;
        data += sent;
        size -= static_cast<std::size_t>(sent);
    }
    return true;
}

bool receive_all(int socket, char* data, std::size_t size) {
    while (size > 0) {
        const auto got = ::recv(socket, data, size, 0);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return false;
        data += got;
        size -= static_cast<std::size_t>(got);
    }
    return true;
}

}  // namespace

void MessageWriter::number(std::uint64_t value) {
    std::array<char, sizeof value> bytes;
    std::memcpy(bytes.data(), &value, sizeof value);
    bytes_.append(bytes.data(), bytes.size());
}
void MessageWriter::text(std::string_view text) {
    number(text.size());
    bytes_.append(text);
}
void MessageWriter::sizes(const std::vector<std::size_t>& values) {
    number(values.size());
    for (const auto one : values) number(one);
}
void MessageWriter::texts(const std::vector<std::string>& values) {
    number(values.size());
    for (const auto& one : values) text(one);
}

void MessageWriter::type(const ValueType& type) {
    number(static_cast<std::uint64_t>(type.kind));
    text(type.name);
    number(type.size);
    number(type.members.size());
    for (const auto& member : type.members) {
        text(member.name);
        this->type(member.type);
    }
}

void MessageWriter::attribute(const Attribute& attribute) {
    text(attribute.name);
    type(attribute.type);
    sizes(attribute.shape);
    number(attribute.is_empty ? 1 : 0);
    text(attribute.problem);
    number(attribute.values.index());
    if (const auto* whole = std::get_if<1>(&attribute.values)) {
        number(whole->size());
        for (const auto one : *whole) number(static_cast<std::uint64_t>(one));
    } else if (const auto* real = std::get_if<2>(&attribute.values)) {
        number(real->size());
        for (const auto one : *real) number(std::bit_cast<std::uint64_t>(one));
    } else if (const auto* flags = std::get_if<3>(&attribute.values)) {
        text({reinterpret_cast<const char*>(flags->data()), flags->size()});
    } else if (const auto* words = std::get_if<4>(&attribute.values)) {
        texts(*words);
    }
}

void MessageWriter::node(const Node& node) {
    text(node.path);
    number(static_cast<std::uint64_t>(node.kind));
    text(node.target);
    texts(node.children);
    text(node.problem);
    number(node.attributes.size());
    for (const auto& one : node.attributes) attribute(one);
    if (!node.is_dataset()) return;
    type(node.type);
    sizes(node.shape);
    number(node.is_empty ? 1 : 0);
    sizes(node.chunk);
    texts(node.filters);
    text(node.refusal);
}

std::string_view MessageReader::take(std::size_t n) {
    if (n > bytes_.size()) throw BadMessage("a message ends too early");
    const auto taken = bytes_.substr(0, n);
    bytes_.remove_prefix(n);
    return taken;
}
std::uint64_t MessageReader::number() {
    std::uint64_t value = 0;
    std::memcpy(&value, take(sizeof value).data(), sizeof value);
    return value;
}
std::size_t MessageReader::count(std::size_t least) {
    const auto n = number();
    if (n > bytes_.size() / least) throw BadMessage("a message promises more than it holds");
    return n;
}
std::string MessageReader::text() {
    return std::string(take(number()));
}
std::vector<std::size_t> MessageReader::sizes() {
    std::vector<std::size_t> values(count(8));
    for (auto& one : values) one = number();
    return values;
}
std::vector<std::string> MessageReader::texts() {
    std::vector<std::string> values(count(8));
    for (auto& one : values) one = text();
    return values;
}

ValueType MessageReader::type(int depth) {
    ValueType type;
    const auto kind = number();
    if (kind > static_cast<std::uint64_t>(ValueKind::other) || depth > deepest_type)
        throw BadMessage("no such type");
    type.kind = static_cast<ValueKind>(kind);
    type.name = text();
    type.size = number();
    type.members.resize(count(8));
    for (auto& member : type.members) {
        member.name = text();
        member.type = this->type(depth + 1);
    }
    return type;
}

Attribute MessageReader::attribute() {
    Attribute attribute;
    attribute.name = text();
    attribute.type = type(0);
    attribute.shape = sizes();
    attribute.is_empty = number() != 0;
    attribute.problem = text();
    switch (number()) {
        case 0:
            break;
        case 1: {
            std::vector<std::int64_t> values(count(8));
            for (auto& one : values) one = static_cast<std::int64_t>(number());
            attribute.values = std::move(values);
            break;
        }
        case 2: {
            std::vector<double> values(count(8));
            for (auto& one : values) one = std::bit_cast<double>(number());
            attribute.values = std::move(values);
            break;
        }
        case 3: {
            const auto flags = text();
            attribute.values = std::vector<std::uint8_t>(flags.begin(), flags.end());
            break;
        }
        case 4:
            attribute.values = texts();
            break;
        default:
            throw BadMessage("no such values");
    }
    return attribute;
}

Node MessageReader::node() {
    Node node;
    node.path = text();
    const auto kind = number();
    if (kind > static_cast<std::uint64_t>(NodeKind::damaged)) throw BadMessage("no such object");
    node.kind = static_cast<NodeKind>(kind);
    node.target = text();
    node.children = texts();
    node.problem = text();
    node.attributes.resize(count(8));
    for (auto& one : node.attributes) one = attribute();
    if (!node.is_dataset()) return node;
    node.type = type(0);
    node.shape = sizes();
    node.is_empty = number() != 0;
    node.chunk = sizes();
    node.filters = texts();
    node.refusal = text();
    return node;
}

bool send_message(int socket, std::string_view bytes) {
    const std::uint64_t length = bytes.size();
    std::array<char, sizeof length> head;
    std::memcpy(head.data(), &length, sizeof length);
    if (bytes.size() > 4096) {
        return send_all(socket, head.data(), head.size()) &&
               send_all(socket, bytes.data(), bytes.size());
    }
    std::string both(head.data(), head.size());
    both.append(bytes);
    return send_all(socket, both.data(), both.size());
}

std::optional<std::string> receive_message(int socket, std::size_t longest) {
    std::uint64_t length = 0;
    std::array<char, sizeof length> head;
    if (!receive_all(socket, head.data(), head.size())) return std::nullopt;
    std::memcpy(&length, head.data(), sizeof length);
    if (length > longest) return std::nullopt;
    std::string bytes(length, '\0');
    if (!receive_all(socket, bytes.data(), bytes.size())) return std::nullopt;
    return bytes;
}

}  // namespace tb::hdf5
