#include "node/config_rows.hpp"

namespace replserver::config_rows {
namespace {

using N = NodeConfig;

constexpr std::array kPubsubDefaults = {named("allchannels", PubsubDefault::allchannels),
                                        named("resetchannels", PubsubDefault::resetchannels)};

constexpr std::array kAuthClients = {named("no", TlsAuthClients::no),
                                     named("yes", TlsAuthClients::yes),
                                     named("optional", TlsAuthClients::optional)};

constexpr Directive kSecurity[] = {
    {"requirepass", "", text(&N::requirepass), kSensitive,
     "Password of the default user; empty: none is needed."},
    {"aclfile", "", text(&N::aclfile), kImmutable, "File with the ACL users."},
    {"acllog-max-len", "", number(&N::acllog_max_len, 0, kLongMax), 0,
     "How many refusals ACL LOG keeps."},
    {"acl-pubsub-default", "", choice<&N::acl_pubsub_default>(kPubsubDefaults), 0,
     "Channels a new ACL user may use."},
    {"enable-debug-command", "", choice<&N::enable_debug_command>(kPermissions), kImmutable,
     "Who may use DEBUG."},
    {"enable-module-command", "", choice<&N::enable_module_command>(kPermissions), kImmutable,
     "Who may use MODULE."},
    {"enable-protected-configs", "", choice<&N::enable_protected_configs>(kPermissions), kImmutable,
     "Who may change dir and dbfilename by CONFIG SET."},
    {"hide-user-data-from-log", "", flag(&N::hide_user_data_from_log), 0,
     "Keep keys and values out of the log."},
    {"rename-command", "", &grammar::kRenameCommand, kImmutable | kFileOnly,
     "A command's name and the one it gets; \"\" takes it away."},
    {"user", "", &grammar::kUser, kImmutable | kFileOnly | kSensitive, "An ACL user's rules."},
};

constexpr Directive kTls[] = {
    {"tls-port", "", number(&N::tls_port, 0, kPortMax), 0, "Port to listen on with TLS; 0: none."},
    {"tls-cert-file", "", text(&N::tls_cert_file), 0, "Our certificate, in PEM."},
    {"tls-key-file", "", text(&N::tls_key_file), 0, "Its private key, in PEM."},
    {"tls-key-file-pass", "", text(&N::tls_key_file_pass), kSensitive,
     "Password of the private key."},
    {"tls-client-cert-file", "", text(&N::tls_client_cert_file), 0,
     "Certificate for connections we open, if another one."},
    {"tls-client-key-file", "", text(&N::tls_client_key_file), 0, "Its private key."},
    {"tls-client-key-file-pass", "", text(&N::tls_client_key_file_pass), kSensitive,
     "Password of that private key."},
    {"tls-dh-params-file", "", text(&N::tls_dh_params_file), 0, "Diffie-Hellman parameters."},
    {"tls-ca-cert-file", "", text(&N::tls_ca_cert_file), 0,
     "Certificates of the authorities we trust."},
    {"tls-ca-cert-dir", "", text(&N::tls_ca_cert_dir), 0,
     "Directory with certificates of the authorities we trust."},
    {"tls-auth-clients", "", choice<&N::tls_auth_clients>(kAuthClients), 0,
     "Whether clients must show a certificate."},
    {"tls-replication", "", flag(&N::tls_replication), 0, "Follow the primary over TLS."},
    {"tls-cluster", "", flag(&N::tls_cluster), 0, "Use TLS between the nodes of a cluster."},
    {"tls-protocols", "", text(&N::tls_protocols), 0,
     "TLS versions allowed, as \"TLSv1.2 TLSv1.3\"."},
    {"tls-ciphers", "", text(&N::tls_ciphers), 0, "Ciphers allowed up to TLS 1.2."},
    {"tls-ciphersuites", "", text(&N::tls_ciphersuites), 0, "Ciphers allowed in TLS 1.3."},
    {"tls-prefer-server-ciphers", "", flag(&N::tls_prefer_server_ciphers), 0,
     "Choose the cipher by our order, not the client's."},
    {"tls-session-caching", "", flag(&N::tls_session_caching), 0,
     "Let clients resume TLS sessions."},
    {"tls-session-cache-size", "", number(&N::tls_session_cache_size, 0, kIntMax), 0,
     "How many TLS sessions are kept for that; 0: no limit."},
    {"tls-session-cache-timeout", "", number(&N::tls_session_cache_timeout, 0, kIntMax), 0,
     "Seconds for which they are kept."},
};

}  // namespace

std::span<const Directive> security() { return kSecurity; }
std::span<const Directive> tls() { return kTls; }

}  // namespace replserver::config_rows
