// Providers that find keys where AWS tools keep them, each usable alone: `session_options::credentials` takes any.
#pragma once

#include <sluice/credentials.hpp>
#include <sluice/export.hpp>
#include <sluice/session.hpp>
#include <sluice/sts/operations.hpp>

#include <boost/asio/any_io_executor.hpp>

#include <chrono>
#include <memory>
#include <string>

namespace sluice {

// All of these read variables and files when they are made, once, and throw `error` with `errc::configuration` for what
// is wrong there. `options` are those of a session: profile, region, endpoint URLs, CA bundle, timeouts, transport;
// with `read_environment` false they see neither variables nor files. `credentials` counts for
// `assume_role_credentials` only.
//
// The keys are cached. They are renewed in the background from 15 minutes before they expire (a third of their life, if
// that is shorter; a little earlier at random, so that a fleet does not ask at once), and from 10 minutes (a sixth)
// before while the callers wait. Any number of callers share one request. When it fails, the old keys are used for as
// long as they are valid, and the next one waits 1 s, then twice as long each time, up to 5 minutes. A request that
// takes longer than `credentials_timeout` counts as failed. A caller that is cancelled does not stop the others.
// All are usable from several coroutines and threads, and may go while coroutines wait for them.

/// Where every AWS tool looks, in this order: variables, the profile, a web identity token, the container's endpoint,
/// the metadata of the instance. The first that has keys is used; one that should have some and cannot get them is an
/// error. Where none has any, the error says for each why. As in the AWS CLI, a profile named in `options` goes before
/// the variables with keys. Source: AWS SDKs and Tools Reference Guide, "Standardized credential providers".
SLUICE_API std::shared_ptr<credentials_provider> default_credentials(boost::asio::any_io_executor executor,
                                                                     session_options options = {});

/// The profile of `options`: keys, `credential_process`, `role_arn` with `source_profile` or `credential_source`,
/// `web_identity_token_file`, or SSO (whose token is renewed where it can be). `aws login` sessions are not known.
SLUICE_API std::shared_ptr<credentials_provider> profile_credentials(boost::asio::any_io_executor executor,
                                                                     session_options options = {});

/// `AWS_WEB_IDENTITY_TOKEN_FILE`, `AWS_ROLE_ARN` and `AWS_ROLE_SESSION_NAME`, as in EKS and CI. The file is read anew
/// for every request.
SLUICE_API std::shared_ptr<credentials_provider> web_identity_credentials(boost::asio::any_io_executor executor,
                                                                          session_options options = {});

/// ECS and EKS: `AWS_CONTAINER_CREDENTIALS_RELATIVE_URI`, else `AWS_CONTAINER_CREDENTIALS_FULL_URI`, with
/// `AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE` (read for every request) or `AWS_CONTAINER_AUTHORIZATION_TOKEN`. Plain HTTP
/// is spoken only when every address of the host is a loopback address, 169.254.170.2, 169.254.170.23 or fd00:ec2::23.
SLUICE_API std::shared_ptr<credentials_provider> container_credentials(boost::asio::any_io_executor executor,
                                                                       session_options options = {});

/// The role of an EC2 instance, from its metadata service (version 2 only). When the service fails, the last keys are
/// used for 10 to 15 minutes more, also past their expiration.
SLUICE_API std::shared_ptr<credentials_provider> instance_credentials(boost::asio::any_io_executor executor,
                                                                      session_options options = {});

/// Runs `command` as `credential_process` of a profile does: split into words as a POSIX shell would, but without a
/// shell, so that pipes, variables and `;` have no meaning. Its standard input is empty, its standard error is the
/// program's own; it gets a process group of its own, which is killed after `timeout`.
/// Source: AWS SDKs and Tools Reference Guide, "Process credential provider".
SLUICE_API std::shared_ptr<credentials_provider>
process_credentials(boost::asio::any_io_executor executor, std::string command,
                    std::chrono::milliseconds timeout = std::chrono::seconds(60));

/// Takes on a role with the keys of `options.credentials` (null: `default_credentials`).
SLUICE_API std::shared_ptr<credentials_provider> assume_role_credentials(boost::asio::any_io_executor executor,
                                                                         sts::assume_role_request role,
                                                                         session_options options = {});

/// The cache described above around a provider of your own.
SLUICE_API std::shared_ptr<credentials_provider>
cached_credentials(boost::asio::any_io_executor executor, std::shared_ptr<credentials_provider> source,
                   std::chrono::milliseconds timeout = std::chrono::seconds(60));

} // namespace sluice
