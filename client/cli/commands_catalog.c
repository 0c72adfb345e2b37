/* SPDX-License-Identifier: Apache-2.0 */
/* commands_catalog.c: clouds, what they offer, and what can be ordered. */
#include "client/cli/command.h"
#include "gaon/catalog/v1/catalog.gaon.h"

static const char CONNECTION_COLUMNS[] = "CONNECTION=name PROVIDER STATE ENDPOINT REGION? PRODUCT? PROBED=probe_time";
static const char VERSION_COLUMNS[] = "VERSION=name STATE RATE_CARD LEASE=default_lease_days MOST=max_lease_days PUBLISHED=publish_time";

static const struct command rows[] = {
	{ .noun = "provider", .verb = "list", .method = &gaon_method_catalog_list_providers, .columns = "KIND TITLE BUILT_IN",
	  .summary = "lists the kinds of clouds; -o json shows what each can do and which options it takes",
	  .example = "provider list" },

	{ .noun = "connection", .verb = "create", .method = &gaon_method_catalog_create_connection, .words = "connection_id",
	  .scope = SCOPE_TENANT, .summary = "makes a connection to a cloud; probe it next",
	  .example = "connection create lab --provider libvirt --endpoint qemu:///system --option pool=default" },
	{ .noun = "connection", .verb = "get", .method = &gaon_method_catalog_get_connection, .words = "name:connection",
	  .summary = "shows a connection, how it stands and what it can do", .example = "connection get lab" },
	{ .noun = "connection", .verb = "list", .method = &gaon_method_catalog_list_connections, .scope = SCOPE_TENANT,
	  .columns = CONNECTION_COLUMNS, .summary = "lists the tenant's connections", .example = "connection list" },
	{ .noun = "connection", .verb = "update", .method = &gaon_method_catalog_update_connection,
	  .words = "connection.name:connection", .summary = "changes the fields that are given",
	  .example = "connection update lab --concurrency 8" },
	{ .noun = "connection", .verb = "probe", .method = &gaon_method_catalog_probe_connection, .words = "name:connection",
	  .summary = "logs in, lists capabilities, discovers sizes, images and networks", .example = "connection probe lab --wait" },
	{ .noun = "connection", .verb = "rotate", .method = &gaon_method_catalog_rotate_connection_credentials,
	  .words = "name:connection", .summary = "replaces the sealed credentials",
	  .example = "connection rotate lab --credentials @new.json" },
	{ .noun = "connection", .verb = "disable", .method = &gaon_method_catalog_disable_connection,
	  .words = "name:connection", .summary = "lets nothing new reach the cloud",
	  .example = "connection disable lab --comment \"maintenance\"" },
	{ .noun = "connection", .verb = "enable", .method = &gaon_method_catalog_enable_connection, .words = "name:connection",
	  .summary = "lets work reach the cloud again", .example = "connection enable lab" },
	{ .noun = "connection", .verb = "delete", .method = &gaon_method_catalog_delete_connection, .words = "name:connection",
	  .summary = "deletes a connection that owns nothing any more", .example = "connection delete lab" },

	{ .noun = "size", .verb = "list", .method = &gaon_method_catalog_list_sizes, .words = "parent:connection",
	  .columns = "SIZE VCPUS MEMORY=memory_mib DISK=disk_gib NATIVE_ID", .summary = "lists the sizes a connection offers",
	  .example = "size list lab" },
	{ .noun = "image", .verb = "list", .method = &gaon_method_catalog_list_images, .words = "parent:connection",
	  .columns = "IMAGE OS ARCHITECTURE LEAST_DISK=min_disk_gib NATIVE_ID", .summary = "lists the images a connection offers",
	  .example = "image list lab" },
	{ .noun = "network", .verb = "list", .method = &gaon_method_catalog_list_networks, .words = "parent:connection",
	  .columns = "NETWORK CIDR NATIVE_ID", .summary = "lists the networks a connection offers",
	  .example = "network list lab" },

	{ .noun = "product", .verb = "create", .method = &gaon_method_catalog_create_product, .words = "product_id",
	  .scope = SCOPE_TENANT, .summary = "makes a product; its first version comes next",
	  .example = "product create linux-machine --display-name \"Linux machine\" --kind machine" },
	{ .noun = "product", .verb = "get", .method = &gaon_method_catalog_get_product, .words = "name:product",
	  .summary = "shows a product", .example = "product get linux-machine" },
	{ .noun = "product", .verb = "list", .method = &gaon_method_catalog_list_products, .scope = SCOPE_TENANT,
	  .columns = "PRODUCT=name DISPLAY_NAME KIND PUBLISHED=published_version:id CREATED=create_time",
	  .summary = "lists the tenant's products", .example = "product list" },
	{ .noun = "product", .verb = "update", .method = &gaon_method_catalog_update_product, .words = "product.name:product",
	  .summary = "changes the fields that are given", .example = "product update linux-machine --description \"Debian 12\"" },
	{ .noun = "product", .verb = "delete", .method = &gaon_method_catalog_delete_product, .words = "name:product",
	  .summary = "deletes a product that nothing was made from", .example = "product delete linux-machine" },

	{ .noun = "product-version", .verb = "create", .method = &gaon_method_catalog_create_product_version,
	  .words = "parent:product", .summary = "makes a draft",
	  .example = "product-version create linux-machine --parameter parameter=size,type=size,required=true "
		     "--parameter parameter=image,type=image --target connection=lab --rate-card standard "
		     "--default-lease-days 30" },
	{ .noun = "product-version", .verb = "get", .method = &gaon_method_catalog_get_product_version,
	  .words = "name:product/versions", .summary = "shows a version with its parameters and targets",
	  .example = "product-version get linux-machine 1" },
	{ .noun = "product-version", .verb = "list", .method = &gaon_method_catalog_list_product_versions,
	  .words = "parent:product", .columns = VERSION_COLUMNS, .summary = "lists the versions of a product",
	  .example = "product-version list linux-machine" },
	{ .noun = "product-version", .verb = "update", .method = &gaon_method_catalog_update_product_version,
	  .words = "product_version.name:product/versions", .summary = "changes the given fields of a draft",
	  .example = "product-version update linux-machine 1 --max-lease-days 90" },
	{ .noun = "product-version", .verb = "publish", .method = &gaon_method_catalog_publish_product_version,
	  .words = "name:product/versions", .summary = "publishes a draft: from then on it never changes",
	  .example = "product-version publish linux-machine 1" },
	{ .noun = "product-version", .verb = "retire", .method = &gaon_method_catalog_retire_product_version,
	  .words = "name:product/versions", .summary = "takes a published version out of the catalog",
	  .example = "product-version retire linux-machine 1" },

	{ .noun = "product-grant", .verb = "create", .method = &gaon_method_catalog_create_product_grant,
	  .words = "parent:product product_grant.tenant:tenant", .summary = "lets a tenant order a product",
	  .example = "product-grant create linux-machine acme" },
	{ .noun = "product-grant", .verb = "list", .method = &gaon_method_catalog_list_product_grants,
	  .words = "parent:product", .columns = "GRANT=name TENANT CREATED=create_time",
	  .summary = "lists who may order a product", .example = "product-grant list linux-machine" },
	{ .noun = "product-grant", .verb = "delete", .method = &gaon_method_catalog_delete_product_grant,
	  .words = "name:product/grants", .summary = "takes a product from a tenant",
	  .example = "product-grant delete linux-machine acme" },

	{ .noun = "available-product", .verb = "list", .method = &gaon_method_catalog_list_available_products,
	  .scope = SCOPE_PROJECT, .columns = "PRODUCT=product:id DISPLAY_NAME VERSION=product_version:id KIND CURRENCY?=currency_code DESCRIPTION?",
	  .summary = "lists what can be ordered in the project", .example = "available-product list --project web" },
	{ .noun = "available-product", .verb = "get", .method = &gaon_method_catalog_get_available_product,
	  .words = "product:product", .scope = SCOPE_PROJECT, .summary = "shows a product's parameters and sizes as this project may order them",
	  .example = "available-product get linux-machine" },
};

const struct command_table commands_catalog = { rows, sizeof(rows) / sizeof(rows[0]) };
