// Whom the private server runs as, and how root acts as that account: what lies below a folder of
// the account may be a link that the account has laid, and must not steer what root writes or
// reads.
#pragma once

#include <string>
#include <vector>

#include <sys/types.h>

namespace tb::db {

[[nodiscard]] bool is_root();

/// The account that the server runs as: the user, or `postgres` when the user is root.
struct Account {
    uid_t uid = 0;
    gid_t gid = 0;
    std::string name;
};

/// @throws tb::Error (unavailable) when root has no user `postgres`
[[nodiscard]] Account server_account();

/// While it lives, this thread reaches files with the rights of the server's account and no others.
/// Nothing changes unless the user is root. Other threads keep their rights; a child or thread that
/// is started meanwhile has this thread's. Ends the program when the rights cannot be given back.
class AsServerAccount {
  public:
    /// @throws tb::Error (io) when the rights cannot be laid down
    AsServerAccount();
    ~AsServerAccount();
    AsServerAccount(const AsServerAccount&) = delete;
    AsServerAccount& operator=(const AsServerAccount&) = delete;

  private:
    void give_back() noexcept;

    bool active_ = false;
    gid_t gid_ = 0;
    std::vector<gid_t> groups_;
};

}  // namespace tb::db
