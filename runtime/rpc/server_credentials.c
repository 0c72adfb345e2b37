/* SPDX-License-Identifier: Apache-2.0 */
/* server_credentials.c: TLS, and who must show a certificate. The files are looked at again while we serve. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "runtime/rpc/server_private.h"

#define RELOAD_OTHERWISE_S 60

static struct status check_readable(struct arena *arena, const char *path)
{
	char head[64] = { 0 };
	FILE *file = fopen(path, "re");
	size_t size = file ? fread(head, 1, sizeof head - 1, file) : 0;

	if (file)
		fclose(file);
	if (size == 0)
		return status_fail(arena, STATUS_INVALID_ARGUMENT, "RPC_CERTIFICATE_UNREADABLE",
				   "%s cannot be read or is empty; check the path and its permissions", path);
	return OK;
}

struct status server_credentials_new(struct arena *arena, const struct rpc_tls *tls,
				     grpc_server_credentials **credentials)
{
	unsigned interval_s = tls->reload_interval_s ? tls->reload_interval_s : RELOAD_OTHERWISE_S;
	grpc_tls_certificate_provider *provider;
	grpc_tls_credentials_options *options;

	if (!tls->key_path)
		return status_fail(arena, STATUS_INVALID_ARGUMENT, "RPC_CERTIFICATE_UNREADABLE",
				   "a certificate needs its key file too");
	if (tls->require_client_certificate && !tls->client_ca_path)
		return status_fail(arena, STATUS_INVALID_ARGUMENT, "RPC_CERTIFICATE_UNREADABLE",
				   "client certificates are required, but no CA to check them is given");
	TRY(check_readable(arena, tls->certificate_path));
	TRY(check_readable(arena, tls->key_path));
	if (tls->client_ca_path)
		TRY(check_readable(arena, tls->client_ca_path));
	provider = grpc_tls_certificate_provider_file_watcher_create(
		tls->key_path, tls->certificate_path, tls->client_ca_path ? tls->client_ca_path : "", interval_s);
	options = grpc_tls_credentials_options_create();
	grpc_tls_credentials_options_set_certificate_provider(options, provider);
	grpc_tls_credentials_options_watch_identity_key_cert_pairs(options);
	if (tls->client_ca_path)
		grpc_tls_credentials_options_watch_root_certs(options);
	/* Never the …_DONT_VERIFY kinds: with them a rogue certificate counts as authenticated. */
	grpc_tls_credentials_options_set_cert_request_type(
		options, !tls->client_ca_path              ? GRPC_SSL_DONT_REQUEST_CLIENT_CERTIFICATE
			 : tls->require_client_certificate ? GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY
							   : GRPC_SSL_REQUEST_CLIENT_CERTIFICATE_AND_VERIFY);
	*credentials = grpc_tls_server_credentials_create(options);
	grpc_tls_certificate_provider_release(provider);
	if (!*credentials)
		return status_fail(arena, STATUS_INVALID_ARGUMENT, "RPC_CERTIFICATE_UNREADABLE",
				   "the core refuses the certificate or key in %s", tls->certificate_path);
	return OK;
}
